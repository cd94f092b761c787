/* The YAML files of the pack: hours, holidays, consent, caps, senders. */
#include "router/rules/compile.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const confidences[] = {"high", "medium", "low", NULL};
static const char *const own_calendar = "by-state";

static struct file open_file(struct pack *p, const char *dir, const char *name)
{
	return yaml_read(p, talloc_asprintf(p, "%s/%s", dir, name));
}

/* Every rule says where it comes from and how sure that is. */
static void provenance(const struct file *f, const struct node *map, const char **source, const char **confidence)
{
	const struct node *c = yaml_get(f, map, "confidence", true);

	*source = yaml_text(f, map, "source", true);
	*confidence = c ? confidences[yaml_word(f, c, "confidence", confidences)] : "";
}

/* "08:00-21:00", or "none". */
static struct rules_window window(const struct file *f, const struct node *map, const char *key)
{
	const struct node *n = yaml_get(f, map, key, true);
	int a, b, c, d, end = 0;

	if (!n || (n->kind == NODE_TEXT && strcmp(n->text, "none") == 0))
		return (struct rules_window){0, 0};
	if (n->kind == NODE_TEXT && sscanf(n->text, "%2d:%2d-%2d:%2d%n", &a, &b, &c, &d, &end) == 4 && !n->text[end] &&
	    strlen(n->text) == 11 && a >= 0 && b >= 0 && b < 60 && d >= 0 && d < 60 && a * 60 + b < c * 60 + d &&
	    c * 60 + d <= 1440)
		return (struct rules_window){(int16_t)(a * 60 + b), (int16_t)(c * 60 + d)};
	problem(f->path, n->line, "%s must be a window such as 08:00-21:00, or none", key);
	return (struct rules_window){0, 0};
}

/* The places of a row, by code; "others" is one. */
static size_t places(struct pack *p, const struct file *f, const struct node *at, int *out)
{
	const struct node *item[LIST_MAX];
	size_t n = yaml_list(f, at, item, LIST_MAX), k = 0;

	if (at && !n)
		problem(f->path, at->line, "at least one place");
	for (size_t i = 0; i < n; i++) {
		int place = item[i]->text ? pack_place(p, item[i]->text) : -1;
		if (place < 0)
			problem(f->path, item[i]->line, "%s is no place of zones/countries.tsv or zones/regions.tsv",
				item[i]->text ? item[i]->text : "this");
		else
			out[k++] = place;
	}
	return k;
}

