/* What an order event does to what is known of its order. Pure, and the state comes out the same in whatever order the
 * events come in. */
#ifndef AFTERWORD_ROUTER_EVENTS_H
#define AFTERWORD_ROUTER_EVENTS_H

#include "router/types.h"

struct event_type {
	const char *name; /* "order.shipped" */
	enum order_state state;
	bool early; /* before anything was sent: never replaces a state from afterwards */
	int rank;   /* two events of one instant: the further one wins */
};

extern const struct event_type event_types[]; /* ends with a NULL name */
const struct event_type *event_type_find(const char *name);

struct shipment_facts {
	const char *reference;                                /* "" where an order has but one */
	const char *carrier, *tracking_number, *tracking_url; /* NULL unknown */
	usec_t expected_at;                                   /* 0 unknown */
	enum order_state state;
	usec_t state_at;
};

struct item_facts {
	const char *sku, *title; /* sku may be NULL */
	int quantity;
	const char *price; /* decimal, may be NULL */
};

/* An order as it is known. Strings are NULL where unknown, times 0. */
struct order_facts {
	bool known;
	const char *number;
	enum order_state state;
	usec_t state_at, placed_at, expected_at;
	const char *carrier, *tracking_number, *tracking_url, *title, *currency, *total;
};

/* One event, checked. */
struct order_event {
	const struct event_type *type;
	usec_t occurred_at;
	const char *number, *currency, *total;
	usec_t placed_at, expected_at;
	size_t n_items; /* 0: not said */
	const struct item_facts *items;
	bool has_shipment;
	struct shipment_facts shipment; /* its state fields are not read */
};

struct merge_result {
	bool changed_state; /* false: an older event that came late */
	bool take_items;    /* the event's items are the order's items now */
	bool take_customer; /* the event's customer is the order's customer now */
};

/* The newest event's word counts; an older one that came late only fills what is missing. Strings are pointed to, not
 * copied. */
struct merge_result event_merge_order(struct order_facts *order, const struct order_event *e);
/* fresh: the shipment was not known. */
void event_merge_shipment(struct shipment_facts *s, bool fresh, const struct order_event *e);

#endif
