/* zones/: tab-separated files. A line is a comment (#) or as many columns as its file has, of which the last may be
 * left out. */
#include "router/rules/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS 4

struct line {
	struct place_of_text at;
	const char *column[COLUMNS];
	size_t n;
};
typedef void line_fn(struct pack *p, struct line *l);

int pack_place(const struct pack *p, const char *code)
{
	for (size_t i = 0; i < p->n_places; i++)
		if (strcmp(p->place[i].p.code, code) == 0)
			return (int)i;
	return -1;
}

int pack_zone(const struct pack *p, const char *name)
{
	for (size_t i = 0; i < p->n_zones; i++)
		if (strcmp(p->zone[i], name) == 0)
			return (int)i;
	return -1;
}

/* A line has columns of least … most; those left out are empty. */
static void each_line(struct pack *p, const char *dir, const char *name, size_t least, size_t most, line_fn *fn)
{
	char *path = talloc_asprintf(p, "%s/zones/%s", dir, name), *text = NULL;
	size_t size = 0;
	unsigned at = 0;
	FILE *in = fopen(path, "r");

	if (!in) {
		problem(path, 0, "%s", strerror(errno));
		return;
	}
	while (getline(&text, &size, in) >= 0) {
		struct line l = {.at = {path, ++at}, .column = {"", "", "", ""}};
		char *copy = talloc_strdup(p, text), *rest = copy, *c;
		copy[strcspn(copy, "\n")] = '\0';
		if (*copy == '#')
			continue;
		while ((c = strsep(&rest, "\t")) && l.n < COLUMNS)
			l.column[l.n++] = c;
		if (c || l.n < least || l.n > most) {
			problem(path, at, "%zu columns wanted, between tabs", least);
			continue;
		}
		fn(p, &l);
	}
	free(text);
	fclose(in);
}

static void zones_of(struct pack *p, struct line *l, const char *names, struct rules_zones *set)
{
	char *rest = talloc_strdup(p, names), *name;

	if (strcmp(names, "-") == 0)
		return;
	while ((name = strsep(&rest, " "))) {
		int z = pack_zone(p, name);
		if (z < 0) {
			problem(l->at.path, l->at.line, "%s is no zone of countries.tsv", name);
			continue;
		}
		set->bits[z / 64] |= UINT64_C(1) << (z % 64);
	}
}

static void places_of(struct pack *p, struct line *l, const char *codes, uint16_t *n, uint16_t *place)
{
	char *rest = talloc_strdup(p, codes), *code;

	if (strcmp(codes, "-") == 0)
		return;
	while ((code = strsep(&rest, " "))) {
		int i = pack_place(p, code);
		if (i < 0)
			problem(l->at.path, l->at.line, "%s is no place of countries.tsv or regions.tsv", code);
		else if (*n == RULES_PLACES)
			problem(l->at.path, l->at.line, "at most %d places", RULES_PLACES);
		else
			place[(*n)++] = (uint16_t)i;
	}
}

static void collect_zones(struct pack *p, struct line *l)
{
	char *rest = talloc_strdup(p, l->column[2]), *name;

	if (strcmp(l->column[2], "-") == 0)
		return;
	while ((name = strsep(&rest, " "))) {
		if (!*name)
			problem(l->at.path, l->at.line, "one space between zones");
		else if (pack_zone(p, name) < 0 && p->n_zones < RULES_ZONES_MAX)
			p->zone[p->n_zones++] = name;
		else if (pack_zone(p, name) < 0)
			problem(l->at.path, l->at.line, "more than %d zones", RULES_ZONES_MAX);
	}
}

static void collect_place(struct pack *p, struct line *l)
{
	if (pack_place(p, l->column[0]) >= 0)
		problem(l->at.path, l->at.line, "%s is there twice", l->column[0]);
	else
		p->place[p->n_places++] = (struct c_place){{.code = l->column[0], .name = l->column[1]}, l->at};
}

static void fill_place(struct pack *p, struct line *l)
{
	struct c_place *c = &p->place[pack_place(p, l->column[0])];
	const char *dash = strchr(c->p.code, '-');
	int country;

	zones_of(p, l, l->column[2], &c->p.zones);
	country = pack_place(p, dash ? talloc_strndup(p, c->p.code, (size_t)(dash - c->p.code)) : c->p.code);
	if (country < 0)
		problem(l->at.path, l->at.line, "%s: its country is not in countries.tsv", c->p.code);
	else
		c->p.country = (uint16_t)country;
}

static void read_alias(struct pack *p, struct line *l)
{
	int z = pack_zone(p, l->column[1]);

	if (z < 0)
		problem(l->at.path, l->at.line, "%s is no zone of countries.tsv", l->column[1]);
	else if (pack_zone(p, l->column[0]) >= 0)
		problem(l->at.path, l->at.line, "%s is a zone itself", l->column[0]);
	else
		p->alias[p->n_aliases++] = (struct rules_alias){l->column[0], (uint16_t)z};
}

