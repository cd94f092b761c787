/* The listening socket, libmicrohttpd on the loop, patience with the slow, and the end.
 *
 * libmicrohttpd polls its sockets with an epoll descriptor of its own, which is itself watched here; MHD_run() never
 * waits. Two things it cannot tell through that descriptor, because it watches sockets edge-triggered: a connection
 * that was resumed, and one with bytes already read (a pipelined request) or an answer half written. Both show as
 * MHD_get_timeout() of zero after a run, so run() repeats until there is something to wait for. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/http/private.h"
#include "gateway/http/server_hooks.h"
#include "gateway/metrics.h"

#define BACKLOG 1024
#define RUNS_A_TURN 16
#define SWEEP_MS 1000
#define DRAIN_MS 10
#define DRAIN_GRACE_MS 250 /* a connection accepted at the last moment gets this to send its request */
#define ANSWER_SECONDS 60

/* running ---------------------------------------------------------------------------------------------------- */
static void on_again(uv_timer_t *timer)
{
	struct http_loop *l = timer->data;

	l->server->run_wanted = true; /* before_sleep() comes next */
}

static bool is_pending(const struct http_server *s)
{
	MHD_UNSIGNED_LONG_LONG wait;

	return s->run_wanted || (MHD_get_timeout(s->daemon, &wait) == MHD_YES && !wait);
}

static void run(struct http_server *s)
{
	bool pending = true;

	if (s->running) { /* called by a handler: the run under way sees to it */
		s->run_wanted = true;
		return;
	}
	s->running = true;
	for (int i = 0; i < RUNS_A_TURN && pending; i++) {
		s->run_wanted = false;
		MHD_run(s->daemon);
		pending = is_pending(s);
	}
	s->running = false;
	receive_bury(s);
	if (pending) /* others on the loop have their turn first */
		uv_timer_start(&s->loop->again, on_again, 0, 0);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct http_loop *l = poll->data;

	(void)status;
	(void)events;
	run(l->server);
}

static void run_if_wanted(struct http_server *s)
{
	if (s->run_wanted)
		run(s);
	else
		receive_bury(s);
}

/* Answers given by timers go out before the loop sleeps, those given by other descriptors right after they were polled.
 */
static void before_sleep(uv_prepare_t *prepare)
{
	run_if_wanted(((struct http_loop *)prepare->data)->server);
}

static void after_poll(uv_check_t *check)
{
	run_if_wanted(((struct http_loop *)check->data)->server);
}

/* patience --------------------------------------------------------------------------------------------------- */
/* libmicrohttpd's own time-out is renewed by every byte: these are not. */
static void sweep(uv_timer_t *timer)
{
	struct http_server *s = ((struct http_loop *)timer->data)->server;
	const struct http_limits *l = &s->limits;
	const uint64_t now = server_now(s),
		       patience[PHASES] = {
			       [PHASE_IDLE] = (l->idle_seconds + l->request_seconds) * UINT64_C(1000),
			       [PHASE_HEADERS] = l->request_seconds * UINT64_C(1000),
			       [PHASE_BODY] = l->request_seconds * UINT64_C(1000),
			       [PHASE_WORKING] = l->answer_seconds * UINT64_C(1000),
			       [PHASE_ANSWERING] = l->request_seconds * UINT64_C(2000),
			       [PHASE_REFUSED] = l->request_seconds * UINT64_C(1000),
		       };

	for (struct http_conn *c = s->conns; c; c = c->next) {
		if (now - c->since <= patience[c->phase])
			continue;
		if (c->phase != PHASE_WORKING)
			shutdown(c->fd, SHUT_RDWR); /* libmicrohttpd sees it end */
		else if (!http_answered(c->rq))
			respond_overdue(c->rq);
	}
	if (s->metrics)
		metric_set(s->metrics, M_CONNECTIONS, NULL, s->connections);
	run(s); /* its idle time-outs */
}

/* starting ---------------------------------------------------------------------------------------------------- */
static int listen_at(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol), one = 1, saved;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* connections inherit it */
	if (!bind(fd, a->ai_addr, a->ai_addrlen) && !listen(fd, BACKLOG))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* "[::1]" as URLs write it, and "" for every address of this machine. */
