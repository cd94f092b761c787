/* Quiet hours: the vectors of the rule book, every zone change of a year, and properties held against localtime_r. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "router/hours.h"

static uint64_t seed = 20261125;

static uint32_t draw(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (uint32_t)(seed >> 33) % below;
}

static usec_t at(const char *iso) /* "2026-07-02T00:59:59Z" */
{
	struct tm tm = {0};

	assert_non_null(strptime(iso, "%Y-%m-%dT%H:%M:%SZ", &tm));
	return (usec_t)timegm(&tm) * USEC_SECOND;
}

static void zone_set(struct zone_candidates *who, const char *names)
{
	char copy[256], *rest = copy, *name;

	snprintf(copy, sizeof copy, "%s", names);
	while ((name = strsep(&rest, " "))) {
		int z = rules_zone(name);
		assert_true(z >= 0);
		who->zones.bits[z / 64] |= UINT64_C(1) << (z % 64);
	}
}

static void place_set(struct zone_candidates *who, const char *code)
{
	int p = rules_place(code);

	assert_true(p >= 0);
	who->place[who->n_places++] = (uint16_t)p;
}

#define NY "America/New_York"

/* Section 8. zones NULL: from the evidence. A rule that is not named is the federal one, 8 to 21. */
static const struct {
	int n;
	const char *zones, *rule;
	struct zone_evidence e;
	const char *now, *next; /* next NULL: allowed now */
} vectors[] = {
	{1, NY, "US", {0}, "2026-07-02T00:59:59Z", NULL},
	{2, NY, "US", {0}, "2026-07-02T01:00:00Z", "2026-07-02T12:00:00Z"},
	{3, NY, "US", {0}, "2027-03-14T02:30:00Z", "2027-03-14T12:00:00Z"},
	{4, NY, "US", {0}, "2026-11-01T01:30:00Z", "2026-11-01T13:00:00Z"},
	{5, NULL, NULL, {.number = "+18505550100"}, "2026-07-01T12:30:00Z", "2026-07-01T13:00:00Z"},
	{5, NULL, NULL, {.number = "+18505550100"}, "2026-07-02T00:30:00Z", "2026-07-02T13:00:00Z"},
	{6, NULL, NULL, {.number = "+19285550100"}, "2026-07-01T14:30:00Z", "2026-07-01T15:00:00Z"},
	{6, NULL, NULL, {.number = "+19285550100"}, "2026-01-15T15:30:00Z", NULL},
	{7, NULL, NULL, {.ship_country = "US", .ship_region = "TX"}, "2026-07-05T17:30:00Z", "2026-07-05T18:00:00Z"},
	{8, NULL, NULL, {.number = "+14015550100"}, "2026-07-11T21:00:00Z", "2026-07-13T13:00:00Z"},
	{9, "America/New_York America/Los_Angeles", "US", {0}, "2026-07-01T13:00:00Z", "2026-07-01T15:00:00Z"},
	/* with California's own row it is an hour later */
	{9,
	 NULL,
	 NULL,
	 {.number = "+12125550100", .ship_country = "US", .ship_region = "CA"},
	 "2026-07-01T13:00:00Z",
	 "2026-07-01T16:00:00Z"},
	{10,
	 NULL,
	 NULL,
	 {.ship_country = "US", .contiguous_only = true, .unknown_state_federal = true},
	 "2026-07-01T14:00:00Z",
	 "2026-07-01T15:00:00Z"},
	{11,
	 NULL,
	 NULL,
	 {.ship_country = "US", .unknown_state_federal = true},
	 "2026-07-01T17:30:00Z",
	 "2026-07-01T18:00:00Z"},
	{12, "America/St_Johns", "US", {0}, "2026-07-01T10:29:00Z", "2026-07-01T10:30:00Z"},
	{13, NULL, NULL, {.number = "+33612345678"}, "2026-07-04T18:00:00Z", "2026-07-06T06:00:00Z"},
	/* QH-6: 13:00 Eastern in winter; and the strictest state where none is known */
	{11,
	 NULL,
	 NULL,
	 {.ship_country = "US", .unknown_state_federal = true},
	 "2026-01-15T17:30:00Z",
	 "2026-01-15T18:00:00Z"},
	{10,
	 NULL,
	 NULL,
	 {.ship_country = "US", .contiguous_only = true},
	 "2026-07-01T14:00:00Z",
	 "2026-07-01T17:00:00Z"},
	{11, NULL, NULL, {.number = "+18005550100", .stated_zone = NY}, "2026-07-01T22:00:00Z", "2026-07-02T14:00:00Z"},
	/* dated rows: Pennsylvania's first Sunday without texts; Texas before its texts counted */
	{0, NULL, NULL, {.number = "+14125550100"}, "2026-10-11T16:00:00Z", NULL},
	{0, NULL, NULL, {.number = "+14125550100"}, "2026-10-18T16:00:00Z", "2026-10-19T13:00:00Z"},
	{0, NULL, NULL, {.number = "+14125550100"}, "2026-11-03T15:00:00Z", "2026-11-04T14:00:00Z"}, /* election day */
	{0, NULL, NULL, {.number = "+12145550100"}, "2025-08-31T14:00:00Z", NULL},
	{0, NULL, NULL, {.number = "+12145550100"}, "2025-09-07T14:00:00Z", "2025-09-07T17:00:00Z"},
	/* holidays: 14 July, and Independence Day on a Saturday is observed on the Friday */
	{0, NULL, NULL, {.number = "+33612345678"}, "2026-07-14T10:00:00Z", "2026-07-15T06:00:00Z"},
	{0, NULL, NULL, {.number = "+12055550100"}, "2026-07-03T15:00:00Z", "2026-07-06T13:00:00Z"},
	/* QH-4: a stated zone takes the place of the zones, never of the rules */
	{0,
	 NULL,
	 NULL,
	 {.number = "+14015550100", .stated_zone = "America/Los_Angeles"},
	 "2026-07-10T13:30:00Z",
	 "2026-07-10T16:00:00Z"},
	{0, NULL, NULL, {.number = "+919812345678"}, "2026-07-01T04:29:59Z", "2026-07-01T04:30:00Z"},
	{0, NULL, NULL, {.number = "+14165550100"}, "2026-07-04T13:00:00Z", "2026-07-04T14:00:00Z"},
};

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		struct zone_candidates who = {0};
		struct hours h = {.who = &who};
		usec_t now = at(vectors[i].now), next;

		if (vectors[i].zones) {
			zone_set(&who, vectors[i].zones);
			place_set(&who, vectors[i].rule);
		} else {
			zones_candidates(&vectors[i].e, &who);
		}
		next = hours_next(&h, now);
		if (next != (vectors[i].next ? at(vectors[i].next) : now))
			print_error("vector %d (row %zu): %lld\n", vectors[i].n, i, (long long)(next / USEC_SECOND));
		assert_int_equal(hours_allowed(&h, now), vectors[i].next == NULL);
		assert_true(next == (vectors[i].next ? at(vectors[i].next) : now));
	}
}

