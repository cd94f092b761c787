#include "gateway/http/assets.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "gateway/http/assets_handler.h"

static const struct {
	const char *suffix, *type;
} types[] = {
	{".yaml", "application/yaml"},
	{".html", "text/html; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".json", "application/json"},
	{".svg", "image/svg+xml"},
	{".png", "image/png"},
	{".txt", "text/plain; charset=utf-8"},
};

static const char *type_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(dot, types[i].suffix))
			return types[i].type;
	return "application/octet-stream";
}

/* The contents' own name: a cache asks again each time, and mostly hears that nothing has changed. */
static void etag_of(const struct asset *a, char out[24])
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < a->len; i++)
		h = (h ^ (unsigned char)a->bytes[i]) * 1099511628211u;
	snprintf(out, 24, "\"%016llx\"", (unsigned long long)h);
}

static void serve(struct request *rq, const struct asset *a)
{
	const char *known = http_header(rq, "If-None-Match");
	char etag[24];

	etag_of(a, etag);
	http_add_header(rq, "ETag", etag);
	http_add_header(rq, "Cache-Control", "no-cache");
	if (known && (strstr(known, etag) || !strcmp(known, "*")))
		http_respond(rq, 304, NULL, "", 0);
	else
		http_respond(rq, 200, type_of(a->path), a->bytes, a->len);
}

void assets_handle(struct request *rq)
{
	for (const struct asset *a = assets; a->path; a++) {
		if (!strcmp(a->path, rq->path)) {
			serve(rq, a);
			return;
		}
	}
	http_problem(rq, 404, "not-found", NULL, "there is nothing at %s", rq->path);
}
