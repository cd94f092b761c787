#include "gateway/pipelines/events_body.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CLOCK_SKEW USEC_DAY /* an event further ahead would hold every later one back */

struct reader {
	TALLOC_CTX *ctx;
	const char *prefix;
	usec_t now;
	struct body_problem *problem;
	bool failed;
};

/* The first problem is told; what comes after it may only be its consequence. */
static void wrong(struct reader *r, const char *at, const char *name, const char *detail)
{
	if (r->failed)
		return;
	r->failed = true;
	r->problem->field = talloc_asprintf(r->ctx, "%s%s%s%s", r->prefix, at, *at ? "." : "", name);
	r->problem->detail = talloc_strdup(r->ctx, detail);
}

/* times ------------------------------------------------------------------------------------------- */
static bool digits(const char **s, int n, int *out)
{
	*out = 0;
	for (int i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		*out = *out * 10 + (**s - '0');
	}
	return true;
}

static bool literal(const char **s, const char *any)
{
	if (!**s || !strchr(any, **s))
		return false;
	(*s)++;
	return true;
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool date_and_time(const char **s, struct tm *t)
{
	int year, month;

	if (!digits(s, 4, &year) || !literal(s, "-") || !digits(s, 2, &month) || !literal(s, "-") || !digits(s, 2, &t->tm_mday) ||
	    !literal(s, "Tt ") || !digits(s, 2, &t->tm_hour) || !literal(s, ":") || !digits(s, 2, &t->tm_min) || !literal(s, ":") ||
	    !digits(s, 2, &t->tm_sec))
		return false;
	if (year < 2000 || month < 1 || month > 12 || t->tm_mday < 1 || t->tm_mday > days_in(year, month))
		return false;
	t->tm_year = year - 1900;
	t->tm_mon = month - 1;
	return t->tm_hour <= 23 && t->tm_min <= 59 && t->tm_sec <= 60; /* 60: a leap second */
}

static bool fraction(const char **s, usec_t *out)
{
	usec_t unit = USEC_SECOND / 10;

	*out = 0;
	if (**s != '.')
		return true;
	if ((*s)[1] < '0' || (*s)[1] > '9')
		return false;
	for ((*s)++; **s >= '0' && **s <= '9'; (*s)++, unit /= 10)
		*out += unit * (**s - '0');
	return true;
}

static bool zone(const char **s, usec_t *out)
{
	int hours, minutes, sign = **s == '-' ? -1 : 1;

	*out = 0;
	if (literal(s, "Zz"))
		return true;
	if (!literal(s, "+-") || !digits(s, 2, &hours) || !literal(s, ":") || !digits(s, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*out = sign * (hours * USEC_HOUR + minutes * USEC_MINUTE);
	return true;
}

bool event_time_parse(const char *s, usec_t *out)
{
	struct tm t = {0};
	usec_t part, offset;

	if (!date_and_time(&s, &t) || !fraction(&s, &part) || !zone(&s, &offset) || *s)
		return false;
	*out = (usec_t)timegm(&t) * USEC_SECOND + part - offset;
	return true;
}

/* fields ------------------------------------------------------------------------------------------- */
enum need { OPTIONAL, REQUIRED };

static const json_t *field(struct reader *r, const json_t *in, const char *at, const char *name, enum need need)
{
	const json_t *v = json_object_get(in, name);

	if (v && !json_is_null(v))
		return v;
	if (need == REQUIRED)
		wrong(r, at, name, "is missing");
	return NULL;
}

/* These words end up in texts: no control characters, and an end to their length. */
static const char *text(struct reader *r, const json_t *in, const char *at, const char *name, size_t most, enum need need)
{
	const json_t *v = field(r, in, at, name, need);
	const char *s = json_string_value(v);

	if (!v)
		return NULL;
	if (!s || !*s) {
		wrong(r, at, name, s ? "must not be empty" : "must be a string");
		return NULL;
	}
	if (strlen(s) > most) {
		wrong(r, at, name, talloc_asprintf(r->ctx, "must not be longer than %zu bytes", most));
		return NULL;
	}
	for (const unsigned char *c = (const unsigned char *)s; *c; c++)
		if (*c < 0x20 || *c == 0x7f) {
			wrong(r, at, name, "must not hold control characters");
			return NULL;
		}
	return talloc_strdup(r->ctx, s);
}

static usec_t when(struct reader *r, const json_t *in, const char *at, const char *name, enum need need)
{
	const json_t *v = field(r, in, at, name, need);
	const char *s = json_string_value(v);
	usec_t t = 0;

	if (v && (!s || !event_time_parse(s, &t)))
		wrong(r, at, name, "must be a time with its zone, as 2026-11-24T09:30:00Z");
	return t;
}

/* A sum of money: "49.90" or 49.9, to two places. */
static const char *money(struct reader *r, const json_t *in, const char *at, const char *name)
{
	const json_t *v = field(r, in, at, name, OPTIONAL);
	char number[32], *end;
	const char *s = json_string_value(v);
	size_t whole, places;

	if (!v)
		return NULL;
	if (json_is_number(v) && json_number_value(v) >= 0 && json_number_value(v) < 1e12) {
		snprintf(number, sizeof(number), "%.2f", json_number_value(v));
		return talloc_strdup(r->ctx, number);
	}
	whole = s ? strspn(s, "0123456789") : 0;
	end = s ? (char *)(uintptr_t)s + whole : NULL;
	places = end && *end == '.' ? strspn(end + 1, "0123456789") : 0;
	if (whole < 1 || whole > 12 || places > 2 || (*end == '.' && !places) || end[places ? places + 1 : 0]) {
		wrong(r, at, name, "must be a sum such as \"49.90\"");
		return NULL;
	}
	return talloc_strdup(r->ctx, s);
}

static const char *shaped(struct reader *r, const char *v, const char *at, const char *name, bool (*fits)(const char *),
			  const char *detail)
{
	if (v && !fits(v)) {
		wrong(r, at, name, detail);
		return NULL;
	}
	return v;
}

static bool is_upper_letters(const char *s, size_t n)
{
	return strlen(s) == n && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == n;
}

static bool is_country(const char *s)
{
	return is_upper_letters(s, 2);
}

static bool is_currency(const char *s)
{
	return is_upper_letters(s, 3);
}

static bool is_locale(const char *s)
{
	size_t language = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	if (language < 2 || language > 3)
		return false;
	for (s += language; *s; s += 1 + strcspn(s + 1, "-_"))
		if ((*s != '-' && *s != '_') || strcspn(s + 1, "-_") < 2)
			return false;
	return true;
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

/* the parts ------------------------------------------------------------------------------------------- */
static const json_t *object(struct reader *r, const json_t *in, const char *name, enum need need)
{
	const json_t *v = field(r, in, "", name, need);

	if (v && !json_is_object(v)) {
		wrong(r, "", name, "must be an object");
		return NULL;
	}
	return v;
}

static void read_customer(struct reader *r, const json_t *in, const char *region, struct event_body *out)
{
	static const char at[] = "customer";
	const char *raw = text(r, in, at, "phone", 64, REQUIRED), *why;
	char own[3];

	out->name = text(r, in, at, "name", 200, OPTIONAL);
	out->email = shaped(r, text(r, in, at, "email", 254, OPTIONAL), at, "email", is_email, "must be a mail address");
	out->locale = shaped(r, text(r, in, at, "locale", 35, OPTIONAL), at, "locale", is_locale, "must be a language such as en or pt-BR");
	out->country = shaped(r, text(r, in, at, "country", 2, OPTIONAL), at, "country", is_country,
			      "must be two capital letters (ISO 3166), such as US");
	out->external_customer = text(r, in, at, "external_id", 128, OPTIONAL);
	if (raw && !phone_normalise(raw, out->country ? out->country : region, out->phone, &why))
		wrong(r, at, "phone", why);
	else if (raw && !out->country && *phone_region(out->phone, own))
		out->country = talloc_strdup(r->ctx, own);
}

static struct item_facts read_item(struct reader *r, const json_t *in, const char *at)
{
	const json_t *quantity = field(r, in, at, "quantity", OPTIONAL);
	json_int_t n = quantity ? json_integer_value(quantity) : 1;
	struct item_facts item = {.sku = text(r, in, at, "sku", 128, OPTIONAL),
				  .title = text(r, in, at, "title", 300, REQUIRED),
				  .price = money(r, in, at, "price")};

	if (n < 1 || n > 1000000)
		wrong(r, at, "quantity", "must be a whole number from 1 to 1000000");
	else
		item.quantity = (int)n;
	return item;
}

static void read_items(struct reader *r, const json_t *order, struct order_event *e)
{
	const json_t *list = field(r, order, "order", "items", OPTIONAL);
	struct item_facts *items;

	if (!list)
		return;
	if (!json_is_array(list) || json_array_size(list) > EVENT_ITEMS_MAX) {
		wrong(r, "order", "items", "must be an array of at most 200 items");
		return;
	}
	items = talloc_zero_array(r->ctx, struct item_facts, (unsigned)json_array_size(list) + 1);
	if (!items)
		abort();
	for (size_t i = 0; i < json_array_size(list) && !r->failed; i++) {
		char at[32];
		snprintf(at, sizeof(at), "order.items[%zu]", i);
		items[i] = read_item(r, json_array_get(list, i), at);
	}
	e->items = items;
	e->n_items = json_array_size(list);
}

static void read_order(struct reader *r, const json_t *in, struct event_body *out)
{
	static const char at[] = "order";
	struct order_event *e = &out->event;

	out->order = text(r, in, at, "id", 128, REQUIRED);
	e->number = text(r, in, at, "number", 64, REQUIRED);
	e->placed_at = when(r, in, at, "placed_at", OPTIONAL);
	e->expected_at = when(r, in, at, "expected_at", OPTIONAL);
	e->currency = shaped(r, text(r, in, at, "currency", 3, OPTIONAL), at, "currency", is_currency,
			     "must be three capital letters (ISO 4217), such as USD");
	e->total = money(r, in, at, "total");
	read_items(r, in, e);
}

static void read_shipment(struct reader *r, const json_t *in, struct order_event *e)
{
	static const char at[] = "shipment";
	struct shipment_facts *s = &e->shipment;

	e->has_shipment = in;
	if (!in)
		return;
	s->carrier = text(r, in, at, "carrier", 100, OPTIONAL);
	s->tracking_number = text(r, in, at, "tracking_number", 100, OPTIONAL);
	s->tracking_url = shaped(r, text(r, in, at, "tracking_url", 2000, OPTIONAL), at, "tracking_url", is_web_address,
				 "must be an http or https address");
	s->expected_at = when(r, in, at, "expected_at", OPTIONAL);
	s->reference = text(r, in, at, "reference", 128, OPTIONAL);
	if (!s->reference)
		s->reference = s->tracking_number ? s->tracking_number : "";
}

static void read_type(struct reader *r, const json_t *in, struct order_event *e)
{
	const char *name = text(r, in, "", "type", 64, REQUIRED);
	char *list;

	e->type = name ? event_type_find(name) : NULL;
	if (!name || e->type)
		return;
	list = talloc_strdup(r->ctx, "must be one of");
	for (const struct event_type *t = event_types; t->name; t++)
		list = talloc_asprintf_append(list, "%s %s", t == event_types ? "" : ",", t->name);
	wrong(r, "", "type", list);
}

static const char *dumped(TALLOC_CTX *ctx, const json_t *json)
{
	char *text_form = json_dumps(json, JSON_COMPACT);
	const char *out = talloc_strdup(ctx, text_form ? text_form : "{}");

	free(text_form);
	return out;
}

bool event_body_read(TALLOC_CTX *ctx, const json_t *json, const char *prefix, const char *region, usec_t now, struct event_body *out,
		     struct body_problem *problem)
{
	struct reader r = {ctx, prefix, now, problem, false};
	const json_t *customer, *order, *shipment;

	*out = (struct event_body){0};
	if (!json_is_object(json)) {
		*problem = (struct body_problem){*prefix ? talloc_strndup(ctx, prefix, strlen(prefix) - 1) : NULL, "must be a JSON object"};
		return false;
	}
	out->source = text(&r, json, "", "source", 64, REQUIRED);
	out->id = text(&r, json, "", "id", 200, REQUIRED);
	read_type(&r, json, &out->event);
	out->event.occurred_at = when(&r, json, "", "occurred_at", REQUIRED);
	if (out->event.occurred_at > now + CLOCK_SKEW)
		wrong(&r, "", "occurred_at", "lies in the future");
	customer = object(&r, json, "customer", REQUIRED);
	order = object(&r, json, "order", REQUIRED);
	shipment = object(&r, json, "shipment", OPTIONAL);
	if (customer)
		read_customer(&r, customer, region, out);
	if (order)
		read_order(&r, order, out);
	read_shipment(&r, shipment, &out->event);
	if (!r.failed)
		out->json = dumped(ctx, json);
	return !r.failed;
}
