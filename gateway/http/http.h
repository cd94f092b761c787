/* HTTP as the rest of the gateway sees it: a request, one answer, now or later.
 * Under it libmicrohttpd in external epoll mode; a request that is not answered when its handler
 * returns is suspended until somebody answers. Everything runs on the worker's one thread. */
#ifndef AFTERWORD_HTTP_H
#define AFTERWORD_HTTP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

#include "router/types.h"

struct worker;

/* Who calls /v1: filled in by the authentication step before the handler runs. */
struct principal {
	struct uuid token;
	struct uuid brand;
	unsigned scopes; /* bits of enum scope */
	char name[64];
};

enum scope {
	SCOPE_EVENTS_WRITE = 1 << 0,
	SCOPE_ORDERS_READ = 1 << 1,
	SCOPE_CUSTOMERS_READ = 1 << 2,
	SCOPE_CONVERSATIONS_READ = 1 << 3,
	SCOPE_CONVERSATIONS_WRITE = 1 << 4, /* robot on and off */
	SCOPE_MESSAGES_READ = 1 << 5,
	SCOPE_MESSAGES_WRITE = 1 << 6,
	SCOPE_TICKETS_READ = 1 << 7,
	SCOPE_TICKETS_WRITE = 1 << 8,
	SCOPE_CONSENTS_READ = 1 << 9,
	SCOPE_CONSENTS_WRITE = 1 << 10,
	SCOPE_CUSTOMERS_WRITE = 1 << 11,
	SCOPE_PRIVACY_WRITE = 1 << 12, /* erasure, export, legal hold */
	SCOPE_ALL = (1 << 13) - 1,
};
#define SCOPE_NONE_NEEDED 0

#define PATH_PARAMS_MAX 4

struct request { /* is itself a talloc context: all that belongs to the request hangs on it */
	struct worker *worker;
	const char *method;  /* "GET" */
	const char *path;    /* decoded, without query */
	const char *raw_url; /* path and query as received */
	const char *query;   /* raw query, "" none */
	const char *body;    /* NUL-terminated beside its length; "" if none */
	size_t body_len;
	const char *param[PATH_PARAMS_MAX]; /* {…} parts of the route's pattern, in order */
	const struct route *route;
	struct principal who;
	usec_t started_at;         /* wall clock */
	struct http_private *http; /* the server's own */
};

typedef void http_handler(struct request *rq);

enum route_flags {
	ROUTE_PUBLIC = 1 << 0,     /* no bearer token */
	ROUTE_IDEMPOTENT = 1 << 1, /* honours Idempotency-Key */
};

struct route {
	const char *method;
	const char *pattern; /* "/v1/tickets/{id}/replies" */
	http_handler *handler;
	unsigned scope; /* every bit is needed */
	unsigned flags;
	size_t body_max;   /* bytes; larger answers 413 */
	const char *label; /* for metrics: short, stable */
};

extern const struct route http_routes[]; /* ends with a NULL method */

/* What came in. NULL if absent. Query values are decoded, cleaned UTF-8, owned by rq. */
const char *http_header(const struct request *rq, const char *name);
const char *http_query(struct request *rq, const char *name);

/* Where the request came from: the address at the other end, or, where that is a machine of ours (loopback, private), what
 * it says in X-Forwarded-For, its last entry. Owned by rq; "" once the client is gone. */
const char *http_client_address(struct request *rq);

/* Answers. Exactly one a request; any time later; the request is freed some time after. body is copied. */
void http_respond(struct request *rq, unsigned status, const char *content_type, const char *body, size_t len);
void http_respond_json(struct request *rq, unsigned status, json_t *json); /* takes the reference */
/* RFC 9457 problem+json. type is a slug ("invalid-field"); field NULL where no field is at fault (else "errors":
 * [{"field","detail"}]); detail says what would be right. */
void http_problem(struct request *rq, unsigned status, const char *type, const char *field, const char *detail, ...)
	__attribute__((format(printf, 5, 6)));
/* A header of the coming answer; name and value are copied. */
void http_add_header(struct request *rq, const char *name, const char *value);
/* 503 with Retry-After, problem type "unavailable". */
void http_unavailable(struct request *rq, const char *detail);
bool http_answered(const struct request *rq);

/* The server. */
struct http_server;
struct http_limits {
	size_t body_max;            /* bytes, overall cap */
	size_t header_max;          /* bytes of request line and headers (connection memory) */
	unsigned connections;       /* at once, a worker */
	unsigned idle_seconds;      /* keep-alive without a request */
	const struct route *routes; /* ends with a NULL method */
	unsigned request_seconds;   /* for the headers, and again for the body */
	unsigned answer_seconds;    /* a handler that is silent for longer is answered for, with 503; 0: 60 */
};
struct uv_loop_s;
/* Listens on host:port with SO_REUSEPORT. NULL with *error set (owned by w's context) on failure. */
struct http_server *http_server_start(struct worker *w, struct uv_loop_s *loop, const char *host, const char *port,
				      const struct http_limits *limits, char **error);
int http_server_port(const struct http_server *s);
/* No new connections; running requests finish; drained(arg) is called when the last one has, or at once. */
void http_server_drain(struct http_server *s, void (*drained)(void *arg), void *arg);
void http_server_stop(struct http_server *s);
/* For gauges. */
unsigned http_server_connections(const struct http_server *s);
unsigned http_server_requests(const struct http_server *s);

#endif
