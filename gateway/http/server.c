#include "gateway/http/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "gateway/http/auth.h"
#include "gateway/http/server_hooks.h"
#include "gateway/metrics.h"
#include "gateway/providers/provider.h"

enum stage {
	WAITING,   /* for a request, or for the rest of its headers */
	RECEIVING, /* its body */
	WORKING,   /* the handler has it */
	ANSWERING, /* the answer is on its way */
};

/* An open connection, as the sweep sees it. */
struct conn {
	struct conn *next, **back;
	int fd;
	enum stage stage;
	usec_t since; /* of that stage */
};

struct http_private {
	struct MHD_Connection *connection;
	struct http_server *server;
	struct conn *conn;
	struct MHD_Response *response;
	unsigned status;
	struct header {
		struct header *next;
		const char *name, *value;
	} *headers;
	struct form *query;
	size_t body_max, body_cap;
	bool dispatched, suspended, answered, begun, refused;
	usec_t began;
};

struct http_server {
	struct worker *worker;
	struct MHD_Daemon *daemon;
	struct http_limits limits;
	uv_poll_t poll;
	uv_prepare_t prepare;
	uv_timer_t timer, sweep;
	bool run_wanted, draining, told;
	int port;
	unsigned connections, requests;
	struct conn *conns;
	void (*drained)(void *);
	void *drained_arg;
};

static usec_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (usec_t)t.tv_sec * USEC_SECOND + t.tv_nsec / 1000;
}

static usec_t wall_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (usec_t)t.tv_sec * USEC_SECOND + t.tv_nsec / 1000;
}

static void enter(struct conn *c, enum stage stage)
{
	c->stage = stage;
	c->since = clock_now();
}

/* what came in --------------------------------------------------------------------------------------- */
const char *http_header(const struct request *rq, const char *name)
{
	return MHD_lookup_connection_value(rq->http->connection, MHD_HEADER_KIND, name);
}

const char *http_query(struct request *rq, const char *name)
{
	const char *v;

	if (!rq->http->query)
		rq->http->query = form_parse(rq, rq->query, strlen(rq->query));
	v = rq->http->query ? form_get(rq->http->query, name) : NULL;
	return v ? utf8_clean(rq, v, strlen(v)) : NULL;
}

/* answers ---------------------------------------------------------------------------------------------- */
void http_add_header(struct request *rq, const char *name, const char *value)
{
	struct header *h = talloc(rq, struct header);

	*h = (struct header){rq->http->headers, talloc_strdup(h, name), talloc_strdup(h, value)};
	rq->http->headers = h;
}

bool http_answered(const struct request *rq)
{
	return rq->http->answered;
}