static int by_day(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

/* Holidays ---------------------------------------------------------------------------------------------- */
static int calendar(const struct pack *p, const char *name)
{
	for (size_t i = 0; i < p->n_calendars; i++)
		if (strcasecmp(p->calendar[i].name, name) == 0)
			return (int)i;
	return -1;
}

static void include(struct pack *p, const struct file *f, const struct node *at, struct c_calendar *c)
{
	const struct node *item[LIST_MAX];
	size_t n = yaml_list(f, at, item, LIST_MAX);

	for (size_t i = 0; i < n; i++) {
		int other = item[i]->text ? calendar(p, item[i]->text) : -1;
		if (other < 0) {
			problem(f->path, item[i]->line, "no calendar of this name stands above");
			continue;
		}
		const struct c_calendar *o = &p->calendar[other];
		c->days = talloc_realloc(p, c->days, int32_t, (unsigned)(c->n + o->n + 1));
		memcpy(c->days + c->n, o->days, o->n * sizeof *o->days);
		c->n += o->n;
	}
}

static void read_calendar(struct pack *p, const struct file *f, const struct node *map, int from, int until)
{
	static const char *const keys[] = {"name", "includes", "confidence", "source", "note", "days", NULL};
	static const char *const day_keys[] = {"name", "on", "observed", "years", NULL};
	static const char *const years[] = {"all", "even", NULL};
	struct c_calendar *c = &p->calendar[p->n_calendars];
	const char *source, *confidence;
	const struct node *days = yaml_get(f, map, "days", true), *y;
	size_t kept = 0;

	yaml_only(f, map, keys);
	provenance(f, map, &source, &confidence);
	*c = (struct c_calendar){.name = yaml_text(f, map, "name", true), .days = talloc_array(p, int32_t, 1)};
	if (!c->name || calendar(p, c->name) >= 0) {
		problem(f->path, map->line, "a name of its own wanted");
		return;
	}
	include(p, f, yaml_get(f, map, "includes", false), c);
	for (size_t i = 0; days && i < days->n; i++) {
		const struct node *d = &days->item[i];
		struct holiday h = {.on = yaml_text(f, d, "on", true), .observed = yaml_yes(f, d, "observed")};
		yaml_only(f, d, day_keys);
		yaml_text(f, d, "name", true);
		y = yaml_get(f, d, "years", false);
		h.even_years = y && yaml_word(f, y, "years", years) == 1;
		if (h.on && !holiday_days(c, &h, from, until + 1)) /* New Year's observance of the year after */
			problem(f->path, d->line,
				"on must be such as 01-01, third Monday of January, last Monday of May, Tuesday after "
				"first Monday of November, Easter + 39: not \"%s\"",
				h.on);
	}
	qsort(c->days, c->n, sizeof *c->days, by_day);
	for (size_t i = 0; i < c->n; i++)
		if (!kept || c->days[kept - 1] != c->days[i])
			c->days[kept++] = c->days[i];
	c->n = kept;
	if (!c->n)
		problem(f->path, map->line, "a calendar without a day");
	p->n_calendars++;
}

void read_calendars(struct pack *p, const char *dir)
{
	static const char *const keys[] = {"from", "until", "calendars", NULL};
	struct file f = open_file(p, dir, "holidays.yaml");
	const struct node *list = yaml_get(&f, &f.root, "calendars", true);
	int from = yaml_int(&f, &f.root, "from", 2000, 2100), until = yaml_int(&f, &f.root, "until", 2000, 2100);
	char last[16];

	yaml_only(&f, &f.root, keys);
	snprintf(last, sizeof last, "%04d-12-31", until);
	p->calendar_until = day_of(last);
	for (size_t i = 0; list && i < list->n; i++)
		read_calendar(p, &f, &list->item[i], from, until);
}

/* Hours -------------------------------------------------------------------------------------------------- */
static bool within(struct rules_window inner, struct rules_window outer)
{
	return !inner.close || (outer.close && inner.open >= outer.open && inner.close <= outer.close);
}

static bool all_within(const struct rules_hours *inner, const struct rules_hours *outer)
{
	for (int d = 0; d < RULES_DAY_KINDS; d++)
		if (!within(inner->window[d], outer->window[d]))
			return false;
	return true;
}

static int calendar_of(struct pack *p, const struct file *f, const struct node *map, int place)
{
	static const char *const words[] = {"open", "none", NULL};
	const struct node *h = yaml_get(f, map, "holidays", true);
	const char *name = yaml_text(f, map, "calendar", false);
	int i;

	if (!h || yaml_word(f, h, "holidays", words) == 0) {
		if (name)
			problem(f->path, map->line, "a calendar, but holidays: open");
		return -1;
	}
	if (!name) {
		problem(f->path, h->line, "holidays: none needs a calendar of holidays.yaml");
		return -1;
	}
	if (strcmp(name, own_calendar) == 0)
		name = p->place[place].p.code;
	i = calendar(p, name);
	if (i < 0)
		problem(f->path, map->line, "holidays.yaml has no calendar %s", name);
	return i;
}

/* Beside the rows of rules.hours: of which place each is, and where it was read. */
static int row_place[256];
static unsigned row_line[256];

static void read_row(struct pack *p, const struct file *f, const struct node *map)
{
	static const char *const keys[] = {"places", "weekdays",   "saturday", "sunday", "holidays", "calendar",
					   "from",   "confidence", "source",   "note",   NULL};
	struct rules_hours h = {.from = INT32_MIN};
	const char *from = yaml_text(f, map, "from", false);
	int place[LIST_MAX];
	size_t n = places(p, f, yaml_get(f, map, "places", true), place);

	yaml_only(f, map, keys);
	provenance(f, map, &h.source, &h.confidence);
	h.window[RULES_WEEKDAY] = window(f, map, "weekdays");
	h.window[RULES_SATURDAY] = window(f, map, "saturday");
	h.window[RULES_SUNDAY] = window(f, map, "sunday");
	if (from && (h.from = day_of(from)) == DAY_NONE)
		problem(f->path, map->line, "from must be a day such as 2025-09-01, not %s", from);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < p->n_hours; k++)
			if (row_place[k] == place[i] && p->hours[k].from == h.from)
				problem(f->path, map->line, "a second row of %s from the same day",
					p->place[place[i]].p.code);
		h.calendar = (int16_t)calendar_of(p, f, map, place[i]);
		if (p->n_hours == sizeof p->hours / sizeof p->hours[0])
			problem(f->path, map->line, "too many rows");
		else {
			row_place[p->n_hours] = place[i];
			row_line[p->n_hours] = map->line;
			p->hours[p->n_hours++] = h;
		}
	}
}

