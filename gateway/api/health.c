/* What whoever runs the program asks: is it alive, may it be given requests, how is it doing. */
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

void health_metrics(struct request *rq)
{
	struct worker *w = rq->worker;
	char *text;

	metric_set(w->metrics, M_CONNECTIONS, NULL, http_server_connections(w->server));
	text = metrics_print(rq, w->metrics);
	http_respond(rq, 200, "text/plain; version=0.0.4; charset=utf-8", text, strlen(text));
}
