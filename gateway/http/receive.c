/* A request's life between libmicrohttpd and its handler.
 *
 * libmicrohttpd calls: receive_uri (request line), receive_request (headers; each piece of the body; once more at the
 * end, and again each time a suspended connection was resumed), receive_completed (answered, or the client is gone).
 *
 * An answer that is queued before the end of the request makes libmicrohttpd close the connection, and a connection
 * that is closed with bytes unread is reset: the client may never get to read the answer. So a refusal waits for the
 * end of the body; if much is still to come it goes out at once, and what comes is thrown away for a while. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "gateway/http/auth.h"
#include "gateway/http/private.h"
#include "gateway/metrics.h"

#define POOL_OBJECTS 24
#define POOL_BYTES (8 * 1024)
#define OVER_MAX (256 * 1024)           /* bytes over the limit for which the connection stays open */
#define DISCARD_MAX (16 * 1024 * 1024L) /* bytes thrown away after a refusal, so that the client gets to read it */

/* beginning -------------------------------------------------------------------------------------------- */
size_t receive_unescape(void *server, struct MHD_Connection *connection, char *s)
{
	(void)server;
	(void)connection;
	return strlen(s); /* router.c decodes: providers sign the URL as it was sent */
}

/* Proxies may send the whole URL; from here on it begins with the path. */
static const char *origin_form(const char *uri)
{
	const char *host = *uri == '/' ? NULL : strstr(uri, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;

	return path ? path : uri;
}

void *receive_uri(void *server, const char *uri, struct MHD_Connection *connection)
{
	struct http_server *s = server;
	struct request *rq = talloc_pooled_object(NULL, struct request, POOL_OBJECTS, POOL_BYTES);
	struct http_private *p;
	const char *question;

	if (!rq)
		return NULL;
	memset(rq, 0, sizeof(*rq));
	p = rq->http = talloc_zero(rq, struct http_private);
	p->server = s;
	p->connection = connection;
	p->headers_end = &p->headers;
	p->conn = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	p->conn->rq = rq;
	rq->worker = s->worker;
	rq->raw_url = talloc_strdup(rq, origin_form(uri));
	question = strchr(rq->raw_url, '?');
	rq->query = question ? question + 1 : "";
	rq->path = rq->body = rq->method = "";
	conn_enter(s, p->conn, PHASE_HEADERS);
	return rq;
}

/* The strings of libmicrohttpd end with its request, ours may not. */
static const char *method_kept(struct request *rq, const char *method)
{
	static const char *const known[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i], method))
			return known[i];
	return talloc_strdup(rq, method);
}

static usec_t wall_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (usec_t)t.tv_sec * USEC_SECOND + t.tv_nsec / 1000;
}

static size_t body_limit(const struct request *rq)
{
	size_t all = rq->http->server->limits.body_max;

	if (!rq->route)
		return 0;
	return rq->route->body_max && rq->route->body_max < all ? rq->route->body_max : all;
}

static void answer_refusal(struct request *rq)
{
	switch (rq->http->refusal) {
	case REFUSE_PATH:
		http_problem(
			rq, 400, "bad-path", NULL,
			"the path has a broken %%-sequence, a control character, bytes that are not UTF-8, or '..'");
		break;
	case REFUSE_METHOD:
		http_problem(rq, 405, "method-not-allowed", NULL, "%s takes %s", rq->path,
			     rq->http->headers ? rq->http->headers->value : "other methods");
		break;
	case REFUSE_SIZE:
		http_problem(rq, 413, "too-large", NULL, "the body may have at most %zu bytes", rq->http->body_max);
		break;
	default:
		http_problem(rq, 404, "not-found", NULL, "there is nothing at %s", rq->path);
		break;
	}
}

static void begin(struct request *rq, const char *method)
{
	struct http_private *p = rq->http;
	const char *allow = NULL, *length;

	p->begun = true;
	p->began = uv_hrtime();
	rq->started_at = wall_clock();
	rq->method = method_kept(rq, method);
	p->server->requests++;
	conn_enter(p->server, p->conn, PHASE_BODY);
	p->refusal = router_find(p->server->router, rq, &allow);
	if (allow)
		http_add_header(rq, "Allow", allow);
	p->body_max = body_limit(rq);
	length = http_header(rq, "Content-Length");
	if (!length)
		return;
	p->body_room = strtoull(length, NULL, 10); /* libmicrohttpd has checked that it is a number */
	if (!p->refusal && p->body_room > p->body_max)
		p->refusal = REFUSE_SIZE;
}

/* The client waits for leave to send its body, and does not get it. */
static bool refused_leave(const struct request *rq)
{
	const char *expect = rq->http->refusal && rq->http->body_room ? http_header(rq, "Expect") : NULL;

	return expect && !strcasecmp(expect, "100-continue");
}

/* Is much of a body that nobody wants still to come? */
static bool far_over(const struct http_private *p)
{
	size_t most = p->body_max + OVER_MAX;

	return p->refusal && !p->ahead && (p->body_room > most || p->received > most);
}

static void refuse_ahead(struct request *rq)
{
	struct http_private *p = rq->http;

	p->ahead = p->dispatched = true;
	conn_enter(p->server, p->conn, PHASE_REFUSED);
	answer_refusal(rq);
}

