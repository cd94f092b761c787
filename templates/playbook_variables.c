#include "templates/playbook_variables.h"

#include <stdlib.h>
#include <string.h>

#define HOUR INT64_C(3600000000)
#define DAY (24 * HOUR)

enum kind { TEXT, NUMBER, MONEY, YES, TIME, TEXTS, ITEMS };

/* In one table: what the README of the playbook lists. */
static const struct variable {
	const char *path;
	unsigned where;
	enum kind kind;
	const char *sample; /* TIME: days from now */
} variables[] = {
	{"brand.name", PB_ANYWHERE, TEXT, "Northwind Outfitters"},
	{"brand.legal_entity", PB_ANYWHERE, TEXT, "Northwind Outfitters LLC"},
	{"brand.postal_address", PB_ANYWHERE, TEXT, "1 Harbor St, Portland, OR 97201"},
	{"support.contact", PB_ANYWHERE, TEXT, "help@northwind.example.com"},
	{"support.url", PB_ANYWHERE, TEXT, "https://northwind.example/help"},
	{"support.open", PB_ANYWHERE, YES, NULL},
	{"support.opens_at", PB_ANYWHERE, TIME, "1"},
	{"preferences_url", PB_IN_JOURNEY, TEXT, "https://t.northwind.example/preferences/Ab3dE9kQ"},
	{"customer.name", PB_IN_JOURNEY, TEXT, "Dana Whitfield"},
	{"customer.first_name", PB_IN_JOURNEY, TEXT, "Dana"},
	{"customer.locale", PB_IN_JOURNEY, TEXT, "en"},
	{"customer.country", PB_IN_JOURNEY, TEXT, "US"},
	{"customer.zone", PB_IN_JOURNEY, TEXT, "America/New_York"},
	{"customer.tags", PB_IN_JOURNEY, TEXTS, "repeat"},
	{"customer.orders_count", PB_IN_JOURNEY, NUMBER, "3"},
	{"customer.total_spent", PB_IN_JOURNEY, MONEY, "412.50"},
	{"customer.last_order_at", PB_IN_JOURNEY, TIME, "-3"},
	{"customer.tickets_count", PB_IN_JOURNEY, NUMBER, "1"},
	{"customer.open_tickets", PB_IN_JOURNEY, NUMBER, "0"},
	{"customer.last_rating", PB_IN_JOURNEY, NUMBER, "5"},
	{"order.number", PB_ANYWHERE, TEXT, "10014"},
	{"order.state", PB_ANYWHERE, TEXT, "shipped"},
	{"order.title", PB_ANYWHERE, TEXT, "Rain jacket"},
	{"order.carrier", PB_ANYWHERE, TEXT, "UPS"},
	{"order.tracking_url", PB_ANYWHERE, TEXT, "https://t.example/1Z999AA10123456784"},
	{"order.tracking_number", PB_ANYWHERE, TEXT, "1Z999AA10123456784"},
	{"order.placed_at", PB_ANYWHERE, TIME, "-3"},
	{"order.state_at", PB_ANYWHERE, TIME, "-1"},
	{"order.expected_at", PB_ANYWHERE, TIME, "2"},
	{"order.total", PB_IN_JOURNEY, MONEY, "129.00"},
	{"order.currency", PB_IN_JOURNEY, TEXT, "USD"},
	{"order.shipping_method", PB_IN_JOURNEY, TEXT, "standard"},
	{"order.country", PB_IN_JOURNEY, TEXT, "US"},
	{"order.region", PB_IN_JOURNEY, TEXT, "OR"},
	{"order.categories", PB_IN_JOURNEY, TEXTS, "jackets"},
	{"order.items", PB_IN_JOURNEY, ITEMS, NULL},
	{"order.shipments_count", PB_IN_JOURNEY, NUMBER, "2"},
	{"shipment.reference", PB_IN_JOURNEY, TEXT, "S-1"},
	{"shipment.carrier", PB_IN_JOURNEY, TEXT, "UPS"},
	{"shipment.tracking_url", PB_IN_JOURNEY, TEXT, "https://t.example/1Z999AA10123456784"},
	{"shipment.tracking_number", PB_IN_JOURNEY, TEXT, "1Z999AA10123456784"},
	{"shipment.expected_at", PB_IN_JOURNEY, TIME, "2"},
	{"shipment.state", PB_IN_JOURNEY, TEXT, "shipped"},
	{"shipment.state_at", PB_IN_JOURNEY, TIME, "-1"},
	{"item.title", PB_IN_ITEM, TEXT, "Rain jacket"},
	{"item.sku", PB_IN_ITEM, TEXT, "JACKET-M"},
	{"item.quantity", PB_IN_ITEM, NUMBER, "2"},
	{"item.price", PB_IN_ITEM, MONEY, "64.50"},
	{"item.category", PB_IN_ITEM, TEXT, "jackets"},
	{"item.guide_url", PB_IN_ITEM, TEXT, "https://northwind.example/guides/jacket"},
	{"item.depletion_days", PB_IN_ITEM, NUMBER, "60"},
	{"item.complexity", PB_IN_ITEM, TEXT, "complex"},
	{"item.bought_again", PB_IN_ITEM, YES, NULL},
	{"subscription.title", PB_IN_SUBSCRIPTION, TEXT, "Coffee filters"},
	{"subscription.renews_at", PB_IN_SUBSCRIPTION, TIME, "3"},
	{"subscription.price", PB_IN_SUBSCRIPTION, MONEY, "12.00"},
	{"subscription.manage_url", PB_IN_SUBSCRIPTION, TEXT, "https://northwind.example/account/subscriptions"},
	{"event.type", PB_IN_JOURNEY, TEXT, "order.shipped"},
	{"event.at", PB_IN_JOURNEY, TIME, "0"},
	{"event.amount", PB_IN_JOURNEY, MONEY, "129.00"},
	{"event.reason", PB_IN_JOURNEY, TEXT, "weather"},
	{"event.url", PB_IN_JOURNEY, TEXT, "https://northwind.example/returns/Ab3dE9kQ"},
	{"event.note", PB_IN_JOURNEY, TEXT, "left with the neighbour"},
	{"rating.value", PB_IN_JOURNEY, NUMBER, "5"},
	{"rating.question", PB_IN_JOURNEY, TEXT, "csat"},
	{"date", PB_IN_REPLY, TEXT, "Tue, Nov 24"},
	{"choices", PB_IN_REPLY, TEXT, "1 for #10014, 2 for #10021"},
	{"n", PB_IN_REPLY, TEXT, "1"},
	{"max", PB_IN_REPLY, TEXT, "4"},
};
#define VARIABLES (sizeof(variables) / sizeof(variables[0]))

