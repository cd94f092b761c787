/* Order events in any order, twice, late: the order's state must come out the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "router/events.h"

#define T0 ((usec_t)1795500000 * USEC_SECOND)

static struct order_event event(const char *type, int hour)
{
	struct order_event e = {.type = event_type_find(type), .occurred_at = T0 + hour * USEC_HOUR, .number = "1001"};

	assert_non_null(e.type);
	return e;
}

static void types_are_known(void **state)
{
	(void)state;
	assert_int_equal(event_type_find("order.out_for_delivery")->state, ORDER_OUT_FOR_DELIVERY);
	assert_null(event_type_find("order.lost"));
	assert_null(event_type_find(""));
	for (int s = 0; s < ORDER_STATES; s++) { /* every state has its event */
		const struct event_type *t = event_types;
		while (t->name && (int)t->state != s)
			t++;
		assert_non_null(t->name);
	}
}

static void first_event_makes_the_order(void **state)
{
	struct order_facts o = {0};
	struct order_event e = event("order.shipped", 5);

	(void)state;
	struct merge_result r = event_merge_order(&o, &e);
	assert_true(r.changed_state);
	assert_true(r.take_customer);
	assert_true(o.known);
	assert_int_equal(o.state, ORDER_SHIPPED);
	assert_int_equal(o.placed_at, e.occurred_at);
	assert_string_equal(o.number, "1001");
}

static void late_event_only_fills(void **state)
{
	struct item_facts item = {"SKU", "Tent", 1, NULL};
	struct order_facts o = {0};
	struct order_event shipped = event("order.shipped", 5), placed = event("order.placed", 1);

	(void)state;
	shipped.has_shipment = true;
	shipped.shipment.carrier = "UPS";
	placed.total = "10.00";
	placed.number = "old";
	placed.items = &item;
	placed.n_items = 1;
	event_merge_order(&o, &shipped);
	struct merge_result r = event_merge_order(&o, &placed);
	assert_false(r.changed_state);
	assert_false(r.take_customer);
	assert_true(r.take_items); /* there were none */
	assert_int_equal(o.state, ORDER_SHIPPED);
	assert_int_equal(o.placed_at, placed.occurred_at);
	assert_string_equal(o.number, "1001");
	assert_string_equal(o.total, "10.00");
	assert_string_equal(o.title, "Tent");
	assert_string_equal(o.carrier, "UPS");
	assert_false(event_merge_order(&o, &placed).take_items);
}

static void money_after_shipping_goes_not_backwards(void **state)
{
	struct order_facts o = {0};
	struct order_event shipped = event("order.shipped", 5), paid = event("order.paid", 6);

	(void)state;
	event_merge_order(&o, &shipped);
	assert_false(event_merge_order(&o, &paid).changed_state);
	assert_int_equal(o.state, ORDER_SHIPPED);
	o = (struct order_facts){0};
	event_merge_order(&o, &paid);
	assert_true(event_merge_order(&o, &shipped).changed_state);
	assert_int_equal(o.state, ORDER_SHIPPED);
}

/* Every order of arrival of five events, two of them of one instant. */
static void any_order_of_arrival(void **state)
{
	struct order_event e[5] = {event("order.placed", 0), event("order.paid", 9), event("order.shipped", 2),
				   event("order.delivered", 4), event("order.delayed", 4)};
	unsigned count = 0;

	(void)state;
	for (unsigned code = 0; code < 3125; code++) {
		struct order_facts o = {0};
		unsigned seen = 0, c = code;
		for (int i = 0; i < 5; i++, c /= 5)
			seen |= 1u << (c % 5);
		if (seen != 31)
			continue;
		c = code;
		for (int i = 0; i < 5; i++, c /= 5)
			event_merge_order(&o, &e[c % 5]);
		assert_int_equal(o.state, ORDER_DELIVERED);
		assert_int_equal(o.state_at, e[3].occurred_at);
		assert_int_equal(o.placed_at, e[0].occurred_at);
		count++;
	}
	assert_int_equal(count, 120);
}

static void shipments_have_lives_of_their_own(void **state)
{
	struct shipment_facts s = {.reference = "A"};
	struct order_event out = event("order.out_for_delivery", 6), late = event("order.shipped", 3);

	(void)state;
	out.has_shipment = late.has_shipment = true;
	late.shipment.tracking_number = "1Z";
	late.shipment.expected_at = T0 + USEC_DAY;
	event_merge_shipment(&s, true, &out);
	event_merge_shipment(&s, false, &late);
	assert_int_equal(s.state, ORDER_OUT_FOR_DELIVERY);
	assert_string_equal(s.tracking_number, "1Z");
	assert_int_equal(s.expected_at, T0 + USEC_DAY);
}

static void repeat_changes_nothing(void **state)
{
	struct order_facts o = {0}, before;
	struct order_event e = event("order.delivered", 3);

	(void)state;
	event_merge_order(&o, &e);
	before = o;
	assert_false(event_merge_order(&o, &e).changed_state);
	assert_memory_equal(&o, &before, sizeof(o));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_known),        cmocka_unit_test(first_event_makes_the_order),
		cmocka_unit_test(late_event_only_fills),  cmocka_unit_test(money_after_shipping_goes_not_backwards),
		cmocka_unit_test(any_order_of_arrival),   cmocka_unit_test(shipments_have_lives_of_their_own),
		cmocka_unit_test(repeat_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
