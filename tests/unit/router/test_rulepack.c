/* The rule pack: what QH-5 measured is in it, the system knows its zones, addresses and numbers are found; and the
 * build's compiler names file and line of what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "router/zones.h"

static char compiler[512]; /* beside this program: build/compile-rules */

/* QH-5: area codes with more than one offset, and the overlays of such. */
static void test_two_offsets(void **state)
{
	static const char *const codes[] = {"208", "219", "250", "270", "308", "418", "423", "480", "520", "541",
					    "574", "602", "605", "606", "620", "701", "709", "775", "785", "807",
					    "812", "850", "867", "906", "907", "928", "986", "448", "364", "930",
					    "458", "236", "672", "778", "367", "581", "879", "729", "623"};

	(void)state;
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		struct zone_evidence e = {0};
		struct zone_candidates who;
		static const int64_t times[] = {1768478400, 1784116800}; /* January and July 2026 */
		bool two = false;
		char number[16];

		snprintf(number, sizeof number, "+1%s5550100", codes[i]);
		e.number = number;
		zones_candidates(&e, &who);
		for (int k = 0; k < 2; k++) {
			int32_t low = INT32_MAX, high = INT32_MIN;
			for (unsigned z = 0; z < rules.n_zones; z++) {
				struct zone_span span;
				if (!zones_has(&who.zones, z))
					continue;
				assert_true(zone_at(z, times[k], &span));
				low = span.offset < low ? span.offset : low;
				high = span.offset > high ? span.offset : high;
			}
			two |= low < high;
		}
		if (!two)
			fail_msg("%s has one offset", codes[i]);
	}
}

static const struct {
	struct zone_evidence e;
	const char *places, *zones;
} found[] = {
	{{0}, "", ""},
	{{.number = "+12125550100"}, "US-NY US", "America/New_York"},
	{{.number = "+17805550100"}, "CA-AB CA", "America/Edmonton"},
	{{.number = "+19025550100"}, "CA-NS CA CA-PE", "America/Glace_Bay America/Halifax"},
	{{.number = "+18765550100"}, "JM", "America/Jamaica"},
	{{.number = "+447700900100"}, "GB", "Europe/London"},
	{{.number = "+441534555010"}, "JE", "Europe/Jersey"},
	{{.number = "+77011234567", .stated_zone = "Asia/Almaty"}, "KZ", "Asia/Almaty"},
	{{.number = "+38344123456"}, "XK", "Europe/Belgrade"},
	{{.number = "+881612345678"}, "", ""},
	{{.number = "0612345678"}, "", ""},
	{{.number = "+1"}, "US US-unknown", NULL},
	{{.number = "+15555550100"}, "US US-unknown", NULL},
	{{.number = "+18005550100", .stated_zone = "America/Denver"}, "US CA US-unknown", "America/Denver"},
	{{.ship_country = "US", .ship_region = "TX"}, "US US-TX", "America/Chicago America/Denver"},
	{{.ship_country = "us", .ship_region = "us-tx"}, "US US-TX", "America/Chicago America/Denver"},
	{{.ship_country = "US", .ship_region = "texas"}, "US US-TX", "America/Chicago America/Denver"},
	{{.ship_country = "US", .ship_postal = "79901-1234"}, "US US-TX", "America/Chicago America/Denver"},
	{{.ship_country = "US", .ship_postal = "06390"}, "US US-CT US-NY", "America/New_York"},
	{{.ship_country = "US", .ship_region = "NY", .ship_postal = "90001"},
	 "US US-NY US-CA",
	 "America/Los_Angeles America/New_York"},
	{{.ship_country = "US", .ship_region = "48", .stated_zone = "US/Pacific"},
	 "US US-unknown",
	 "America/Los_Angeles"},
	{{.ship_country = "CA", .ship_postal = "h2x 1y4"},
	 "CA CA-QC",
	 "America/Blanc-Sablon America/Halifax America/Toronto"},
	{{.ship_country = "AU", .ship_region = "WA"}, "AU AU-WA", "Australia/Eucla Australia/Perth"},
	{{.ship_country = "FR", .ship_region = "IDF"}, "FR", "Europe/Paris"},
	{{.ship_country = "FRA"}, "", ""},
	{{.number = "+12125550100", .ship_country = "US"}, "US-NY US", "America/New_York"},
	{{.number = "+33612345678", .bill_country = "GB"}, "FR GB", "Europe/London Europe/Paris"},
	{{.number = "+12125550100", .stated_zone = "Asia/Calcutta"}, "US-NY US", "Asia/Kolkata"},
	{{.number = "+12125550100", .stated_zone = "Nowhere"}, "US-NY US", "America/New_York"},
};