/* Known ------------------------------------------------------------------------------------------------------------ */
static bool known_url(const struct playbook *pb, const char *name)
{
	for (size_t i = 0; i < pb->brand.n_urls; i++)
		if (!strcmp(pb->brand.urls[i].name, name))
			return true;
	return false;
}

/* path is v, or an object that v is a part of, or lies in the list or text v. */
static bool speaks_of(const struct variable *v, const char *path)
{
	size_t n = strlen(v->path), len = strlen(path);

	if (!strncmp(v->path, path, len) && (v->path[len] == '.' || !v->path[len]))
		return true;
	return (v->kind == ITEMS || v->kind == TEXTS || v->kind == TEXT) && !strncmp(v->path, path, n) &&
	       (path[n] == '[' || (path[n] == '.' && (v->kind != TEXT || !strcmp(path + n, ".size"))));
}

bool pb_variable_known(const struct playbook *pb, const char *path, unsigned where)
{
	if (!strcmp(path, "brand.urls"))
		return true;
	if (!strncmp(path, "brand.urls.", 11))
		return known_url(pb, path + 11);
	for (size_t i = 0; i < VARIABLES; i++)
		if ((variables[i].where & where) && speaks_of(&variables[i], path))
			return true;
	return false;
}

/* Levenshtein, bounded. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[64], n = (unsigned)strlen(b);

	if (n >= 64 || strlen(a) >= 64)
		return 99;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 0; a[i]; i++) {
		unsigned diagonal = row[0];

		row[0] = i + 1;
		for (unsigned j = 0; j < n; j++) {
			unsigned change = diagonal + (a[i] != b[j]),
				 least = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;
			diagonal = row[j + 1];
			row[j + 1] = change < least ? change : least;
		}
	}
	return row[n];
}

const char *pb_variable_near(const char *path)
{
	const char *best = NULL, *dot = strrchr(path, '.');
	unsigned least = 4;

	for (size_t i = 0; i < VARIABLES; i++) {
		unsigned d = distance(path, variables[i].path);
		if (d < least) {
			least = d;
			best = variables[i].path;
		}
	}
	for (size_t i = 0; !best && i < VARIABLES; i++) { /* the right word of another thing */
		const char *own = strrchr(variables[i].path, '.');
		if (own && !strcmp(own + 1, dot ? dot + 1 : path))
			best = variables[i].path;
	}
	return best;
}

/* Samples ---------------------------------------------------------------------------------------------------------- */
static struct liquid_value items(TALLOC_CTX *ctx)
{
	struct liquid_value *two = talloc_zero_array(ctx, struct liquid_value, 2);

