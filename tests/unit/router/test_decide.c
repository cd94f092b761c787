/* The decision table of compliance.md section 6, row by row, and what stands around it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "router/decide.h"
#include "router/lexicon.h"
#include "router/phrases.h"
#include "router/words.h"

/* Rows name only what they are about. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define NOW ((usec_t)1764000000 * USEC_SECOND)

static struct router_brand brand = {
	.name = "Acme", .support_contact = "help@acme.example", .locale = "en", .country = "US"};

static TALLOC_CTX *all;

static struct router_context context(void)
{
	return (struct router_context){.brand = &brand, .locale = "en", .country = "US"};
}

static struct router_decision run(const struct router_context *in, const char *text)
{
	struct router_decision out; /* its texts live until the program ends */
	struct router_input input = {.text = text, .at = NOW};

	router_decide(all, in, &input, &out);
	return out;
}

static const struct router_order orders[] = {
	{.id = {{1}},
	 .number = "#1001",
	 .state = ORDER_SHIPPED,
	 .placed_at = NOW - 3 * USEC_DAY,
	 .state_at = NOW - USEC_DAY,
	 .expected_at = NOW + USEC_DAY,
	 .carrier = "UPS",
	 .tracking_url = "https://t.example/1"},
	{.id = {{2}}, .number = "1002", .state = ORDER_PAID, .placed_at = NOW - USEC_DAY, .state_at = NOW - USEC_DAY},
};

struct row {
	const char *text;
	enum decision_kind kind;
	const char *tier; /* NULL: any */
	enum intent intent;
	const char *locale; /* NULL: "en" */
};

#define K DECIDE_OPT_OUT
#define M DECIDE_OPT_OUT_MARKETING
#define H DECIDE_HOLD
#define I DECIDE_INTENT
#define T DECIDE_TICKET
#define D DECIDE_DROP