/* body ------------------------------------------------------------------------------------------------- */
static bool body_append(struct request *rq, const char *bytes, size_t n)
{
	struct http_private *p = rq->http;
	size_t want = rq->body_len + n;
	char *body = rq->body_len ? (char *)(uintptr_t)rq->body : NULL;

	if (!body || want > p->body_room) {
		if (want > p->body_room)
			p->body_room = want * 2;
		body = talloc_realloc_size(rq, body, p->body_room + 1);
		if (!body)
			return false;
		rq->body = body;
	}
	memcpy(body + rq->body_len, bytes, n);
	rq->body_len = want;
	body[want] = 0;
	return true;
}

static enum MHD_Result take_body(struct request *rq, const char *bytes, size_t *n)
{
	struct http_private *p = rq->http;
	size_t got = *n;

	*n = 0;
	p->received += got;
	if (!p->refusal && p->received > p->body_max)
		p->refusal = REFUSE_SIZE;
	if (far_over(p))
		refuse_ahead(rq);
	if (p->refusal)
		return p->received > p->body_max + DISCARD_MAX ? MHD_NO : MHD_YES;
	return body_append(rq, bytes, got) ? MHD_YES : MHD_NO;
}

/* handler and answer ------------------------------------------------------------------------------------- */
static void run_handler(struct request *rq)
{
	rq->route->handler(rq);
}

static void dispatch(struct request *rq)
{
	struct http_private *p = rq->http;

	p->dispatched = true;
	conn_enter(p->server, p->conn, PHASE_WORKING);
	if (p->refusal)
		answer_refusal(rq);
	else if (rq->route->flags & ROUTE_PUBLIC)
		run_handler(rq);
	else
		http_authenticate(rq, run_handler);
}

static enum MHD_Result queue_answer(struct request *rq)
{
	struct http_private *p = rq->http;
	enum MHD_Result r;

	conn_enter(p->server, p->conn, PHASE_ANSWERING);
	r = MHD_queue_response(p->connection, p->status, p->response);
	respond_release(rq);
	return r;
}

enum MHD_Result receive_request(void *server, struct MHD_Connection *connection, const char *url, const char *method,
				const char *version, const char *data, size_t *size, void **state)
{
	struct http_server *s = server;
	struct request *rq = *state;
	struct http_private *p;

	(void)url;
	(void)version;
	if (!rq)
		return MHD_NO;
	p = rq->http;
	if (!p->begun) {
		begin(rq, method);
		if (refused_leave(rq)) {
			dispatch(rq);
			return queue_answer(rq);
		}
		if (far_over(p))
			refuse_ahead(rq);
		return MHD_YES;
	}
	if (*size)
		return take_body(rq, data, size);
	if (s->stopping || p->ahead)
		return MHD_NO;
	if (!p->dispatched)
		dispatch(rq);
	if (p->answered)
		return queue_answer(rq);
	p->suspended = true;
	MHD_suspend_connection(connection);
	return MHD_YES;
}

/* end ------------------------------------------------------------------------------------------------------ */
void receive_bury(struct http_server *s)
{
	while (s->dead) {
		struct request *rq = s->dead;
		request_unlink(rq);
		talloc_free(rq);
	}
}

static void count(struct http_server *s, const struct request *rq)
{
	const struct http_private *p = rq->http;

	if (!p->begun)
		return;
	s->requests--;
	if (p->status && s->metrics)
		metric_http(s->metrics, rq->route ? rq->route->label : "none", p->status,
			    (double)(uv_hrtime() - p->began) / 1e9);
}

void receive_completed(void *server, struct MHD_Connection *connection, void **state,
		       enum MHD_RequestTerminationCode code)
{
	struct http_server *s = server;
	struct request *rq = *state;
	struct http_private *p;

	(void)connection;
	(void)code;
	if (!rq)
		return;
	*state = NULL;
	p = rq->http;
	count(s, rq);
	conn_enter(s, p->conn, PHASE_IDLE);
	p->conn->used = true;
	p->conn->rq = NULL;
	p->conn = NULL;
	p->connection = NULL;
	p->suspended = false;
	respond_release(rq);
	/* A handler that has not answered yet holds on to its request: respond.c lets go of it. */
	if (p->overdue || (p->dispatched && !p->answered))
		request_link(&s->orphans, rq);
	else
		talloc_free(rq);
}

static void conn_open(struct http_server *s, struct MHD_Connection *connection, void **state)
{
	struct http_conn *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
	conn_enter(s, c, PHASE_IDLE);
	c->next = s->conns;
	c->back = &s->conns;
	if (c->next)
		c->next->back = &c->next;
	s->conns = c;
	s->at_limit = ++s->connections >= s->limits.connections;
	*state = c;
}

static void conn_close(struct http_server *s, struct http_conn *c)
{
	*c->back = c->next;
	if (c->next)
		c->next->back = c->back;
	free(c);
	s->connections--;
	/* libmicrohttpd listens again only at its next turn */
	s->run_wanted |= s->at_limit;
	s->at_limit = false;
}

void receive_connection(void *server, struct MHD_Connection *connection, void **state,
			enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		conn_open(server, connection, state);
	else if (*state)
		conn_close(server, *state);
}