/* Puts each place's rows together, the latest first. */
static void sort_rows(struct pack *p)
{
	struct rules_hours sorted[256] = {0};
	unsigned line[256] = {0};
	size_t n = 0;

	for (size_t i = 0; i < p->n_places; i++) {
		struct rules_place *pl = &p->place[i].p;
		pl->hours = (uint16_t)n;
		for (size_t k = 0; k < p->n_hours; k++) {
			size_t at = n;
			if (row_place[k] != (int)i)
				continue;
			while (at > pl->hours && sorted[at - 1].from < p->hours[k].from) {
				sorted[at] = sorted[at - 1];
				line[at] = line[at - 1];
				at--;
			}
			sorted[at] = p->hours[k];
			line[at] = row_line[k];
			n++;
		}
		pl->n_hours = (uint16_t)(n - pl->hours);
	}
	memcpy(p->hours, sorted, n * sizeof sorted[0]);
	memcpy(row_line, line, n * sizeof line[0]);
}

/* What the rows must be to one another: a country always has one, a part narrows it, the unknown state narrows all. */
static void check_rows(struct pack *p, const char *path)
{
	int others = pack_place(p, "others"), unknown = pack_place(p, "US-unknown"), us = pack_place(p, "US");

	if (unknown < 0 || us < 0 || pack_place(p, "US-48") < 0 || !p->place[unknown].p.n_hours ||
	    !p->place[others].p.n_hours) {
		problem(path, 0, "rows wanted for others, US and US-unknown, and the place US-48");
		return;
	}
	for (size_t i = 0; i < p->n_places; i++) {
		struct rules_place *pl = &p->place[i].p;
		if (pl->country == i && !pl->n_hours) {
			pl->hours = p->place[others].p.hours;
			pl->n_hours = p->place[others].p.n_hours;
		}
		if (pl->country == i && p->hours[pl->hours + pl->n_hours - 1].from != INT32_MIN)
			problem(path, row_line[pl->hours], "%s: a country needs a row without from", pl->code);
	}
	for (size_t i = 0; i < p->n_places; i++) {
		const struct rules_place *pl = &p->place[i].p, *country = &p->place[pl->country].p;
		for (int k = 0; pl->country != i && k < pl->n_hours; k++) {
			const struct rules_hours *row = &p->hours[pl->hours + k];
			if (!all_within(row, &p->hours[country->hours]))
				problem(path, row_line[pl->hours + k], "%s: opens before or closes after its country",
					pl->code);
			if (pl->country == us && !all_within(&p->hours[p->place[unknown].p.hours], row))
				problem(path, row_line[pl->hours + k], "US-unknown is not within %s (QH-6)", pl->code);
		}
	}
}

