/* Dates as each of our languages writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "templates/dates.h"
#include "templates/segments.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))
#define NOV_24_2026 INT64_C(1795478400) /* a Tuesday; seconds, 00:00 UTC */
#define SECOND INT64_C(1000000)

static const char *const locales[] = {"de", "en", "es", "fr", "it", "nl", "pt"};

static void assert_date(const char *locale, int64_t seconds, const char *expected)
{
	char *date = short_date(NULL, locale, seconds * SECOND);

	assert_string_equal(date, expected);
	talloc_free(date);
}

static void a_date_is_written_as_the_locale_writes_it(void **state)
{
	(void)state;
	assert_date("en", NOV_24_2026, "Tue, Nov 24");
	assert_date("de-AT", NOV_24_2026, "Di, 24. Nov.");
	assert_date("es_MX", NOV_24_2026, "mar 24 nov");
	assert_date("fr", NOV_24_2026, "mar. 24 nov.");
	assert_date("it", NOV_24_2026, "mar 24 nov");
	assert_date("nl", NOV_24_2026, "di 24 nov");
	assert_date("pt-BR", NOV_24_2026, "ter 24 nov");
	assert_date("xx", NOV_24_2026, "Tue, Nov 24");
	assert_date(NULL, NOV_24_2026, "Tue, Nov 24");
}

static void dates_are_right_at_the_calendars_edges(void **state)
{
	(void)state;
	assert_date("en", 0, "Thu, Jan 1");
	assert_date("en", -1, "Wed, Dec 31");
	assert_date("en", 86399, "Thu, Jan 1");
	assert_date("en", 951782400, "Tue, Feb 29");          /* 2000 */
	assert_date("en", 1709164800, "Thu, Feb 29");         /* 2024 */
	assert_date("en", 1740787200, "Sat, Mar 1");          /* 2025 */
	assert_date("en", INT64_C(4107542400), "Mon, Mar 1"); /* 2100 has no leap day */
}

static void every_date_costs_no_more_than_gsm7(void **state)
{
	(void)state;
	for (size_t l = 0; l < LENGTH(locales); l++)
		for (int64_t day = 0; day < 366 * 2; day++) {
			char *date = short_date(NULL, locales[l], (NOV_24_2026 + day * 86400) * SECOND);

			if (sms_count(date, strlen(date)).encoding != SMS_GSM7 || strlen(date) > 16)
				fail_msg("%s: %s", locales[l], date);
			talloc_free(date);
		}
}

static void dates_survive_the_ends_of_time(void **state)
{
	const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX};

	(void)state;
	for (size_t i = 0; i < LENGTH(ends); i++) {
		char *date = short_date(NULL, "de", ends[i]);

		assert_true(strlen(date) > 4);
		talloc_free(date);
	}
}

static void our_languages_are_known_with_any_region(void **state)
{
	(void)state;
	assert_true(short_date_known("es-MX") && short_date_known("pt_BR") && short_date_known("EN") &&
		    short_date_known("de.UTF-8"));
	assert_false(short_date_known("est") || short_date_known("ja") || short_date_known("e") ||
		     short_date_known("") || short_date_known(NULL));
}

static void a_date_belongs_to_its_context(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);

	(void)state;
	assert_ptr_equal(talloc_parent(short_date(ctx, "en", 0)), ctx);
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_date_is_written_as_the_locale_writes_it),
		cmocka_unit_test(dates_are_right_at_the_calendars_edges),
		cmocka_unit_test(every_date_costs_no_more_than_gsm7),
		cmocka_unit_test(dates_survive_the_ends_of_time),
		cmocka_unit_test(our_languages_are_known_with_any_region),
		cmocka_unit_test(a_date_belongs_to_its_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