static const struct row table[] = {
	{"STOP", K, "T1"},
	{"stop", K, "T1"},
	{"Stop.", K, "T1"},
	{"STOP!!!", K, "T1"},
	{"\"stop\"", K, "T1"},
	{"*STOP*", K, "T1"},
	{" stop ", K, "T1"},
	{"ＳＴＯＰ", K, "T1"},
	{"STOP🙏", K, "T1"},
	{"🛑", K, "T1"},
	{"✋", K, "T1"},
	{"⛔", K, "T1"},
	{"STOP STOP STOP", K, "T1"},
	{"stoppppp", K, "T1"},
	{"🚫", K, "T1"},
	{"✋😊", D}, /* a greeting */
	{"s t o p", K, "T1"},
	{"S.T.O.P", K, "T1"},
	{"please stop", K, "T1"},
	{"stop pls", K, "T1"},
	{"stop it", K, "T1"},
	{"stop thanks", K, "T1"},
	{"STOP\n- John", K, "T1"},
	{"stpo", K, "T5"},
	{"sotp", K, "T5"},
	{"dtop", K, "T5"},
	{"stp", K, "T5"},
	{"stopp", K},
	{"shop", T},
	{"step", T},
	{"spot", T},
	{"top", T},
	{"STOP ALL", K, "T1"},
	{"stopall", K, "T1"},
	{"stop ads", M},
	{"stop promos", M},
	{"no more sales texts", M},
	{"STOP 1001", K, "T2", INTENT_CANCEL_ORDER},
	{"stop texting me", K},
	{"quit sending these", K, "T2"},
	{"stop texting me about this order", DECIDE_OPT_OUT_ORDER, "T2"}, /* OO-3 */
	{"stop texting me about order 1001", DECIDE_OPT_OUT_ORDER, "T2"},
	{"please stop sending texts about my package!", DECIDE_OPT_OUT_ORDER, "T2"},
	{"unsubscribe me from this order", DECIDE_OPT_OUT_ORDER, "T2"},
	{"don't text me about 1001", DECIDE_OPT_OUT_ORDER, "T3"},
	{"no more messages about this order", DECIDE_OPT_OUT_ORDER, "T3"},
	{"keine SMS mehr zu dieser Bestellung", DECIDE_OPT_OUT_ORDER, "T3"},
	{"dejen de escribirme sobre mi pedido", DECIDE_OPT_OUT_ORDER, "T3"},
	{"geen sms meer over mijn bestelling", DECIDE_OPT_OUT_ORDER, "T3"},
	{"stop texting me about my orders", K, "T2"},             /* all of them */
	{"stop the order updates", K, "T2", INTENT_CANCEL_ORDER}, /* a kind of text, not an order */
	{"stop texting me, where is my order?", K, "T2", INTENT_ORDER_STATUS},
	{"don't text me about sales", M, "T3"},
	{"unsubscribe me from offers", M, "T2"},
	{"unsub", K, "T1"},
	{"unsubcribe", K, "T5"},
	{"UNSUSCRIBE", K, "T5"},
	{"opt out", K, "T1"},
	{"opt-out", K, "T1"},
	{"optout", K, "T1"},
	{"opt me out", K, "T3"},
	{"revoke", K, "T1"},
	{"remove", K, "T1"},
	{"remove me", K, "T1"},
	{"take me off your list", K, "T3"},
	{"leave me alone", K, "T3"},
	{"lose my number", K, "T3"},
	{"quite", T}, /* dictionary words are no slips (NM-2) */
	{"send", T},
	{"and", T},
	{"who is this, stop", K, "T2"},
	{"wrong number", K, "T3"},
	{"not John anymore", K, "T3"},
	{"how do I stop these?", K, "T2"},
	{"arrêt", K, "T1"},
	{"ARRET", K, "T1"},
	{"Arrete", K, "T1"},
	{"alto", K, "T1", INTENT_NONE, "es"},
	{"alto", T},
	{"seis", K, "T1", INTENT_NONE, "fi"},
	{"baja", K, "T1", INTENT_NONE, "es"},
	{"baja hoodie?", T, NULL, INTENT_NONE, "es"},
	{"退订", K, "T1"},
	{"СТОП", K, "T1"},
	{"הסר", K, "T1"},
	{"help stop", K, "T1"},
	{"f*** off", K, "T3"},
	{"go away", K, "T3"},
	{"shut up", K, "T3"},
	{"spam!", H},
	{"scam", H},
	{"enough", H},
	{"no more", K, "T3"},
	{"no mas", K, "T1"},
	{"no más", K, "T1"},
	{"stop by the store tomorrow?", T},
	{"does it stop by UPS first", T},
	{"cancel my order", I, NULL, INTENT_CANCEL_ORDER},
	{"please cancel order 1001", I, NULL, INTENT_CANCEL_ORDER},
	{"cancel", K, "T1", INTENT_CANCEL_ORDER},
	{"cancel it", H, NULL, INTENT_CANCEL_ORDER},
	{"cancel my subscription", H, NULL, INTENT_SUBSCRIPTION},
	{"when does the sale end", T},
	{"END", K, "T1"},
	{"the end", T},
	{"I quit smoking, return it?", I, NULL, INTENT_RETURN},
	{"don't stop", T},
	{"please don't stop", T},
	{"stop!!! driver left it in the rain", H},
	{"can you stop the delivery", I, NULL, INTENT_CHANGE_DELIVERY},
	{"I never asked you to stop", H},
	{"remove the blue one from my order", I, NULL, INTENT_OTHER},
	{"Liked “Shipped! Reply STOP to opt out”", D, "reaction"},
	{"👍", D},
	{"ok", D},
	{"thanks", D},
	{"ok thanks", D},
	{"👎", D},
	{"I'm driving with Focus turned on, I'll see this later", D, "machine"},
	{"start", DECIDE_OPT_IN},
	{"help", DECIDE_HELP},
	{"HELP!", DECIDE_HELP},
	{"info?", DECIDE_HELP},
	{"help me with my return", I, NULL, INTENT_RETURN},
	{"HELP STOP", K, "T1"},
	{"yes", T},
	{"no", T},
	{"", T},
	{"where is my order", I, NULL, INTENT_ORDER_STATUS},
	{"wo ist mein paket", I, NULL, INTENT_ORDER_STATUS},
	{"¿Dónde está mi pedido?", I, NULL, INTENT_ORDER_STATUS},
	{"où est ma commande", I, NULL, INTENT_ORDER_STATUS},
	{"cadê meu pedido", I, NULL, INTENT_ORDER_STATUS},
	{"dov'è il mio ordine", I, NULL, INTENT_ORDER_STATUS},
	{"waar is mijn bestelling", I, NULL, INTENT_ORDER_STATUS},
	{"when will it arrive?", I, NULL, INTENT_ORDER_STATUS},
	{"it arrived broken", I, NULL, INTENT_DAMAGED},
	{"I want a refund", I, NULL, INTENT_REFUND},
	{"talk to a human", I, NULL, INTENT_AGENT},
	{"keine Nachrichten mehr", K, "T3"},
};

