#include "router/zones.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <glib.h>

#define SPANS 4
#define LOOK_AROUND (400 * 86400) /* a change farther away need not be known exactly */
#define KEEP USEC_HOUR

struct kept_zone {
	GTimeZone *tz;
	struct zone_span span[SPANS];
	unsigned n, next;
};

static _Thread_local struct kept_zone kept[RULES_ZONES_MAX];
static _Thread_local usec_t kept_since;

void zones_refresh(usec_t now)
{
	if (now >= kept_since && now - kept_since < KEEP)
		return;
	for (size_t z = 0; z < rules.n_zones; z++) {
		if (kept[z].tz)
			g_time_zone_unref(kept[z].tz);
		kept[z] = (struct kept_zone){0};
	}
	kept_since = now;
}

/* The first second after (by > 0) or the last before t that is in another interval, at most LOOK_AROUND away. GLib
 * numbers the intervals in the order of time. */
static int64_t edge(GTimeZone *tz, int64_t t, int64_t by)
{
	int here = g_time_zone_find_interval(tz, G_TIME_TYPE_UNIVERSAL, t);
	int64_t in = t, out = t + by;

	if (g_time_zone_find_interval(tz, G_TIME_TYPE_UNIVERSAL, out) == here)
		return out;
	while (in - out > 1 || out - in > 1) {
		int64_t mid = in + (out - in) / 2;
		if (g_time_zone_find_interval(tz, G_TIME_TYPE_UNIVERSAL, mid) == here)
			in = mid;
		else
			out = mid;
	}
	return out;
}

static bool read_span(unsigned zone, int64_t t, struct zone_span *out)
{
	struct kept_zone *k = &kept[zone];

	if (!k->tz)
		k->tz = g_time_zone_new_identifier(rules.zones[zone]);
	if (!k->tz)
		return false;
	out->to = edge(k->tz, t, LOOK_AROUND);
	out->from = edge(k->tz, t, -LOOK_AROUND) + 1;
	out->offset = g_time_zone_get_offset(k->tz, g_time_zone_find_interval(k->tz, G_TIME_TYPE_UNIVERSAL, t));
	k->span[k->next] = *out;
	k->next = (k->next + 1) % SPANS;
	if (k->n < SPANS)
		k->n++;
	return true;
}

bool zone_at(unsigned zone, int64_t t, struct zone_span *out)
{
	const struct kept_zone *k = &kept[zone];

	for (unsigned i = 0; i < k->n; i++)
		if (t >= k->span[i].from && t < k->span[i].to) {
			*out = k->span[i];
			return true;
		}
	return read_span(zone, t, out);
}

const char *zones_missing(void)
{
	struct zone_span span;

	for (unsigned z = 0; z < rules.n_zones; z++)
		if (!zone_at(z, 0, &span))
			return rules.zones[z];
	return NULL;
}

/* Places -------------------------------------------------------------------------------------------------- */
static void add_place(struct zone_candidates *c, uint16_t place)
{
	for (size_t i = 0; i < c->n_places; i++)
		if (c->place[i] == place)
			return;
	if (c->n_places < CANDIDATE_PLACES) /* more cannot come of one number and two addresses */
		c->place[c->n_places++] = place;
}

static void add_zones(struct zone_candidates *c, const struct rules_zones *set)
{
	for (int i = 0; i < RULES_ZONE_WORDS; i++)
		c->zones.bits[i] |= set->bits[i];
}

/* A place and the country it is part of. */
static void add_part(struct zone_candidates *c, uint16_t place)
{
	add_place(c, place);
	add_place(c, rules.places[place].country);
}

static int country_of(const char *code)
{
	char upper[3];
	int i;

	if (!code || strlen(code) != 2)
		return -1;
	upper[0] = (char)toupper((unsigned char)code[0]);
	upper[1] = (char)toupper((unsigned char)code[1]);
	upper[2] = '\0';
	i = rules_place(upper);
	return i >= 0 && rules.places[i].country == i ? i : -1;
}

