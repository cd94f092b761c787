/* The playbook's files: what is read of them, and what is said of those that cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "playbook_files.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))
#define JOURNEY(more) "journeys:\n  j:\n    summary: s\n    trigger: order.shipped\n" more
#define STEP(more) JOURNEY("    steps:\n      - id: a\n        send: shipped\n" more)

static void the_small_one_is_without_fault(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_report report;
	struct playbook *pb = small_with(ctx, NULL, NULL, NULL, &report);

	(void)state;
	for (size_t i = 0; i < report.n; i++)
		print_message("%s\n", playbook_problem_text(ctx, &report.problems[i]));
	assert_int_equal(report.n, 0);
	assert_non_null(pb);
	talloc_free(ctx);
}

static const struct mistake {
	const char *path, *text, *tells;
} mistakes[] = {
	/* YAML itself */
	{"brand.yaml", "name: [", "brand.yaml:2: no YAML"},
	{"brand.yaml", "name: *x", "brand.yaml:1: an alias (*) is not allowed"},
	{"brand.yaml", "a: &x 1", "an anchor (&) is not allowed"},
	{"brand.yaml", "name: !!str x", "a tag (!) is not allowed"},
	{"brand.yaml", "<<: {name: x}", "a merge key (<<) is not allowed"},
	{"brand.yaml", "name: x\n---\nname: y\n", "a second document"},
	{"brand.yaml", "name: x\nname: y\n", "brand.yaml:2: 'name' stands here twice, first in line 1"},
	{"brand.yaml", "- x\n", "brand.yaml:1: must be keys with values"},
	{"brand.yaml", "name: \"a\\0b\"", "a NUL character"},
	{"brand.yaml", "name: \xff\n", "is no valid UTF-8 text"},
	{"brand.yaml", "a: [[[[[[[[[[[[[1]]]]]]]]]]]]]", "nested too deep"},
	/* files */
	{"brand.yml", "x: 1", "brand.yml: is no file of a playbook; there are brand.yaml, menus.yaml"},
	{"messages/shipped.liquid", FRONT("transactional") "x", "must be messages/<locale>/<name>.liquid"},
	{"messages/english/shipped.liquid", FRONT("transactional") "x", "'english' is no language"},
	{"messages/en/Shipped.liquid", FRONT("transactional") "x", "'Shipped': a name is"},
	/* brand.yaml */
	{"brand.yaml", "nmae: x\n", "brand.yaml:1: brand: unknown key 'nmae'; one of name, legal_entity"},
	{"brand.yaml", "country: usa\n", "country: must be of the form AA"},
	{"brand.yaml", "locale: English\n", "locale: must be a language"},
	{"brand.yaml", "locales: en\n", "locales: must be a list"},
	{"brand.yaml", "quiet: {promotional: \"9-20\"}\n", "promotional: must be a window such as"},
	{"brand.yaml", "quiet: {marketing: closed}\n", "unknown class 'marketing'"},
	{"brand.yaml", "quiet: {promotional: \"20:00-09:00\"}\n", "must be a window"},
	{"brand.yaml", "caps: {promotional: {per_day: 4}}\n", "at most 3: the law of several states (FQ-1)"},
	{"brand.yaml", "caps: {promotional: {per_day: none}}\n",
	 "per_day: must be a whole number from 1 to 1000, not 'none'"},
	{"brand.yaml", "caps: {promotional: {min_gap: 2}}\n", "min_gap: must be a span"},
	{"brand.yaml", "support: {zone: EST, hours: {mon: closed}}\n", "zone: must be a zone such as America/New_York"},
	{"brand.yaml", "support: {hours: {mon: closed}}\n", "hours need their zone"},
	{"brand.yaml", "support: {zone: UTC, hours: {fri-mon: closed}}\n", "'fri-mon' is no day or range of days"},
	{"brand.yaml", "support: {holidays: [\"2026-13-01\"]}\n", "holidays: must be dates"},
	{"brand.yaml", "urls: {review: northwind.example}\n", "urls.review: must be an http or https address"},
	{"brand.yaml", "double_opt_in: yes\n", "double_opt_in: must be true or false, not 'yes'"},
	{"brand.yaml", "stop_inside_sentence: maybe\n", "stop_inside_sentence: must be one of hold optout ignore"},
	/* menus, keywords, answers */
	{"menus.yaml", "m: {message: hours}\n", "menu 'm': 'choices' is missing"},
	{"menus.yaml", "m: {message: hours, choices: {2: [{tag: x}]}}\n", "1 is due here, not '2'"},
	{"menus.yaml", "m: {message: hours, choices: {1: [{fly: x}]}}\n", "unknown action 'fly'; one of answer, menu"},
	{"menus.yaml", "m: {message: hours, choices: {1: [{goto: x}]}}\n", "'goto' belongs to the steps of a journey"},
	{"menus.yaml", "m: {message: hours, choices: {1: [{intent: cake}]}}\n", "intent: must be one of order_status"},
	{"menus.yaml", "m: {message: hours, choices: {1: [{ticket: {priority: asap}}]}}\n",
	 "priority: must be one of low normal high urgent"},
	{"menus.yaml", "m: {message: hours, choices: {1: [{preference: some}]}}\n",
	 "preference: must be one of transactional_only all none"},
	{"menus.yaml", "m: {message: hours, choices: {1: {tag: x}}}\n", "actions are a list"},
	{"menus.yaml", "m: {message: hours, choices: {1: [{tag: x, menu: y}]}}\n", "an action is one key"},
	{"menus.yaml", "m:\n  message: none_such\n  choices: {1: [{menu: nowhere}]}\n",
	 "menus.yaml:1: there is no message 'none_such'"},
	{"menus.yaml", "m:\n  message: hours\n  choices: {1: [{menu: nowhere}]}\n",
	 "menus.yaml:3: there is no menu 'nowhere'"},
	{"keywords.yaml", "- words: track\n  do: [{tag: x}]\n", "words are a list"},
	{"keywords.yaml", "- words: [track]\n", "keyword: 'do' is missing"},
	{"keywords.yaml", "- words: [\"12\"]\n  do: [{tag: x}]\n", "a number is a menu's choice"},
	{"keywords.yaml", "- words: {english: [x]}\n  do: [{tag: x}]\n", "'english' is no language"},
	{"keywords.yaml", "track: x\n", "keywords are a list of entries"},
	{"keywords.yaml", "- words: [a, a]\n  do: [{tag: x}]\n", "keywords.yaml:1: 'a' stands in line 1"},
	{"answers.yaml", "hours:\n  phrases: {en: [x]}\n", "answer 'hours': 'message' is missing"},
	{"products.yaml", "- {sku: \"A*B\"}\n", "a * may stand at the end only"},
	{"products.yaml", "- {sku: A}\n- {sku: A}\n", "sku 'A' stands here twice"},
	{"products.yaml", "- {sku: A, depletion_days: often}\n", "depletion_days: must be a number"},
	/* journeys */
	{"journeys.yaml", "journey: {}\n", "journeys.yaml: unknown key 'journey'; one of segments, journeys"},
	{"journeys.yaml", "journeys:\n  j:\n    summary: s\n    trigers: order.shipped\n",
	 "journeys.yaml:4: journey 'j': unknown key 'trigers'; one of summary, on, trigger"},
	{"journeys.yaml", "journeys:\n  j:\n    summary: s\n    trigger: order.eaten\n    steps: []\n",
	 "trigger: must be one of order.placed"},
	{"journeys.yaml", JOURNEY("    steps: []\n"), "steps: must be a list of 1 to"},
	{"journeys.yaml", JOURNEY("    holdout: 10\n    steps:\n      - {id: a, send: shipped}\n"),
	 "holdout: must be a share such as 10%"},
	{"journeys.yaml", JOURNEY("    segment: vip\n    steps:\n      - {id: a, send: shipped}\n"),
	 "journeys.yaml:5: there is no segment 'vip'"},
	{"journeys.yaml", JOURNEY("    once: week\n    steps:\n      - {id: a, send: shipped}\n"),
	 "once: must be one of order shipment item customer event"},
	{"journeys.yaml", STEP("        after: 2 days\n"), "after: must be a span such as 90s"},
	{"journeys.yaml", STEP("        at: 10\n"), "at: must be a time of day in quotes"},
	{"journeys.yaml", STEP("        at: \"24:00\"\n"), "at: must be a time of day"},
	{"journeys.yaml", STEP("        after: 2d\n        before: {event.at: 1d}\n"),
	 "one of after, after_days and before"},
	{"journeys.yaml", STEP("        before: {customer.name: 1d}\n"), "before: must be a time and a span"},
	{"journeys.yaml", STEP("        on: {\"1\": [{tag: x}]}\n"), "numbers need ask: csat, nps or choice, not '1'"},
	{"journeys.yaml", STEP("        ask: csat\n        on: {\"0-2\": [{tag: x}]}\n"), "from 1 to 5"},
	{"journeys.yaml", STEP("        ask: csat\n        on: {\"1-3\": [{tag: x}], \"3\": [{tag: y}]}\n"),
	 "'3' stands in another branch"},
	{"journeys.yaml", STEP("        ask: choice\n        on: {\"1-2\": [{tag: x}]}\n"), "a choice (\"1\")"},
	{"journeys.yaml", STEP("        ask: nps\n        on: {silence: [{tag: x}]}\n"), "or silence and a span"},
	{"journeys.yaml", STEP("        do: [{answer: hours}]\n"), "'answer' answers a customer's text"},
	{"journeys.yaml", STEP("        do: [{stop: true}, {tag: x}]\n"), "'stop' must be the last"},
	{"journeys.yaml", STEP("        do: [{goto: b}]\n"), "goes to 'b', but there is no such step"},
	{"journeys.yaml", STEP("        do: [{goto: a}]\n"), "goes back to 'a' without an answer"},
	{"journeys.yaml", STEP("        cancel_on: [order.eaten]\n"), "must be an event: one of order.placed"},
	{"journeys.yaml", STEP("        only_by_goto: 1\n"), "must be true or false"},
	{"journeys.yaml", STEP("      - id: a\n        send: shipped\n"), "step 'a' stands here twice"},
	{"journeys.yaml", STEP("      - id: b\n"), "has neither send nor do"},
	{"journeys.yaml", JOURNEY("    steps:\n      - {id: a, send: nothing}\n"),
	 "journeys.yaml:6: there is no message 'nothing'"},
	{"journeys.yaml", JOURNEY("    steps:\n      - {id: a, send: {x: {weight: 1}}}\n"),
	 "variant 'x': 'message' is missing"},
	{"journeys.yaml", JOURNEY("    steps:\n      - {id: a, send: {x: {message: shipped, weight: 0}}}\n"),
	 "one of the variants must have a weight"},
	/* messages */
	{"messages/en/shipped.liquid", "no front matter", "shipped.liquid:1: begins with front matter"},
	{"messages/en/shipped.liquid", "---\nclass: x\n---\ntext",
	 "shipped.liquid:2: class: must be one of compliance"},
	{"messages/en/shipped.liquid", "---\nsummary: s\nclas: x\n---\ntext",
	 "shipped.liquid:3: front matter: unknown key 'clas'"},
	{"messages/en/shipped.liquid", "---\nsummary: s\n---\ntext", "front matter: 'class' is missing"},
	{"messages/en/shipped.liquid", "---\nclass: transactional\n---\n\n", "there is no text below"},
	{"messages/en/shipped.liquid", "---\nclass: transactional\n---\nA\n{{ brand.name", "shipped.liquid:5: "},
	{"messages/en/shipped.liquid", "---\nclass: promotional\nurgent: true\n---\nReply STOP to end",
	 "urgent: belongs to transactional texts only (QH-9)"},
	{"messages/en/shipped.liquid", "---\nclass: transactional\nservice_only: true\n---\nA",
	 "service_only: belongs to relationship texts only (CL-2)"},
	{"messages/en/shipped.liquid", "---\nclass: transactional\norder_states: [eaten]\n---\nA",
	 "order_states: must be a list of placed"},
	{"messages/en/shipped.liquid", "---\nclass: transactional\nmax_segments: 20\n---\nA",
	 "max_segments: must be a whole number from 1 to 10"},
};

