/* The shipped playbook's own sentences: complete in every language, lawful, and rendered as written. What the linter
 * holds is tests/unit/templates/test_lint.c's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "templates/playbook_variables.h"
#include "templates/segments.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static const struct playbook *pb;

static const char *const locales[] = {"de", "en", "es", "fr", "it", "nl", "pt"};

/* What the router says, one by one: a name that goes missing here would be silence to a customer. */
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

/* What journeys send besides: that is the linter's to judge. */
static bool is_reply(const char *name)
{
	for (size_t i = 0; i < LENGTH(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* The message of just that locale. */
static const struct pb_message *message_of(const char *locale, const char *name)
{
	const struct pb_message *m = playbook_message(pb, locale, name);

	return m && strcmp(m->locale, locale) == 0 ? m : NULL;
}

/* As long as it may reasonably be: the samples have a name of 20 characters and a contact of 26. */
static char *render_message(const struct pb_message *m)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct liquid_value data = pb_sample(ctx, pb, m->locale, PB_IN_REPLY);
	const struct liquid_env env = {.data = &data, .now = PB_SAMPLE_NOW, .locale = m->locale, .strict = true};
	struct liquid_error error = {0};
	char *text = liquid_render(ctx, m->template, &env, &error);

	if (!text)
		fail_msg("%s: %s", m->path, error.text);
	text = talloc_steal(NULL, text);
	talloc_free(ctx);
	return text;
}

static char *render(const char *locale, const char *name)
{
	return render_message(message_of(locale, name));
}

static void every_reply_exists_in_every_language(void **state)
{
	(void)state;
	for (size_t l = 0; l < LENGTH(locales); l++)
		for (size_t i = 0; i < LENGTH(names); i++)
			if (!message_of(locales[l], names[i]))
				fail_msg("%s has no %s", locales[l], names[i]);
}

static void replies_are_compliance_or_conversational_alike_in_all_languages(void **state)
{
	(void)state;
	for (size_t i = 0; i < pb->n_messages; i++) {
		const struct pb_message *m = &pb->messages[i];

		if (!is_reply(m->name))
			continue;
		assert_true(m->cls == CLASS_COMPLIANCE || m->cls == CLASS_CONVERSATIONAL);
		assert_int_equal(m->cls, message_of("en", m->name)->cls);
	}
}

/* True if the template speaks of it. */
static bool uses(const struct pb_message *m, const char *path)
{
	const char *const *paths;
	size_t n = liquid_variables(m->template, &paths);

	for (size_t i = 0; i < n; i++)
		if (strcmp(paths[i], path) == 0)
			return true;
	return false;
}

static void variables_are_the_ones_english_uses(void **state)
{
	(void)state;
	for (size_t i = 0; i < pb->n_messages; i++) {
		const struct pb_message *m = &pb->messages[i], *english = message_of("en", m->name);
		const char *const *paths;

		if (!is_reply(m->name))
			continue;
		for (size_t n = liquid_variables(m->template, &paths), v = 0; v < n; v++)
			if (!uses(english, paths[v]))
				fail_msg("%s: %s", m->path, paths[v]);
		for (size_t n = liquid_variables(english->template, &paths), v = 0; v < n; v++)
			if (!uses(m, paths[v]))
				fail_msg("%s has no %s", m->path, paths[v]);
	}
}

static void nothing_is_left_unrendered(void **state)
{
	(void)state;
	for (size_t i = 0; i < pb->n_messages; i++) {
		const struct pb_message *m = &pb->messages[i];

		if (!is_reply(m->name))
			continue;
		char *text = render_message(m);
		if (strpbrk(text, "{}\n\r\t%") || strstr(text, "  ") || text[0] == ' ' || text[0] == '\0' ||
		    text[strlen(text) - 1] == ' ')
			fail_msg("%s: '%s'", m->path, text);
		talloc_free(text);
	}
}

static void compliance_texts_name_the_brand_and_stop(void **state)
{
	(void)state;
	for (size_t i = 0; i < pb->n_messages; i++) {
		const struct pb_message *m = &pb->messages[i];

		if (!is_reply(m->name) || m->cls != CLASS_COMPLIANCE)
			continue;
		char *text = render_message(m);
		struct sms_segments count = sms_count(text, strlen(text));

		if (!strstr(text, "Northwind Outfitters"))
			fail_msg("%s: no brand", m->path);
		if (strcmp(m->name, "opt_out_confirmed") != 0 && !strstr(text, "STOP"))
			fail_msg("%s: no STOP", m->path);
		/* Portuguese cannot ask for N\xc3\x83O within GSM-7: spelling goes before price there. */
		if (count.segments > 1 && strcmp(m->locale, "pt") != 0)
			fail_msg("%s: %zu units, U+%04X", m->path, count.units, (unsigned)count.forces_ucs2);
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

/* The menu that HELP offers has the choices that its prompt names. */
static void the_support_menu_has_four_choices(void **state)
{
	static const char *const intents[] = {"order_status", "return", "damaged", "agent"};
	const struct pb_menu *menu = playbook_menu(pb, "support");

	(void)state;
	assert_non_null(menu);
	assert_string_equal(menu->message, "help_menu");
	assert_int_equal(menu->n, LENGTH(intents));
	for (size_t i = 0; i < LENGTH(intents); i++) {
		assert_int_equal(menu->choice[i].n, 1);
		assert_int_equal(menu->choice[i].list[0].kind, PB_INTENT);
		assert_string_equal(menu->choice[i].list[0].name, intents[i]);
	}
}

/* CL-3: no word of a sale in what answers a customer. */
static void no_reply_sells(void **state)
{
	static const char *const words[] = {"discount", "coupon",   "Rabatt",  "descuento", "remise",
					    "sconto",   "desconto", "korting", "http"};

	(void)state;
	for (size_t i = 0; i < pb->n_messages; i++)
		for (size_t w = 0; w < LENGTH(words); w++)
			if (is_reply(pb->messages[i].name) && strcasestr(pb->messages[i].source, words[w]))
				fail_msg("%s: %s", pb->messages[i].path, words[w]);
}

static void a_value_is_never_read_again_as_a_template(void **state)
{
	const struct liquid_pair order[] = {{"number", 6, liquid_text("{{ order.number }}")}};
	const struct liquid_pair all[] = {{"order", 5, {.type = LIQUID_HASH, .len = 1, .hash = order}}};
	const struct liquid_value data = {.type = LIQUID_HASH, .len = 1, .hash = all};
	const struct liquid_env env = {.data = &data};
	struct liquid_error error;
	char *text = liquid_render(NULL, message_of("en", "order_choice")->template, &env, &error);

	(void)state;
	assert_string_equal(text, " for #{{ order.number }}"); /* and what is not there is nothing */
	talloc_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reply_exists_in_every_language),
		cmocka_unit_test(replies_are_compliance_or_conversational_alike_in_all_languages),
		cmocka_unit_test(variables_are_the_ones_english_uses),
		cmocka_unit_test(nothing_is_left_unrendered),
		cmocka_unit_test(compliance_texts_name_the_brand_and_stop),
		cmocka_unit_test(the_opt_out_confirmation_fits_one_gsm_segment),
		cmocka_unit_test(help_stands_alone_before_the_menu),
		cmocka_unit_test(the_support_menu_has_four_choices),
		cmocka_unit_test(no_reply_sells),
		cmocka_unit_test(a_value_is_never_read_again_as_a_template),
	};

	pb = playbook_shipped(NULL);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	talloc_free((void *)pb);
	return failed;
}
