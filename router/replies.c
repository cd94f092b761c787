#include "router/replies.h"

#include "router/decide.h"
#include "templates/wording.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *order_number(const struct router_order *order)
{
	return order->number && order->number[0] == '#' ? order->number + 1 : order->number ? order->number : "";
}

char *reply_text(const struct reply_maker *m, const char *name, const struct router_order *order, usec_t date)
{
	const struct wording_var vars[] = {
		{"brand.name", m->brand->name},
		{"support.contact", m->brand->support_contact},
		{"order.number", order ? order_number(order) : NULL},
		{"order.carrier", order ? order->carrier : NULL},
		{"order.tracking_url", order ? order->tracking_url : NULL},
		{"order.tracking_number", order ? order->tracking_number : NULL},
		{"date", date ? wording_date(m->ctx, m->locale, date) : NULL},
	};

	return wording_render(m->ctx, m->locale, name, vars, COUNT(vars));
}

static char *joined(char *text, const char *more)
{
	return text && more ? talloc_asprintf_append_buffer(text, " %s", more) : text;
}

char *reply_order_status(const struct reply_maker *m, const struct router_order *order)
{
	static const char *const names[ORDER_STATES] = {"order_status_placed",    "order_status_paid",
							"order_status_shipped",   "order_status_out_for_delivery",
							"order_status_delivered", "order_status_delayed",
							"order_status_exception", "order_status_returned",
							"order_status_refunded",  "order_status_cancelled"};
	bool moving = order->state == ORDER_SHIPPED || order->state == ORDER_OUT_FOR_DELIVERY ||
		      order->state == ORDER_DELAYED || order->state == ORDER_EXCEPTION;
	bool coming = moving || order->state == ORDER_PLACED || order->state == ORDER_PAID;

	if ((unsigned)order->state >= ORDER_STATES)
		return NULL;
	char *text = reply_text(m, names[order->state], order, order->state_at ? order->state_at : order->placed_at);
	if (moving && order->carrier && order->carrier[0])
		text = joined(text, reply_text(m, "order_status_carrier", order, 0));
	if (coming && order->expected_at)
		text = joined(text, reply_text(m, "order_status_expected", order, order->expected_at));
	if ((moving || order->state == ORDER_DELIVERED) && order->tracking_url && order->tracking_url[0])
		text = joined(text, reply_text(m, "order_status_tracking", order, 0));
	else if (moving && order->tracking_number && order->tracking_number[0])
		text = joined(text, reply_text(m, "order_status_tracking_number", order, 0));
	return text;
}

char *reply_orders_question(const struct reply_maker *m, const struct router_order *const *orders, unsigned n)
{
	char *choices = NULL;

	for (unsigned i = 0; i < n; i++) {
		char digits[4] = {(char)('1' + i), '\0'};
		const struct wording_var vars[] = {{"n", digits}, {"order.number", order_number(orders[i])}};
		char *one = wording_render(m->ctx, m->locale, "order_choice", vars, COUNT(vars));
		if (!one)
			return NULL;
		choices = choices ? talloc_asprintf_append_buffer(choices, ", %s", one) : one;
	}
	const struct wording_var vars[] = {{"brand.name", m->brand->name}, {"choices", choices}};
	return wording_render(m->ctx, m->locale, "orders_question", vars, COUNT(vars));
}

char *reply_help(const struct reply_maker *m, bool with_menu)
{
	char *text = reply_text(m, "help", NULL, 0);

	return with_menu ? joined(text, reply_text(m, "help_menu", NULL, 0)) : text;
}

char *reply_menu_again(const struct reply_maker *m, unsigned max)
{
	char digits[4] = {(char)('0' + max % 10), '\0'};
	const struct wording_var vars[] = {{"brand.name", m->brand->name}, {"max", digits}};

	return wording_render(m->ctx, m->locale, "menu_again", vars, COUNT(vars));
}
