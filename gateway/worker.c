#include "gateway/worker.h"

#include <openssl/rand.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "gateway/api/api.h"
#include "gateway/http/client.h"
#include "gateway/http/server_hooks.h"
#include "gateway/log.h"
#include "gateway/pipelines/pipelines.h"
#include "gateway/pipelines/spool.h"
#include "gateway/process.h"
#include "gateway/scrape.h"
#include "router/uuid.h"

/* time and ids ------------------------------------------------------------------------------------- */
usec_t worker_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (usec_t)t.tv_sec * USEC_SECOND + t.tv_nsec / 1000;
}

struct uuid worker_uuid(struct worker *w)
{
	if (w->random_left < 8) {
		if (RAND_bytes(w->random, (int)sizeof(w->random)) != 1)
			abort(); /* no entropy: ids could repeat */
		w->random_left = sizeof(w->random);
	}
	w->random_left -= 8;
	return uuid_v7(worker_now(), w->random + w->random_left);
}

struct metrics *worker_metrics(struct worker *w)
{
	return w->metrics;
}

bool worker_ready(const struct worker *w)
{
	return w->config && w->api_db && db_ready(w->api_db->db);
}

/* connections to PostgreSQL ------------------------------------------------------------------------- */
static void poll_link(struct dblink *link);

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct dblink *link = poll->data;
	int got = 0;

	if (status < 0 || events & UV_READABLE)
		got |= DB_READABLE;
	if (status < 0 || events & UV_WRITABLE)
		got |= DB_WRITABLE;
	db_step(link->db, got);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

/* libpq may close its socket and open another under the same number: the old watch must go first. */
static void poll_link(struct dblink *link)
{
	int fd = db_fd(link->db);
	int wants = fd < 0 ? 0 : db_wants(link->db);

	if (fd == link->polled_fd && wants == link->polled_for)
		return;
	link->polled_for = wants;
	if (fd < 0)
		return;
	link->polled_fd = fd;
	uv_poll_start(link->poll, (wants & DB_READABLE ? UV_READABLE : 0) | (wants & DB_WRITABLE ? UV_WRITABLE : 0),
		      on_poll);
}

static void unwatch(void *arg)
{
	struct dblink *link = arg;

	if (!link->poll)
		return;
	uv_poll_stop(link->poll);
	uv_close((uv_handle_t *)link->poll, on_closed);
	link->poll = NULL;
	link->polled_fd = -1;
}

static void watch(void *arg, int fd)
{
	struct dblink *link = arg;

	unwatch(link);
	if (fd < 0)
		return;
	link->poll = calloc(1, sizeof(*link->poll));
	if (!link->poll || uv_poll_init(link->worker->loop, link->poll, fd))
		abort();
	link->poll->data = link;
}

static void on_state(void *arg, struct db *db, bool ready)
{
	struct dblink *link = arg;

	if (ready) {
		log_info("database_ready", LOG_S("connection", link->name));
		metric_add(link->worker->metrics, M_DB_RECONNECTS, link->name, 1);
	} else {
		log_warn("database_lost", LOG_S("connection", link->name), LOG_S("why", db_error(db)));
	}
	metric_set(link->worker->metrics, M_DB_UP, link->name, ready);
	if (link->on_state)
		link->on_state(link->arg, ready);
}

struct dblink *dblink_new(struct worker *w, const char *name, void (*state)(void *arg, bool ready), void *arg)
{
	struct dblink *link = talloc_zero(w, struct dblink);

	link->worker = w;
	link->name = name;
	link->on_state = state;
	link->arg = arg;
	link->polled_fd = -1;
	link->next = w->links;
	w->links = link;
	link->db = db_new(link, w->settings->database_url, on_state, link);
	db_on_socket(link->db, watch, link);
	return link;
}

/* Before the loop sleeps: every connection is watched for what it now wants. */
static void before_sleep(uv_prepare_t *prepare)
{
	struct worker *w = prepare->data;

	for (struct dblink *link = w->links; link; link = link->next)
		poll_link(link);
}

static void retry_links(uv_timer_t *timer)
{
	struct worker *w = timer->data;

	for (struct dblink *link = w->links; link; link = link->next)
		if (!db_ready(link->db))
			db_step(link->db, 0);
}

/* waking each other ----------------------------------------------------------------------------------- */
void worker_texts_queued(struct worker *w)
{
	uint64_t one = 1;

	outbound_wake(w);
	for (int i = 0; i < w->siblings->n; i++)
		if (i != w->index && write(w->siblings->wake[i], &one, sizeof(one)) < 0)
			continue; /* full: it has been woken already */
}

static void on_woken(uv_poll_t *poll, int status, int events)
{
	struct worker *w = poll->data;
	uint64_t count;

	(void)status;
	(void)events;
	if (read(w->siblings->wake[w->index], &count, sizeof(count)) > 0)
		outbound_wake(w);
}

#define LISTEN_WAIT USEC_SECOND

/* life ------------------------------------------------------------------------------------------------- */
struct life {
	struct worker *worker;
	uv_signal_t term, interrupt;
	uv_timer_t drain, listen;
	usec_t listen_by;
	uv_poll_t wake;
	usec_t drain_until;
	bool requests_done;
	int status;
};

static bool all_quiet(const struct life *life)
{
	const struct worker *w = life->worker;

	return life->requests_done && inbound_idle(w) && receipts_idle(w) && events_idle(w) && outbound_idle(w) &&
	       spool_idle(w);
}

