/* The linter: each of its rules broken once, and kept once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "playbook_files.h"
#include "templates/segments.h"
#include "templates/smart.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))
#define SHIPPED "messages/en/shipped.liquid"
#define T FRONT("transactional")
#define R FRONT("relationship")
#define P FRONT("promotional")
#define C FRONT("conversational")
#define L FRONT("compliance")
#define STEPS(more) "journeys:\n  j:\n    summary: s\n    trigger: order.shipped\n    steps:\n" more

static bool reserved(const char *word)
{
	return !strcasecmp(word, "stop") || !strcasecmp(word, "baja") || !strcasecmp(word, "help");
}

static const struct playbook_rules rules = {.reserved = reserved};

/* tells NULL: nothing is said of it. */
static const struct {
	const char *path, *text, *tells;
} cases[] = {
	/* CL-3 */
	{SHIPPED, T "Get a discount on #{{ order.number }}",
	 "shipped.liquid:5: 'discount' sells, which a transactional text may not"},
	{SHIPPED, T "Your order comes with a FREE  gift!", "'free gift' sells"},
	{SHIPPED, T "10% of #{{ order.number }} is here", "a percentage reads as a price cut"},
	{SHIPPED, T "See https://northwind.example/new", "by their variables (CL-3)"},
	{SHIPPED, T "See {{ brand.urls.review }}", "brand.yaml names no url 'review'"},
	{SHIPPED, T "Discounted? No: {{ order.tracking_url | link }}", "'discounted' sells"},
	{SHIPPED, T "Track it: {{ order.tracking_url }} {{ support.url }}", NULL},
	{SHIPPED, T "Dealt with: we stopped the discounting machine", NULL}, /* whole words only */
	{SHIPPED, P "20% discount! Reply STOP to end", NULL},
	{SHIPPED, "---\nclass: relationship\nservice_only: true\nsummary: s\n---\nA coupon for you",
	 "'coupon' sells, which a service_only text may not; make"},
	{SHIPPED, "---\nclass: relationship\nservice_only: true\nsummary: s\n---\nPlug it in first.", NULL},
	{"messages/en/hours.liquid", C "We have an offer for you",
	 "'offer' sells, which an answer may not; make the class promotional"},
	/* CL-5 */
	{SHIPPED, T "Your wine is on its way", "warning: 'wine' is what carriers block"},
	/* OO-14 */
	{SHIPPED, P "Hello there", "names no way out: put in \"Reply STOP to end\""},
	{SHIPPED, R "Hello there, stop by", "names no way out"},
	{SHIPPED, R "Text stop2end", "never stop2end (OO-14)"},
	{SHIPPED, T "Text 2STOP", "never stop2end (OO-14)"},
	{SHIPPED, R "Hello (Reply STOP to end)", NULL},
	/* SR-4 */
	{SHIPPED, P "See bit.ly/x Reply STOP to end",
	 "shipped.liquid:5: carriers reject public link shorteners such as bit.ly;"},
	{SHIPPED, P "See habit.ly/x Reply STOP to end", NULL},
	{"brand.yaml", "locale: en\nlinks: {domain: \"https://bit.ly\"}\n",
	 "links: carriers reject public link shorteners"},
	/* KW-1 */
	{"keywords.yaml", "- words: [stop]\n  do: [{tag: x}]\n",
	 "keywords.yaml:1: 'stop' is a stop, start or help word, which cannot be given another meaning (KW-1)"},
	{"keywords.yaml", "- words: {es: [Baja]}\n  do: [{tag: x}]\n", "(KW-1)"},
	{"answers.yaml", "a:\n  message: hours\n  phrases: {en: [help]}\n",
	 "answers.yaml:3: 'help' is a stop, start or help word"},
	/* segments */
	{SHIPPED, T "It\xe2\x80\x99s here",
	 "warning: '\xe2\x80\x99' (U+2019, character 3 of the sample) makes it UCS-2; write ' instead"},
	{SHIPPED, T "Zero\xe2\x80\x8bwidth", "makes it UCS-2; leave it out"},
	{SHIPPED, T "Est\xc3\xa1 aqu\xc3\xad", NULL}, /* spelling goes before price */
	{SHIPPED, T "Est\xc3\xa1 aqu\xc3\xad, y mas, y mas, y mas, y mas, y mas, y mas, y mas, y mas, y mas, y mas.",
	 "takes 2 segments with sample data (80 UCS-2 units), and max_segments is 1; '\xc3\xa1' (U+00E1, character 4 "
	 "of the sample)"},
	{SHIPPED,
	 T "This is a text of a good bit  more than one hundred and sixty characters, for it goes on, and on, and on, "
	   "and on, and on, and on, "
	   "and on, and on, and on, and then it ends.",
	 "takes 2 segments with sample data (171 GSM-7 septets), and max_segments is 1"},
	/* variables */
	{SHIPPED, T "#{{ order.nubmer }}",
	 "shipped.liquid:5: there is no variable 'order.nubmer'; meant: order.number"},
	{SHIPPED, T "A\n{{ customer.tracking_number }}",
	 "shipped.liquid:6: there is no variable 'customer.tracking_number'; meant: order.tracking_number"},
	{SHIPPED, T "{{ item.title }}", "'item.title' is not known where this text is sent"},
	{"messages/en/hours.liquid", C "{{ customer.first_name }}",
	 "'customer.first_name' is not known where this text is sent"},
	{"messages/en/hours.liquid", C "{{ order.number }}", NULL},
	{"journeys.yaml", STEPS("      - {id: a, send: shipped, when: \"order.sate == 'x'\"}\n"),
	 "journeys.yaml:6: when: there is no variable 'order.sate' here; meant: order.state"},
	/* classes */
	{"messages/en/help.liquid", C "x", "'help' is sent by the program: its class is compliance"},
	{SHIPPED, L "{{ brand.name }} STOP", "compliance is the class of the answers to STOP, START and HELP only"},
	{SHIPPED, C "Hello", "a journey's text answers nobody"},
	{"messages/en/hours.liquid", T "Hello", "answers and menus are conversational"},
	{"messages/en/other.liquid", T "Hello", "warning: nothing sends 'other'"},
	/* locales */
	{"brand.yaml", "locale: en\nlocales: [en, es-MX]\n",
	 "messages/en/shipped.liquid: 'shipped' is missing in es-MX, which brand.yaml lists"},
	{"brand.yaml", "locale: es\n", "'shipped' is missing in the default locale, es"},
	{"messages/es/shipped.liquid", P "Hola. Responde STOP para salir.",
	 "messages/es/shipped.liquid:1: the class differs from the one in messages/en/shipped.liquid"},
	/* compliance texts */
	{"messages/en/opt_out_confirmed.liquid", L "Unsubscribed. {{ support.contact }}",
	 "a compliance text names the brand"},
	{"messages/en/opt_out_confirmed.liquid", L "{{ brand.name }}: unsubscribed.",
	 "says how to get help: {{ support.contact }} (OO-4)"},
	{"messages/en/opt_out_confirmed.liquid", L "{{ brand.name }}: unsubscribed \xe2\x80\x93 {{ support.contact }}",
	 "at most 160 characters of GSM-7 (OO-4)"},
	{"messages/en/opt_out_confirmed.liquid",
	 L "{{ brand.name }}: unsubscribed. {{ support.url | link }} {{ support.contact }}", "holds no link (OO-4)"},
	{"messages/en/help.liquid", L "{{ brand.name }}: help is here.", "the first segment of HELP holds the brand"},
	{"messages/en/help.liquid",
	 L "{{ brand.name }} {{ support.contact }} is where help is given to all who ask for it in a way that can be "
	   "understood by us, so please do, for we do want to "
	   "help you. STOP ends.",
	 "the first segment of HELP holds"},
	{"messages/en/hold_question.liquid", L "{{ brand.name }}: no more?", "a compliance text names STOP"},
	/* journeys */
	{"journeys.yaml", STEPS("      - {id: a, send: shipped, only_by_goto: true}\n"),
	 "journeys.yaml:6: step 'a' is never reached: nothing goes to it"},
	{"journeys.yaml", STEPS("      - {id: a, do: [{stop: true}]}\n      - {id: b, send: shipped}\n"),
	 "journeys.yaml:7: step 'b' is never reached: 'a' ends the journey"},
	{"journeys.yaml",
	 STEPS("      - {id: a, do: [{goto: c}]}\n      - {id: b, send: shipped}\n      - {id: c, send: shipped}\n"),
	 "step 'b' is never reached"},
	{"journeys.yaml",
	 STEPS("      - {id: a, do: [{stop: true}], when: \"order.total > 1\"}\n      - {id: b, send: shipped}\n"),
	 NULL},
	{"journeys.yaml", STEPS("      - {id: a, send: shipped, when: \"1 == 2\"}\n"), "when: is always false"},
	{"journeys.yaml",
	 STEPS("      - {id: a, send: shipped}\n      - {id: b, send: shipped}\n      - {id: c, send: shipped}\n      "
	       "- {id: d, send: shipped}\n"
	       "      - {id: e, send: shipped}\n      - {id: f, send: shipped}\n      - {id: g, send: shipped}\n"),
	 "warning: from step 'a' of 'j' on, 7 transactional texts may be due within a day after one order.shipped, and "
	 "the cap is 6"},
	{"journeys.yaml",
	 STEPS("      - {id: a, send: shipped}\n      - {id: b, send: shipped, after: 2d}\n      - {id: c, send: "
	       "shipped, after: 2d}\n"),
	 NULL},
};

