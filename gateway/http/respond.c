/* Answers: built here, handed to libmicrohttpd by receive.c. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway/http/private.h"
#include "gateway/log.h"

enum answer_flags {
	ANSWER_CLOSE = 1 << 0,    /* the server is draining */
	ANSWER_NO_STORE = 1 << 1, /* the API */
};

static unsigned flags_of(const struct request *rq)
{
	bool api = !strncmp(rq->path, "/v1", 3) && (rq->path[3] == '/' || !rq->path[3]);

	return (rq->http->server->draining ? ANSWER_CLOSE : 0) | (api ? ANSWER_NO_STORE : 0);
}

static struct MHD_Response *build(unsigned flags, const char *type, const char *body, size_t len,
				  enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(len, (void *)(uintptr_t)body, mode);

	if (!r)
		abort(); /* out of memory: the supervisor starts the worker again */
	if (type)
		MHD_add_response_header(r, "Content-Type", type);
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	if (flags & ANSWER_NO_STORE)
		MHD_add_response_header(r, "Cache-Control", "no-store");
	if (flags & ANSWER_CLOSE)
		MHD_add_response_header(r, "Connection", "close");
	return r;
}

/* answers kept ready ------------------------------------------------------------------------------------ */
static uint32_t hash(uint32_t h, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619u;
	return h;
}

/* The answer of that content, kept from the last time if there was one. NULL: too long to keep, or its place is taken
 * by another one that still waits to be queued. */
static struct kept_answer *kept(struct http_server *s, unsigned flags, const char *type, const char *body, size_t len)
{
	size_t type_len = strlen(type);
	struct kept_answer *k;

	if (len > ANSWER_CACHE_BODY || type_len >= ANSWER_CACHE_TYPE)
		return NULL;
	k = &s->kept[hash(hash(2166136261u + flags, type, type_len), body, len) % ANSWER_CACHE];
	if (k->response && k->len == len && k->flags == flags && !memcmp(k->body, body, len) && !strcmp(k->type, type))
		return k;
	if (k->pending)
		return NULL;
	if (k->response)
		MHD_destroy_response(k->response);
	k->response = build(flags, *type ? type : NULL, body, len, MHD_RESPMEM_MUST_COPY);
	k->flags = flags;
	k->len = len;
	memcpy(k->type, type, type_len + 1);
	memcpy(k->body, body, len);
	return k;
}

void respond_forget(struct http_server *s)
{
	for (size_t i = 0; i < ANSWER_CACHE; i++) {
		if (s->kept[i].response)
			MHD_destroy_response(s->kept[i].response);
		s->kept[i].response = NULL;
	}
}

void respond_release(struct request *rq)
{
	struct http_private *p = rq->http;

	if (p->kept)
		p->kept->pending--;
	else if (p->response)
		MHD_destroy_response(p->response);
	p->kept = NULL;
	p->response = NULL;
}

/* one answer a request ------------------------------------------------------------------------------------ */
/* A handler answers after the client has gone, or after the server has answered in its stead. */
static void late(struct request *rq)
{
	struct http_private *p = rq->http;

	p->overdue = false;
	if (p->connection || !p->server)
		return;
	request_unlink(rq); /* freed in the loop's next turn: the handler may still look at it */
	request_link(&p->server->dead, rq);
}

/* Does anybody wait for this answer? */
static bool awaited(struct request *rq)
{
	struct http_private *p = rq->http;

	if (p->answered && !p->overdue) {
		log_error("answered_twice", LOG_S("route", rq->route ? rq->route->label : "none"));
		return false;
	}
	if (!p->answered && p->connection)
		return true;
	p->answered = true;
	late(rq);
	return false;
}

static void hand_over(struct request *rq, unsigned status)
{
	struct http_private *p = rq->http;

	p->answered = true;
	p->status = status;
	for (struct answer_header *h = p->headers; h; h = h->next)
		MHD_add_response_header(p->response, h->name, h->value);
	if (!p->suspended)
		return;
	p->suspended = false;
	p->server->run_wanted = true; /* server.c lets libmicrohttpd run in this turn of the loop */
	MHD_resume_connection(p->connection);
}

/* Past libmicrohttpd, which takes no answer in the middle of a body. Nothing of an answer has been written yet, so the
 * bytes cannot land inside another one. */
static void send_ahead(struct request *rq, unsigned status, const char *type, const char *body, size_t len)
{
	struct http_private *p = rq->http;
	char *text = talloc_asprintf(rq, "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Length: %zu\r\n", status,
				     MHD_get_reason_phrase_for(status), len);

	if (type)
		text = talloc_asprintf_append(text, "Content-Type: %s\r\n", type);
	for (struct answer_header *h = p->headers; h; h = h->next)
		text = talloc_asprintf_append(text, "%s: %s\r\n", h->name, h->value);
	text = talloc_asprintf_append(text, "\r\n%.*s", strcmp(rq->method, "HEAD") ? (int)len : 0, body);
	if (!text)
		abort(); /* out of memory */
	p->answered = true;
	p->status = status;
	len = strlen(text);
	if (send(p->conn->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len)
		shutdown(p->conn->fd, SHUT_RDWR); /* it has not even read the answers before */
}

void http_respond(struct request *rq, unsigned status, const char *content_type, const char *body, size_t len)
{
	struct http_private *p = rq->http;
	unsigned flags;

	if (!awaited(rq))
		return;
	if (p->ahead) {
		send_ahead(rq, status, content_type, body, len);
		return;
	}
	flags = flags_of(rq);
	p->kept = p->headers ? NULL : kept(p->server, flags, content_type ? content_type : "", body ? body : "", len);
	if (p->kept)
		p->kept->pending++;
	p->response = p->kept ? p->kept->response : build(flags, content_type, body, len, MHD_RESPMEM_MUST_COPY);
	hand_over(rq, status);
}

/* As http_respond(), but text comes from malloc() and need not be copied. */
static void respond_text(struct request *rq, unsigned status, const char *content_type, char *text)
{
	if (!text)
		abort(); /* out of memory */
	if (!awaited(rq)) {
		free(text);
		return;
	}
	rq->http->response = build(flags_of(rq), content_type, text, strlen(text), MHD_RESPMEM_MUST_FREE);
	hand_over(rq, status);
}

void http_respond_json(struct request *rq, unsigned status, json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

	json_decref(json);
	respond_text(rq, status, "application/json", text);
}

void http_add_header(struct request *rq, const char *name, const char *value)
{
	struct http_private *p = rq->http;
	struct answer_header *h = talloc_zero(rq, struct answer_header);

	h->name = talloc_strdup(h, name);
	h->value = talloc_strdup(h, value);
	*p->headers_end = h;
	p->headers_end = &h->next;
}

bool http_answered(const struct request *rq)
{
	return rq->http->answered;
}

void respond_overdue(struct request *rq)
{
	log_warn("handler_overdue", LOG_S("route", rq->route->label));
	http_unavailable(rq, "the answer took too long; try again");
	rq->http->overdue = true;
}