static void every_mistake_is_named_with_file_and_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(mistakes); i++) {
		TALLOC_CTX *ctx = talloc_new(NULL);
		struct playbook_report report;
		struct playbook *pb = small_with(ctx, mistakes[i].path, mistakes[i].text, NULL, &report);

		if (pb || !report.errors || !tells(&report, mistakes[i].tells)) {
			for (size_t k = 0; k < report.n; k++)
				print_message("    %s\n", playbook_problem_text(ctx, &report.problems[k]));
			fail_msg("not told: %s, of %s: %s", mistakes[i].tells, mistakes[i].path, mistakes[i].text);
		}
		talloc_free(ctx);
	}
}

static void several_mistakes_are_told_in_one_run_in_order(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_report report;

	(void)state;
	small_with(ctx, "brand.yaml", "country: usa\nnmae: x\nlocale: en\nlocales: [en]\ncurrency: dollars\n", NULL,
		   &report);
	assert_int_equal(report.n, 3);
	assert_int_equal(report.errors, 3);
	assert_int_equal(report.problems[0].line, 1);
	assert_int_equal(report.problems[1].line, 2);
	assert_int_equal(report.problems[2].line, 5);
	talloc_free(ctx);
}

static void bombs_are_bounded(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_report report;
	char *many = talloc_strdup(ctx, ""), *deep = talloc_strdup(ctx, "name: ");

	(void)state;
	for (int i = 0; i < 30000; i++)
		many = talloc_strdup_append_buffer(many, "- a\n");
	for (int i = 0; i < 50000; i++)
		deep = talloc_strdup_append_buffer(deep, "[");
	assert_null(small_with(ctx, "keywords.yaml", many, NULL, &report));
	assert_true(tells(&report, "holds too much"));
	assert_null(small_with(ctx, "brand.yaml", deep, NULL, &report));
	assert_true(tells(&report, "nested too deep"));
	many = talloc_realloc(ctx, many, char, 300000);
	memset(many, ' ', 299999);
	many[299999] = '\0';
	assert_null(small_with(ctx, "brand.yaml", many, NULL, &report));
	assert_true(tells(&report, "too large"));
	talloc_free(ctx);
}