static void each_rule_is_told_when_broken_and_only_then(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		TALLOC_CTX *ctx = talloc_new(NULL);
		struct playbook_report report;
		bool wrong;

		small_with(ctx, cases[i].path, cases[i].text, &rules, &report);
		wrong = cases[i].tells ? !tells(&report, cases[i].tells) : report.n > 0;
		if (wrong)
			print_error("not told: %s, of %s\n%s\n", cases[i].tells ? cases[i].tells : "nothing",
				    cases[i].path, cases[i].text);
		for (size_t k = 0; wrong && k < report.n; k++)
			print_error("    but: %s\n", playbook_problem_text(ctx, &report.problems[k]));
		failed += wrong;
		talloc_free(ctx);
	}
	assert_int_equal(failed, 0);
}

/* CL-3 by language: a word that sells, and a plain sentence about an order that does not. */
static void every_language_has_its_selling_words(void **state)
{
	static const struct {
		const char *locale, *sells, *plain;
	} words[] = {
		{"es", "Tienes un descuento", "Tu pedido sale hoy. Gracias por tu compra."},
		{"fr", "Code promo pour vous", "Remise de votre colis demain, envoi recommand\xc3\xa9."},
		{"de", "Ein Gutschein f\xc3\xbcr Sie", "Ihre Bestellung ist unterwegs."},
		{"it", "Uno sconto per te", "Il tuo ordine \xc3\xa8 partito."},
		{"nl", "Een kortingscode voor je", "Je bestelling is onderweg."},
		{"pt", "Um cupom para ti", "O teu pedido foi enviado."},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(words); i++) {
		TALLOC_CTX *ctx = talloc_new(NULL);
		char *path = talloc_asprintf(ctx, "messages/%s/shipped.liquid", words[i].locale);
		struct playbook_report report;

		small_with(ctx, path, talloc_asprintf(ctx, T "%s", words[i].sells), &rules, &report);
		assert_true(tells(&report, "sells, which a transactional text may not"));
		small_with(ctx, path, talloc_asprintf(ctx, T "%s", words[i].plain), &rules, &report);
		assert_false(tells(&report, "sells"));
		talloc_free(ctx);
	}
}

