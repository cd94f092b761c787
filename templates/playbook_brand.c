/* brand.yaml: who texts, when, how often, from where. */
#include <string.h>

#include "templates/playbook_private.h"

#define PER_DAY_MOST 3 /* FQ-1: of promotional and relationship together */

/* The brand and what is put into it afterwards. */
struct raw {
	struct pb_brand b;
	struct pb_strings locales, holidays;
};

/* A map whose keys are classes; each value is read by f.read of the class's element, of f->max bytes. */
static bool by_class(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at, pb_reader *read)
{
	bool ok = n->kind == YAML_MAP;

	if (!ok)
		pb_error(l, n->line, "%s: must be by class, such as {promotional: …}", f->key);
	for (size_t i = 0; ok && i < n->n; i++) {
		int cls = pb_word_index(pb_classes, n->map[i].key);
		struct pb_field one = *f;

		one.key = n->map[i].key;
		if (cls >= 0)
			ok &= read(l, &n->map[i].value, &one, (char *)at + (size_t)cls * (size_t)f->max);
		else
			pb_error(l, n->map[i].line, "%s: unknown class '%s'; one of %s", f->key, n->map[i].key,
				 pb_classes);
		ok &= cls >= 0;
	}
	return ok;
}

static bool read_quiet(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	return by_class(l, n, f, at, pb_read_window);
}

static bool read_number(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	const struct pb_field line = {.key = f->key, .min = 3, .max = 20};

	return pb_read_line(l, n, &line, at);
}

static bool read_senders(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	return by_class(l, n, f, at, read_number);
}

static bool read_cap(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	static const struct pb_field fields[] = {
		{.key = "per_day",
		 .read = pb_read_count,
		 .offset = offsetof(struct pb_caps, per_day),
		 .min = 1,
		 .max = 1000},
		{.key = "per_week",
		 .read = pb_read_count,
		 .offset = offsetof(struct pb_caps, per_week),
		 .min = 1,
		 .max = 1000},
		{.key = "min_gap", .read = pb_read_span, .offset = offsetof(struct pb_caps, min_gap), .min = 1},
		{.key = NULL},
	};

	return pb_read_map(l, n, talloc_asprintf(l->tmp, "caps of %s", f->key), fields, at);
}

static bool read_caps(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	struct pb_caps *caps = at;
	bool ok = by_class(l, n, f, at, read_cap);

	for (int c = CLASS_RELATIONSHIP; c <= CLASS_PROMOTIONAL; c++)
		if (caps[c].per_day > PER_DAY_MOST)
			pb_problem(l, l->path, n->line, true, "FQ-1",
				   "caps: per_day of relationship and promotional is at most %d: the law of several "
				   "states",
				   PER_DAY_MOST);
	return ok;
}

/* "mon", "mon-fri". */
static bool days(const char *s, int *from, int *to)
{
	char first[4] = "";
	size_t n = strlen(s);

	if ((n != 3 && n != 7) || (n == 7 && s[3] != '-'))
		return false;
	memcpy(first, s, 3);
	*from = pb_word_index(pb_days, first);
	*to = n == 7 ? pb_word_index(pb_days, s + 4) : *from;
	return *from >= 0 && *to >= *from;
}

static bool read_hours(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	struct pb_brand *b = at;
	bool ok = n->kind == YAML_MAP;

	if (!ok)
		pb_error(l, n->line, "%s: must be by day, such as {mon-fri: \"09:00-17:00\"}", f->key);
	b->has_hours = true;
	for (size_t i = 0; ok && i < n->n; i++) {
		struct pb_field one = {.key = n->map[i].key};
		struct pb_window w;
		int from = 0, to = -1;

		if (!days(n->map[i].key, &from, &to))
			pb_error(l, n->map[i].line, "%s: '%s' is no day or range of days, such as sat or mon-fri",
				 f->key, n->map[i].key);
		if (!pb_read_window(l, &n->map[i].value, &one, &w))
			ok = false;
		for (; ok && from <= to; from++)
			b->support_hours[from] = w;
	}
	return ok;
}

static bool read_zone(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	const struct pb_field line = {.key = f->key, .min = 3, .max = 60};

	if (n->kind == YAML_TEXT && (strchr(n->text, '/') || !strcmp(n->text, "UTC")) && !strstr(n->text, "..") &&
	    n->text[0] != '/')
		return pb_read_line(l, n, &line, at);
	pb_error(l, n->line, "%s: must be a zone such as America/New_York", f->key);
	return false;
}