/* What is read ------------------------------------------------------------------------------------------------------
 */
static const char full_brand[] =
	"name: Northwind\nlegal_entity: Northwind LLC\nsupport:\n  contact: help@northwind.example\n"
	"  zone: America/New_York\n  hours: {mon-fri: \"09:00-17:30\", sat: \"10:00-14:00\"}\n"
	"  holidays: [\"2026-12-25\"]\nlocale: en\nlocales: [en, en-GB]\ncountry: CA\ncurrency: CAD\n"
	"quiet: {promotional: \"10:00-19:00\"}\ncaps: {promotional: {per_day: 2, min_gap: 12h}}\n"
	"senders: {promotional: \"+14155550111\"}\nlinks: {domain: \"https://t.northwind.example\", expires: 30d}\n"
	"unknown_state: federal\nanswer_opted_out: human\nopt_out_words: every_text\nsegment_price: 0.0079\n"
	"urls: {review: \"https://northwind.example/review\"}\n";

static void a_brand_is_read_whole(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_report report;
	struct playbook *pb = small_with(ctx, "brand.yaml", full_brand, NULL, &report);

	(void)state;
	assert_non_null(pb);
	const struct pb_brand *b = &pb->brand;
	assert_string_equal(b->name, "Northwind");
	assert_string_equal(b->country, "CA");
	assert_int_equal(b->n_locales, 2);
	assert_int_equal(b->support_hours[4].close, 17 * 60 + 30);
	assert_int_equal(b->support_hours[5].open, 600);
	assert_int_equal(b->support_hours[6].open, b->support_hours[6].close);
	assert_string_equal(b->holidays[0], "2026-12-25");
	assert_int_equal(b->quiet[CLASS_PROMOTIONAL].close, 19 * 60);
	assert_int_equal(b->caps[CLASS_PROMOTIONAL].per_day, 2);
	assert_int_equal(b->caps[CLASS_PROMOTIONAL].min_gap, 12 * 3600);
	assert_int_equal(b->caps[CLASS_TRANSACTIONAL].per_day, 6); /* FQ-2 */
	assert_string_equal(b->sender[CLASS_PROMOTIONAL], "+14155550111");
	assert_int_equal(b->link_expires, 30 * 86400);
	assert_true(b->unknown_state_federal);
	assert_string_equal(b->answer_opted_out, "human");
	assert_false(b->opt_out_first_then_monthly);
	assert_string_equal(b->urls[0].name, "review");
	talloc_free(ctx);
}