static void an_age_gate_silences_its_warning_and_no_other(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_file files[] = {{"brand.yaml", "age_gate: true\n", 15, 0},
					{"messages/en/a.liquid", T "Your wine is here", 0, 0}};
	struct playbook_report report;

	(void)state;
	files[1].len = strlen(files[1].text);
	playbook_load(ctx, files, 2, &rules, &report);
	assert_false(tells(&report, "CL-5"));
	files[1].text = T "Your payday loan";
	files[1].len = strlen(files[1].text);
	playbook_load(ctx, files, 2, &rules, &report);
	assert_true(tells(&report, "CL-5"));
	talloc_free(ctx);
}

static void the_shipped_playbook_is_without_fault(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_report report;
	struct playbook *pb = playbook_load_shipped(ctx, &rules, &report);

	(void)state;
	for (size_t i = 0; i < report.n; i++)
		print_message("    %s\n", playbook_problem_text(ctx, &report.problems[i]));
	assert_non_null(pb);
	assert_int_equal(report.n, 0);
	talloc_free(ctx);
}

/* Smart encoding ------------------------------------------------------------------------------------------------------
 */
static void typography_becomes_gsm(void **state)
{
	static const struct {
		const char *text, *smart;
	} texts[] = {
		{"It\xe2\x80\x99s \xe2\x80\x9chere\xe2\x80\x9d \xe2\x80\x93 now\xe2\x80\xa6", "It's \"here\" - now..."},
		{"a\xc2\xa0"
		 "b\xe2\x80\xaf"
		 "c",
		 "a b c"},
		{"\xe2\x84\xa2\xc2\xbd", "(TM)1/2"},
		{"plain \xc3\xa9\xc3\xa8", "plain \xc3\xa9\xc3\xa8"},
		{"\xc3\xa1 \xe2\x80\x99", "\xc3\xa1 \xe2\x80\x99"}, /* nothing is gained */
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(texts); i++) {
		char *smart = smart_text(NULL, texts[i].text);
		assert_string_equal(smart, texts[i].smart);
		talloc_free(smart);
	}
}

static void every_replacement_is_gsm_and_of_no_gsm_character(void **state)
{
	unsigned n = 0;

	(void)state;
	for (uint32_t cp = 1; cp < 0x10000; cp++) {
		const char *as = smart_replacement(cp);
		if (!as)
			continue;
		n++;
		assert_int_equal(sms_count(as, strlen(as)).encoding, SMS_GSM7);
		assert_true(cp >= 0x80);
	}
	assert_true(n > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_is_told_when_broken_and_only_then),
		cmocka_unit_test(every_language_has_its_selling_words),
		cmocka_unit_test(an_age_gate_silences_its_warning_and_no_other),
		cmocka_unit_test(the_shipped_playbook_is_without_fault),
		cmocka_unit_test(typography_becomes_gsm),
		cmocka_unit_test(every_replacement_is_gsm_and_of_no_gsm_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
