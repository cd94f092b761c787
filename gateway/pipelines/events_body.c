#include "gateway/pipelines/events_body.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/api/body.h"
#include "gateway/api/evidence.h"

#define OLDEST ((usec_t)946684800 * USEC_SECOND) /* 2000: before that there was no shop on the web to speak of */
#define CLOCK_SKEW USEC_DAY                      /* an event further ahead would hold every later one back */

/* clang-format off */
static const struct field item_fields[] = {
	{"sku", FIELD_LINE, FIELD_NULLABLE, 1, 128, NULL, NULL},
	{"title", FIELD_LINE, FIELD_REQUIRED, 1, 300, NULL, NULL},
	{"quantity", FIELD_INT, 0, 1, 1000000, NULL, NULL},
	{"price", FIELD_LINE, FIELD_NULLABLE, 1, 15, NULL, NULL},
	{NULL, 0, 0, 0, 0, NULL, NULL},
};
static const struct field consent_fields[] = {
	{"purpose", FIELD_WORD, FIELD_REQUIRED, 0, 0, "transactional|relationship|promotional|marketing|all", NULL},
	{"action", FIELD_WORD, 0, 0, 0, "grant|refuse|revoke", NULL},
	{"kind", FIELD_WORD, FIELD_NULLABLE, 0, 0, "written|double_opt_in|claimed", NULL},
	{"wording", FIELD_TEXT, FIELD_NULLABLE, 1, 4000, NULL, NULL},
	{"wording_version", FIELD_LINE, FIELD_NULLABLE, 1, 100, NULL, NULL},
	{"reply", FIELD_TEXT, FIELD_NULLABLE, 1, 2000, NULL, NULL},
	{"at", FIELD_TIME, FIELD_NULLABLE, 0, 0, NULL, NULL},
	{"ip", FIELD_LINE, FIELD_NULLABLE, 2, 45, NULL, NULL},
	{"user_agent", FIELD_LINE, FIELD_NULLABLE, 1, 500, NULL, NULL},
	{NULL, 0, 0, 0, 0, NULL, NULL},
};
static const struct field customer_fields[] = {
	{"phone", FIELD_LINE, FIELD_REQUIRED, 1, 64, NULL, NULL},
	{"name", FIELD_LINE, FIELD_NULLABLE, 1, 200, NULL, NULL},
	{"email", FIELD_LINE, FIELD_NULLABLE, 3, 254, NULL, NULL},
	{"locale", FIELD_LINE, FIELD_NULLABLE, 2, 35, NULL, NULL},
	{"country", FIELD_LINE, FIELD_NULLABLE, 2, 2, NULL, NULL},
	{"external_id", FIELD_LINE, FIELD_NULLABLE, 1, 128, NULL, NULL},
	{"consents", FIELD_ARRAY, FIELD_NULLABLE, 0, 8, NULL, consent_fields},
	{NULL, 0, 0, 0, 0, NULL, NULL},
};
static const struct field order_fields[] = {
	{"id", FIELD_LINE, FIELD_REQUIRED, 1, 128, NULL, NULL},
	{"number", FIELD_LINE, FIELD_REQUIRED, 1, 64, NULL, NULL},
	{"placed_at", FIELD_TIME, FIELD_NULLABLE, 0, 0, NULL, NULL},
	{"expected_at", FIELD_TIME, FIELD_NULLABLE, 0, 0, NULL, NULL},
	{"currency", FIELD_LINE, FIELD_NULLABLE, 3, 3, NULL, NULL},
	{"total", FIELD_LINE, FIELD_NULLABLE, 1, 15, NULL, NULL},
	{"items", FIELD_ARRAY, FIELD_NULLABLE, 0, 200, NULL, item_fields},
	{NULL, 0, 0, 0, 0, NULL, NULL},
};
static const struct field shipment_fields[] = {
	{"reference", FIELD_LINE, FIELD_NULLABLE, 1, 128, NULL, NULL},
	{"carrier", FIELD_LINE, FIELD_NULLABLE, 1, 100, NULL, NULL},
	{"tracking_number", FIELD_LINE, FIELD_NULLABLE, 1, 100, NULL, NULL},
	{"tracking_url", FIELD_LINE, FIELD_NULLABLE, 10, 1000, NULL, NULL},
	{"expected_at", FIELD_TIME, FIELD_NULLABLE, 0, 0, NULL, NULL},
	{NULL, 0, 0, 0, 0, NULL, NULL},
};
static const struct field event_fields[] = {
	{"source", FIELD_LINE, FIELD_REQUIRED, 1, 64, NULL, NULL},
	{"id", FIELD_LINE, FIELD_REQUIRED, 1, 200, NULL, NULL},
	{"type", FIELD_LINE, FIELD_REQUIRED, 1, 64, NULL, NULL},
	{"occurred_at", FIELD_TIME, FIELD_REQUIRED, 0, 0, NULL, NULL},
	{"customer", FIELD_OBJECT, FIELD_REQUIRED, 0, 0, NULL, customer_fields},
	{"order", FIELD_OBJECT, FIELD_REQUIRED, 0, 0, NULL, order_fields},
	{"shipment", FIELD_OBJECT, FIELD_NULLABLE, 0, 0, NULL, shipment_fields},
	{NULL, 0, 0, 0, 0, NULL, NULL},
};
static const struct field list_fields[] = {
	{"events", FIELD_ARRAY, FIELD_REQUIRED, 1, EVENTS_MAX, NULL, event_fields},
	{NULL, 0, 0, 0, 0, NULL, NULL},
};
/* clang-format on */

