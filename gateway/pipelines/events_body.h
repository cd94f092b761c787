/* The body of POST /v1/events, checked field by field. */
#ifndef AFTERWORD_EVENTS_BODY_H
#define AFTERWORD_EVENTS_BODY_H

#include <jansson.h>
#include <talloc.h>

#include "gateway/phone.h"
#include "router/events.h"

#define EVENTS_MAX 500 /* a request */
#define EVENT_ITEMS_MAX 200

struct event_body {
	const char *source, *id;
	char phone[PHONE_MAX];
	const char *name, *email, *locale, *country, *external_customer; /* NULL: not said; country is always known */
	const char *order;                                               /* the shop's id of it */
	struct order_event event;
	const char *json; /* as it came */
};

struct body_problem {
	const char *field; /* "customer.phone"; NULL: the body as a whole */
	const char *detail;
};

/* Strings belong to ctx. False: *problem is set, and names the field below prefix ("events[3]." or ""). region: how numbers in
 * national form are read where the customer's country is not said. */
bool event_body_read(TALLOC_CTX *ctx, const json_t *json, const char *prefix, const char *region, usec_t now, struct event_body *out,
		     struct body_problem *problem);

/* RFC 3339 with its zone. False for anything else, and for times before 2000. */
bool event_time_parse(const char *s, usec_t *out);

#endif
