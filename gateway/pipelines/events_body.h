/* The body of POST /v1/events: one event, or an array of them, checked field by field. */
#ifndef AFTERWORD_EVENTS_BODY_H
#define AFTERWORD_EVENTS_BODY_H

#include "gateway/http/http.h"
#include "gateway/phone.h"
#include "router/events.h"
#include "storage/consent.h"

#define EVENTS_MAX 500 /* a request */

struct event_body {
	const char *source, *id;
	char phone[PHONE_MAX];
	const char *name, *email, *locale, *country, *external_customer; /* NULL: not known */
	size_t n_consents;
	struct consent_line *consents; /* brand, customer and id are not known yet */
	const char *order;                                               /* the shop's id of it */
	struct order_event event;
	const char *json; /* as it came */
};

/* Reads what rq carries; region: how numbers in national form are read where the customer's country is not said. NULL:
 * refused, and rq is answered. *many: the events came as an array. Everything belongs to rq. */
struct event_body *events_body_read(struct request *rq, const char *region, usec_t now, size_t *n, bool *many);

#endif