/* What the tables cannot say ------------------------------------------------------------------------ */
struct reader {
	struct request *rq;
	char prefix[32]; /* "events[3]." */
	usec_t now;
};

static bool wrong(const struct reader *r, const char *name, const char *detail)
{
	http_problem(r->rq, 400, "invalid-field", talloc_asprintf(r->rq, "%s%s", r->prefix, name), "%s", detail);
	return false;
}

static bool capitals(const char *s)
{
	return !s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")];
}

static bool is_email(const char *s)
{
	const char *at = strchr(s, '@');

	return at && at > s && at[1] && !strchr(at + 1, '@') && !strchr(s, ' ');
}

/* It is put into texts and into web pages: nothing but the web. */
static bool is_web_address(const char *s)
{
	size_t scheme = !strncmp(s, "https://", 8) ? 8 : !strncmp(s, "http://", 7) ? 7 : 0;

	return scheme && s[scheme] && s[scheme] != '/' && !strpbrk(s, " \"<>\\^`{|}");
}

/* "49.90": at most twelve digits before the point and two behind it. */
static bool is_money(const char *s)
{
	size_t whole = strspn(s, "0123456789");
	size_t places = s[whole] == '.' ? strspn(s + whole + 1, "0123456789") : 0;

	return whole >= 1 && whole <= 12 && places <= 2 && !s[whole + (places ? places + 1 : 0)];
}

static const struct shape {
	const char *object, *name;
	bool (*fits)(const char *);
	const char *detail;
} shapes[] = {
	{"customer", "email", is_email, "must be a mail address"},
	{"customer", "locale", locale_valid, "must be a language such as en or pt-BR"},
	{"customer", "country", capitals, "must be two capital letters (ISO 3166), such as US"},
	{"order", "currency", capitals, "must be three capital letters (ISO 4217), such as USD"},
	{"order", "total", is_money, "must be a sum such as \"49.90\""},
	{"shipment", "tracking_url", is_web_address, "must be an http or https address"},
};

static bool check_shapes(const struct reader *r, const json_t *json)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(*shapes); i++) {
		const struct shape *s = &shapes[i];
		const char *v = body_text(json_object_get(json, s->object), s->name);
		if (v && !s->fits(v))
			return wrong(r, talloc_asprintf(r->rq, "%s.%s", s->object, s->name), s->detail);
	}
	return true;
}

static bool check_times(const struct reader *r, const json_t *json)
{
	usec_t at = body_time(json, "occurred_at");

	if (at > r->now + CLOCK_SKEW)
		return wrong(r, "occurred_at", "lies in the future");
	return at >= OLDEST || wrong(r, "occurred_at", "lies before the year 2000");
}

/* Sums may come as numbers too; from here on they are text, to two places. */
static void money_to_text(json_t *object, const char *name)
{
	json_t *v = json_object_get(object, name);
	char text[32];

	if (!json_is_number(v) || json_number_value(v) < 0 || json_number_value(v) >= 1e12)
		return;
	snprintf(text, sizeof(text), "%.2f", json_number_value(v));
	json_object_set_new(object, name, json_string(text));
}

static void sums_to_text(json_t *event)
{
	json_t *order = json_object_get(event, "order"), *items = json_object_get(order, "items"), *item;
	size_t i;

	money_to_text(order, "total");
	json_array_foreach(items, i, item) money_to_text(item, "price");
}

/* From checked JSON to the event ---------------------------------------------------------------------- */
static bool read_customer(const struct reader *r, const json_t *in, const char *region, struct event_body *out)
{
	const char *why;
	char own[3];

	out->name = body_text(in, "name");
	out->email = body_text(in, "email");
	out->locale = body_text(in, "locale");
	out->country = body_text(in, "country");
	out->external_customer = body_text(in, "external_id");
	if (!phone_normalise(body_text(in, "phone"), out->country ? out->country : region, out->phone, &why))
		return wrong(r, "customer.phone", why);
	phone_region(out->phone, own);
	if (!out->country && *own)
		out->country = talloc_strdup(r->rq, own);
	return true;
}

static const char *consent_field(const struct reader *r, size_t i, const char *name)
{
	return talloc_asprintf(r->rq, "customer.consents[%zu].%s", i, name);
}