static void drain_tick(uv_timer_t *timer)
{
	struct life *life = timer->data;

	if (!all_quiet(life) && db_clock() < life->drain_until)
		return;
	log_info("worker_drained", LOG_I("clean", all_quiet(life)));
	uv_stop(life->worker->loop);
}

static void on_requests_done(void *arg)
{
	((struct life *)arg)->requests_done = true;
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct life *life = signal->data;
	struct worker *w = life->worker;

	(void)number;
	if (w->draining)
		return;
	w->draining = true;
	life->drain_until = db_clock() + (usec_t)w->settings->drain_seconds * USEC_SECOND;
	log_info("worker_draining");
	outbound_drain(w);
	if (w->server)
		http_server_drain(w->server, on_requests_done, life);
	else
		life->requests_done = true;
	uv_timer_start(&life->drain, drain_tick, 20, 20);
}

static void split_listen(TALLOC_CTX *ctx, const char *listen, char **host, char **port)
{
	const char *colon = strrchr(listen, ':');

	*host = colon ? talloc_strndup(ctx, listen, (size_t)(colon - listen)) : talloc_strdup(ctx, "127.0.0.1");
	*port = talloc_strdup(ctx, colon ? colon + 1 : listen);
}

static void listen_now(struct worker *w)
{
	struct life *life = w->loop->data;
	const struct settings *s = w->settings;
	char *host, *port, *error = NULL;
	struct http_limits limits = {
		.body_max = (size_t)s->body_max,
		.header_max = (size_t)s->header_max,
		.connections = (unsigned)s->connections,
		.idle_seconds = (unsigned)s->idle_seconds,
		.request_seconds = (unsigned)s->request_seconds,
		.routes = http_routes,
	};

	if (w->draining)
		return;
	split_listen(w, s->listen, &host, &port);
	w->server = http_server_start(w, w->loop, host, port, &limits, &error);
	if (!w->server) {
		log_error("cannot_listen", LOG_S("listen", s->listen), LOG_S("why", error));
		life->status = EXIT_CANNOT_LISTEN;
		uv_stop(w->loop);
		return;
	}
	log_info("worker_listening", LOG_I("port", http_server_port(w->server)));
}

static bool links_ready(const struct worker *w)
{
	for (const struct dblink *link = w->links; link; link = link->next)
		if (!db_ready(link->db))
			return false;
	return true;
}

static void listen_tick(uv_timer_t *timer)
{
	struct life *life = timer->data;

	if (!links_ready(life->worker) && db_clock() < life->listen_by)
		return;
	uv_timer_stop(timer);
	listen_now(life->worker);
}

/* Everything is taken in only once there is a configuration to check it against. A port that is shared must not give a
 * request to who would only say "not yet": the connections get a moment; without PostgreSQL texts are taken in all the
 * same. */
static void on_config(struct worker *w)
{
	struct life *life = w->loop->data;

	life->listen_by = db_clock() + LISTEN_WAIT;
	uv_timer_start(&life->listen, listen_tick, 0, 5);
}

static void start_life(struct life *life)
{
	struct worker *w = life->worker;

	uv_prepare_init(w->loop, &w->prepare);
	w->prepare.data = w;
	uv_prepare_start(&w->prepare, before_sleep);
	uv_timer_init(w->loop, &w->db_timer);
	w->db_timer.data = w;
	uv_timer_start(&w->db_timer, retry_links, 50, 50);
	uv_timer_init(w->loop, &life->drain);
	life->drain.data = life;
	uv_timer_init(w->loop, &life->listen);
	life->listen.data = life;
	uv_signal_init(w->loop, &life->term);
	uv_signal_init(w->loop, &life->interrupt);
	life->term.data = life->interrupt.data = life;
	uv_signal_start(&life->term, on_signal, SIGTERM);
	uv_signal_start(&life->interrupt, on_signal, SIGINT);
	uv_poll_init(w->loop, &life->wake, w->siblings->wake[w->index]);
	life->wake.data = w;
	uv_poll_start(&life->wake, UV_READABLE, on_woken);
}

int worker_main(struct settings *s, int index, const struct siblings *siblings)
{
	struct worker *w = talloc_zero(NULL, struct worker);
	struct life life = {.worker = w};
	char *host, *port, *error;

	signal(SIGPIPE, SIG_IGN);
	w->loop = uv_default_loop();
	w->loop->data = &life;
	w->settings = s;
	w->index = index;
	w->metrics = metrics_new(w, index);
	w->id = worker_uuid(w);
	if (!suppression_key(w, s, w->suppression_key, &error)) {
		log_error("no_suppression_key", LOG_S("why", error));
		return 1;
	}
	w->siblings = siblings;
	split_listen(w, s->listen, &host, &port);
	w->self_url = talloc_asprintf(w, "http://%s:%s", strcmp(host, "0.0.0.0") ? host : "127.0.0.1", port);
	start_life(&life);
	scrape_start(w, siblings);
	w->api_db = dblink_new(w, "api", NULL, NULL);
	spool_start(w);
	http_client_start(w);
	inbound_start(w);
	receipts_start(w);
	events_start(w);
	outbound_start(w);
	simcarrier_start(w);
	maintenance_start(w);
	config_start(w, on_config);
	uv_run(w->loop, UV_RUN_DEFAULT);
	if (w->server)
		http_server_stop(w->server);
	return life.status;
}