void http_respond(struct request *rq, unsigned status, const char *content_type, const char *body, size_t len)
{
	struct http_private *p = rq->http;

	if (p->answered)
		return;
	p->answered = true;
	p->status = status;
	p->response = MHD_create_response_from_buffer(len, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
	if (!p->response)
		abort();
	if (content_type)
		MHD_add_response_header(p->response, "Content-Type", content_type);
	MHD_add_response_header(p->response, "X-Content-Type-Options", "nosniff");
	if (!strncmp(rq->path, "/v1/", 4))
		MHD_add_response_header(p->response, "Cache-Control", "no-store");
	if (p->server->draining || p->refused)
		MHD_add_response_header(p->response, "Connection", "close");
	for (struct header *h = p->headers; h; h = h->next)
		MHD_add_response_header(p->response, h->name, h->value);
	if (p->suspended) {
		p->suspended = false;
		MHD_resume_connection(p->connection);
		p->server->run_wanted = true;
	}
}

void http_respond_json(struct request *rq, unsigned status, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	http_respond(rq, status, "application/json", text ? text : "null", text ? strlen(text) : 4);
	free(text);
}

static const char *title_of(unsigned status)
{
	static const struct {
		unsigned status;
		const char *title;
	} titles[] = {{400, "Bad request"}, {401, "Not authenticated"}, {403, "Not allowed"}, {404, "Not found"},
		      {405, "Method not allowed"}, {409, "Conflict"}, {412, "Changed in the meantime"}, {413, "Too large"},
		      {415, "Unsupported media type"}, {422, "Not acceptable"}, {429, "Too many requests"}, {500, "Internal error"},
		      {503, "Unavailable"}};

	for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

/* RFC 9457 */
void http_problem(struct request *rq, unsigned status, const char *type, const char *field, const char *detail, ...)
{
	va_list args;
	char *text, *dumped, *clean;
	json_t *json;

	va_start(args, detail);
	text = talloc_vasprintf(rq, detail, args);
	va_end(args);
	clean = utf8_clean(rq, text, strlen(text));
	json = json_pack("{s:o,s:s,s:i,s:s}", "type", json_sprintf("https://afterword.dev/problems/%s", type), "title", title_of(status),
			 "status", (int)status, "detail", clean);
	if (field)
		json_object_set_new(json, "errors", json_pack("[{s:s,s:s}]", "field", field, "detail", clean));
	dumped = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	http_respond(rq, status, "application/problem+json", dumped, strlen(dumped));
	free(dumped);
}

void http_unavailable(struct request *rq, const char *detail)
{
	http_add_header(rq, "Retry-After", "2");
	http_problem(rq, 503, "unavailable", NULL, "%s", detail);
}

/* routes ------------------------------------------------------------------------------------------------ */
static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* NULL for what no path of ours can be: control characters, a broken %-sequence, "..". */
static char *decode_path(TALLOC_CTX *ctx, const char *raw, size_t n)
{
	char *out = talloc_size(ctx, n + 1), *at = out;

	for (size_t i = 0; i < n; i++) {
		char c = raw[i];
		if (c == '%') {
			int high = i + 2 < n ? hex(raw[i + 1]) : -1, low = high < 0 ? -1 : hex(raw[i + 2]);
			if (low < 0)
				return NULL;
			c = (char)(high << 4 | low);
			i += 2;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return NULL;
		*at++ = c;
	}
	*at = 0;
	return strstr(out, "..") ? NULL : out;
}

/* Does the path fit the pattern? {…} takes one segment. */
static bool fits(struct request *rq, const char *pattern, bool keep)
{
	const char *path = rq->path;
	int n = 0;

	while (*pattern) {
		if (*pattern == '{') {
			size_t len = strcspn(path, "/");
			if (!len || n == PATH_PARAMS_MAX)
				return false;
			if (keep)
				rq->param[n] = talloc_strndup(rq, path, len);
			n++;
			path += len;
			pattern = strchr(pattern, '}') + 1;
		} else if (*pattern++ != *path++) {
			return false;
		}
	}
	return !*path;
}

static void find_route(struct request *rq)
{
	const char *method = strcmp(rq->method, "HEAD") ? rq->method : "GET";
	char *allow = NULL;

	for (const struct route *r = rq->http->server->limits.routes; r->method; r++) {
		if (!fits(rq, r->pattern, false))
			continue;
		if (!strcmp(r->method, method)) {
			fits(rq, r->pattern, true);
			rq->route = r;
			return;
		}
		allow = talloc_asprintf(rq, "%s%s%s", allow ? allow : "", allow ? ", " : "", r->method);
	}
	rq->http->refused = rq->http->refused || strcmp(method, "GET");
	if (allow) {
		http_add_header(rq, "Allow", allow);
		http_problem(rq, 405, "method-not-allowed", NULL, "%s takes %s", rq->path, allow);
	} else {
		http_problem(rq, 404, "not-found", NULL, "there is nothing at %s", rq->path);
	}
}

static void run_handler(struct request *rq)
{
	rq->route->handler(rq);
}

static void dispatch(struct request *rq)
{
	if (rq->route->flags & ROUTE_PUBLIC)
		run_handler(rq);
	else
		http_authenticate(rq, run_handler);
}

/* a request's life ------------------------------------------------------------------------------------------ */
static void *on_uri(void *arg, const char *uri, struct MHD_Connection *connection)
{
	struct http_server *s = arg;
	struct request *rq = talloc_pooled_object(NULL, struct request, 24, 6144);
	struct http_private *p;
	const char *question = strchr(uri, '?');

	if (!rq)
		return NULL;
	memset(rq, 0, sizeof(*rq));
	p = rq->http = talloc_zero(rq, struct http_private);
	p->connection = connection;
	p->server = s;
	p->conn = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	rq->worker = s->worker;
	rq->raw_url = talloc_strdup(rq, uri);
	rq->query = question ? talloc_strdup(rq, question + 1) : "";
	rq->path = decode_path(rq, uri, question ? (size_t)(question - uri) : strlen(uri));
	rq->body = "";
	s->requests++;
	return rq;
}

static void refuse_size(struct request *rq)
{
	rq->http->refused = true;
	http_problem(rq, 413, "too-large", NULL, "the body may have %zu bytes", rq->http->body_max);
}

/* Headers are here: which route, how large may the body be? */
static void begin(struct request *rq, const char *method)
{
	struct http_private *p = rq->http;
	const char *length;

	p->begun = true;
	p->began = clock_now();
	rq->method = talloc_strdup(rq, method);
	rq->started_at = wall_now();
	enter(p->conn, RECEIVING);
	if (!rq->path) {
		rq->path = "";
		p->refused = true;
		http_problem(rq, 400, "bad-path", NULL, "the path holds a control character, a broken %%-sequence or '..'");
		return;
	}
	find_route(rq);
	if (p->answered)
		return;
	p->body_max = rq->route->body_max && rq->route->body_max < p->server->limits.body_max ? rq->route->body_max : p->server->limits.body_max;
	length = http_header(rq, "Content-Length");
	if (length && strtoull(length, NULL, 10) > p->body_max)
		refuse_size(rq);
	else if (length)
		p->body_cap = (size_t)strtoull(length, NULL, 10);
}

static void receive(struct request *rq, const char *bytes, size_t n)
{
	struct http_private *p = rq->http;
	char *body;

	if (p->answered)
		return;
	if (rq->body_len + n > p->body_max) {
		refuse_size(rq);
		return;
	}
	if (!rq->body_len || rq->body_len + n > p->body_cap) {
		if (p->body_cap < rq->body_len + n)
			p->body_cap = (rq->body_len + n) * 2;
		body = talloc_realloc_size(rq, rq->body_len ? (char *)(uintptr_t)rq->body : NULL, p->body_cap + 1);
		if (!body)
			abort();
		rq->body = body;
	}
	body = (char *)(uintptr_t)rq->body;
	memcpy(body + rq->body_len, bytes, n);
	rq->body_len += n;
	body[rq->body_len] = 0;
}

static enum MHD_Result send_answer(struct request *rq)
{
	struct http_private *p = rq->http;
	enum MHD_Result r;

	enter(p->conn, ANSWERING);
	r = MHD_queue_response(p->connection, p->status, p->response);
	MHD_destroy_response(p->response);
	p->response = NULL;
	return r;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
				  const char *data, size_t *size, void **state)
{
	struct request *rq = *state;
	struct http_private *p;

	(void)arg;
	(void)connection;
	(void)url;
	(void)version;
	if (!rq)
		return MHD_NO;
	p = rq->http;
	if (!p->begun) {
		begin(rq, method);
		/* refused before the body: answer at once, the rest is not read */
		return p->answered && p->refused ? send_answer(rq) : MHD_YES;
	}
	if (*size) {
		receive(rq, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (!p->dispatched && !p->answered) {
		p->dispatched = true;
		enter(p->conn, WORKING);
		dispatch(rq);
	}
	if (p->answered)
		return send_answer(rq);
	p->suspended = true;
	MHD_suspend_connection(p->connection);
	return MHD_YES;
}

static void tell_drained(struct http_server *s)
{
	if (!s->draining || s->requests || s->told)
		return;
	s->told = true;
	for (struct conn *c = s->conns; c; c = c->next)
		shutdown(c->fd, SHUT_RDWR);
	s->drained(s->drained_arg);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode code)
{
	struct http_server *s = arg;
	struct request *rq = *state;

	(void)connection;
	(void)code;
	if (!rq)
		return;
	if (rq->http->begun)
		metric_http(worker_metrics(s->worker), rq->route ? rq->route->label : "none", rq->http->status ? rq->http->status : 499,
			    (double)(clock_now() - rq->http->began) / 1e6);
	if (rq->http->response)
		MHD_destroy_response(rq->http->response);
	enter(rq->http->conn, WAITING);
	*state = NULL;
	talloc_free(rq);
	s->requests--;
	tell_drained(s);
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **socket_state, enum MHD_ConnectionNotificationCode code)
{
	struct http_server *s = arg;
	struct conn *c = *socket_state;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		c = calloc(1, sizeof(*c));
		if (!c)
			abort();
		c->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
		enter(c, WAITING);
		c->next = s->conns;
		c->back = &s->conns;
		if (c->next)
			c->next->back = &c->next;
		s->conns = c;
		s->connections++;
		*socket_state = c;
	} else if (c) {
		*c->back = c->next;
		if (c->next)
			c->next->back = c->back;
		free(c);
		*socket_state = NULL;
		s->connections--;
	}
}

/* Slow clients: each stage has its time; the time-out of the library alone would be renewed by every byte. */
static void sweep(uv_timer_t *timer)
{
	struct http_server *s = timer->data;
	usec_t now = clock_now();
	const usec_t limit[] = {
		[WAITING] = (usec_t)(s->limits.idle_seconds + s->limits.request_seconds) * USEC_SECOND,
		[RECEIVING] = (usec_t)s->limits.request_seconds * USEC_SECOND,
		[WORKING] = INT64_MAX / 2,
		[ANSWERING] = (usec_t)s->limits.request_seconds * 2 * USEC_SECOND,
	};

	for (struct conn *c = s->conns; c; c = c->next)
		if (now - c->since > limit[c->stage])
			shutdown(c->fd, SHUT_RDWR);
	metric_set(worker_metrics(s->worker), M_CONNECTIONS, NULL, s->connections);
}

/* the loop ---------------------------------------------------------------------------------------------------- */
static void on_timer(uv_timer_t *timer)
{
	((struct http_server *)timer->data)->run_wanted = true;
}

static void run(struct http_server *s)
{
	MHD_UNSIGNED_LONG_LONG wait = 0;

	/* an answer that was just resumed is read, written and perhaps followed by a pipelined request */
	for (int i = 0; i < 16; i++) {
		s->run_wanted = false;
		MHD_run(s->daemon);
		if (s->run_wanted)
			continue;
		if (MHD_get_timeout(s->daemon, &wait) != MHD_YES) {
			uv_timer_stop(&s->timer);
			return;
		}
		if (wait)
			break;
	}
	uv_timer_start(&s->timer, on_timer, wait, 0);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	run(poll->data);
}

static void before_sleep(uv_prepare_t *prepare)
{
	struct http_server *s = prepare->data;

	if (s->run_wanted)
		run(s);
}

static int listen_on(const char *host, const char *port, char **error, TALLOC_CTX *ctx)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *list = NULL;
	int r = getaddrinfo(host, port, &hints, &list), fd = -1, one = 1;

	if (r) {
		*error = talloc_strdup(ctx, gai_strerror(r));
		return -1;
	}
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
		if (bind(fd, a->ai_addr, a->ai_addrlen) || listen(fd, 1024)) {
			*error = talloc_strdup(ctx, strerror(errno));
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	return fd;
}

static int port_of(int fd)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);

	if (getsockname(fd, (struct sockaddr *)&a, &n))
		return 0;
	return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&a)->sin6_port : ((struct sockaddr_in *)(void *)&a)->sin_port);
}

