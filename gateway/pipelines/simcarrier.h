/* The built-in carrier: virtual phones for a first try, for demonstrations and for tests. Speaks the wire format of the
 * provider "simulator" (gateway/providers/simulator.c) and works on channels of that provider only; 404 for all others.
 * Routes, with {channel} the channel's key: POST /sim/{channel}/messages                {id, from, to, text,
 * status_url} → 201 {"id"}: a text for a phone POST /sim/{channel}/phones/{number}/texts   {text, to?} → 201 {"id"}:
 * the phone texts us GET  /sim/{channel}/phones/{number}/texts   ?after=<id>&wait=<seconds, at most 25>: what the phone
 * shows GET, PUT /sim/{channel}/behaviour           {delay_ms, drop, reorder, repeat, reject_code} */
#ifndef AFTERWORD_SIMCARRIER_H
#define AFTERWORD_SIMCARRIER_H

#include "gateway/http/http.h"

void simcarrier_messages(struct request *rq);
void simcarrier_text(struct request *rq);
void simcarrier_thread(struct request *rq);
void simcarrier_behaviour(struct request *rq);

#endif