static void an_answer_stands_where_it_is_named(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_report report;
	struct playbook *pb = small_with(ctx, "keywords.yaml",
					 "- words: {en: [open, times]}\n  do: [{answer: hours}, {preference: none}]\n",
					 NULL, &report);

	(void)state;
	assert_non_null(pb);
	assert_int_equal(pb->n_keywords, 3); /* the answer's phrase first */
	const struct pb_keyword *k = &pb->keywords[1];
	assert_true(pb->keywords[0].anywhere);
	assert_string_equal(k->word, "open");
	assert_string_equal(k->locale, "en");
	assert_int_equal(k->actions.n, 3);
	assert_int_equal(k->actions.list[0].kind, PB_ANSWER);
	assert_string_equal(k->actions.list[0].name, "hours");
	assert_int_equal(k->actions.list[1].kind, PB_TAG);
	assert_int_equal(k->actions.list[2].kind, PB_PREFERENCE);
	talloc_free(ctx);
}

static const char full_journey[] =
	"segments: {repeat: \"customer.orders_count > 1\"}\n"
	"journeys:\n  j:\n    summary: s\n    on: false\n    trigger: order.delivered\n    segment: [repeat]\n    "
	"when: \"order.total > 50\"\n"
	"    once: item\n    holdout: 12.5%\n    cancel_on: [order.returned]\n    steps:\n"
	"      - id: a\n        after_days: \"item.depletion_days | minus: 7\"\n        at: \"09:30\"\n"
	"        send: {x: {message: shipped, weight: 3}, y: {message: shipped}}\n        ask: nps\n"
	"        on: {\"9-10\": [{goto: b}], \"0-6\": [{ticket: {queue: care, note: bad}}], reply: [{tag: talks}], "
	"silence 3d: [{stop: true}]}\n"
	"      - id: b\n        only_by_goto: true\n        stop_unless: \"order.state == 'delivered'\"\n        "
	"after: 1h\n"
	"        do: [{tag: fan}]\n        cancel_on: [order.returned]\n";