/* What the customer agreed to or refused at checkout: for the ledger. */
static bool read_consents(const struct reader *r, const json_t *list, struct event_body *out)
{
	const json_t *in;
	size_t i;

	out->n_consents = json_array_size(list);
	out->consents = talloc_zero_array(r->rq, struct consent_line, (unsigned)out->n_consents + 1);
	if (!out->consents)
		abort();
	json_array_foreach(list, i, in)
	{
		struct consent_line *l = &out->consents[i];
		*l = (struct consent_line){.action = body_text(in, "action") ? body_text(in, "action") : "grant",
					   .purpose = body_text(in, "purpose"),
					   .source = "checkout",
					   .kind = body_text(in, "kind"),
					   .at = body_time(in, "at") ? body_time(in, "at") : out->event.occurred_at,
					   .shown = body_text(in, "wording"),
					   .shown_version = body_text(in, "wording_version"),
					   .reply = body_text(in, "reply"),
					   .ip = body_text(in, "ip"),
					   .user_agent = body_text(in, "user_agent")};
		if (!evidence_time(l->at, r->now + CLOCK_SKEW))
			return wrong(r, consent_field(r, i, "at"), "must lie between the year 2000 and now");
		if (l->ip && !evidence_ip(l->ip))
			return wrong(r, consent_field(r, i, "ip"), "must be an IPv4 or IPv6 address");
	}
	return true;
}

static bool read_items(const struct reader *r, const json_t *list, struct order_event *e)
{
	struct item_facts *items = talloc_zero_array(r->rq, struct item_facts, (unsigned)json_array_size(list) + 1);
	const json_t *in;
	size_t i;

	if (!items)
		abort();
	json_array_foreach(list, i, in)
	{
		const json_t *quantity = json_object_get(in, "quantity");
		items[i] = (struct item_facts){.sku = body_text(in, "sku"),
					       .title = body_text(in, "title"),
					       .quantity = quantity ? (int)json_integer_value(quantity) : 1,
					       .price = body_text(in, "price")};
		if (items[i].price && !is_money(items[i].price))
			return wrong(r, talloc_asprintf(r->rq, "order.items[%zu].price", i),
				     "must be a sum such as \"19.90\"");
	}
	e->items = items;
	e->n_items = json_array_size(list);
	return true;
}

static bool read_order(const struct reader *r, const json_t *in, struct event_body *out)
{
	struct order_event *e = &out->event;

	out->order = body_text(in, "id");
	e->number = body_text(in, "number");
	if (e->number[0] == '#' && e->number[1])
		e->number++; /* the wording writes it, and people search without */
	e->placed_at = body_time(in, "placed_at");
	e->expected_at = body_time(in, "expected_at");
	e->currency = body_text(in, "currency");
	e->total = body_text(in, "total");
	return read_items(r, json_object_get(in, "items"), e);
}

static void read_shipment(const json_t *in, struct order_event *e)
{
	struct shipment_facts *s = &e->shipment;

	e->has_shipment = json_is_object(in);
	if (!e->has_shipment)
		return;
	s->carrier = body_text(in, "carrier");
	s->tracking_number = body_text(in, "tracking_number");
	s->tracking_url = body_text(in, "tracking_url");
	s->expected_at = body_time(in, "expected_at");
	s->reference = body_text(in, "reference");
	if (!s->reference)
		s->reference = s->tracking_number ? s->tracking_number : "";
}

static bool read_type(const struct reader *r, const json_t *in, struct order_event *e)
{
	char *list;

	e->type = event_type_find(body_text(in, "type"));
	if (e->type)
		return true;
	list = talloc_strdup(r->rq, "must be one of");
	for (const struct event_type *t = event_types; t->name; t++)
		list = talloc_asprintf_append(list, "%s %s", t == event_types ? "" : ",", t->name);
	return wrong(r, "type", list);
}

static const char *dumped(TALLOC_CTX *ctx, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	const char *out = talloc_strdup(ctx, text ? text : "{}");

	free(text);
	return out;
}

static bool read_event(const struct reader *r, const json_t *json, const char *region, struct event_body *out)
{
	out->source = body_text(json, "source");
	out->id = body_text(json, "id");
	out->event.occurred_at = body_time(json, "occurred_at");
	out->json = dumped(r->rq, json);
	read_shipment(json_object_get(json, "shipment"), &out->event);
	return read_type(r, json, &out->event) && check_times(r, json) && check_shapes(r, json) &&
	       read_customer(r, json_object_get(json, "customer"), region, out) &&
	       read_consents(r, json_object_get(json_object_get(json, "customer"), "consents"), out) &&
	       read_order(r, json_object_get(json, "order"), out);
}

struct event_body *events_body_read(struct request *rq, const char *region, usec_t now, size_t *n, bool *many)
{
	struct reader r = {.rq = rq, .now = now};
	json_t *json = body_read(rq), *list = json_object_get(json, "events"), *one;
	struct event_body *out;
	size_t i;

	if (!json)
		return NULL;
	*many = list;
	*n = list ? json_array_size(list) : 1;
	json_array_foreach(list, i, one) sums_to_text(one);
	sums_to_text(json);
	if (!body_check(rq, "", json, list ? list_fields : event_fields))
		return NULL;
	out = talloc_zero_array(rq, struct event_body, (unsigned)*n);
	if (!out)
		abort();
	for (i = 0; i < *n; i++) {
		if (list)
			snprintf(r.prefix, sizeof(r.prefix), "events[%zu].", i);
		if (!read_event(&r, list ? json_array_get(list, i) : json, region, &out[i]))
			return NULL;
	}
	return out;
}
