#include "gateway/http/assets.h"

#include <string.h>

#include "gateway/http/assets_handler.h"

void assets_handle(struct request *rq)
{
	for (const struct asset *a = assets; a->path; a++) {
		const char *dot = strrchr(a->path, '.');
		if (strcmp(a->path, rq->path))
			continue;
		http_respond(rq, 200, dot && !strcmp(dot, ".yaml") ? "application/yaml" : "application/octet-stream", a->bytes, a->len);
		return;
	}
	http_problem(rq, 404, "not-found", NULL, "there is nothing at %s", rq->path);
}