	for (int i = 0; i < 2; i++) {
		struct liquid_hash *h = liquid_hash_new(ctx);
		liquid_hash_put(h, "title", liquid_text(i ? "Wool socks" : "Rain jacket"));
		liquid_hash_put(h, "sku", liquid_text(i ? "SOCKS-L" : "JACKET-M"));
		liquid_hash_put(h, "quantity", liquid_int(i + 1));
		liquid_hash_put(h, "price", liquid_float(i ? 9.0 : 111.0));
		liquid_hash_put(h, "category", liquid_text(i ? "socks" : "jackets"));
		liquid_hash_put(h, "guide_url", liquid_nil());
		liquid_hash_put(h, "depletion_days", liquid_nil());
		liquid_hash_put(h, "complexity", liquid_text("simple"));
		two[i] = liquid_hash_value(h);
	}
	return (struct liquid_value){.type = LIQUID_ARRAY, .len = 2, .array = two};
}

static struct liquid_value texts(TALLOC_CTX *ctx, const char *one)
{
	struct liquid_value *list = talloc_zero_array(ctx, struct liquid_value, 1);

	list[0] = liquid_text(one);
	return (struct liquid_value){.type = LIQUID_ARRAY, .len = 1, .array = list};
}

/* What the brand says itself comes before what the table makes up. */
static const char *own_text(const struct playbook *pb, const char *locale, const char *path)
{
	const struct pb_brand *b = &pb->brand;
	const struct {
		const char *path, *value;
	} own[] = {{"brand.name", b->name},
		   {"brand.legal_entity", b->legal_entity},
		   {"brand.postal_address", b->postal_address},
		   {"support.contact", b->support_contact},
		   {"support.url", b->support_url},
		   {"order.currency", b->currency},
		   {"customer.locale", locale}};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(own[i].path, path))
			return own[i].value;
	return NULL;
}

static struct liquid_value value_of(TALLOC_CTX *ctx, const struct playbook *pb, const char *locale,
				    const struct variable *v)
{
	const char *own = v->kind == TEXT ? own_text(pb, locale, v->path) : NULL;

	switch (v->kind) {
	case NUMBER:
		return liquid_int(atoi(v->sample));
	case MONEY:
		return liquid_float(atof(v->sample));
	case YES:
		return liquid_bool(true);
	case TIME:
		return liquid_time(PB_SAMPLE_NOW + atoi(v->sample) * DAY);
	case TEXTS:
		return texts(ctx, v->sample);
	case ITEMS:
		return items(ctx);
	default:
		return liquid_text(own ? own : v->sample);
	}
}

static struct liquid_value urls(TALLOC_CTX *ctx, const struct playbook *pb)
{
	struct liquid_hash *h = liquid_hash_new(ctx);

	for (size_t i = 0; i < pb->brand.n_urls; i++)
		liquid_hash_put(h, pb->brand.urls[i].name,
				liquid_text(pb->brand.urls[i].url ?: "https://northwind.example/page"));
	return liquid_hash_value(h);
}

/* The table is in the order of its objects: each is put in when the next begins. */
struct liquid_value pb_sample(TALLOC_CTX *ctx, const struct playbook *pb, const char *locale, unsigned where)
{
	struct liquid_hash *all = liquid_hash_new(ctx), *object = NULL;
	const char *name = NULL;

	for (size_t i = 0; i <= VARIABLES; i++) {
		const struct variable *v = i < VARIABLES ? &variables[i] : NULL;
		const char *dot = v ? strchr(v->path, '.') : NULL;
		size_t n = dot ? (size_t)(dot - v->path) : 0;

		if (object && (!n || strncmp(name, v->path, n) || name[n])) {
			if (!strcmp(name, "brand"))
				liquid_hash_put(object, "urls", urls(ctx, pb));
			liquid_hash_put(all, name, liquid_hash_value(object));
			object = NULL;
		}
		if (!v || !(v->where & where))
			continue;
		if (!n) {
			liquid_hash_put(all, v->path, value_of(ctx, pb, locale, v));
			continue;
		}
		if (!object) {
			object = liquid_hash_new(ctx);
			name = talloc_strndup(ctx, v->path, n);
		}
		liquid_hash_put(object, dot + 1, value_of(ctx, pb, locale, v));
	}
	return liquid_hash_value(all);
}

const char *pb_sample_link(void *arg, TALLOC_CTX *ctx, const char *url)
{
	const struct playbook *pb = arg;

	(void)url;
	return talloc_asprintf(ctx, "%s/l/Ab3dE9kQ",
			       pb && pb->brand.link_domain ? pb->brand.link_domain : "https://t.northwind.example");
}
