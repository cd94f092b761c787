/* The catalogue: complete in every locale, lawful, and rendered as written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "templates/segments.h"
#include "templates/wording.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))
#define NOV_24_2026 INT64_C(1795478400) /* a Tuesday; seconds, 00:00 UTC */
#define SECOND INT64_C(1000000)

static const char *const locales[] = {"de", "en", "es", "fr", "it", "nl", "pt"};

static const char *const names[] = {"opt_out_confirmed",
				    "opt_out_marketing_confirmed",
				    "opt_out_order_confirmed",
				    "start_question",
				    "opt_in_confirmed",
				    "already_subscribed",
				    "opt_in_double",
				    "opt_in_question",
				    "help",
				    "help_menu",
				    "hold_question",
				    "ack",
				    "orders_question",
				    "order_choice",
				    "order_status_placed",
				    "order_status_paid",
				    "order_status_shipped",
				    "order_status_out_for_delivery",
				    "order_status_delivered",
				    "order_status_delayed",
				    "order_status_exception",
				    "order_status_returned",
				    "order_status_refunded",
				    "order_status_cancelled",
				    "order_status_carrier",
				    "order_status_expected",
				    "order_status_tracking",
				    "order_status_tracking_number",
				    "no_orders",
				    "rating_thanks",
				    "rating_again_csat",
				    "rating_again_nps",
				    "menu_again",
				    "hold_released",
				    "ticket_opened_cancel_order",
				    "ticket_opened_change_delivery",
				    "ticket_opened_return",
				    "ticket_opened_refund",
				    "ticket_opened_damaged",
				    "ticket_opened_missing",
				    "ticket_opened_agent",
				    "ticket_opened_subscription"};

/* As long as they may reasonably be: a name of 20 characters, a contact of 25. */
static const struct wording_var typical[] = {
	{"brand.name", "Northwind Outfitters"},
	{"support.contact", "help@northwind.example.com"},
	{"order.number", "1001"},
	{"order.carrier", "UPS"},
	{"order.tracking_url", "https://t.example/1Z999AA10123456784"},
	{"order.tracking_number", "1Z999AA10123456784"},
	{"date", "mar. 24 sept."},
	{"choices", "1 for #1001, 2 for #1002"},
	{"n", "1"},
	{"max", "4"},
};

