/* Numbers as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/phone.h"

static void good_numbers(void **state)
{
	static const struct {
		const char *raw, *region, *e164;
	} good[] = {
		{"+14155550123", "US", "+14155550123"},       {"(415) 555-0123", "US", "+14155550123"},
		{"1 415 555 0123", "US", "+14155550123"},     {"+1 212 555 0199", "", "+12125550199"},
		{"020 7946 0958", "GB", "+442079460958"},     {"0151 23456789", "DE", "+4915123456789"},
		{"+49 151 23456789", "US", "+4915123456789"}, {"06 12 34 56 78", "FR", "+33612345678"},
		{"+16502530000", NULL, "+16502530000"},
	};
	char out[PHONE_MAX];
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (!phone_normalise(good[i].raw, good[i].region, out, &why))
			fail_msg("%s: %s", good[i].raw, why);
		assert_string_equal(out, good[i].e164);
	}
}

static void bad_numbers(void **state)
{
	static const char *const bad[] = {"",
					  "hello",
					  "+",
					  "123",
					  "+1415555",
					  "+999123456789",
					  "5550123",
					  "+1 415 555 0123 ext. 7",
					  "+14155550123456789",
					  "++14155550123x%s%n",
					  "0123"};
	char out[PHONE_MAX], lots[4096];
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		why = NULL;
		if (phone_normalise(bad[i], "US", out, &why))
			fail_msg("'%s' became %s", bad[i], out);
		assert_non_null(strstr(why, "+14155550123")); /* says what would be right */
	}
	memset(lots, '5', sizeof(lots) - 1);
	lots[sizeof(lots) - 1] = 0;
	assert_false(phone_normalise(lots, "US", out, &why));
	assert_false(phone_normalise("4155550123", "", out, &why)); /* no region, no national form */
	assert_false(phone_normalise("4155550123", "XX", out, &why));
}

static void regions(void **state)
{
	char out[3];

	(void)state;
	assert_string_equal(phone_region("+14155550123", out), "US");
	assert_string_equal(phone_region("+16045550123", out), "CA");
	assert_string_equal(phone_region("+4915123456789", out), "DE");
	assert_string_equal(phone_region("7000", out), "");
	assert_string_equal(phone_region("", out), "");
	assert_string_equal(phone_region("+80012345678", out), ""); /* of no country */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_numbers),
		cmocka_unit_test(bad_numbers),
		cmocka_unit_test(regions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