static bool read_support(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	static const struct pb_field fields[] = {
		{.key = "contact",
		 .read = pb_read_line,
		 .offset = offsetof(struct raw, b.support_contact),
		 .min = 3,
		 .max = 80},
		{.key = "url", .read = pb_read_url, .offset = offsetof(struct raw, b.support_url)},
		{.key = "zone", .read = read_zone, .offset = offsetof(struct raw, b.zone)},
		{.key = "hours", .read = read_hours, .offset = offsetof(struct raw, b)},
		{.key = "holidays", .read = pb_read_dates, .offset = offsetof(struct raw, holidays)},
		{.key = NULL},
	};
	struct raw *raw = at;

	(void)f;
	if (!pb_read_map(l, n, "support", fields, raw))
		return false;
	if (raw->b.has_hours && !raw->b.zone) {
		pb_error(l, n->line, "support: hours need their zone, such as zone: America/New_York");
		return false;
	}
	return true;
}

static bool read_urls(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	struct pb_brand *b = at;
	struct pb_url *urls;
	bool ok = n->kind == YAML_MAP && n->n <= PB_URLS_MAX;

	if (!ok) {
		pb_error(l, n->line, "%s: must be up to %d names with addresses, such as {review: \"https://…\"}",
			 f->key, PB_URLS_MAX);
		return false;
	}
	urls = talloc_zero_array(l->pb, struct pb_url, (unsigned)n->n + 1);
	for (size_t i = 0; i < n->n; i++) {
		struct pb_field one = {.key = talloc_asprintf(l->tmp, "urls.%s", n->map[i].key)};

		if (!pb_is_name(n->map[i].key))
			pb_error(l, n->map[i].line, "%s: a name is small letters, digits and _", one.key);
		urls[i].name = talloc_strdup(l->pb, n->map[i].key);
		if (n->map[i].value.kind == YAML_TEXT && !*n->map[i].value.text)
			continue; /* known by name, not given yet */
		ok &= pb_read_url(l, &n->map[i].value, &one, &urls[i].url);
	}
	b->urls = urls;
	b->n_urls = ok ? n->n : 0;
	return ok;
}

static bool read_links(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	static const struct pb_field fields[] = {
		{.key = "domain", .read = pb_read_url, .offset = offsetof(struct pb_brand, link_domain)},
		{.key = "expires",
		 .read = pb_read_span,
		 .offset = offsetof(struct pb_brand, link_expires),
		 .min = 3600},
		{.key = NULL},
	};

	(void)f;
	return pb_read_map(l, n, "links", fields, at);
}

#define B(field) offsetof(struct raw, b.field)
static const struct pb_field brand_fields[] = {
	{.key = "name", .read = pb_read_line, .offset = B(name), .min = 1, .max = 60},
	{.key = "legal_entity", .read = pb_read_line, .offset = B(legal_entity), .min = 1, .max = 120},
	{.key = "postal_address", .read = pb_read_line, .offset = B(postal_address), .min = 5, .max = 200},
	{.key = "support", .read = read_support},
	{.key = "locale", .read = pb_read_locale, .offset = B(locale)},
	{.key = "locales", .read = pb_read_locales, .offset = offsetof(struct raw, locales)},
	{.key = "country", .read = pb_read_match, .offset = B(country), .words = "AA"},
	{.key = "currency", .read = pb_read_match, .offset = B(currency), .words = "AAA"},
	{.key = "urls", .read = read_urls, .offset = offsetof(struct raw, b)},
	{.key = "quiet", .read = read_quiet, .offset = B(quiet), .max = sizeof(struct pb_window)},
	{.key = "caps", .read = read_caps, .offset = B(caps), .max = sizeof(struct pb_caps)},
	{.key = "senders", .read = read_senders, .offset = B(sender), .max = sizeof(const char *)},
	{.key = "links", .read = read_links, .offset = offsetof(struct raw, b)},
	{.key = "double_opt_in", .read = pb_read_bool, .offset = B(double_opt_in)},
	{.key = "unknown_state",
	 .read = pb_read_second_word,
	 .offset = B(unknown_state_federal),
	 .words = "strictest federal"},
	{.key = "stop_inside_sentence",
	 .read = pb_read_word,
	 .offset = B(stop_inside_sentence),
	 .words = "hold optout ignore"},
	{.key = "answer_opted_out", .read = pb_read_word, .offset = B(answer_opted_out), .words = "never human"},
	{.key = "opt_out_words",
	 .read = pb_read_second_word,
	 .offset = B(opt_out_first_then_monthly),
	 .words = "every_text first_then_monthly"},
	{.key = "age_gate", .read = pb_read_bool, .offset = B(age_gate)},
	{.key = "segment_price", .read = pb_read_price, .offset = B(segment_price), .max = 10},
	{.key = NULL},
};

void pb_read_brand(struct loader *l, const struct yaml_node *root)
{
	struct raw raw = {.b = l->pb->brand}; /* the defaults */

	pb_read_map(l, root, "brand", brand_fields, &raw);
	raw.b.n_locales = raw.locales.n;
	raw.b.locales = raw.locales.list;
	raw.b.n_holidays = raw.holidays.n;
	raw.b.holidays = raw.holidays.list;
	l->pb->brand = raw.b;
}
