/* What the files of this folder share; nobody else includes it. */
#ifndef AFTERWORD_HTTP_PRIVATE_H
#define AFTERWORD_HTTP_PRIVATE_H

#include <microhttpd.h>
#include <uv.h>

#include "gateway/http/http.h"

/* What a connection is busy with. Each phase has its own patience: see sweep() in server.c. */
enum phase {
	PHASE_IDLE,      /* no byte of a request line yet, or not the whole line */
	PHASE_HEADERS,   /* request line read */
	PHASE_BODY,      /* headers read */
	PHASE_WORKING,   /* the handler has it */
	PHASE_ANSWERING, /* the answer is on its way */
	PHASE_REFUSED,   /* the answer has gone out ahead of the body's end: what still comes is thrown away */
	PHASES,
};

struct http_conn {
	struct http_conn *next, **back;
	struct request *rq; /* the one under way, if any */
	int fd;
	enum phase phase;
	uint64_t since; /* when the phase began, milliseconds of the loop's clock */
	bool used;      /* has completed a request */
};

struct answer_header {
	struct answer_header *next;
	const char *name, *value;
};

enum refusal { /* why no handler will see the request */
	       REFUSE_NOTHING = 0,
	       REFUSE_PATH,
	       REFUSE_NOT_FOUND,
	       REFUSE_METHOD,
	       REFUSE_SIZE,
};

struct http_private {
	struct http_server *server;        /* NULL once it has stopped */
	struct MHD_Connection *connection; /* NULL once libmicrohttpd is through with the request */
	struct http_conn *conn;
	struct MHD_Response *response; /* built and not yet queued */
	struct kept_answer *kept;      /* response is this one's; NULL: our own */
	struct answer_header *headers, **headers_end;
	struct form *query;
	struct request *next, **back; /* in the server's orphans, or in its dead */
	size_t body_max, body_room, received;
	uint64_t began; /* uv_hrtime() */
	unsigned status;
	enum refusal refusal;
	bool begun;      /* headers have been looked at */
	bool dispatched; /* the handler (or authentication) has been called */
	bool suspended;
	bool answered;
	bool ahead;   /* the answer goes out ahead of the body's end, past libmicrohttpd */
	bool overdue; /* answered in the handler's stead: its own answer is still to come, and to be dropped */
};

#define ANSWER_CACHE 64 /* power of two */
#define ANSWER_CACHE_BODY 192
#define ANSWER_CACHE_TYPE 48

/* An answer without headers of its own, kept ready: what webhooks are answered is nearly always the same few bytes. */
struct kept_answer {
	struct MHD_Response *response;
	unsigned flags;
	unsigned pending; /* requests that have it and have not queued it */
	size_t len;
	char type[ANSWER_CACHE_TYPE];
	char body[ANSWER_CACHE_BODY];
};

struct http_loop { /* the loop's handles, which must outlive the server until the loop has closed them */
	uv_poll_t poll;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_timer_t again, sweep, drain;
	struct http_server *server;
	int open;
};

struct http_server {
	struct worker *worker;
	struct metrics *metrics;
	struct MHD_Daemon *daemon;
	struct http_limits limits;
	struct router *router;
	struct http_loop *loop;
	struct http_conn *conns;
	struct request *orphans; /* libmicrohttpd is through with them, their handlers are not */
	struct request *dead;    /* to be freed when no handler is on the stack */
	struct kept_answer kept[ANSWER_CACHE];
	unsigned connections, requests;
	bool run_wanted, running, draining, stopping, at_limit;
	int listen_fd, port;
	uint64_t drain_began;
	void (*drained)(void *arg);
	void *drained_arg;
};

static inline uint64_t server_now(const struct http_server *s)
{
	return uv_now(s->loop->poll.loop);
}

static inline void conn_enter(struct http_server *s, struct http_conn *c, enum phase phase)
{
	c->phase = phase;
	c->since = server_now(s);
}

static inline void request_link(struct request **list, struct request *rq)
{
	struct http_private *p = rq->http;

	p->next = *list;
	p->back = list;
	if (p->next)
		p->next->http->back = &p->next;
	*list = rq;
}

static inline void request_unlink(struct request *rq)
{
	struct http_private *p = rq->http;

	*p->back = p->next;
	if (p->next)
		p->next->http->back = p->back;
}

/* receive.c: libmicrohttpd's callbacks, from the first byte of a request to the end of its answer */
void *receive_uri(void *server, const char *uri, struct MHD_Connection *connection);
size_t receive_unescape(void *server, struct MHD_Connection *connection, char *s);
enum MHD_Result receive_request(void *server, struct MHD_Connection *connection, const char *url, const char *method,
				const char *version, const char *data, size_t *size, void **state);
void receive_completed(void *server, struct MHD_Connection *connection, void **state,
		       enum MHD_RequestTerminationCode code);
void receive_connection(void *server, struct MHD_Connection *connection, void **state,
			enum MHD_ConnectionNotificationCode code);
void receive_bury(struct http_server *s); /* frees the dead */

/* respond.c */
void respond_overdue(struct request *rq);
void respond_release(struct request *rq);   /* the answer is queued, or never will be */
void respond_forget(struct http_server *s); /* drops the answers kept ready */

/* router.c */
struct router;
struct router *router_compile(TALLOC_CTX *ctx, const struct route *routes);
/* Decodes rq->raw_url into rq->path, finds rq->route and its parameters. For REFUSE_METHOD *allow is what is allowed.
 */
enum refusal router_find(const struct router *r, struct request *rq, const char **allow);

#endif