/* The part of a country by code, with or without the country, or by name; -1: none. */
static int region_of(int country, const char *region)
{
	const struct rules_place *c = &rules.places[country];
	char code[16];
	int i;

	if (!region || !*region)
		return -1;
	if (strncasecmp(region, c->code, 2) == 0 && region[2] == '-')
		region += 3;
	if (snprintf(code, sizeof code, "%s-%s", c->code, region) < (int)sizeof code) {
		for (char *s = code; *s; s++)
			*s = (char)toupper((unsigned char)*s);
		i = rules_place(code);
		if (i >= 0 && i != rules.us_contiguous)
			return i;
	}
	for (size_t k = 0; k < rules.n_places; k++)
		if (rules.places[k].country == country && (int)k != country &&
		    strcasecmp(rules.places[k].name, region) == 0)
			return (int)k;
	return -1;
}

static const struct rules_postal *postal_of(int country, const char *code)
{
	size_t low = 0, high = rules.n_postal;
	const struct rules_postal *p;

	if (!code)
		return NULL;
	while (low < high) { /* the first row that begins after it */
		size_t mid = (low + high) / 2;
		p = &rules.postal[mid];
		if (p->country > country || (p->country == country && strncasecmp(p->from, code, strlen(p->from)) > 0))
			high = mid;
		else
			low = mid + 1;
	}
	p = low ? &rules.postal[low - 1] : NULL;
	return p && p->country == country && strlen(code) >= strlen(p->to) &&
			       strncasecmp(code, p->to, strlen(p->to)) <= 0
		       ? p
		       : NULL;
}

/* An address: its parts of the country, else the country. */
static void add_address(struct zone_candidates *c, struct rules_zones *zones, const char *country, const char *region,
			const char *postal)
{
	int at = country_of(country), part = at < 0 ? -1 : region_of(at, region);
	const struct rules_postal *p = at < 0 ? NULL : postal_of(at, postal);
	struct zone_candidates found = {0};

	if (at < 0)
		return;
	add_place(c, (uint16_t)at);
	if (part >= 0)
		add_place(&found, (uint16_t)part);
	for (unsigned i = 0; p && i < p->n_places; i++)
		add_place(&found, p->place[i]);
	for (size_t i = 0; i < found.n_places; i++) {
		add_place(c, found.place[i]);
		add_zones(&found, &rules.places[found.place[i]].zones);
	}
	for (int i = 0; i < RULES_ZONE_WORDS; i++)
		zones->bits[i] |= found.zones.bits[i];
}

static const struct rules_area *area_of(const char *number)
{
	int code = 0;

	if (strncmp(number, "+1", 2) != 0 || strlen(number) < 5)
		return NULL;
	for (int i = 2; i < 5; i++) {
		if (number[i] < '0' || number[i] > '9')
			return NULL;
		code = code * 10 + number[i] - '0';
	}
	return rules.area_of[code] < 0 ? NULL : &rules.areas[rules.area_of[code]];
}

static const struct rules_calling *calling_of(const char *number)
{
	const struct rules_calling *best = NULL;
	uint32_t v = 0;

	for (uint32_t n = 1; n <= 7 && number[n] >= '0' && number[n] <= '9'; n++) {
		size_t low = 0, high = rules.n_calling;
		uint32_t key;
		v = v * 10 + (uint32_t)(number[n] - '0');
		key = v * 8 + n;
		while (low < high) {
			size_t mid = (low + high) / 2;
			if (rules.calling[mid].key < key)
				low = mid + 1;
			else
				high = mid;
		}
		if (low < rules.n_calling && rules.calling[low].key == key)
			best = &rules.calling[low];
	}
	return best;
}

static void add_number(struct zone_candidates *c, struct rules_zones *zones, const char *number)
{
	const struct rules_area *area;
	const struct rules_calling *calling;

	if (!number || number[0] != '+')
		return;
	if (number[1] == '1') {
		area = area_of(number);
		if (!area) { /* not assigned when the pack was made: of a state that is not known */
			add_place(c, rules.us);
			return;
		}
		for (unsigned i = 0; i < area->n_places; i++)
			add_part(c, area->place[i]);
		for (int i = 0; i < RULES_ZONE_WORDS; i++)
			zones->bits[i] |= area->zones.bits[i];
		return;
	}
	calling = calling_of(number);
	for (unsigned i = 0; calling && i < calling->n_places; i++)
		add_part(c, calling->place[i]);
}