void read_hours(struct pack *p, const char *dir)
{
	static const char *const keys[] = {"guard", "spread", "courtesy", "windows", NULL};
	struct file f = open_file(p, dir, "hours.yaml");
	const struct node *list = yaml_get(&f, &f.root, "windows", true);

	yaml_only(&f, &f.root, keys);
	p->guard = yaml_int(&f, &f.root, "guard", 0, 60);
	p->spread = yaml_int(&f, &f.root, "spread", 0, 120);
	p->courtesy = window(&f, &f.root, "courtesy");
	for (size_t i = 0; list && i < list->n; i++)
		read_row(p, &f, &list->item[i]);
	sort_rows(p);
	check_rows(p, f.path);
}

/* Pack, consent, caps, senders --------------------------------------------------------------------------- */
static void read_pack(struct pack *p, const char *dir)
{
	static const char *const keys[] = {"version", "reviewed", NULL};
	struct file f = open_file(p, dir, "pack.yaml");
	const char *version = yaml_text(&f, &f.root, "version", true),
		   *reviewed = yaml_text(&f, &f.root, "reviewed", true);

	yaml_only(&f, &f.root, keys);
	if (reviewed && day_of(reviewed) == INT32_MIN)
		problem(f.path, f.root.line, "reviewed must be a day such as 2026-11-25");
	p->version = talloc_strdup(p, version ? version : "");
}

static enum rules_need need(const struct file *f, const struct node *map, const char *key)
{
	static const char *const words[] = {"none", "number", "express", "written", "double", NULL};
	const struct node *n = yaml_get(f, map, key, true);

	return n ? (enum rules_need)yaml_word(f, n, key, words) : NEED_DOUBLE;
}

static void read_consent_row(struct pack *p, const struct file *f, const struct node *map)
{
	static const char *const keys[] = {"places",      "transactional", "relationship", "promotional", "implied",
					   "soft_opt_in", "confidence",    "source",       "note",        NULL};
	static const char *const implied_keys[] = {"purchase", "inquiry", NULL};
	struct rules_consent *c = &p->consent[p->n_consents];
	const struct node *implied = yaml_get(f, map, "implied", false);
	const char *source, *confidence;
	int place[LIST_MAX];
	size_t n = places(p, f, yaml_get(f, map, "places", true), place);

	yaml_only(f, map, keys);
	provenance(f, map, &source, &confidence);
	c->transactional = need(f, map, "transactional");
	c->relationship = need(f, map, "relationship");
	c->promotional = need(f, map, "promotional");
	yaml_get(f, map, "soft_opt_in", true);
	c->soft_opt_in = yaml_yes(f, map, "soft_opt_in");
	if (implied) {
		yaml_only(f, implied, implied_keys);
		c->purchase_days = yaml_int(f, implied, "purchase", 1, 3660);
		c->inquiry_days = yaml_int(f, implied, "inquiry", 1, 3660);
	}
	for (size_t i = 0; i < n; i++) {
		struct rules_place *pl = &p->place[place[i]].p;
		if (pl->country != place[i])
			problem(f->path, map->line, "%s: consent is by country", pl->code);
		if (pl->consent)
			problem(f->path, map->line, "%s is there twice", pl->code);
		pl->consent = (uint16_t)p->n_consents;
	}
	p->n_consents++;
}

static void read_consent(struct pack *p, const char *dir)
{
	static const char *const keys[] = {"rules", NULL};
	struct file f = open_file(p, dir, "consent.yaml");
	const struct node *list = yaml_get(&f, &f.root, "rules", true);
	int others = pack_place(p, "others");

	yaml_only(&f, &f.root, keys);
	p->n_consents = 1; /* 0: none yet */
	for (size_t i = 0; list && i < list->n; i++)
		read_consent_row(p, &f, &list->item[i]);
	if (!p->place[others].p.consent)
		problem(f.path, f.root.line, "a row for others wanted");
	for (size_t i = 0; i < p->n_places; i++) { /* parts of a country have its country's: country codes come first */
		struct rules_place *pl = &p->place[i].p;
		if (pl->country != i)
			pl->consent = p->place[pl->country].p.consent;
		else if (!pl->consent)
			pl->consent = p->place[others].p.consent;
	}
}

