/* Support hours, over weekends, holidays and changes of the clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <time.h>

#include "templates/hours.h"

#define SECOND INT64_C(1000000)

static int64_t at(const char *text)
{
	struct tm tm = {0};

	assert_non_null(strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm));
	return (int64_t)timegm(&tm) * SECOND;
}

static const char *const holidays[] = {"2026-12-25"};
static const struct pb_brand brand = {
	.zone = "America/New_York",
	.has_hours = true,
	.support_hours = {{540, 1020}, {540, 1020}, {540, 1020}, {540, 1020}, {540, 1020}, {600, 840}, {0, 0}},
	.n_holidays = 1,
	.holidays = holidays,
};

static const struct {
	const char *now;
	bool open;
	const char *opens; /* NULL: they are running */
} cases[] = {
	{"2026-11-24T14:00:00Z", true, NULL},                    /* Tuesday 9:00 */
	{"2026-11-24T13:59:59Z", false, "2026-11-24T14:00:00Z"}, /* a second before */
	{"2026-11-24T21:59:59Z", true, NULL},
	{"2026-11-24T22:00:00Z", false, "2026-11-25T14:00:00Z"}, /* 17:00 is closed */
	{"2026-11-28T19:00:00Z", false, "2026-11-30T14:00:00Z"}, /* Saturday 14:00: Monday next */
	{"2026-11-29T15:00:00Z", false, "2026-11-30T14:00:00Z"}, /* Sunday */
	{"2026-12-25T15:00:00Z", false, "2026-12-26T15:00:00Z"}, /* a holiday; Saturday from 10:00 */
	{"2026-12-31T23:00:00Z", false, "2027-01-01T14:00:00Z"}, /* over the year */
	{"2026-03-07T20:00:00Z", false, "2026-03-09T13:00:00Z"}, /* the clock goes forward on the 8th */
	{"2026-10-31T20:00:00Z", false, "2026-11-02T14:00:00Z"}, /* and back on the 1st */
};

static void hours_run_and_begin_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int64_t opens;

		if (hours_open(&brand, at(cases[i].now), &opens) != cases[i].open)
			fail_msg("%s", cases[i].now);
		if (opens != (cases[i].opens ? at(cases[i].opens) : 0))
			fail_msg("%s: begins at %lld", cases[i].now, (long long)(opens / SECOND));
	}
}

static void a_brand_without_hours_always_answers(void **state)
{
	const struct pb_brand none = {0}, closed = {.has_hours = true, .zone = "UTC"};
	int64_t opens = 1;

	(void)state;
	assert_true(hours_open(&none, 0, &opens));
	assert_int_equal(opens, 0);
	assert_false(hours_open(&closed, 0, &opens)); /* and one that never opens, never */
	assert_int_equal(opens, 0);
	assert_false(hours_open(&closed, 0, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hours_run_and_begin_again),
		cmocka_unit_test(a_brand_without_hours_always_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
