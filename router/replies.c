#include "router/replies.h"

#include <string.h>

#include "router/decide.h"
#include "templates/dates.h"
#include "templates/hours.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *order_number(const struct router_order *order)
{
	return order->number && order->number[0] == '#' ? order->number + 1 : order->number ? order->number : "";
}

/* Variables ------------------------------------------------------------------------------------- */
/* Built on the stack, for one render: nothing is copied. */
#define PAIR(name, v)                                                                                                  \
	{                                                                                                              \
		.key = (name), .key_len = sizeof(name) - 1, .value = (v)                                               \
	}

static struct liquid_value hash(const struct liquid_pair *pairs, size_t n)
{
	return (struct liquid_value){.type = LIQUID_HASH, .len = (uint32_t)n, .hash = pairs};
}

#define ORDER_PAIRS 9
static struct liquid_value order_value(const struct router_order *o, struct liquid_pair to[ORDER_PAIRS])
{
	if (!o)
		return liquid_nil();
	const struct liquid_pair pairs[ORDER_PAIRS] = {
		PAIR("number", liquid_text(order_number(o))),
		PAIR("state", liquid_text(order_state_name(o->state))),
		PAIR("title", liquid_text(o->title)),
		PAIR("carrier", liquid_text(o->carrier)),
		PAIR("tracking_number", liquid_text(o->tracking_number)),
		PAIR("tracking_url", liquid_text(o->tracking_url)),
		PAIR("placed_at", liquid_time(o->placed_at)),
		PAIR("state_at", liquid_time(o->state_at)),
		PAIR("expected_at", liquid_time(o->expected_at)),
	};
	memcpy(to, pairs, sizeof pairs);
	return hash(to, ORDER_PAIRS);
}

/* What only some sentences have beside brand, support and order. */
struct extra {
	const char *date, *choices, *n, *max;
};

static char *render(const struct reply_maker *m, const struct pb_message *message, const struct router_order *order,
		    const struct extra *extra)
{
	const struct router_brand *b = m->brand;
	const struct pb_brand *pb = &b->playbook->brand;
	int64_t opens_at = 0;
	bool open = message->asks_hours && hours_open(pb, m->now, &opens_at);
	struct liquid_pair url[PB_URLS_MAX], order_pairs[ORDER_PAIRS];
	for (size_t i = 0; i < pb->n_urls; i++)
		url[i] = (struct liquid_pair){pb->urls[i].name, (uint32_t)strlen(pb->urls[i].name),
					      liquid_text(pb->urls[i].url)};
	const struct liquid_pair brand[] = {
		PAIR("name", liquid_text(b->name)), PAIR("legal_entity", liquid_text(pb->legal_entity)),
		PAIR("postal_address", liquid_text(pb->postal_address)), PAIR("urls", hash(url, pb->n_urls))};
	const struct liquid_pair support[] = {PAIR("contact", liquid_text(b->support_contact)),
					      PAIR("url", liquid_text(pb->support_url)),
					      PAIR("open", liquid_bool(open)), PAIR("opens_at", liquid_time(opens_at))};
	const struct liquid_pair all[] = {
		PAIR("brand", hash(brand, COUNT(brand))),       PAIR("support", hash(support, COUNT(support))),
		PAIR("order", order_value(order, order_pairs)), PAIR("date", liquid_text(extra->date)),
		PAIR("choices", liquid_text(extra->choices)),   PAIR("n", liquid_text(extra->n)),
		PAIR("max", liquid_text(extra->max)),
	};
	const struct liquid_value data = hash(all, COUNT(all));
	const struct liquid_env env = {
		.data = &data, .now = m->now, .locale = m->locale, .zone = pb->zone, .currency = pb->currency};
	struct liquid_error error;

	return liquid_render(m->ctx, message->template, &env, &error);
}

/* Sentences -------------------------------------------------------------------------------------- */
static char *render_named(const struct reply_maker *m, const char *name, const struct router_order *order,
			  const struct extra *extra)
{
	const struct pb_message *message = playbook_message(m->brand->playbook, m->locale, name);

	return message ? render(m, message, order, extra) : NULL;
}

char *reply_message(const struct reply_maker *m, const struct pb_message *message, const struct router_order *order,
		    usec_t date)
{
	const struct extra extra = {.date = date ? short_date(m->ctx, m->locale, date) : NULL};

	return render(m, message, order, &extra);
}

char *reply_text(const struct reply_maker *m, const char *name, const struct router_order *order, usec_t date)
{
	const struct extra extra = {.date = date ? short_date(m->ctx, m->locale, date) : NULL};

	return render_named(m, name, order, &extra);
}

static char *joined(char *text, const char *more)
{
	return text && more ? talloc_asprintf_append(text, " %s", more) : text;
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
	struct extra extra = {0};
	char *choices = NULL;

	for (unsigned i = 0; i < n; i++) {
		const char digits[2] = {(char)('1' + i), '\0'};
		extra.n = digits;
		char *one = render_named(m, "order_choice", orders[i], &extra);
		if (!one)
			return NULL;
		choices = choices ? talloc_asprintf_append(choices, ", %s", one) : one;
	}
	extra = (struct extra){.choices = choices};
	return render_named(m, "orders_question", NULL, &extra);
}

char *reply_help(const struct reply_maker *m, bool with_menu)
{
	char *text = reply_text(m, "help", NULL, 0);

	return with_menu ? joined(text, reply_text(m, "help_menu", NULL, 0)) : text;
}

char *reply_menu_again(const struct reply_maker *m, unsigned max)
{
	const char digits[2] = {(char)('0' + max % 10), '\0'};
	const struct extra extra = {.max = digits};

	return render_named(m, "menu_again", NULL, &extra);
}