static void test_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof found / sizeof found[0]; i++) {
		struct zone_candidates who;
		char text[256];

		zones_candidates(&found[i].e, &who);
		if (strcmp(zones_places_text(&who, text, sizeof text), found[i].places) != 0)
			fail_msg("row %zu: %s", i, text);
		if (found[i].zones && strcmp(zones_text(&who.zones, text, sizeof text), found[i].zones) != 0)
			fail_msg("row %zu: %s", i, text);
		if (!found[i].zones) /* all of the United States */
			assert_true(zones_has(&who.zones, (unsigned)rules_zone("Pacific/Honolulu")) &&
				    zones_has(&who.zones, (unsigned)rules_zone("America/New_York")));
	}
}

static void test_pack(void **state)
{
	(void)state;
	assert_null(zones_missing());
	assert_true(rules.n_areas > 480 && rules.n_places > 330);
	assert_int_equal(rules.ceiling_24h, 3); /* FQ-1 */
	assert_int_equal(rules.marketing_24h, 1);
	assert_int_equal(rules.marketing_7d, 3);
	assert_int_equal(rules.transactional_24h, 6);
	assert_int_equal(rules.guard, 15);
	assert_true(rules.calendar_until == day_of("2060-12-31"));
	for (size_t i = 1; i < rules.n_zones; i++)
		assert_true(strcmp(rules.zones[i - 1], rules.zones[i]) < 0);
	for (size_t i = 0; i < rules.n_places; i++) /* a number or an address anywhere has a rule and a zone */
		if (rules.places[i].country == i && i != rules.others)
			assert_true(rules.places[i].n_hours && rules.places[i].consent);
	assert_int_equal(day_of("1970-01-01"), 0);
	assert_int_equal(day_of("2026-02-29"), DAY_NONE);
	assert_int_equal(day_of("2026-2-2"), DAY_NONE);
	assert_int_equal(day_of("soon"), DAY_NONE);
	assert_int_equal(day_weekday(day_of("2026-11-25")), 2);
	assert_int_equal(day_weekday(-1), 2);
}

static bool is_holiday(const char *calendar, const char *day)
{
	for (size_t i = 0; i < rules.n_calendars; i++)
		if (strcmp(rules.calendars[i].name, calendar) == 0)
			for (size_t k = 0; k < rules.calendars[i].n; k++)
				if (rules.calendars[i].days[k] == day_of(day))
					return true;
	return false;
}

static void test_holidays(void **state)
{
	static const char *const yes[][2] = {
		{"us-federal", "2026-11-26"}, {"us-federal", "2026-07-03"}, {"us-federal", "2026-07-04"},
		{"us-federal", "2027-01-18"}, {"us-federal", "2026-05-25"}, {"us-federal", "2027-12-24"},
		{"us-federal", "2027-12-31"}, {"us-la", "2027-02-09"},      {"us-ri", "2026-11-03"},
		{"us-ut", "2026-07-24"},      {"us-pa", "2027-11-02"},      {"us-strictest", "2026-05-04"},
		{"france", "2026-04-06"},     {"france", "2026-05-14"},     {"france", "2026-05-25"},
		{"france", "2038-04-26"}, /* Easter on its latest day */
	};
	static const char *const no[][2] = {
		{"us-federal", "2026-11-27"}, {"us-ri", "2027-11-02"}, {"france", "2026-07-04"}};

	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		if (!is_holiday(yes[i][0], yes[i][1]))
			fail_msg("%s %s", yes[i][0], yes[i][1]);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		assert_false(is_holiday(no[i][0], no[i][1]));
}