static char *host_name(TALLOC_CTX *ctx, const char *host)
{
	size_t n = strlen(host);

	if (!n)
		return NULL;
	return *host == '[' && host[n - 1] == ']' ? talloc_strndup(ctx, host + 1, n - 2) : talloc_strdup(ctx, host);
}

static int listen_on(TALLOC_CTX *ctx, const char *host, const char *port, char **error)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *list = NULL;
	int fd = -1, r = getaddrinfo(host_name(ctx, host), port, &hints, &list);

	if (r) {
		*error = talloc_strdup(ctx, gai_strerror(r));
		return -1;
	}
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next)
		fd = listen_at(a);
	if (fd < 0)
		*error = talloc_strdup(ctx, strerror(errno));
	freeaddrinfo(list);
	return fd;
}

static int port_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = {.any = {0}};
	socklen_t n = sizeof(a);

	if (getsockname(fd, &a.any, &n))
		return 0;
	return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

static struct MHD_Daemon *start_daemon(struct http_server *s)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, receive_request, s,
				MHD_OPTION_LISTEN_SOCKET, s->listen_fd, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				s->limits.header_max, MHD_OPTION_CONNECTION_LIMIT, s->limits.connections,
				MHD_OPTION_CONNECTION_TIMEOUT, s->limits.idle_seconds, MHD_OPTION_NOTIFY_CONNECTION,
				receive_connection, s, MHD_OPTION_NOTIFY_COMPLETED, receive_completed, s,
				MHD_OPTION_URI_LOG_CALLBACK, receive_uri, s, MHD_OPTION_UNESCAPE_CALLBACK,
				receive_unescape, s, MHD_OPTION_END);
}

