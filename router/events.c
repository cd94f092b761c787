#include "router/events.h"

#include <string.h>

const struct event_type event_types[] = {
	{"order.placed", ORDER_PLACED, true, 0},
	{"order.paid", ORDER_PAID, true, 1},
	{"order.shipped", ORDER_SHIPPED, false, 2},
	{"order.delayed", ORDER_DELAYED, false, 3},
	{"order.exception", ORDER_EXCEPTION, false, 4},
	{"order.out_for_delivery", ORDER_OUT_FOR_DELIVERY, false, 5},
	{"order.delivered", ORDER_DELIVERED, false, 6},
	{"order.returned", ORDER_RETURNED, false, 7},
	{"order.refunded", ORDER_REFUNDED, false, 8},
	{"order.cancelled", ORDER_CANCELLED, false, 9},
	{NULL, ORDER_PLACED, false, 0},
};

const struct event_type *event_type_find(const char *name)
{
	for (const struct event_type *t = event_types; t->name; t++)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

static const struct event_type *type_of(enum order_state state)
{
	const struct event_type *t = event_types;

	while (t->name && t->state != state)
		t++;
	return t;
}

/* Money may be taken after the parcel has left: "paid" must not make a parcel that is on its way a paid order again. */
static bool newer(const struct order_event *e, enum order_state state, usec_t state_at)
{
	const struct event_type *now = type_of(state);

	if (e->type->early != now->early)
		return now->early;
	if (e->occurred_at != state_at)
		return e->occurred_at > state_at;
	return e->type->rank > now->rank;
}

static void take_text(const char **field, const char *said, bool wins)
{
	if (said && (wins || !*field))
		*field = said;
}

static void take_time(usec_t *field, usec_t said, bool wins)
{
	if (said && (wins || !*field))
		*field = said;
}

/* A date from before the delivery slipped must not come back from a late event, yet an order's own placing is a fact of
 * its own. */
static void take_placed(struct order_facts *o, const struct order_event *e, bool wins)
{
	bool placing = e->type->state == ORDER_PLACED;
	usec_t said = e->placed_at ? e->placed_at : placing ? e->occurred_at : 0;

	if (said && (wins || placing || said < o->placed_at))
		o->placed_at = said;
	if (!o->placed_at)
		o->placed_at = e->occurred_at;
}

struct merge_result event_merge_order(struct order_facts *o, const struct order_event *e)
{
	bool wins = !o->known || newer(e, o->state, o->state_at);
	struct merge_result r = {.changed_state = wins, .take_customer = wins};

	if (wins) {
		o->state = e->type->state;
		o->state_at = e->occurred_at;
	}
	o->known = true;
	take_placed(o, e, wins);
	take_text(&o->number, e->number, wins);
	take_text(&o->currency, e->currency, wins);
	take_text(&o->total, e->total, wins);
	take_time(&o->expected_at, e->expected_at, wins);
	if (e->has_shipment) {
		take_text(&o->carrier, e->shipment.carrier, wins);
		take_text(&o->tracking_number, e->shipment.tracking_number, wins);
		take_text(&o->tracking_url, e->shipment.tracking_url, wins);
		take_time(&o->expected_at, e->shipment.expected_at, wins);
	}
	if (e->n_items && (wins || !o->title)) {
		o->title = e->items[0].title;
		r.take_items = true;
	}
	return r;
}

void event_merge_shipment(struct shipment_facts *s, bool fresh, const struct order_event *e)
{
	bool wins = fresh || newer(e, s->state, s->state_at);

	if (wins) {
		s->state = e->type->state;
		s->state_at = e->occurred_at;
	}
	take_text(&s->carrier, e->shipment.carrier, wins);
	take_text(&s->tracking_number, e->shipment.tracking_number, wins);
	take_text(&s->tracking_url, e->shipment.tracking_url, wins);
	take_time(&s->expected_at, e->shipment.expected_at ? e->shipment.expected_at : e->expected_at, wins);
}