static void test_edges(void **state)
{
	struct zone_candidates who = {0};
	struct hours h = {.who = &who, .guard = 15};
	char text[80];

	(void)state;
	zone_set(&who, NY);
	place_set(&who, "US");
	assert_true(hours_allowed(&h, at("2026-07-02T00:44:59Z"))); /* QH-3 */
	assert_false(hours_allowed(&h, at("2026-07-02T00:45:00Z")));
	assert_true(hours_closes(&h, at("2026-07-02T00:44:59Z")) == at("2026-07-02T01:00:00Z"));
	assert_string_equal(hours_text(&h, at("2026-07-02T00:44:59Z"), text, sizeof text),
			    "Wed 2026-07-01 08:00-21:00");
	h.brand = (struct pb_window){9 * 60, 22 * 60}; /* narrows, never widens */
	assert_false(hours_allowed(&h, at("2026-07-01T12:59:59Z")));
	assert_true(hours_allowed(&h, at("2026-07-01T13:00:00Z")));
	assert_false(hours_allowed(&h, at("2026-07-02T01:10:00Z")));
	int32_t closed[] = {day_of("2026-12-24"), day_of("2026-07-01")};
	h.closed = closed;
	h.n_closed = 2;
	assert_true(hours_next(&h, at("2026-07-01T13:00:00Z")) == at("2026-07-02T13:00:00Z"));
	h = (struct hours){.who = &who, .kind = HOURS_COURTESY}; /* QH-9 */
	assert_true(hours_allowed(&h, at("2026-07-01T11:00:00Z")));
	assert_true(hours_allowed(&h, at("2026-07-02T01:59:59Z")));
	assert_true(hours_next(&h, at("2026-07-02T02:00:00Z")) == at("2026-07-02T11:00:00Z"));
}