static void a_journey_is_read_whole(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_report report;
	struct playbook *pb = small_with(ctx, "journeys.yaml", full_journey, NULL, &report);

	(void)state;
	assert_non_null(pb);
	const struct pb_journey *j = playbook_journey(pb, "j");
	assert_false(j->on);
	assert_int_equal(j->once, PB_ONCE_ITEM);
	assert_int_equal(j->n_conditions, 2);
	assert_true(j->holdout > 0.1249 && j->holdout < 0.1251);
	assert_int_equal(j->n_steps, 2);
	const struct pb_step *a = &j->steps[0], *b = &j->steps[1];
	assert_int_equal(a->at, 9 * 60 + 30);
	assert_non_null(a->after_days);
	assert_int_equal(a->n_variants, 2);
	assert_int_equal(a->variants[0].weight, 3);
	assert_int_equal(a->asks, PB_ASK_NPS);
	assert_int_equal(a->n_branches, 4);
	assert_int_equal(a->branches[0].low, 9);
	assert_int_equal(a->branches[0].actions.list[0].kind, PB_GOTO);
	assert_string_equal(a->branches[1].actions.list[0].queue, "care");
	assert_int_equal(a->branches[3].kind, PB_ON_SILENCE);
	assert_int_equal(a->branches[3].within, 3 * 86400);
	assert_true(b->only_by_goto && b->stop_unless && b->when);
	assert_int_equal(b->after, 3600);
	assert_int_equal(b->at, -1);
	talloc_free(ctx);
}

static void a_message_is_read_whole(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_report report;
	struct playbook *pb = small_with(
		ctx, "messages/en/shipped.liquid",
		"---\nclass: transactional\nsummary: s\nurgent: true\nexpires: 2d\norder_states: [shipped, delayed]\n"
		"max_segments: 3\nsends: 1000\n---\n#{{ order.number }}\nis here.  \n\n",
		NULL, &report);
	const struct pb_message *m;

	(void)state;
	assert_non_null(pb);
	m = playbook_message(pb, "en", "shipped");
	assert_string_equal(m->source, "#{{ order.number }}\nis here.");
	assert_int_equal(m->cls, CLASS_TRANSACTIONAL);
	assert_true(m->urgent);
	assert_int_equal(m->expires, 2 * 86400);
	assert_int_equal(m->order_states, 1u << 2 | 1u << 5);
	assert_int_equal(m->max_segments, 3);
	assert_int_equal(m->sends, 1000);
	assert_int_equal(m->line, 10);
	talloc_free(ctx);
}

/* Finding -----------------------------------------------------------------------------------------------------------
 */