static void read_area(struct pack *p, struct line *l)
{
	struct rules_area *a = &p->area[p->n_areas];
	const char *c = l->column[0];
	int code = atoi(c);

	if (strlen(c) != 3 || code < 200 || code > 999) {
		problem(l->at.path, l->at.line, "an area code, its places and its zones wanted");
		return;
	}
	if (p->area_of[code] >= 0)
		problem(l->at.path, l->at.line, "%s is there twice", c);
	p->area_of[code] = (int16_t)p->n_areas++;
	places_of(p, l, l->column[1], &a->n_places, a->place);
	zones_of(p, l, l->column[2], &a->zones);
	if (!a->n_places)
		problem(l->at.path, l->at.line, "at least one place");
}

static void read_calling(struct pack *p, struct line *l)
{
	struct rules_calling *c = &p->calling[p->n_calling++];
	size_t len = strlen(l->column[0]);
	char *end;
	unsigned long v = strtoul(l->column[0], &end, 10);

	if (!len || len > 7 || *end) {
		problem(l->at.path, l->at.line, "1 to 7 digits and the countries wanted");
		return;
	}
	c->key = (uint32_t)(v * 8 + len);
	for (const struct rules_calling *o = p->calling; o < c; o++)
		if (o->key == c->key)
			problem(l->at.path, l->at.line, "%s is there twice", l->column[0]);
	places_of(p, l, l->column[1], &c->n_places, c->place);
}

static void read_postal(struct pack *p, struct line *l)
{
	struct rules_postal *c = &p->postal[p->n_postal++];
	int country = pack_place(p, l->column[0]);
	char *from = talloc_strdup(p, l->column[1]), *to = strchr(from, '-');

	if (to)
		*to++ = '\0';
	else
		to = from;
	if (country < 0 || strlen(from) != strlen(to) || strlen(from) >= sizeof c->from || strcmp(from, to) > 0) {
		problem(l->at.path, l->at.line,
			"a country, a beginning (or from-to, of one length) and the places wanted");
		return;
	}
	c->country = (uint16_t)country;
	memcpy(c->from, from, strlen(from) + 1);
	memcpy(c->to, to, strlen(to) + 1);
	for (const struct rules_postal *o = p->postal; o < c; o++)
		if (o->country == c->country && strcmp(o->from, to) <= 0 && strcmp(from, o->to) <= 0)
			problem(l->at.path, l->at.line, "%s overlaps %s", from, o->from);
	places_of(p, l, l->column[2], &c->n_places, c->place);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int by_code(const void *a, const void *b)
{
	return strcmp(((const struct c_place *)a)->p.code, ((const struct c_place *)b)->p.code);
}

static int by_key(const void *a, const void *b)
{
	uint32_t x = ((const struct rules_calling *)a)->key, y = ((const struct rules_calling *)b)->key;

	return x < y ? -1 : x > y;
}

static int by_beginning(const void *a, const void *b)
{
	const struct rules_postal *x = a, *y = b;

	return x->country != y->country ? (int)x->country - (int)y->country : strcmp(x->from, y->from);
}

void read_zones(struct pack *p, const char *dir)
{
	memset(p->area_of, -1, sizeof p->area_of);
	each_line(p, dir, "countries.tsv", 3, 3, collect_zones);
	each_line(p, dir, "countries.tsv", 3, 3, collect_place);
	each_line(p, dir, "regions.tsv", 3, 3, collect_place);
	p->place[p->n_places++] = (struct c_place){.p = {.code = "others", .name = "any other country"}};
	qsort(p->zone, p->n_zones, sizeof p->zone[0], by_name);
	qsort(p->place, p->n_places, sizeof p->place[0], by_code);
	stop_on_problems();
	each_line(p, dir, "countries.tsv", 3, 3, fill_place);
	each_line(p, dir, "regions.tsv", 3, 3, fill_place);
	p->place[pack_place(p, "others")].p.country = (uint16_t)pack_place(p, "others");
	each_line(p, dir, "aliases.tsv", 2, 2, read_alias);
	each_line(p, dir, "nanp.tsv", 3, 4, read_area);
	each_line(p, dir, "calling.tsv", 2, 2, read_calling);
	each_line(p, dir, "postal.tsv", 3, 3, read_postal);
	qsort(p->alias, p->n_aliases, sizeof p->alias[0], by_name);
	qsort(p->calling, p->n_calling, sizeof p->calling[0], by_key);
	qsort(p->postal, p->n_postal, sizeof p->postal[0], by_beginning);
}