static void test_table(void **state)
{
	static const char *const recent[] = {"Shipped! Reply STOP to opt out"};
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const struct row *r = &table[i];
		struct router_context in = context();
		if (r->locale)
			in.locale = r->locale;
		in.recent = recent;
		in.n_recent = 1;
		in.orders = orders;
		in.n_orders = 2;
		struct router_decision out = run(&in, r->text);
		if (out.kind == r->kind && (!r->tier || strcmp(r->tier, out.tier) == 0) &&
		    out.intent == (r->kind == H && !r->intent ? INTENT_OPT_OUT_DOUBT : r->intent))
			continue;
		bad++;
		print_error("\"%s\": %s/%s/%s, not %s/%s/%s\n", r->text, decision_name(out.kind), out.tier,
			    intent_name(out.intent), decision_name(r->kind), r->tier ? r->tier : "*",
			    intent_name(r->intent));
	}
	assert_int_equal(bad, 0);
}

static void test_keyword_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < words_count; i++) {
		struct router_context in = context();
		if (words[i].lang[0])
			in.locale = words[i].lang;
		struct router_decision out = run(&in, words[i].key);
		enum decision_kind want = words[i].kind == WORD_OUT  ? K
					  : words[i].kind == WORD_IN ? DECIDE_OPT_IN
								     : DECIDE_HELP;
		if (out.kind != want)
			print_error("%s (%s): %s\n", words[i].key, words[i].lang, decision_name(out.kind));
		assert_int_equal(out.kind, want);
	}
}

static void test_sorted(void **state)
{
	(void)state;
	for (size_t i = 1; i < words_count; i++)
		assert_true(strcmp(words[i - 1].key, words[i].key) <= 0);
	for (size_t i = 1; i < lexicon_count; i++)
		assert_true(strcmp(lexicon[i - 1].word, lexicon[i].word) < 0);
	for (size_t i = 1; i < phrases_count; i++)
		assert_true(strcmp(phrases[i - 1].pattern, phrases[i].pattern) <= 0);
}

static void test_orders_flow(void **state)
{
	struct router_context in = context();

	(void)state;
	in.orders = orders;
	in.n_orders = 2;
	struct router_decision out = run(&in, "where is my order?");
	assert_int_equal(out.memory.menu.kind, MENU_ORDERS);
	assert_int_equal(out.memory.menu.n, 2);
	assert_int_equal(out.n_replies, 1);
	assert_non_null(strstr(out.reply[0].text, "1 for #1001"));
	in.memory = out.memory;
	static const char *const ways[] = {"1",    "1.",  "#1",         "one",  "option 1", "1️⃣",       "uno",
					   "(1)",  "1)",  "number one", "nr 1", "1 please", "the first one", "１",
					   "eins", "1001"};
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		out = run(&in, ways[i]);
		if (out.choice != 1)
			print_error("%s\n", ways[i]);
		assert_int_equal(out.kind, DECIDE_MENU);
		assert_int_equal(out.choice, 1);
		assert_int_equal(out.order.b[0], 1);
		assert_non_null(strstr(out.reply[0].text, "UPS"));
	}
	assert_int_equal(run(&in, "cancel").kind, DECIDE_OPT_OUT);
	assert_int_equal(run(&in, "STOP").memory.menu.kind, MENU_NONE);
	in.memory.menu.expires_at = NOW;
	assert_int_not_equal(run(&in, "1").kind, DECIDE_MENU);
	in.memory = (struct router_memory){0};
	out = run(&in, "where is order 1002");
	assert_int_equal(out.order.b[0], 2);
	in.n_orders = 1;
	out = run(&in, "where is my order");
	assert_non_null(strstr(out.reply[0].text, "https://t.example/1"));
	in.n_orders = 0;
	out = run(&in, "where is my order");
	assert_int_equal(out.ticket, TICKET_OPEN);
}