/* One text changed in one file of the pack, and what the compiler must say. */
static const struct {
	const char *file, *from, *to, *said;
} broken[] = {
	{"hours.yaml", "weekdays: 10:00-21:00", "weekdays: 10:00-25:00",
	 "weekdays must be a window such as 08:00-21:00"},
	{"hours.yaml", "weekdays: 10:00-21:00", "weekdays: 07:00-21:00", "opens before or closes after its country"},
	{"hours.yaml", "weekdays: 10:00-21:00", "weekdays: 11:00-21:00", "US-unknown is not within US-KY"},
	{"hours.yaml", "places: [US-KY]", "places: [US-KX]", "US-KX is no place"},
	{"hours.yaml", "from: 2025-09-01", "from: 2025-09-31", "from must be a day"},
	{"hours.yaml", "sunday: 12:00-21:00", "sundays: 12:00-21:00", "sundays is not known here"},
	{"hours.yaml", "calendar: france", "calendar: francia", "holidays.yaml has no calendar francia"},
	{"hours.yaml", "places: [others]", "places: [AR]", "rows wanted for others"},
	{"hours.yaml", "    confidence: high", "    confidence: sure", "confidence must be one of: high, medium, low"},
	{"hours.yaml", "windows:", "windows: [", ":"},
	{"holidays.yaml", "on: Easter + 39", "on: Ostern + 39", "not \"Ostern + 39\""},
	{"holidays.yaml", "includes: us-federal", "includes: us-fed", "no calendar of this name stands above"},
	{"consent.yaml", "promotional: written", "promotional: oral", "promotional must be one of: none, number"},
	{"consent.yaml", "places: [DE]", "places: [US]", "US is there twice"},
	{"caps.yaml", "marketing_24h: 3", "marketing_24h: 0", "marketing_24h must be a number from 1 to 30"},
	{"senders.yaml", "reaches: own", "reaches: us", "us is no place"},
	{"pack.yaml", "reviewed: 2026-11-25", "reviewed: today", "reviewed must be a day"},
	{"zones/nanp.tsv", "America/New_York", "America/Newyork", "America/Newyork is no zone"},
	{"zones/nanp.tsv", "202\tUS-DC", "201\tUS-DC", "201 is there twice"},
	{"zones/regions.tsv", "US-TX\tTexas", "TX\tTexas\tx\tx", "3 columns wanted"},
	{"zones/calling.tsv", "33\tFR", "3x\tFR", "1 to 7 digits"},
	{"zones/postal.tsv", "006-007", "005-007", "overlaps"},
	{"zones/aliases.tsv", "US/Eastern\tAmerica/New_York", "US/Eastern", "2 columns wanted"},
	{"zones/nanp.tsv", "202\tUS-DC", "\n202\tUS-DC", "3 columns wanted"},
	{"zones/aliases.tsv", "US/Eastern\tAmerica/New_York", "US/Eastern\tAmerica/Boston",
	 "America/Boston is no zone"},
};

static char *slurp(const char *path)
{
	FILE *in = fopen(path, "r");
	char *text = calloc(1, 1 << 18);

	assert_non_null(in);
	assert_true(fread(text, 1, (1 << 18) - 1, in) > 0);
	fclose(in);
	return text;
}

static int run(const char *dir, char *said, size_t size)
{
	char command[1024];
	FILE *out;
	size_t n;

	snprintf(command, sizeof command, "%s %s 2>&1 >%s/out", compiler, dir, dir);
	out = popen(command, "r");
	assert_non_null(out);
	n = fread(said, 1, size - 1, out);
	said[n] = '\0';
	return pclose(out);
}

static void test_broken(void **state)
{
	char dir[] = "/tmp/afterword-rules-XXXXXX", command[256], said[4096], path[256];

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		char *text, *at, where[64], *s;
		FILE *out;
		unsigned line = 1;

		snprintf(command, sizeof command, "cp -r router/rules/*.yaml router/rules/zones %s/", dir);
		assert_int_equal(system(command), 0);
		if (i == 0)
			assert_int_equal(run(dir, said, sizeof said), 0); /* as it is, it is right */
		snprintf(path, sizeof path, "%s/%s", dir, broken[i].file);
		text = slurp(path);
		at = strstr(text, broken[i].from);
		assert_non_null(at);
		for (s = text; s < at; s++)
			line += *s == '\n';
		out = fopen(path, "w");
		assert_non_null(out);
		fprintf(out, "%.*s%s%s", (int)(at - text), text, broken[i].to, at + strlen(broken[i].from));
		fclose(out);
		free(text);
		if (run(dir, said, sizeof said) == 0)
			fail_msg("%s: \"%s\" was let pass", broken[i].file, broken[i].to);
		if (!strstr(said, broken[i].said) || !strstr(said, broken[i].file))
			fail_msg("%s: \"%s\": said %s", broken[i].file, broken[i].to, said);
		snprintf(where, sizeof where, "%s:%u: ", broken[i].file, line);
		if (strstr(broken[i].said, "is no zone") || strstr(broken[i].said, "must be a window") ||
		    strstr(broken[i].said, "overlaps"))
			assert_non_null(strstr(said, where));
		snprintf(path, sizeof path, "%s/out", dir); /* and nothing was printed */
		assert_int_equal(fclose(fopen(path, "a")), 0);
		out = fopen(path, "r");
		assert_int_equal(fgetc(out), EOF);
		fclose(out);
	}
	snprintf(command, sizeof command, "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_offsets), cmocka_unit_test(test_found),  cmocka_unit_test(test_pack),
		cmocka_unit_test(test_holidays),    cmocka_unit_test(test_broken),
	};
	char *slash = argc ? strrchr(argv[0], '/') : NULL;

	snprintf(compiler, sizeof compiler, "%.*s/../../compile-rules", slash ? (int)(slash - argv[0]) : 1,
		 slash ? argv[0] : ".");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
