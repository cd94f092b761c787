/* HTTP out: libcurl's multi_socket on the loop. Keep-alive, time-outs, bounded answers. */
#ifndef AFTERWORD_HTTP_CLIENT_H
#define AFTERWORD_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/providers/provider.h"

struct worker;
struct http_client;

struct http_answer {
	long status;       /* 0: no answer came */
	bool never_sent;   /* status 0 and the request provably did not reach the peer (name, connect, TLS) */
	const char *body;  /* valid during the callback, NUL-terminated; at most 64 KiB are kept */
	size_t len;
	const char *retry_after; /* NULL if absent */
	const char *error; /* status 0: why */
	double seconds;
};

void http_client_start(struct worker *w);
/* Extra headers: NULL-terminated array of "Name: value", or NULL. The request's strings are copied. */
void http_client_send(struct worker *w, const struct send_request *rq, const char *const *headers, long timeout_seconds,
		      void (*done)(void *arg, const struct http_answer *answer), void *arg);
unsigned http_client_in_flight(const struct worker *w);

#endif