static void start_loop(struct http_server *s, uv_loop_t *loop)
{
	struct http_loop *l = s->loop;

	uv_poll_init(loop, &l->poll, MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
	uv_prepare_init(loop, &l->prepare);
	uv_check_init(loop, &l->check);
	uv_timer_init(loop, &l->again);
	uv_timer_init(loop, &l->sweep);
	uv_timer_init(loop, &l->drain);
	l->open = 6;
	l->poll.data = l->prepare.data = l->check.data = l->again.data = l->sweep.data = l->drain.data = l;
	uv_poll_start(&l->poll, UV_READABLE, on_readable);
	uv_prepare_start(&l->prepare, before_sleep);
	uv_check_start(&l->check, after_poll);
	uv_timer_start(&l->sweep, sweep, SWEEP_MS, SWEEP_MS);
	s->run_wanted = true; /* its first run watches the listening socket */
}

struct http_server *http_server_start(struct worker *w, struct uv_loop_s *loop, const char *host, const char *port,
				      const struct http_limits *limits, char **error)
{
	struct http_server *s = talloc_zero(NULL, struct http_server);

	s->worker = w;
	s->metrics = worker_metrics(w);
	s->limits = *limits;
	if (!s->limits.answer_seconds)
		s->limits.answer_seconds = ANSWER_SECONDS;
	s->router = router_compile(s, limits->routes);
	s->loop = calloc(1, sizeof(*s->loop));
	s->listen_fd = s->loop ? listen_on(w, host, port, error) : -1;
	if (s->listen_fd < 0)
		goto failed;
	s->loop->server = s;
	s->loop->poll.loop = loop; /* the clock of the first callbacks */
	s->port = port_of(s->listen_fd);
	s->daemon = start_daemon(s);
	if (s->daemon) {
		start_loop(s, loop);
		return s;
	}
	*error = talloc_strdup(w, "libmicrohttpd did not start");
	close(s->listen_fd);
failed:
	free(s->loop);
	talloc_free(s);
	return NULL;
}

/* draining ---------------------------------------------------------------------------------------------------- */
/* A client that has connected believes it was taken: nobody else would answer it. */
static void accept_waiting(struct http_server *s)
{
	struct pollfd waiting = {.fd = s->listen_fd, .events = POLLIN};

	for (int i = 0; i < BACKLOG && !s->at_limit && poll(&waiting, 1, 0) > 0; i++)
		run(s);
}

/* May the connection be closed? Not while a request is on it, or in the socket, or may still come from a newcomer; what
 * was refused has its answer. */
static bool is_idle(const struct http_server *s, const struct http_conn *c)
{
	int unread = 0;

	if (c->phase == PHASE_REFUSED)
		return true;
	if (c->phase != PHASE_IDLE || (!ioctl(c->fd, FIONREAD, &unread) && unread))
		return false;
	return c->used || server_now(s) - s->drain_began >= DRAIN_GRACE_MS;
}

static void drain_step(struct http_server *s)
{
	void (*drained)(void *arg) = s->drained;
	bool busy = false;

	run(s);
	for (struct http_conn *c = s->conns; c; c = c->next) {
		if (is_idle(s, c))
			shutdown(c->fd, SHUT_RDWR);
		else
			busy = true;
	}
	if (busy)
		return;
	uv_timer_stop(&s->loop->drain);
	s->run_wanted = true; /* to see the closed ones go */
	s->drained = NULL;
	if (drained)
		drained(s->drained_arg); /* may stop the server */
}

static void on_drain(uv_timer_t *timer)
{
	drain_step(((struct http_loop *)timer->data)->server);
}

void http_server_drain(struct http_server *s, void (*drained)(void *arg), void *arg)
{
	if (s->draining)
		return;
	accept_waiting(s);
	s->draining = true;
	s->drain_began = server_now(s);
	s->drained = drained;
	s->drained_arg = arg;
	if (MHD_quiesce_daemon(s->daemon) != MHD_INVALID_SOCKET)
		close(s->listen_fd);
	s->listen_fd = -1;
	uv_timer_start(&s->loop->drain, on_drain, DRAIN_MS, DRAIN_MS);
	drain_step(s); /* perhaps there is nothing to wait for */
}

/* stopping ---------------------------------------------------------------------------------------------------- */
static void on_closed(uv_handle_t *handle)
{
	struct http_loop *l = handle->data;

	if (--l->open == 0)
		free(l);
}

/* libmicrohttpd refuses to stop while connections are suspended: those are resumed, and told that nothing will come. */
static void cut_all(struct http_server *s)
{
	s->stopping = true;
	for (struct http_conn *c = s->conns; c; c = c->next) {
		struct http_private *p = c->rq ? c->rq->http : NULL;
		shutdown(c->fd, SHUT_RDWR);
		if (p && p->suspended) {
			p->suspended = false;
			MHD_resume_connection(p->connection);
		}
	}
	MHD_run(s->daemon);
	MHD_stop_daemon(s->daemon);
}

/* A handler that still works on a request may answer after this: the request goes with the worker. */
static void leave_orphans(struct http_server *s)
{
	for (struct request *rq = s->orphans, *next; rq; rq = next) {
		next = rq->http->next;
		rq->http->server = NULL;
		talloc_steal(s->worker, rq);
	}
}

void http_server_stop(struct http_server *s)
{
	struct http_loop *l = s->loop;

	uv_poll_stop(&l->poll); /* before its descriptor is closed */
	cut_all(s);
	receive_bury(s);
	leave_orphans(s);
	respond_forget(s);
	if (s->metrics)
		metric_set(s->metrics, M_CONNECTIONS, NULL, 0);
	uv_close((uv_handle_t *)&l->poll, on_closed);
	uv_close((uv_handle_t *)&l->prepare, on_closed);
	uv_close((uv_handle_t *)&l->check, on_closed);
	uv_close((uv_handle_t *)&l->again, on_closed);
	uv_close((uv_handle_t *)&l->sweep, on_closed);
	uv_close((uv_handle_t *)&l->drain, on_closed);
	talloc_free(s);
}

int http_server_port(const struct http_server *s)
{
	return s->port;
}

unsigned http_server_connections(const struct http_server *s)
{
	return s->connections;
}

unsigned http_server_requests(const struct http_server *s)
{
	return s->requests;
}