static void test_nothing_is_no(void **state)
{
	struct zone_candidates nobody = {0}, nowhere = {0}, never = {0};
	struct hours h = {.who = &nobody};

	(void)state;
	assert_false(hours_allowed(&h, at("2026-07-01T16:00:00Z")));
	assert_true(hours_next(&h, at("2026-07-01T16:00:00Z")) == 0);
	place_set(&nowhere, "US"); /* a place, and no zone */
	h.who = &nowhere;
	assert_true(hours_next(&h, at("2026-07-01T16:00:00Z")) == 0);
	zone_set(&nobody, NY); /* a zone, and no place */
	h.who = &nobody;
	assert_false(hours_allowed(&h, at("2026-07-01T16:00:00Z")));
	zone_set(&never, "America/New_York Australia/Sydney"); /* 9 to 18 in both: never */
	place_set(&never, "US-RI");
	h.who = &never;
	assert_true(hours_next(&h, at("2026-07-01T16:00:00Z")) == 0);
}

/* The same by other means: the C library's local time, and the YAML's windows again as plain numbers. ------- */
static const struct {
	const char *place;
	int open[3], close[3]; /* hours: weekday, Saturday, Sunday; 0 0 none */
} plain[] = {
	{"US", {8, 8, 8}, {21, 21, 21}},    {"US-AL", {8, 8, 0}, {20, 20, 0}},
	{"US-CT", {9, 9, 9}, {20, 20, 20}}, {"US-KY", {10, 10, 10}, {21, 21, 21}},
	{"US-RI", {9, 10, 0}, {18, 17, 0}}, {"US-TX", {9, 9, 12}, {21, 21, 21}},
	{"US-SD", {9, 9, 0}, {21, 21, 0}},  {"US-UT", {8, 8, 0}, {21, 21, 0}},
	{"US-PA", {9, 9, 0}, {19, 19, 0}},  {"US-FL", {8, 8, 8}, {20, 20, 20}},
	{"FR", {8, 8, 0}, {20, 20, 0}},     {"CA", {9, 10, 10}, {21, 18, 18}},
	{"IN", {10, 10, 10}, {21, 21, 21}}, {"DE", {8, 8, 8}, {21, 21, 21}},
	{"BR", {8, 8, 8}, {21, 21, 21}},    {"US-unknown", {10, 10, 0}, {18, 17, 0}},
};
#define PLAIN (sizeof plain / sizeof plain[0])

static void local(const char *zone, time_t t, struct tm *tm)
{
	setenv("TZ", zone, 1);
	tzset();
	localtime_r(&t, tm);
}

/* May be stricter on holidays: those are not told here. */
static bool plainly_allowed(const char *zone, size_t rule, time_t t)
{
	struct tm tm;
	int kind;

	local(zone, t, &tm);
	kind = tm.tm_wday == 0 ? 2 : tm.tm_wday == 6 ? 1 : 0;
	return tm.tm_hour >= plain[rule].open[kind] && tm.tm_hour < plain[rule].close[kind];
}

static void test_property(void **state)
{
	usec_t start = at("2026-10-19T00:00:00Z");
	unsigned allowed = 0;

	(void)state;
	for (int i = 0; i < 60000; i++) {
		struct zone_candidates who = {0};
		unsigned zone[3], n = 1 + draw(3), rule[2], m = 1 + draw(2);
		struct hours h = {.who = &who, .guard = (int)draw(2) * 15};
		usec_t t = start + (usec_t)draw(2 * 365 * 86400) * USEC_SECOND, next;

		for (unsigned k = 0; k < n; k++) {
			zone[k] = draw((uint32_t)rules.n_zones);
			zone_set(&who, rules.zones[zone[k]]);
		}
		for (unsigned k = 0; k < m; k++) {
			rule[k] = draw(PLAIN);
			place_set(&who, plain[rule[k]].place);
		}
		next = hours_allowed(&h, t) ? t : hours_next(&h, t);
		if (next)
			allowed++;
		for (unsigned k = 0; next && k < n; k++)
			for (unsigned r = 0; r < m; r++)
				if (!plainly_allowed(rules.zones[zone[k]], rule[r], (time_t)(next / USEC_SECOND)))
					fail_msg("%s by %s at %lld", rules.zones[zone[k]], plain[rule[r]].place,
						 (long long)(next / USEC_SECOND));
	}
	assert_true(allowed > 30000); /* it is no wall */
}