static void test_opt_out_rules(void **state)
{
	struct router_context in = context();
	struct router_decision out = run(&in, "STOP");

	(void)state;
	assert_int_equal(out.consent, CONSENT_REVOKE_ALL);
	assert_int_equal(out.n_replies, 1);
	assert_int_equal(out.reply[0].cls, CLASS_COMPLIANCE);
	in.opted_out = true;
	in.memory = out.memory;
	out = run(&in, "STOP"); /* OO-10 */
	assert_int_equal(out.kind, DECIDE_OPT_OUT);
	assert_int_equal(out.n_replies, 0);
	assert_int_equal(out.consent, CONSENT_NONE);
	assert_int_equal(run(&in, "help").n_replies, 1); /* HP-1 */
	out = run(&in, "where is my order");             /* OO-9 */
	assert_int_equal(out.ticket, TICKET_OPEN);
	assert_int_equal(out.n_replies, 0);
	assert_int_equal(run(&in, "yes").kind, DECIDE_DROP);
	in.marketing_granted_before = true;
	out = run(&in, "start"); /* ST-1 */
	assert_int_equal(out.consent, CONSENT_GRANT_SERVICE);
	assert_int_equal(out.n_replies, 2);
	in.opted_out = false;
	in.memory = out.memory;
	assert_int_equal(run(&in, "yes").consent, CONSENT_GRANT_ALL); /* ST-2 */
	in = context();
	in.provider_replies_to_keywords = true; /* OO-5 */
	assert_int_equal(run(&in, "STOP").n_replies, 0);
	assert_int_equal(run(&in, "stop texting me").n_replies, 1);
	assert_int_equal(run(&in, "STOP ALL").consent, CONSENT_REVOKE_ENTITY);
	assert_true(run(&in, "wrong number").number_wrong);
	in = context();
	out = run(&in, "start");
	assert_int_equal(out.consent, CONSENT_NONE);
	assert_string_equal(out.reply[0].template_name, "already_subscribed");
	in.ticket_open = in.ticket_human = true;
	out = run(&in, "where is my order");
	assert_int_equal(out.kind, DECIDE_APPEND);
	assert_int_equal(out.n_replies, 0);
	assert_int_equal(run(&in, "STOP").ticket, TICKET_APPEND);
	assert_int_equal(run(&in, "HELP").n_replies, 1);
}

static void test_reply_language(void **state)
{
	struct router_context in = context();

	(void)state;
	assert_non_null(strstr(run(&in, "ARRET").reply[0].text, "Acme"));
	assert_string_not_equal(run(&in, "ARRET").reply[0].text, run(&in, "STOP").reply[0].text);
	in.country = "CA"; /* KW-3 */
	in.locale = "fr-CA";
	struct router_context us = context();
	assert_string_equal(run(&in, "STOP").reply[0].text, run(&us, "STOP").reply[0].text);
	assert_string_equal(run(&in, "ARRET").reply[0].text, run(&us, "ARRET").reply[0].text);
	in = context();
	in.locale = "es-MX";
	assert_string_not_equal(run(&in, "STOP").reply[0].text, run(&us, "STOP").reply[0].text);
}

static void test_hold(void **state)
{
	struct router_context in = context();
	struct router_decision out = run(&in, "enough");

	(void)state;
	assert_int_equal(out.consent, CONSENT_HOLD_MARKETING);
	assert_int_equal(out.ticket, TICKET_OPEN);
	assert_string_equal(out.reply[0].template_name, "hold_question");
	in.on_hold = in.ticket_open = true;
	in.memory = out.memory;
	assert_int_equal(run(&in, "yes").consent, CONSENT_REVOKE_ALL);
	assert_int_equal(run(&in, "no").consent, CONSENT_RELEASE_HOLD);
	assert_int_equal(run(&in, "enough").n_replies, 0); /* asked once */
}