static void a_locale_falls_back(void **state)
{
	static const struct {
		const char *locale, *found;
	} cases[] = {{"es-MX", "es"},
		     {"es_MX", "es"},
		     {"ES", "es"},
		     {"pt-BR", "pt-BR"},
		     {"pt-br", "pt-BR"},
		     {"pt", "de"},
		     {"fr", "de"},
		     {NULL, "de"},
		     {"", "de"},
		     {"de-AT", "de"},
		     {"zh-Hant-TW", "zh-Hant"},
		     {"zh", "de"},
		     {"en-GB", "en"},
		     {"es.UTF-8", "es"},
		     {"est", "de"},
		     {"e", "de"},
		     {"-", "de"}};
	static const char *const locales[] = {"de", "en", "es", "pt-BR", "zh-Hant"};
	struct playbook_file files[LENGTH(locales) + 1] = {{"brand.yaml", "locale: de\n", 11, 0}};
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_report report;

	(void)state;
	for (size_t i = 0; i < LENGTH(locales); i++)
		files[i + 1] =
			(struct playbook_file){.path = talloc_asprintf(ctx, "messages/%s/hello.liquid", locales[i]),
					       .text = FRONT("conversational") "Hello.",
					       .len = strlen(FRONT("conversational") "Hello.")};
	struct playbook *pb = playbook_load(ctx, files, LENGTH(files), NULL, &report);
	assert_non_null(pb);
	for (size_t i = 0; i < LENGTH(cases); i++)
		assert_string_equal(playbook_message(pb, cases[i].locale, "hello")->locale, cases[i].found);
	assert_null(playbook_message(pb, "en", "hell"));
	assert_null(playbook_message(pb, "en", ""));
	assert_null(playbook_message(pb, "en", "hello_"));
	talloc_free(ctx);
}

static void the_longest_sku_counts(void **state)
{
	static const char text[] = "- {sku: \"F*\", category: f}\n- {sku: \"FILTER-*\", category: filters}\n- {sku: "
				   "FILTER-9, category: nine}\n";
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_report report;
	struct playbook *pb = small_with(ctx, "products.yaml", text, NULL, &report);

	(void)state;
	assert_non_null(pb);
	assert_string_equal(playbook_product(pb, "FILTER-9")->category, "nine");
	assert_string_equal(playbook_product(pb, "FILTER-90")->category, "filters");
	assert_string_equal(playbook_product(pb, "FILTER-")->category, "filters");
	assert_string_equal(playbook_product(pb, "FILTE")->category, "f");
	assert_null(playbook_product(pb, "X"));
	assert_null(playbook_product(pb, ""));
	assert_null(playbook_product(pb, NULL));
	talloc_free(ctx);
}

static void what_a_playbook_lacks_is_the_shipped_one(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_report report;
	struct playbook *pb =
		small_with(ctx, "messages/en/ack.liquid", FRONT("conversational") "Got it.", NULL, &report);

	(void)state;
	assert_non_null(pb);
	assert_non_null(playbook_menu(pb, "support"));
	assert_non_null(strstr(playbook_message(pb, "de", "help")->source, "HILFE")
				?: strstr(playbook_message(pb, "de", "help")->source, "STOP"));
	assert_string_equal(playbook_message(pb, "de", "help")->locale, "de");
	assert_string_equal(playbook_message(pb, "de", "ack")->source, "Got it."); /* wholly its own */
	talloc_free(ctx);
}

static void a_changed_menu_has_another_mark(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_report report;
	struct playbook *a = small_with(ctx, NULL, NULL, NULL, &report);
	struct playbook *b = small_with(
		ctx, "menus.yaml",
		"problem:\n  message: problem_menu\n  choices:\n    1: [{ticket: {}}]\n    2: [{intent: missing}]\n",
		NULL, &report);
	struct playbook *c = small_with(ctx, "keywords.yaml", NULL, NULL, &report);

	(void)state;
	assert_int_not_equal(playbook_menu(a, "problem")->mark, playbook_menu(b, "problem")->mark);
	assert_int_equal(playbook_menu(a, "problem")->mark, playbook_menu(c, "problem")->mark);
	assert_int_equal(playbook_menu(a, "support")->mark, playbook_menu(b, "support")->mark);
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_small_one_is_without_fault),
		cmocka_unit_test(every_mistake_is_named_with_file_and_line),
		cmocka_unit_test(several_mistakes_are_told_in_one_run_in_order),
		cmocka_unit_test(bombs_are_bounded),
		cmocka_unit_test(a_brand_is_read_whole),
		cmocka_unit_test(an_answer_stands_where_it_is_named),
		cmocka_unit_test(a_journey_is_read_whole),
		cmocka_unit_test(a_message_is_read_whole),
		cmocka_unit_test(a_locale_falls_back),
		cmocka_unit_test(the_longest_sku_counts),
		cmocka_unit_test(what_a_playbook_lacks_is_the_shipped_one),
		cmocka_unit_test(a_changed_menu_has_another_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