int zones_number_country(const char *number)
{
	struct zone_candidates c = {0};
	struct rules_zones zones = {0};
	int country = -1;

	add_number(&c, &zones, number);
	for (size_t i = 0; i < c.n_places; i++) {
		int of = rules.places[c.place[i]].country;
		if (country >= 0 && country != of)
			return -1;
		country = of;
	}
	return country;
}

/* A country of which no part is known, and none of its zones: all of them. The state that is not known (QH-6). */
static void add_unknown(const struct zone_evidence *e, struct zone_candidates *c, const struct rules_zones *known,
			struct rules_zones *zones)
{
	for (size_t i = 0, n = c->n_places; i < n; i++) {
		uint16_t country = c->place[i];
		const struct rules_zones *all = &rules.places[country].zones;
		bool part = false, zone = false;

		if (rules.places[country].country != country)
			continue;
		for (size_t k = 0; k < n; k++)
			part |= c->place[k] != country && rules.places[c->place[k]].country == country;
		for (int w = 0; w < RULES_ZONE_WORDS; w++)
			zone |= (known->bits[w] & all->bits[w]) != 0;
		if (country == rules.us && !part && !e->unknown_state_federal)
			add_place(c, rules.us_unknown);
		if (zone || part)
			continue;
		if (country == rules.us && e->contiguous_only)
			all = &rules.places[rules.us_contiguous].zones;
		for (int w = 0; w < RULES_ZONE_WORDS; w++)
			zones->bits[w] |= all->bits[w];
	}
}

void zones_candidates(const struct zone_evidence *e, struct zone_candidates *out)
{
	struct rules_zones zones = {0}, known;
	int stated = e->stated_zone ? rules_zone(e->stated_zone) : -1;

	memset(out, 0, sizeof *out);
	add_number(out, &zones, e->number);
	add_address(out, &zones, e->ship_country, e->ship_region, e->ship_postal);
	add_address(out, &zones, e->bill_country, e->bill_region, e->bill_postal);
	known = zones;
	add_unknown(e, out, &known, &zones);
	if (stated >= 0) { /* QH-4: in the place of the other zones, never of the rules */
		zones = (struct rules_zones){0};
		zones.bits[stated / 64] = UINT64_C(1) << (stated % 64);
	}
	out->zones = zones;
}

/* For the record ------------------------------------------------------------------------------------------- */
static size_t append(char *out, size_t size, size_t at, const char *word, unsigned *left)
{
	size_t len = strlen(word);

	if (*left || at + len + 8 > size) { /* room for " +999" is kept */
		(*left)++;
		return at;
	}
	if (at)
		out[at++] = ' ';
	memcpy(out + at, word, len + 1);
	return at + len;
}

static const char *finish(char *out, size_t size, size_t at, unsigned left)
{
	if (left && at < size)
		snprintf(out + at, size - at, "%s+%u", at ? " " : "", left);
	return out;
}

const char *zones_text(const struct rules_zones *set, char *out, size_t size)
{
	unsigned left = 0;
	size_t at = 0;

	out[0] = '\0';
	for (unsigned w = 0; w < RULES_ZONE_WORDS; w++)
		for (uint64_t bits = set->bits[w]; bits; bits &= bits - 1)
			at = append(out, size, at, rules.zones[w * 64 + (unsigned)__builtin_ctzll(bits)], &left);
	return finish(out, size, at, left);
}

const char *zones_places_text(const struct zone_candidates *who, char *out, size_t size)
{
	unsigned left = 0;
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < who->n_places; i++)
		at = append(out, size, at, rules.places[who->place[i]].code, &left);
	return finish(out, size, at, left);
}
