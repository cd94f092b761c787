#include "gateway/scrape.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/worker.h"

#define PATIENCE_MS 1000
#define BACKLOG 64
#define TEXT_MAX (4u << 20) /* bytes of one worker's metrics */

/* A sibling's metrics on their way here. */
struct part {
	struct gathering *gathering;
	uv_pipe_t pipe;
	char *text;
	size_t len, room;
	bool ended, whole;
};

/* One asking of all siblings, for all who ask meanwhile. Goes when the last of its handles has closed. */
struct gathering {
	struct scrape *scrape;
	struct part *parts; /* one a worker; our own has ended from the start */
	unsigned left;      /* parts that have not ended */
	unsigned open;      /* handles that have not closed */
	uv_timer_t timer;
	struct request **asking;
	unsigned n_asking;
};

struct scrape {
	struct worker *worker;
	const struct siblings *siblings;
	uv_pipe_t listener;
	struct gathering *gathering; /* NULL: none is under way */
};

/* sockets ----------------------------------------------------------------------------------------------------- */
int scrape_socket(void)
{
	struct sockaddr_un any = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && !bind(fd, (struct sockaddr *)&any, offsetof(struct sockaddr_un, sun_path)) &&
	    !listen(fd, BACKLOG))
		return fd;
	log_warn("no_scrape_socket", LOG_S("why", strerror(errno)));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* -1: its queue is full, so it has not answered for long. */
static int dial(int listener)
{
	struct sockaddr_un name;
	socklen_t len = sizeof(name);
	int fd;

	if (listener < 0 || getsockname(listener, (struct sockaddr *)&name, &len))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&name, len))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Abstract names have no permissions: who connects is looked at. */
static bool is_ours(const uv_pipe_t *pipe)
{
	struct ucred who;
	socklen_t len = sizeof(who);
	uv_os_fd_t fd;

	return !uv_fileno((const uv_handle_t *)pipe, &fd) && !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) &&
	       who.uid == geteuid();
}

/* giving ------------------------------------------------------------------------------------------------------ */
struct giving {
	uv_pipe_t pipe;
	uv_write_t write;
};

static char *own_metrics(TALLOC_CTX *ctx, struct worker *w)
{
	if (w->server)
		metric_set(w->metrics, M_CONNECTIONS, NULL, http_server_connections(w->server));
	return metrics_print(ctx, w->metrics);
}

static void on_given_closed(uv_handle_t *handle)
{
	talloc_free(handle->data);
}

static void on_given(uv_write_t *write, int status)
{
	(void)status; /* whoever does not read it is not told it */
	uv_close((uv_handle_t *)write->handle, on_given_closed);
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct scrape *s = listener->data;
	struct giving *g;
	uv_buf_t buf;

	if (status)
		return;
	g = talloc_zero(s, struct giving);
	uv_pipe_init(s->worker->loop, &g->pipe, 0);
	g->pipe.data = g;
	if (!uv_accept(listener, (uv_stream_t *)&g->pipe) && is_ours(&g->pipe)) {
		char *text = own_metrics(g, s->worker);
		buf = uv_buf_init(text, (unsigned)strlen(text));
		if (!uv_write(&g->write, (uv_stream_t *)&g->pipe, &buf, 1, on_given))
			return;
	}
	uv_close((uv_handle_t *)&g->pipe, on_given_closed);
}

/* gathering --------------------------------------------------------------------------------------------------- */
static void answer_all(struct gathering *g)
{
	struct scrape *s = g->scrape;
	int n = s->siblings->n;
	char **texts = talloc_array(g, char *, (unsigned)n), *all;

	for (int i = 0; i < n; i++) {
		if (i == s->worker->index)
			texts[i] = own_metrics(texts, s->worker);
		else
			texts[i] = g->parts[i].whole ? g->parts[i].text : metrics_print_down(texts, i);
	}
	all = metrics_merge(texts, texts, (size_t)n);
	for (unsigned i = 0; i < g->n_asking; i++)
		http_respond(g->asking[i], 200, "text/plain; version=0.0.4; charset=utf-8", all, strlen(all));
	talloc_free(texts);
}