static void test_ratings(void **state)
{
	static const struct {
		const char *text;
		enum decision_kind kind;
		int rating;
	} cases[] = {{"5", DECIDE_RATING, 5},       {"5.", DECIDE_RATING, 5},
		     {"#5", DECIDE_RATING, 5},      {"5/5", DECIDE_RATING, 5},
		     {"5 stars", DECIDE_RATING, 5}, {"⭐⭐⭐⭐", DECIDE_RATING, 4},
		     {"5️⃣", DECIDE_RATING, 5}, {"cinco", DECIDE_RATING, 5},
		     {"four!", DECIDE_RATING, 4},   {"I'd give it 4, box felt wet", DECIDE_RATING, 4},
		     {"4-5", DECIDE_ANSWER, 0},     {"3 or 4", DECIDE_ANSWER, 0},
		     {"4.5", DECIDE_RATING, 4},     {"10", DECIDE_ANSWER, 0},
		     {"0", DECIDE_ANSWER, 0},       {"7/10", DECIDE_ANSWER, 0},
		     {"👍", DECIDE_ANSWER, 0},       {"great", DECIDE_ANSWER, 0},
		     {"STOP", DECIDE_OPT_OUT, 0}};
	struct router_context in = context();

	(void)state;
	in.memory.question = ASK_CSAT;
	in.memory.question_expires_at = NOW + USEC_DAY;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct router_decision out = run(&in, cases[i].text);
		if (out.kind != cases[i].kind || out.rating != cases[i].rating)
			print_error("%s: %s %d\n", cases[i].text, decision_name(out.kind), out.rating);
		assert_int_equal(out.kind, cases[i].kind);
		assert_int_equal(out.rating, cases[i].rating);
	}
	assert_int_equal(run(&in, "1").ticket, TICKET_OPEN);
}

static void test_loops(void **state)
{
	struct router_context in = context();
	struct router_decision out = run(&in, "blue shoes");

	(void)state;
	assert_int_equal(out.n_replies, 1);
	in.memory = out.memory;
	out = run(&in, "red shoes");
	assert_int_equal(out.n_replies, 0); /* one acknowledgement in 24 h */
	for (int i = 0; i < 3; i++) {
		in.memory = out.memory;
		out = run(&in, "echo echo blah");
	}
	assert_string_equal(out.tier, "loop");
	in = context();
	in.memory.robot_at = NOW;
	in.memory.robot_count = 5;
	assert_int_equal(run(&in, "where is my order").n_replies, 0);
	assert_int_equal(run(&in, "STOP").n_replies, 1);
}

static void test_speed(void **state)
{
	static const char *const texts[] = {"STOP", "1", "where is my order?", "the blue one did not fit, what now?"};
	struct router_context in = context();
	struct timespec a, b;

	(void)state;
	for (size_t k = 0; k < 4; k++) {
		clock_gettime(CLOCK_MONOTONIC, &a);
		for (int i = 0; i < 20000; i++) {
			struct router_input input = {.text = texts[k], .at = NOW};
			struct router_decision out;
			TALLOC_CTX *ctx = talloc_new(NULL);
			router_decide(ctx, &in, &input, &out);
			talloc_free(ctx);
		}
		clock_gettime(CLOCK_MONOTONIC, &b);
		print_message("%.2f us: %s\n",
			      (double)((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec) / 20000 / 1000,
			      texts[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorted),         cmocka_unit_test(test_table),
		cmocka_unit_test(test_keyword_lists),  cmocka_unit_test(test_orders_flow),
		cmocka_unit_test(test_opt_out_rules),  cmocka_unit_test(test_ratings),
		cmocka_unit_test(test_reply_language), cmocka_unit_test(test_hold),
		cmocka_unit_test(test_loops),          cmocka_unit_test(test_speed),
	};

	all = talloc_new(NULL);
	brand.playbook = playbook_shipped(all);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	talloc_free(all);
	return failed;
}
