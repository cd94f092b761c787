/* The pipelines that carry data between HTTP, the router and storage. */
#ifndef AFTERWORD_PIPELINES_H
#define AFTERWORD_PIPELINES_H

#include "gateway/http/http.h"
#include "gateway/worker.h"

/* inbound.c: POST|GET /webhooks/{provider}/{channel}/inbound */
void inbound_start(struct worker *w);
void inbound_handle(struct request *rq);
bool inbound_idle(const struct worker *w);
/* What every webhook begins with: finds the channel of /webhooks/{provider}/{channel}/…, undoes the proxy, checks the
 * signature. NULL: refused, and the request is answered. */
const struct channel *hook_channel(struct request *rq, struct hook *hook);

/* receipts.c: POST|GET /webhooks/{provider}/{channel}/status */
void receipts_start(struct worker *w);
void receipts_handle(struct request *rq);
bool receipts_idle(const struct worker *w);

/* events.c: POST /v1/events */
void events_start(struct worker *w);
void events_handle(struct request *rq);
bool events_idle(const struct worker *w);

/* outbound.c */
void outbound_start(struct worker *w);
void outbound_wake(struct worker *w);  /* texts were queued */
void outbound_drain(struct worker *w); /* claim nothing more; answers on the wire are still recorded */
bool outbound_idle(const struct worker *w);

/* simcarrier.c: the built-in carrier */
void simcarrier_start(struct worker *w);

/* maintenance.c: partitions ahead, old keys out, texts without receipts to unknown, incomplete long texts: under one
 * lease */
void maintenance_start(struct worker *w);

#endif