/* The catalogue also holds what journeys send: that is the linter's to judge. */
static bool is_reply(const char *name)
{
	for (size_t i = 0; i < LENGTH(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static const struct wording_entry *entry_of(const char *locale, const char *name, struct wording_entry *out)
{
	for (size_t i = 0; wording_entry(i, out); i++)
		if (strcmp(out->locale, locale) == 0 && strcmp(out->name, name) == 0)
			return out;
	return NULL;
}

static char *render(const char *locale, const char *name)
{
	return wording_render(NULL, locale, name, typical, LENGTH(typical));
}

static void every_name_exists_in_every_locale_and_no_other(void **state)
{
	struct wording_entry entry;
	size_t n = 0;

	(void)state;
	for (size_t l = 0; l < LENGTH(locales); l++)
		for (size_t i = 0; i < LENGTH(names); i++)
			if (!entry_of(locales[l], names[i], &entry))
				fail_msg("%s has no %s", locales[l], names[i]);
	for (size_t i = 0; wording_entry(i, &entry); i++)
		n += is_reply(entry.name);
	assert_int_equal(n, LENGTH(locales) * LENGTH(names));
}

static void the_table_is_sorted(void **state)
{
	struct wording_entry before, entry;

	(void)state;
	assert_true(wording_entry(0, &before));
	for (size_t i = 1; wording_entry(i, &entry); i++) {
		int order = strcmp(before.locale, entry.locale);

		assert_true(order < 0 || (order == 0 && strcmp(before.name, entry.name) < 0));
		before = entry;
	}
}

static void classes_are_valid_and_the_same_in_every_locale(void **state)
{
	struct wording_entry entry, english;

	(void)state;
	for (size_t i = 0; wording_entry(i, &entry); i++) {
		if (!is_reply(entry.name))
			continue;
		assert_true(strcmp(entry.cls, "compliance") == 0 || strcmp(entry.cls, "conversational") == 0);
		assert_non_null(entry_of("en", entry.name, &english));
		assert_string_equal(entry.cls, english.cls);
	}
}

/* True if text outputs variable name. */
static bool uses(const char *text, const char *name)
{
	char output[64];

	snprintf(output, sizeof output, "{{ %s }}", name);
	return strstr(text, output) != NULL;
}

static void variables_are_the_ones_english_uses(void **state)
{
	struct wording_entry entry, english;

	(void)state;
	for (size_t i = 0; wording_entry(i, &entry); i++) {
		size_t known = 0, outputs = 0;

		if (!is_reply(entry.name))
			continue;
		assert_non_null(entry_of("en", entry.name, &english));
		for (size_t v = 0; v < LENGTH(typical); v++) {
			if (uses(entry.text, typical[v].name) != uses(english.text, typical[v].name))
				fail_msg("%s/%s: %s", entry.locale, entry.name, typical[v].name);
			known += uses(entry.text, typical[v].name);
		}
		for (const char *at = entry.text; (at = strstr(at, "{{")); at += 2)
			outputs++;
		assert_int_equal(outputs, known); /* none twice, none unknown */
	}
}

static void nothing_is_left_unrendered(void **state)
{
	struct wording_entry entry;

	(void)state;
	for (size_t i = 0; wording_entry(i, &entry); i++) {
		if (!is_reply(entry.name))
			continue;
		char *text = render(entry.locale, entry.name);

		assert_non_null(text);
		if (strpbrk(text, "{}\n\r\t%") || strstr(text, "  ") || text[0] == ' ' || text[0] == '\0' ||
		    text[strlen(text) - 1] == ' ')
			fail_msg("%s/%s: '%s'", entry.locale, entry.name, text);
		talloc_free(text);
	}
}

static void compliance_texts_name_the_brand_and_stop(void **state)
{
	struct wording_entry entry;

	(void)state;
	for (size_t i = 0; wording_entry(i, &entry); i++) {
		if (!is_reply(entry.name) || strcmp(entry.cls, "compliance") != 0)
			continue;
		char *text = render(entry.locale, entry.name);
		struct sms_segments count = sms_count(text, strlen(text));

		if (!strstr(text, "Northwind Outfitters"))
			fail_msg("%s/%s: no brand", entry.locale, entry.name);
		if (strcmp(entry.name, "opt_out_confirmed") != 0 && !strstr(text, "STOP"))
			fail_msg("%s/%s: no STOP", entry.locale, entry.name);
		/* Portuguese cannot ask for NÃO within GSM-7: spelling goes before price there. */
		if (count.segments > 1 && strcmp(entry.locale, "pt") != 0)
			fail_msg("%s/%s: %zu units, U+%04X", entry.locale, entry.name, count.units,
				 (unsigned)count.forces_ucs2);
		talloc_free(text);
	}
}

/* OO-4: brand, how to get help, at most 160 GSM characters. */
static void the_opt_out_confirmation_fits_one_gsm_segment(void **state)
{
	(void)state;
	for (size_t l = 0; l < LENGTH(locales); l++) {
		char *text = render(locales[l], "opt_out_confirmed");
		struct sms_segments count = sms_count(text, strlen(text));

		assert_int_equal(count.encoding, SMS_GSM7);
		assert_true(count.units <= 160);
		assert_non_null(strstr(text, "help@northwind.example.com"));
		assert_null(strstr(text, "http"));
		talloc_free(text);
	}
}

/* HP-1, HP-2: brand, contact and STOP stand in the first part also where the menu follows. */
static void help_stands_alone_before_the_menu(void **state)
{
	(void)state;
	for (size_t l = 0; l < LENGTH(locales); l++) {
		char *help = render(locales[l], "help"), *menu = render(locales[l], "help_menu");
		char *both = talloc_asprintf(NULL, "%s %s", help, menu);
		size_t end = sms_segment_end(both, strlen(both), 0);

		assert_true(sms_count(help, strlen(help)).units <= 160);
		assert_true((size_t)(strstr(both, "STOP") - both) + 4 <= end);
		assert_true((size_t)(strstr(both, "help@northwind.example.com") - both) + 26 <= end);
		assert_true(strncmp(both, "Northwind Outfitters", 20) == 0);
		assert_non_null(strstr(menu, "1 "));
		assert_non_null(strstr(menu, "4 "));
		talloc_free(help);
		talloc_free(menu);
		talloc_free(both);
	}
	char *english = render("en", "help");
	assert_non_null(strstr(english, "Msg & data rates may apply"));
	assert_non_null(strstr(english, "frequency"));
	talloc_free(english);
}

/* CL-3: no word of a sale in what answers a customer. */
static void no_text_sells(void **state)
{
	static const char *const words[] = {"%",      "discount", "coupon",   "Rabatt",  "descuento",
					    "remise", "sconto",   "desconto", "korting", "http"};
	struct wording_entry entry;

	(void)state;
	for (size_t i = 0; wording_entry(i, &entry); i++)
		for (size_t w = 0; w < LENGTH(words); w++)
			if (is_reply(entry.name) && strcasestr(entry.text, words[w]))
				fail_msg("%s/%s: %s", entry.locale, entry.name, words[w]);
}

static void a_locale_falls_back_to_its_language_then_to_english(void **state)
{
	static const struct {
		const char *locale, *language;
	} cases[] = {{"es-MX", "es"},      {"es_MX", "es"}, {"ES", "es"},       {"pt-BR", "pt"},        {"De-at", "de"},
		     {"zh-Hant-TW", "en"}, {"en-GB", "en"}, {"", "en"},         {NULL, "en"},           {"-", "en"},
		     {"e", "en"},          {"esp", "en"},   {"es.UTF-8", "en"}, {"abcdefghijkl", "en"}, {"ñ", "en"}};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *text = render(cases[i].locale, "hold_released");
		char *expected = render(cases[i].language, "hold_released");

		assert_string_equal(wording_language(cases[i].locale), cases[i].language);
		assert_string_equal(text, expected);
		talloc_free(text);
		talloc_free(expected);
	}
}

static void an_unknown_name_is_null(void **state)
{
	(void)state;
	assert_null(render("en", "no_such_text"));
	assert_null(render("es", ""));
	assert_null(render("es", "zzz"));
	assert_null(render("aa", "help_"));
}

static void variables_render_once_and_as_they_are(void **state)
{
	const struct wording_var vars[] = {{"nn", "wrong"}, {"n", "{{ order.number }}"}, {"order.number", NULL}};
	char *text = wording_render(NULL, "en", "order_choice", vars, LENGTH(vars));

	(void)state;
	/* A value is never read again as a template; NULL is nothing. */
	assert_string_equal(text, "{{ order.number }} for #");
	talloc_free(text);
	text = wording_render(NULL, "en", "order_choice", NULL, 0);
	assert_string_equal(text, " for #");
	talloc_free(text);
}

static void a_text_belongs_to_its_context(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);

	(void)state;
	assert_ptr_equal(talloc_parent(wording_render(ctx, "en", "help", typical, LENGTH(typical))), ctx);
	assert_ptr_equal(talloc_parent(wording_date(ctx, "en", 0)), ctx);
	talloc_free(ctx);
}

static void assert_date(const char *locale, int64_t seconds, const char *expected)
{
	char *date = wording_date(NULL, locale, seconds * SECOND);

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
			char *date = wording_date(NULL, locales[l], (NOV_24_2026 + day * 86400) * SECOND);

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
		char *date = wording_date(NULL, "de", ends[i]);

		assert_true(strlen(date) > 4);
		talloc_free(date);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_name_exists_in_every_locale_and_no_other),
		cmocka_unit_test(the_table_is_sorted),
		cmocka_unit_test(classes_are_valid_and_the_same_in_every_locale),
		cmocka_unit_test(variables_are_the_ones_english_uses),
		cmocka_unit_test(nothing_is_left_unrendered),
		cmocka_unit_test(compliance_texts_name_the_brand_and_stop),
		cmocka_unit_test(the_opt_out_confirmation_fits_one_gsm_segment),
		cmocka_unit_test(help_stands_alone_before_the_menu),
		cmocka_unit_test(no_text_sells),
		cmocka_unit_test(a_locale_falls_back_to_its_language_then_to_english),
		cmocka_unit_test(an_unknown_name_is_null),
		cmocka_unit_test(variables_render_once_and_as_they_are),
		cmocka_unit_test(a_text_belongs_to_its_context),
		cmocka_unit_test(a_date_is_written_as_the_locale_writes_it),
		cmocka_unit_test(dates_are_right_at_the_calendars_edges),
		cmocka_unit_test(every_date_costs_no_more_than_gsm7),
		cmocka_unit_test(dates_survive_the_ends_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
