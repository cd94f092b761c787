/* Nothing that is not the program's own text can be markup; time zones by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/html.h"
#include "gateway/zones.h"

static void text_is_never_markup(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct html *h = html_new(ctx);

	(void)state;
	html_raw(h, "<b title=\"");
	html_text(h, "\" onclick='x'>&amp;<script>é");
	html_raw(h, "\">");
	html_text(h, NULL);
	assert_string_equal(h->bytes, "<b title=\"&quot; onclick=&#39;x&#39;&gt;&amp;amp;&lt;script&gt;é\">");
	assert_int_equal(h->len, strlen(h->bytes));
	talloc_free(ctx);
}

static void a_page_grows(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct html *h = html_new(ctx);

	(void)state;
	for (int i = 0; i < 10000; i++)
		html_text(h, "a<");
	assert_int_equal(h->len, 10000 * 5);
	assert_int_equal(strspn(h->bytes, "a&lt;"), h->len);
	talloc_free(ctx);
}

static void zones_are_those_of_the_iana_database(void **state)
{
	static const char *const known[] = {"America/New_York", "Europe/Berlin", "America/Argentina/Buenos_Aires",
					    "America/Port-au-Prince", "Asia/Kathmandu"};
	static const char *const unknown[] = {"",
					      "EST5EDT",
					      "EST",
					      "+5",
					      "Mars/Olympus",
					      "America",
					      "America/",
					      "/America/New_York",
					      "America//New_York",
					      "../etc/passwd",
					      "America/../../etc/passwd",
					      "posix/America/New_York",
					      "america/new_york",
					      "America/New_York ",
					      "A/B/C/D",
					      "Etc/GMT+5"};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_true(zone_known(known[i]));
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_false(zone_known(unknown[i]));
}

static void the_list_tells_countries(void **state)
{
	size_t n, new_york = 0;
	const struct zone *list = zones(&n);

	(void)state;
	assert_true(n > 250);
	for (size_t i = 0; i < n; i++) {
		assert_true(zone_known(list[i].name));
		assert_true(!i || strcmp(list[i - 1].name, list[i].name) < 0);
		new_york += !strcmp(list[i].name, "America/New_York") && zone_in(&list[i], "US") &&
			    !zone_in(&list[i], "DE") && !zone_in(&list[i], "");
	}
	assert_int_equal(new_york, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_never_markup),
		cmocka_unit_test(a_page_grows),
		cmocka_unit_test(zones_are_those_of_the_iana_database),
		cmocka_unit_test(the_list_tells_countries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
