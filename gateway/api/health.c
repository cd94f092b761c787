/* What whoever runs the program asks: is it alive, may it be given requests. */
#include <string.h>

#include "gateway/api/api.h"

void health_live(struct request *rq)
{
	http_respond(rq, 200, "application/json", "{\"status\":\"ok\"}", strlen("{\"status\":\"ok\"}"));
}

/* Webhooks are taken in even while PostgreSQL is away; ready means that everything is. */
void health_ready(struct request *rq)
{
	const struct worker *w = rq->worker;

	if (w->draining)
		http_unavailable(rq, "this process is about to end");
	else if (!worker_ready(w))
		http_unavailable(rq, "the database is away");
	else
		http_respond(rq, 200, "application/json", "{\"status\":\"ready\"}", strlen("{\"status\":\"ready\"}"));
}