/* We decode for ourselves: the raw URL is what providers sign. */
static size_t keep_escapes(void *arg, struct MHD_Connection *connection, char *s)
{
	(void)arg;
	(void)connection;
	return strlen(s);
}

static void quiet(void *arg, const char *format, va_list args)
{
	(void)arg;
	(void)format;
	(void)args;
}

static struct MHD_Daemon *start_daemon(struct http_server *s, int fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, s,
				MHD_OPTION_EXTERNAL_LOGGER, quiet, s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				s->limits.header_max, MHD_OPTION_CONNECTION_LIMIT, s->limits.connections, MHD_OPTION_CONNECTION_TIMEOUT,
				s->limits.idle_seconds, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_NOTIFY_CONNECTION,
				on_connection, s, MHD_OPTION_URI_LOG_CALLBACK, on_uri, s, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes,
				s, MHD_OPTION_END);
}

struct http_server *http_server_start(struct worker *w, struct uv_loop_s *loop, const char *host, const char *port,
				      const struct http_limits *limits, char **error)
{
	struct http_server *s = talloc_zero(w, struct http_server);
	int fd = listen_on(host, port, error, w);
	const union MHD_DaemonInfo *info;

	s->worker = w;
	s->limits = *limits;
	s->daemon = fd < 0 ? NULL : start_daemon(s, fd);
	if (!s->daemon) {
		if (fd >= 0) {
			*error = talloc_strdup(w, "libmicrohttpd could not start");
			close(fd);
		}
		talloc_free(s);
		return NULL;
	}
	s->port = port_of(fd);
	info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	uv_poll_init(loop, &s->poll, info->epoll_fd);
	uv_prepare_init(loop, &s->prepare);
	uv_timer_init(loop, &s->timer);
	uv_timer_init(loop, &s->sweep);
	s->poll.data = s->prepare.data = s->timer.data = s->sweep.data = s;
	uv_poll_start(&s->poll, UV_READABLE, on_readable);
	uv_prepare_start(&s->prepare, before_sleep);
	uv_timer_start(&s->sweep, sweep, 1000, 1000);
	s->run_wanted = true;
	return s;
}

int http_server_port(const struct http_server *s)
{
	return s->port;
}

void http_server_drain(struct http_server *s, void (*drained)(void *arg), void *arg)
{
	int fd;

	run(s); /* whoever waits to be accepted is let in first */
	s->draining = true;
	s->drained = drained;
	s->drained_arg = arg;
	fd = MHD_quiesce_daemon(s->daemon);
	s->run_wanted = true;
	if (fd >= 0)
		close(fd);
	tell_drained(s);
}

/* Only at the end of the process: what is still suspended is cut off with it. */
void http_server_stop(struct http_server *s)
{
	uv_poll_stop(&s->poll);
	uv_prepare_stop(&s->prepare);
	uv_timer_stop(&s->timer);
	uv_timer_stop(&s->sweep);
	if (!s->requests)
		MHD_stop_daemon(s->daemon);
}

unsigned http_server_connections(const struct http_server *s)
{
	return s->connections;
}

unsigned http_server_requests(const struct http_server *s)
{
	return s->requests;
}