static void on_closed(uv_handle_t *handle)
{
	struct gathering *g = handle->data;

	if (--g->open == 0)
		talloc_free(g);
}

static void finish(struct gathering *g)
{
	g->scrape->gathering = NULL;
	answer_all(g);
	uv_close((uv_handle_t *)&g->timer, on_closed);
}

static void end_part(struct part *p, bool whole)
{
	if (p->ended)
		return;
	p->ended = true;
	p->whole = whole;
	uv_close((uv_handle_t *)&p->pipe, on_closed);
	if (--p->gathering->left == 0)
		finish(p->gathering);
}

static struct part *part_of(uv_handle_t *pipe)
{
	return (struct part *)((char *)pipe - offsetof(struct part, pipe));
}

/* The buffer has always room for the text's end. */
static void on_room(uv_handle_t *pipe, size_t suggested, uv_buf_t *buf)
{
	struct part *p = part_of(pipe);

	if (p->room - p->len < suggested) {
		p->room = p->len + suggested * 2;
		p->text = talloc_realloc(p->gathering, p->text, char, (unsigned)p->room);
		if (!p->text)
			abort();
	}
	*buf = uv_buf_init(p->text + p->len, (unsigned)(p->room - p->len - 1));
}

static void on_bytes(uv_stream_t *pipe, ssize_t n, const uv_buf_t *buf)
{
	struct part *p = part_of((uv_handle_t *)pipe);

	(void)buf;
	if (n > 0)
		p->len += (size_t)n;
	if (n == UV_EOF && p->len)
		p->text[p->len] = 0;
	if (n < 0 || p->len > TEXT_MAX)
		end_part(p, n == UV_EOF && p->len);
}

static void on_impatient(uv_timer_t *timer)
{
	struct gathering *g = timer->data;
	int n = g->scrape->siblings->n;

	for (int i = 0; i < n; i++)
		end_part(&g->parts[i], false);
}

static void ask(struct part *p, int listener)
{
	struct gathering *g = p->gathering;
	int fd = dial(listener);

	if (fd < 0) {
		p->ended = true;
		return;
	}
	uv_pipe_init(g->scrape->worker->loop, &p->pipe, 0);
	p->pipe.data = g;
	g->open++;
	g->left++;
	if (uv_pipe_open(&p->pipe, fd))
		abort();
	uv_read_start((uv_stream_t *)&p->pipe, on_room, on_bytes);
}

static struct gathering *begin(struct scrape *s)
{
	struct gathering *g = talloc_zero(s, struct gathering);
	int n = s->siblings->n;

	g->scrape = s;
	g->parts = talloc_zero_array(g, struct part, (unsigned)n);
	g->open = 1;
	uv_timer_init(s->worker->loop, &g->timer);
	g->timer.data = g;
	for (int i = 0; i < n; i++) {
		g->parts[i].gathering = g;
		if (i == s->worker->index)
			g->parts[i].ended = true;
		else
			ask(&g->parts[i], s->siblings->scrape[i]);
	}
	return g;
}

void scrape_answer(struct request *rq)
{
	struct scrape *s = rq->worker->scrape;
	struct gathering *g = s->gathering ? s->gathering : begin(s);

	g->asking = talloc_realloc(g, g->asking, struct request *, g->n_asking + 1);
	g->asking[g->n_asking++] = rq;
	if (!g->left) {
		finish(g);
	} else if (!s->gathering) {
		s->gathering = g;
		uv_timer_start(&g->timer, on_impatient, PATIENCE_MS, 0);
	}
}

void scrape_start(struct worker *w, const struct siblings *siblings)
{
	struct scrape *s = w->scrape = talloc_zero(w, struct scrape);
	int fd = siblings->scrape[w->index];

	s->worker = w;
	s->siblings = siblings;
	s->listener.data = s;
	if (fd < 0)
		return;
	uv_pipe_init(w->loop, &s->listener, 0);
	if (uv_pipe_open(&s->listener, fd) || uv_listen((uv_stream_t *)&s->listener, BACKLOG, on_connection))
		log_warn("no_scrape_socket", LOG_S("why", "the loop does not take it"));
}