/* What hours_next says is allowed, and no minute before it is. */
static void test_first_opening(void **state)
{
	usec_t start = at("2026-01-01T00:00:00Z");

	(void)state;
	for (int i = 0; i < 1500; i++) {
		struct zone_candidates who = {0};
		struct hours h = {.who = &who, .guard = 15, .kind = draw(4) ? HOURS_LAW : HOURS_COURTESY};
		usec_t t = start + (usec_t)draw(365 * 86400) * USEC_SECOND, next, until;

		for (unsigned k = 0, n = 1 + draw(2); k < n; k++)
			zone_set(&who, rules.zones[draw((uint32_t)rules.n_zones)]);
		place_set(&who, plain[draw(PLAIN)].place);
		next = hours_next(&h, t);
		until = next ? next : t + 8 * USEC_DAY;
		if (next)
			assert_true(hours_allowed(&h, next));
		if (next > t)
			assert_false(hours_allowed(&h, next - USEC_SECOND));
		for (usec_t m = t; m < until; m += USEC_MINUTE)
			assert_false(hours_allowed(&h, m));
	}
}

/* Every change of offset of every zone from 2026 to 2027, by the C library; the edges of the days around it, to the
 * second. */
static void edges_of_day(unsigned zone, time_t noonish)
{
	struct zone_candidates who = {0};
	struct hours h = {.who = &who};
	struct tm tm;
	static const int hour[] = {8, 21};

	who.zones.bits[zone / 64] = UINT64_C(1) << (zone % 64);
	place_set(&who, "DE"); /* 8 to 21 every day */
	local(rules.zones[zone], noonish, &tm);
	for (int i = 0; i < 2; i++) {
		struct tm edge = {.tm_year = tm.tm_year,
				  .tm_mon = tm.tm_mon,
				  .tm_mday = tm.tm_mday,
				  .tm_hour = hour[i],
				  .tm_isdst = -1};
		time_t t = mktime(&edge);
		assert_int_equal(hours_allowed(&h, (usec_t)(t - 1) * USEC_SECOND), i == 1);
		assert_int_equal(hours_allowed(&h, (usec_t)t * USEC_SECOND), i == 0);
		if (i == 0) /* from the evening before */
			assert_true(hours_next(&h, (usec_t)(t - 9 * 3600) * USEC_SECOND) == (usec_t)t * USEC_SECOND);
	}
}

static void test_every_change(void **state)
{
	time_t from = (time_t)(at("2026-01-01T00:00:00Z") / USEC_SECOND), until = from + 2 * 366 * 86400;
	unsigned changes = 0;

	(void)state;
	for (unsigned z = 0; z < rules.n_zones; z++) {
		struct tm tm;
		long offset;
		local(rules.zones[z], from, &tm);
		offset = tm.tm_gmtoff;
		for (time_t t = from; t < until; t += 3600) {
			struct zone_span span;
			localtime_r(&t, &tm);
			assert_true(zone_at(z, t, &span));
			assert_int_equal(span.offset, tm.tm_gmtoff);
			assert_true(span.from <= t && t < span.to);
			if (tm.tm_gmtoff == offset)
				continue;
			offset = tm.tm_gmtoff;
			changes++;
			assert_true(span.from <= t && span.from > t - 3600); /* St John's changes at the half hour */
			for (int d = -1; d <= 1; d++)
				edges_of_day(z, t + d * 86400 + 12 * 3600);
		}
	}
	print_message("%u changes of offset in %zu zones\n", changes, rules.n_zones);
	assert_true(changes > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),       cmocka_unit_test(test_edges),
		cmocka_unit_test(test_nothing_is_no), cmocka_unit_test(test_property),
		cmocka_unit_test(test_first_opening), cmocka_unit_test(test_every_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