static void read_caps(struct pack *p, const char *dir)
{
	static const char *const keys[] = {"ceiling", "defaults", NULL};
	static const char *const ceiling_keys[] = {"marketing_24h", "confidence", "source", "note", NULL};
	static const char *const default_keys[] = {"marketing_24h", "marketing_7d", "transactional_24h", "source",
						   NULL};
	struct file f = open_file(p, dir, "caps.yaml");
	const struct node *ceiling = yaml_get(&f, &f.root, "ceiling", true),
			  *d = yaml_get(&f, &f.root, "defaults", true);
	const char *source, *confidence;

	yaml_only(&f, &f.root, keys);
	if (!ceiling || !d)
		return;
	yaml_only(&f, ceiling, ceiling_keys);
	yaml_only(&f, d, default_keys);
	provenance(&f, ceiling, &source, &confidence);
	yaml_text(&f, d, "source", true);
	p->ceiling_24h = (unsigned)yaml_int(&f, ceiling, "marketing_24h", 1, 30);
	p->marketing_24h = (unsigned)yaml_int(&f, d, "marketing_24h", 1, (int)p->ceiling_24h);
	p->marketing_7d = (unsigned)yaml_int(&f, d, "marketing_7d", 1, 30);
	p->transactional_24h = (unsigned)yaml_int(&f, d, "transactional_24h", 1, 30);
}

static void read_sender(struct pack *p, const struct file *f, const struct node *map)
{
	static const char *const keys[] = {"kind", "reaches", "not", "one_way", "source", "confidence", "note", NULL};
	static const char *const kinds[] = {"long_code", "toll_free", "short_code", "alphanumeric", NULL};
	const struct node *kind = yaml_get(f, map, "kind", true), *to = yaml_get(f, map, "reaches", true);
	const char *source, *confidence;
	struct rules_reach *r = &p->reach[kind ? yaml_word(f, kind, "kind", kinds) : 0];
	int place[LIST_MAX];
	size_t n;

	yaml_only(f, map, keys);
	provenance(f, map, &source, &confidence);
	r->one_way = yaml_yes(f, map, "one_way");
	if (!to)
		return;
	r->own = to->kind == NODE_TEXT && strcmp(to->text, "own") == 0;
	r->all_but = to->kind == NODE_TEXT && strcmp(to->text, "anywhere") == 0;
	if (r->own)
		return;
	n = places(p, f, r->all_but ? yaml_get(f, map, "not", true) : to, place);
	for (size_t i = 0; i < n && i < sizeof r->place / sizeof r->place[0]; i++)
		r->place[r->n_places++] = (uint16_t)place[i];
	if (n > r->n_places)
		problem(f->path, map->line, "too many places");
}

static void read_senders(struct pack *p, const char *dir)
{
	static const char *const keys[] = {"domestic", "kinds", NULL};
	struct file f = open_file(p, dir, "senders.yaml");
	int place[LIST_MAX];
	size_t n = places(p, &f, yaml_get(&f, &f.root, "domestic", true), place);
	const struct node *list = yaml_get(&f, &f.root, "kinds", true);

	yaml_only(&f, &f.root, keys);
	for (size_t i = 0; list && i < list->n; i++)
		read_sender(p, &f, &list->item[i]);
	for (size_t i = 0; i < n && i < sizeof p->domestic / sizeof p->domestic[0]; i++)
		p->domestic[p->n_domestic++] = (uint16_t)place[i];
	if (n > p->n_domestic)
		problem(f.path, f.root.line, "too many domestic places");
	for (int i = 0; i < SENDER_KINDS; i++)
		if (!p->reach[i].own && !p->reach[i].n_places)
			problem(f.path, f.root.line, "a row for each kind wanted");
}

void read_rest(struct pack *p, const char *dir)
{
	read_pack(p, dir);
	read_consent(p, dir);
	read_caps(p, dir);
	read_senders(p, dir);
}
