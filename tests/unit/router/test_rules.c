/* Rule by rule: compliance.md sections 3, 4, 5 and 7. The decision table of section 6 is test_decide.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "router/decide.h"
#include "router/maysend.h"
#include "router/stop_scope.h"
#include "router/words.h"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define NOW ((usec_t)1764000000 * USEC_SECOND)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static TALLOC_CTX *all; /* texts of decisions live until the program ends */
static struct router_brand brand;
static const struct playbook *shipped;
static struct router_order orders[3];

static struct router_context context(void)
{
	brand = (struct router_brand){.playbook = shipped,
				      .name = "Acme",
				      .support_contact = "help@acme.example",
				      .locale = "en",
				      .country = "US"};
	orders[0] = (struct router_order){.id = {{1}}, .number = "#1001", .state = ORDER_CANCELLED, .state_at = NOW};
	orders[1] = (struct router_order){.id = {{2}}, .number = "#1002", .state = ORDER_SHIPPED, .state_at = NOW};
	orders[2] = (struct router_order){.id = {{3}}, .number = "#1003", .state = ORDER_PAID, .state_at = NOW};
	return (struct router_context){.brand = &brand, .locale = "en", .country = "US"};
}

static struct router_context with_orders(void)
{
	struct router_context in = context();

	in.orders = orders;
	in.n_orders = COUNT(orders);
	return in;
}

static struct router_decision run_input(const struct router_context *in, struct router_input input)
{
	struct router_decision out;

	router_decide(all, in, &input, &out);
	return out;
}

static struct router_decision run(const struct router_context *in, const char *text)
{
	return run_input(in, (struct router_input){.text = text, .at = NOW});
}

static struct router_decision run_keyword(const struct router_context *in, const char *text, enum provider_keyword k)
{
	return run_input(in, (struct router_input){.text = text, .provider_keyword = k, .at = NOW});
}

static void replies_are(const struct router_decision *d, const char *name)
{
	if (!name) {
		assert_int_equal(d->n_replies, 0);
		return;
	}
	assert_int_equal(d->n_replies, 1);
	assert_string_equal(d->reply[0].template_name, name);
}

/* OO-1, NM-6: all classes, of the brand, with what the ledger must keep. */
static void oo_1_stop_revokes_every_class(void **state)
{
	struct router_context in = context();
	struct router_decision out = run(&in, "Stop texting me!");

	(void)state;
	assert_int_equal(out.scope, SCOPE_BRAND);
	assert_int_equal(out.consent, CONSENT_REVOKE_ALL);
	assert_string_equal(out.tier, "T2");
	assert_string_equal(out.phrase, "stop");
	assert_int_equal(out.rule_version, ROUTER_RULE_VERSION);
	for (int cls = CLASS_CONVERSATIONAL; cls <= CLASS_PROMOTIONAL; cls++) {
		struct gate_input gate = {.cls = (enum message_class)cls, .queued_at = NOW, .opted_out = true};
		assert_string_equal(router_may_send(NOW, &gate).reason, "opted_out");
	}
}

static void oo_2_stop_all_reaches_the_entity(void **state)
{
	struct router_context in = context();

	(void)state;
	assert_int_equal(run(&in, "STOP ALL").scope, SCOPE_ENTITY);
	assert_int_equal(run(&in, "stopall").consent, CONSENT_REVOKE_ENTITY);
	in.opted_out = true; /* out here, maybe not at the entity's other brands */
	assert_int_equal(run(&in, "STOP ALL").consent, CONSENT_REVOKE_ENTITY);
}

/* OO-2: what a plain STOP reaches is dated: from 2027-02-01 every brand of the entity for US numbers. */
static void oo_2_plain_stop_is_dated(void **state)
{
	static const usec_t first = (usec_t)1801440000 * USEC_SECOND; /* 2027-02-01T00:00:00Z */
	static const struct {
		const char *country;
		usec_t at;
		enum stop_scope setting;
		enum optout_scope scope;
	} cases[] = {
		{"US", first - 1, STOP_SCOPE_RULES, SCOPE_BRAND},
		{"US", first, STOP_SCOPE_RULES, SCOPE_ENTITY},
		{"US", first, STOP_SCOPE_BRAND, SCOPE_BRAND},
		{"US", first - 1, STOP_SCOPE_ENTITY, SCOPE_ENTITY},
		{"CA", first, STOP_SCOPE_RULES, SCOPE_BRAND},
		{"DE", first + USEC_DAY, STOP_SCOPE_RULES, SCOPE_BRAND},
		{NULL, first + USEC_DAY, STOP_SCOPE_RULES, SCOPE_BRAND},
	};
	static const char *const texts[] = {"STOP", "leave me alone", "stpo", "cancel"};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t k = 0; k < COUNT(texts); k++) {
			struct router_context in = context();
			brand.stop_scope = cases[i].setting;
			in.country = cases[i].country;
			struct router_decision out =
				run_input(&in, (struct router_input){.text = texts[k], .at = cases[i].at});
			bool entity = cases[i].scope == SCOPE_ENTITY;
			assert_int_equal(out.kind, DECIDE_OPT_OUT);
			assert_int_equal(out.scope, cases[i].scope);
			assert_int_equal(out.consent, entity ? CONSENT_REVOKE_ENTITY : CONSENT_REVOKE_ALL);
		}
	for (size_t i = 0; i < stop_scope_rules_count; i++)
		assert_non_null(stop_scope_rules[i].source);
	/* A narrower wish stays narrow on any date (OO-3). */
	struct router_context in = context();
	assert_int_equal(run_input(&in, (struct router_input){.text = "stop ads", .at = first}).scope, SCOPE_MARKETING);
}

static void oo_3_no_more_marketing(void **state)
{
	static const char *const texts[] = {"STOP ADS", "STOP PROMO", "no more offers", "keine Werbung",
					    "stop the promos pls"};
	struct router_context in = context();

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct router_decision out = run(&in, texts[i]);
		assert_int_equal(out.kind, DECIDE_OPT_OUT_MARKETING);
		assert_int_equal(out.consent, CONSENT_REVOKE_MARKETING);
		assert_int_equal(out.scope, SCOPE_MARKETING);
		replies_are(&out, "opt_out_marketing_confirmed");
	}
	in.memory.question = ASK_HOLD; /* and that answers what was asked */
	in.memory.question_expires_at = NOW + 1;
	assert_int_equal(run(&in, "stop ads").memory.question, ASK_NONE);
	in.marketing_out = true;
	struct router_decision again = run(&in, "stop ads");
	assert_int_equal(again.consent, CONSENT_NONE);
	replies_are(&again, NULL);
}

/* OO-3: the order named; else the thread's; else the newest open one; with none, all. */
static void oo_3_one_order(void **state)
{
	struct router_context in = with_orders();
	struct router_decision out = run(&in, "Stop texting me about order 1003");

	(void)state;
	assert_int_equal(out.kind, DECIDE_OPT_OUT_ORDER);
	assert_int_equal(out.scope, SCOPE_ORDER);
	assert_int_equal(out.consent, CONSENT_REVOKE_ORDER);
	assert_int_equal(out.order.b[0], 3);
	replies_are(&out, "opt_out_order_confirmed");
	assert_int_equal(out.reply[0].cls, CLASS_COMPLIANCE);
	assert_non_null(strstr(out.reply[0].text, "order 1003"));
	assert_int_equal(out.ticket, TICKET_NONE);
	assert_int_equal(run(&in, "stop texting me about this order").order.b[0], 2); /* 1001 is closed */
	in.memory.has_order = true;
	in.memory.order = orders[0].id;
	assert_int_equal(run(&in, "stop texting me about this order").order.b[0], 1);
	in.memory.order.b[0] = 9; /* not among those read */
	assert_int_equal(run(&in, "stop texting me about this order").order.b[0], 2);
	out = run(&in, "stop texting me about order 77777"); /* of somebody else */
	assert_int_equal(out.consent, CONSENT_REVOKE_ALL);
	assert_int_equal(out.ticket, TICKET_OPEN);
	in.n_orders = 0;
	out = run(&in, "stop texting me about this order");
	assert_int_equal(out.kind, DECIDE_OPT_OUT);
	assert_int_equal(out.consent, CONSENT_REVOKE_ALL);
	replies_are(&out, "opt_out_confirmed");
}

static void oo_3_one_order_once_and_back(void **state)
{
	struct router_context in = with_orders();

	(void)state;
	orders[1].muted = true;
	struct router_decision out = run(&in, "stop texting me about order 1002");
	assert_int_equal(out.kind, DECIDE_OPT_OUT_ORDER);
	assert_int_equal(out.consent, CONSENT_NONE);
	replies_are(&out, NULL);
	in.ticket_open = in.ticket_human = true;
	out = run(&in, "stop texting me about order 1003"); /* beside a person too (OO-8) */
	replies_are(&out, "opt_out_order_confirmed");
	assert_int_equal(out.ticket, TICKET_APPEND);
	assert_non_null(out.ticket_note);
	in.ticket_open = in.ticket_human = false;
	out = run(&in, "where is 1002"); /* a question of the customer's own is answered */
	assert_int_equal(out.n_replies, 1);
	out = run(&in, "START");
	assert_int_equal(out.consent, CONSENT_GRANT_SERVICE);
	replies_are(&out, "opt_in_confirmed");
	in.opted_out = true;
	assert_int_equal(run(&in, "stop texting me about order 1003").consent, CONSENT_NONE);
	assert_true(router_needs(&(struct router_input){.text = "START"}).orders);
	assert_false(router_needs(&(struct router_input){.text = "STOP"}).orders);
}

static void oo_3_the_gate_knows_muted_orders(void **state)
{
	(void)state;
	for (int cls = CLASS_COMPLIANCE; cls <= CLASS_PROMOTIONAL; cls++) {
		struct gate_input in = {.cls = (enum message_class)cls,
					.queued_at = NOW,
					.last_inbound_at = NOW - USEC_HOUR,
					.order_muted = true};
		struct gate_answer out = router_may_send(NOW, &in);
		if (cls < CLASS_TRANSACTIONAL)
			assert_int_equal(out.verdict, GATE_SEND);
		else
			assert_string_equal(out.reason, "order_muted");
	}
}

/* OO-4, OO-10: one confirmation; of a repeat one a day. */
static void oo_10_repeats(void **state)
{
	struct router_context in = context();
	struct router_decision out = run(&in, "STOP");
	usec_t at = NOW + 24 * USEC_HOUR;

	(void)state;
	replies_are(&out, "opt_out_confirmed");
	in.opted_out = true;
	in.memory = out.memory;
	out = run_input(&in, (struct router_input){.text = "stop", .at = at - 1});
	assert_int_equal(out.kind, DECIDE_OPT_OUT);
	replies_are(&out, NULL);
	out = run_input(&in, (struct router_input){.text = "stop", .at = at});
	replies_are(&out, "opt_out_confirmed");
	/* START, then STOP: a new one */
	in.memory = run(&in, "start").memory;
	in.opted_out = false;
	out = run(&in, "STOP");
	replies_are(&out, "opt_out_confirmed");
}

/* OO-5: the provider says that it answered, or is known to answer its own list's words. */
static void oo_5_one_answer_from_either(void **state)
{
	struct router_context in = context();

	(void)state;
	struct router_decision out = run_keyword(&in, "STOP", PK_STOP);
	assert_int_equal(out.consent, CONSENT_REVOKE_ALL);
	replies_are(&out, NULL);
	assert_int_equal(out.memory.opt_out_confirmed_at, NOW); /* the provider's counts (OO-10) */
	out = run_keyword(&in, "HELP", PK_HELP);
	assert_int_equal(out.kind, DECIDE_HELP);
	replies_are(&out, NULL);
	in.provider_replies_to_keywords = true;
	static const char *const theirs[] = {"STOP",   "stopall", "Unsubscribe", "CANCEL", "END",   "QUIT",
					     "REVOKE", "OPTOUT",  "HELP",        "INFO",   "START", "UNSTOP"};
	for (size_t i = 0; i < COUNT(theirs); i++) {
		out = run(&in, theirs[i]);
		replies_are(&out, NULL);
	}
	static const char *const ours[] = {"opt out", "stop texting me", "arret", "stpo", "remove", "stop all"};
	for (size_t i = 0; i < COUNT(ours); i++) {
		out = run(&in, ours[i]);
		replies_are(&out, "opt_out_confirmed");
	}
	/* The provider's block covers everything, whatever the words. */
	out = run_keyword(&in, "stop ads", PK_STOP);
	assert_int_equal(out.kind, DECIDE_OPT_OUT);
	assert_int_equal(run_keyword(&in, "nope nope", PK_STOP).consent, CONSENT_REVOKE_ALL);
	assert_int_equal(run_keyword(&in, "stop texting me about this order", PK_STOP).consent, CONSENT_REVOKE_ALL);
}

/* OO-6: a provider's unblock never grants. */
static void oo_6_an_unblock_grants_nothing(void **state)
{
	static const char *const texts[] = {"yes", "YES", "begin", "ok"};
	struct router_context in = context();

	(void)state;
	in.opted_out = true;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct router_decision out = run_keyword(&in, texts[i], PK_START);
		assert_int_equal(out.kind, DECIDE_DROP);
		assert_int_equal(out.consent, CONSENT_NONE);
		replies_are(&out, "start_question"); /* one question naming START */
		assert_non_null(strstr(out.reply[0].text, "START"));
		assert_int_equal(out.memory.question, ASK_START);
	}
	struct router_decision out = run(&in, "yes"); /* without the unblock not even that */
	assert_int_equal(out.kind, DECIDE_DROP);
	replies_are(&out, NULL);

	in.memory = run_keyword(&in, "yes", PK_START).memory;
	out = run_keyword(&in, "begin", PK_START); /* asked once */
	assert_int_equal(out.consent, CONSENT_NONE);
	replies_are(&out, NULL);
	out = run_keyword(&in, "yes", PK_START); /* ST-2: the answer to the question */
	assert_int_equal(out.consent, CONSENT_GRANT_SERVICE);
	assert_int_equal(run(&in, "START").consent, CONSENT_GRANT_SERVICE);
	out = run(&in, "no");
	assert_int_equal(out.kind, DECIDE_ANSWER);
	assert_int_equal(out.consent, CONSENT_NONE);
	assert_int_equal(out.memory.question, ASK_NONE);
	in.memory.question_expires_at = NOW; /* 24 hours over */
	assert_int_equal(run(&in, "yes").consent, CONSENT_NONE);
	in.opted_out = false; /* and who is in hears nothing of it */
	assert_int_equal(run_keyword(&in, "begin", PK_START).consent, CONSENT_NONE);
	assert_int_equal(run_keyword(&in, "START", PK_START).consent, CONSENT_NONE);
}

/* OO-8: opt-out comes before menus, ratings, tickets, robot pauses, loops, and reactions to what stands before it. */
static void oo_8_opt_out_is_first(void **state)
{
	static const enum question questions[] = {ASK_HOLD, ASK_CSAT, ASK_NPS, ASK_OPT_IN, ASK_CSAT_AGAIN, ASK_START};

	(void)state;
	for (unsigned bits = 0; bits < 64; bits++)
		for (size_t q = 0; q < COUNT(questions); q++) {
			struct router_context in = with_orders();
			in.opted_out = bits & 1;
			in.robot_off = bits & 2;
			in.ticket_open = bits & 4;
			in.ticket_human = bits & 8;
			in.on_hold = bits & 16;
			in.memory.robot_at = NOW;
			in.memory.robot_count = bits & 32 ? 99 : 0;
			in.memory.question = questions[q];
			in.memory.question_expires_at = NOW + 1;
			in.memory.menu = (struct router_menu){
				.kind = MENU_ORDERS, .intent = INTENT_RETURN, .expires_at = NOW + 1, .n = 3};
			struct router_decision out = run(&in, "END");
			assert_int_equal(out.kind, DECIDE_OPT_OUT);
			replies_are(&out, "opt_out_confirmed");
			assert_int_equal(out.consent, in.opted_out ? CONSENT_NONE : CONSENT_REVOKE_ALL);
			assert_int_equal(out.memory.menu.kind, MENU_NONE);
			assert_int_equal(out.memory.question, ASK_NONE);
		}
	struct router_context in = context();
	for (int i = 0; i < 5; i++) { /* again and again: a machine's text, but an opt-out all the same */
		struct router_decision out = run(&in, "stop");
		assert_int_equal(out.kind, DECIDE_OPT_OUT);
		in.memory = out.memory;
	}
	static const char *const recent[] = {"Acme: your order has shipped with UPS. Reply STOP to end"};
	in = context();
	in.recent = recent;
	in.n_recent = 1;
	assert_int_equal(run(&in, "Loved “Acme: your order has shipped with UPS. Reply STOP to end” STOP").kind,
			 DECIDE_OPT_OUT);
	assert_int_equal(run(&in, "Loved “Acme: your order has shipped with UPS. Reply STOP to end”").kind,
			 DECIDE_DROP);
	assert_int_equal(run_input(&in, (struct router_input){.text = "stop", .has_media = true, .at = NOW}).kind,
			 DECIDE_OPT_OUT);
}

/* OO-9: after STOP a flagged ticket, no answer. */
static void oo_9_writes_again_after_stop(void **state)
{
	struct router_context in = with_orders();

	(void)state;
	in.opted_out = true;
	struct router_decision out = run(&in, "where is my order 1002?");
	assert_int_equal(out.ticket, TICKET_OPEN);
	assert_non_null(strstr(out.ticket_note, "Opted out"));
	assert_int_equal(out.intent, INTENT_ORDER_STATUS);
	assert_int_equal(out.order.b[0], 2);
	replies_are(&out, NULL);
	out = run(&in, "this sentence has an end in it");
	assert_int_equal(out.consent, CONSENT_NONE);
	replies_are(&out, NULL);
}

/* KW-1, KW-2: the words of law and of every provider's own list, in any locale. */
static void kw_1_and_2_reserved_words(void **state)
{
	static const char *const out_words[] = {"STOP",    "STOPALL",  "STOP ALL", "UNSUBSCRIBE", "CANCEL",
						"END",     "QUIT",     "REVOKE",   "OPTOUT",      "OPT OUT",
						"OPT-OUT", "REMOVE",   "ARRET",    "UNSUB",       "EXIT",
						"Arrêt",   "opt out.", "optout!",  "Stop All"};
	static const char *const locales[] = {NULL,    "en", "es-MX", "fr", "de", "it",
					      "pt-BR", "nl", "fi",    "tr", "zh", "ja"};

	(void)state;
	for (size_t l = 0; l < COUNT(locales); l++) {
		struct router_context in = context();
		in.locale = locales[l];
		for (size_t i = 0; i < COUNT(out_words); i++)
			assert_int_equal(run(&in, out_words[i]).kind, DECIDE_OPT_OUT);
		assert_int_equal(run(&in, "HELP").kind, DECIDE_HELP);
		assert_int_equal(run(&in, "INFO").kind, DECIDE_HELP);
		assert_int_equal(run(&in, "START").kind, DECIDE_OPT_IN);
		assert_int_equal(run(&in, "UNSTOP").kind, DECIDE_OPT_IN);
	}
	struct router_context cn = context();
	cn.country = "HK"; /* AWS lists TD */
	assert_int_equal(run(&cn, "TD").kind, DECIDE_OPT_OUT);
}

static unsigned missing(const char *const *list, size_t n, const char *locale, enum decision_kind kind)
{
	unsigned bad = 0;

	for (size_t i = 0; i < n && list[i]; i++) {
		struct router_context in = context();
		in.locale = locale;
		if (run(&in, list[i]).kind == kind)
			continue;
		print_error("%s in %s: %s\n", list[i], locale, decision_name(run(&in, list[i]).kind));
		bad++;
	}
	return bad;
}

/* Section 4, as it stands there: G everywhere, L where the locale reads it and nowhere else. */
static void section_4_word_for_word(void **state)
{
	static const struct {
		const char *locale;
		bool local;
		const char *out[16], *in[8], *help[5];
	} rows[] = {
		{"en",
		 false,
		 {"UNSUBSCRIBE", "REMOVE", "EXIT", "QUIT"},
		 {"START", "UNSTOP", "SUBSCRIBE", "RESUBSCRIBE", "RESUME", "RESTART"},
		 {"HELP", "INFO"}},
		{"fr",
		 false,
		 {"ARRET", "ARRETE", "ARRETER", "ARRETT", "STOP", "DÉSABONNER", "DESABONNEMENT", "DESINSCRIRE",
		  "DÉSINSCRIPTION"},
		 {"DEBUT", "COMMENCER", "REPRENDRE"},
		 {"AIDE", "INFO"}},
		{"fr", true, {"FIN", "ANNULER"}, {NULL}, {NULL}},
		{"es", false, {"DARME DE BAJA", "NO MÁS MENSAJES", "NO MAS"}, {NULL}, {"AYUDA"}},
		{"es",
		 true,
		 {"ALTO", "BAJA", "PARAR", "PARE", "DETENER", "CANCELAR", "SALIR"},
		 {"INICIAR", "ALTA", "EMPEZAR"},
		 {NULL}},
		{"pt", false, {"DESCADASTRAR"}, {NULL}, {"AJUDA"}},
		{"pt", true, {"PARAR", "PARE", "SAIR", "CANCELAR", "REMOVER"}, {"INICIAR", "VOLTAR"}, {NULL}},
		{"de", false, {"STOPP", "ABMELDEN", "ABBESTELLEN", "AUSTRAGEN"}, {NULL}, {"HILFE"}},
		{"de", true, {"ENDE", "BEENDEN"}, {"ANMELDEN"}, {NULL}},
		{"it", false, {"DISISCRIVI", "CANCELLAMI"}, {NULL}, {"AIUTO"}},
		{"it", true, {"FERMA", "BASTA", "CANCELLA", "ANNULLA"}, {"INIZIA"}, {NULL}},
		{"nl", false, {"AFMELDEN", "UITSCHRIJVEN"}, {NULL}, {NULL}},
		{"nl", true, {"STOPPEN"}, {"AANMELDEN"}, {"HULP"}},
		{"pl", false, {"WYPISZ", "REZYGNUJĘ", "ODHLÁSIT"}, {"START"}, {"POMOC"}},
		{"sv",
		 false,
		 {"STOPP", "AVREGISTRERA", "AFMELD", "AVMELD"},
		 {"START"},
		 {"HJÄLP", "HJELP", "HJÆLP", "APUA"}},
		{"sv", true, {"SLUT", "AVSLUTA"}, {NULL}, {NULL}},
		{"fi", true, {"LOPETA", "SEIS"}, {NULL}, {NULL}},
		{"tr", true, {"RET", "İPTAL", "DUR"}, {"BAŞLA"}, {"YARDIM"}},
		{"ru", false, {"СТОП", "ОТПИСАТЬСЯ", "ВІДПИСАТИСЯ"}, {"СТАРТ"}, {"ПОМОЩЬ", "ДОПОМОГА"}},
		{"he", false, {"הסר", "הסירו", "עצור", "إيقاف", "إلغاء", "توقف"}, {"ابدأ"}, {"עזרה", "مساعدة"}},
		{"zh", false, {"退订", "退訂", "停止", "取消订阅", "拒收"}, {"订阅"}, {"帮助", "幫助"}},
		{"zh", true, {"TD", "T", "N"}, {NULL}, {NULL}},
		{"ja",
		 false,
		 {"停止", "配信停止", "解除", "ストップ", "수신거부", "중지"},
		 {"再開", "시작"},
		 {"ヘルプ", "도움말"}},
		{"hi", false, {"बंद", "रोकें", "BERHENTI", "ยกเลิก", "TIGIL"}, {NULL}, {"मदद"}},
		{"id", true, {"BATAL"}, {NULL}, {"BANTUAN"}},
		{"vi", true, {"HUY", "HỦY", "DUNG", "DỪNG"}, {NULL}, {NULL}},
	};
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *locales[] = {rows[i].locale, rows[i].local ? NULL : "en"};
		for (size_t l = 0; l < 2 && locales[l]; l++) {
			bad += missing(rows[i].out, COUNT(rows[i].out), locales[l], DECIDE_OPT_OUT);
			bad += missing(rows[i].in, COUNT(rows[i].in), locales[l], DECIDE_OPT_IN);
			bad += missing(rows[i].help, COUNT(rows[i].help), locales[l], DECIDE_HELP);
		}
		for (size_t k = 0; rows[i].local && k < COUNT(rows[i].out) && rows[i].out[k]; k++) {
			struct router_context in = context();
			if (run(&in, rows[i].out[k]).kind != DECIDE_OPT_OUT)
				continue;
			print_error("%s opts out in en\n", rows[i].out[k]);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
	/* the country reads it as well as the locale */
	struct router_context in = context();
	in.country = "MX";
	assert_int_equal(run(&in, "ALTO").kind, DECIDE_OPT_OUT);
}

/* KW-3: Canada. STOP in English, ARRET in French; all work whoever asks, and fit one segment. */
static void kw_3_canada(void **state)
{
	static const struct {
		const char *text, *locale, *speaks;
	} cases[] = {{"STOP", "fr-CA", "en"}, {"ARRET", "en-CA", "fr"}, {"HELP", "fr-CA", "en"},
		     {"AIDE", "en-CA", "fr"}, {"INFO", "fr-CA", "fr"},  {"INFO", "en-CA", "en"}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (unsigned bits = 0; bits < 8; bits++) {
			struct router_context in = context();
			in.country = "CA";
			in.locale = cases[i].locale;
			in.opted_out = bits & 1;
			in.robot_off = bits & 2;
			in.ticket_open = in.ticket_human = bits & 4;
			struct router_decision out = run(&in, cases[i].text);
			assert_int_equal(out.n_replies, 1);
			bool french = strstr(out.reply[0].text, "SMS") != NULL;
			assert_int_equal(french, strcmp(cases[i].speaks, "fr") == 0);
		}
}

/* NM-1, in its order. */
static void nm_1_normalising(void **state)
{
	static const char *const stops[] = {
		"\x01STOP\x02",
		"ＳＴＯＰ",
		"s\u200bt\u200co\u200dp",
		"STOP\ufe0f",
		"s\u0301top",
		"🛑🛑",
		"⛔\ufe0f",
		"🚫",
		"✋",
		"STOP 🙏😊",
		"“STOP”",
		"«stop»",
		"...stop...",
		"(stop)",
		"s t o p",
		"s.t.o.p.",
		"S-T-O-P",
		"stooooop",
		"STOPPPP!!!!",
		"  stop\t ",
		"stop please",
		"plz stop thank you",
		"por favor stop",
		"stop merci",
		"bitte stop",
		"ok stop",
		"stop it",
		"stop this",
		"stop now",
		"quit it",
		"unsubscribe now please",
		"remove me",
		"Remove me please",
		"STOP.\nSent from my iPhone",
	};
	struct router_context in = context();

	(void)state;
	for (size_t i = 0; i < COUNT(stops); i++) {
		if (run(&in, stops[i]).kind != DECIDE_OPT_OUT)
			print_error("%s\n", stops[i]);
		assert_int_equal(run(&in, stops[i]).kind, DECIDE_OPT_OUT);
	}
	assert_int_equal(run(&in, "cancel it").kind, DECIDE_HOLD); /* the order? */
	/* Marks go from Latin letters only. */
	assert_int_equal(run(&in, "रोकें").kind, DECIDE_OPT_OUT);
	assert_int_not_equal(run(&in, "रकें").kind, DECIDE_OPT_OUT);
	/* Our own words come off before anything is matched. */
	static const char *const recent[] = {"Acme: your order 1001 has shipped. Reply STOP to end all texts."};
	in.recent = recent;
	in.n_recent = 1;
	struct router_decision out =
		run(&in, "Acme: your order 1001 has shipped. Reply STOP to end all texts.\nthanks, when exactly?");
	assert_int_not_equal(out.kind, DECIDE_OPT_OUT);
	assert_int_not_equal(out.kind, DECIDE_HOLD);
	assert_int_equal(run(&in, "> Reply STOP to end all texts.\nSTOP").kind, DECIDE_OPT_OUT);
}

/* NM-3 and its setting. */
static void nm_3_hold(void **state)
{
	struct router_context in = context();
	struct router_decision out = run(&in, "stop!!! driver left it in the rain");

	(void)state;
	assert_int_equal(out.kind, DECIDE_HOLD);
	assert_int_equal(out.consent, CONSENT_HOLD_MARKETING);
	assert_int_equal(out.ticket, TICKET_OPEN);
	assert_non_null(strstr(out.ticket_note, "one business day"));
	replies_are(&out, "hold_question");
	assert_non_null(strstr(out.reply[0].text, "STOP"));
	in.memory = out.memory;
	in.on_hold = in.ticket_open = true;
	out = run(&in, "stop!!! now the dog ate it");
	assert_int_equal(out.consent, CONSENT_NONE);
	replies_are(&out, NULL); /* asked once */
	assert_int_equal(run(&in, "STOP").consent, CONSENT_REVOKE_ALL);
	assert_int_equal(run(&in, "start").consent, CONSENT_RELEASE_HOLD);
	in.ticket_human = true; /* a compliance question: not even a person's ticket hides the answer */
	assert_int_equal(run(&in, "no").consent, CONSENT_RELEASE_HOLD);
	assert_int_equal(run(&in, "yes").consent, CONSENT_REVOKE_ALL);

	in = context();
	brand.stop_inside_sentence = SIS_OPTOUT;
	out = run(&in, "stop!!! driver left it in the rain");
	assert_int_equal(out.kind, DECIDE_OPT_OUT);
	assert_int_equal(out.consent, CONSENT_REVOKE_ALL);
	assert_int_equal(run(&in, "enough").kind, DECIDE_HOLD); /* no list word: the setting is not about it */
	brand.stop_inside_sentence = SIS_IGNORE;
	assert_int_equal(run(&in, "stop!!! driver left it in the rain").kind, DECIDE_TICKET);
	assert_int_equal(run(&in, "enough").kind, DECIDE_HOLD);
	assert_int_equal(run(&in, "STOP").kind, DECIDE_OPT_OUT);
	assert_int_equal(run(&in, "stop texting me").kind, DECIDE_OPT_OUT);
}

/* NM-4: reactions to our texts are stored and nothing else; of others' words they are words. */
static void nm_4_reactions(void **state)
{
	static const char *const recent[] = {"Acme: shipped! Reply STOP to opt out"};
	static const char *const forms[] = {
		"Liked “%s”",
		"Loved “%s”",
		"Disliked “%s”",
		"Laughed at “%s”",
		"Emphasized “%s”",
		"Questioned “%s”",
		"Removed a like from “%s”",
		"Reacted 👍 to “%s”",
		"👍 to “%s”",
		"Liked \"%s\"",
		"Le gustó “%s”",
		"A aimé « %s »",
		"Gefällt „%s“",
		"Gostou de “%s”",
		"Ha messo \"Mi piace\" a \"%s\"",
		"Vond “%s” leuk",
		"Hat „%s“ mit „Gefällt mir“ markiert",
	};
	struct router_context in = context();
	char text[256];

	(void)state;
	in.recent = recent;
	in.n_recent = 1;
	for (size_t i = 0; i < COUNT(forms); i++) {
		const char *at = strstr(forms[i], "%s");
		snprintf(text, sizeof text, "%.*s%s%s", (int)(at - forms[i]), forms[i], recent[0], at + 2);
		struct router_decision out = run(&in, text);
		if (out.kind != DECIDE_DROP)
			print_error("%s: %s\n", text, decision_name(out.kind));
		assert_int_equal(out.kind, DECIDE_DROP);
		assert_int_equal(out.ticket, TICKET_NONE);
		replies_are(&out, NULL);
	}
	assert_int_not_equal(run(&in, "Liked “stop texting me”").kind, DECIDE_DROP);
}

/* NM-5: machines hear nothing; of the robot one acknowledgement a day and five texts in ten minutes. */
static void nm_5_machines_and_loops(void **state)
{
	static const char *const machines[] = {
		"I'm driving with Focus on. I'll see your message later.", "Out of office until Monday",
		"Auto-reply: this number does not accept SMS", "Automatische Antwort: ich bin nicht da"};
	struct router_context in = context();
	struct router_decision out;

	(void)state;
	for (size_t i = 0; i < COUNT(machines); i++) {
		out = run(&in, machines[i]);
		assert_int_equal(out.kind, DECIDE_DROP);
		assert_int_equal(out.ticket, TICKET_NONE);
		replies_are(&out, NULL);
	}
	/* Whatever leads to it, "we have your message" comes once in 24 hours. */
	static const char *const texts[] = {"blue shoes in size 8", "where is order 99999",
					    "add a blue one to my order"};
	for (size_t i = 0; i < COUNT(texts); i++) {
		in = context();
		out = run(&in, texts[i]);
		replies_are(&out, "ack");
		in.memory = out.memory;
		for (size_t k = 0; k < COUNT(texts); k++) {
			out = run_input(&in, (struct router_input){.text = texts[k], .at = NOW + 24 * USEC_HOUR - 1});
			replies_are(&out, NULL);
			out = run_input(&in, (struct router_input){.text = texts[k], .at = NOW + 24 * USEC_HOUR});
			replies_are(&out, "ack");
		}
	}
	in = with_orders();
	in.n_orders = 2;
	unsigned said = 0;
	for (int i = 0; i < 20; i++) {
		char text[64];
		snprintf(text, sizeof text, "where is 1002%.*s", i, "????????????????????");
		if (i % 2)
			snprintf(text, sizeof text, "status of order 1002 %d", i);
		out = run(&in, text);
		said += (unsigned)out.n_replies;
		in.memory = out.memory;
		in.memory.same_in_count = 0;
	}
	assert_int_equal(said, 5);
	out = run_input(&in, (struct router_input){.text = "where is 1002", .at = NOW + 10 * USEC_MINUTE});
	assert_int_equal(out.n_replies, 1);
}

/* ST-1, ST-2. */
static void st_1_start(void **state)
{
	struct router_context in = context();

	(void)state;
	in.opted_out = in.marketing_out = true;
	struct router_decision out = run(&in, "START"); /* never agreed to marketing: nothing is asked */
	assert_int_equal(out.kind, DECIDE_OPT_IN);
	assert_int_equal(out.consent, CONSENT_GRANT_SERVICE);
	replies_are(&out, "opt_in_confirmed");
	for (size_t i = 0; i < 4; i++) {
		static const char *const holds[] = {"Acme", "frequency", "HELP", "STOP"};
		assert_non_null(strstr(out.reply[0].text, holds[i]));
	}
	in.marketing_granted_before = true;
	out = run(&in, "START");
	assert_int_equal(out.consent, CONSENT_GRANT_SERVICE); /* promotional does not come back by itself */
	assert_int_equal(out.n_replies, 2);
	assert_string_equal(out.reply[1].template_name, "opt_in_question");
	in.opted_out = false;
	in.memory = out.memory;
	static const char *const yes[] = {"START", "yes", "JOIN", "si", "👍"};
	for (size_t i = 0; i < COUNT(yes); i++)
		assert_int_equal(run(&in, yes[i]).consent, CONSENT_GRANT_ALL);
	out = run(&in, "no");
	assert_int_equal(out.kind, DECIDE_ANSWER);
	assert_int_equal(out.consent, CONSENT_NONE);
	in.memory.question_expires_at = NOW; /* ST-2: 24 hours over, ordinary words again */
	assert_int_equal(run(&in, "yes").consent, CONSENT_NONE);
	assert_int_equal(run(&in, "JOIN").consent, CONSENT_NONE);
	in = context();
	out = run(&in, "START"); /* who is in: no new grant */
	assert_int_equal(out.consent, CONSENT_NONE);
	replies_are(&out, "already_subscribed");
}

/* HP-1: HELP always, whoever asks in whatever state; HP-2: it neither opens nor closes a ticket. */
static void hp_1_help_always(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 64; bits++) {
		struct router_context in = context();
		in.opted_out = bits & 1;
		in.robot_off = bits & 2;
		in.ticket_open = bits & 4;
		in.ticket_human = bits & 8;
		in.on_hold = bits & 16;
		in.memory.robot_at = NOW;
		in.memory.robot_count = bits & 32 ? 99 : 0;
		struct router_decision out = run(&in, "HELP");
		assert_int_equal(out.kind, DECIDE_HELP);
		replies_are(&out, "help");
		assert_int_equal(out.reply[0].cls, CLASS_COMPLIANCE);
		assert_int_equal(out.ticket, in.ticket_open ? TICKET_APPEND : TICKET_NONE);
		assert_int_equal(out.ticket_note != NULL, in.ticket_open);
		assert_int_equal(out.consent, CONSENT_NONE);
		bool takeover = in.robot_off || (in.ticket_open && in.ticket_human);
		assert_int_equal(out.memory.menu.kind, takeover || in.opted_out ? MENU_NONE : MENU_SUPPORT);
	}
	struct router_context in = context();
	in.memory = run(&in, "HELP").memory;
	struct router_decision out = run(&in, "4"); /* a choice does */
	assert_int_equal(out.kind, DECIDE_MENU);
	assert_int_equal(out.ticket, TICKET_OPEN);
	assert_int_equal(out.intent, INTENT_AGENT);
}

/* RN-2: agents hear of it, and it is no question of this brand alone. */
static void rn_2_wrong_number(void **state)
{
	static const char *const texts[] = {"wrong number", "You have the wrong number", "not John anymore",
					    "falsche Nummer", "número equivocado"};
	struct router_context in = context();

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct router_decision out = run(&in, texts[i]);
		assert_int_equal(out.kind, DECIDE_OPT_OUT);
		assert_true(out.number_wrong);
		assert_int_equal(out.consent, CONSENT_REVOKE_ALL);
		assert_int_equal(out.ticket, TICKET_OPEN);
		assert_non_null(strstr(out.ticket_note, "another number"));
	}
	assert_false(run(&in, "STOP").number_wrong);
}

/* Section 6, the rows that need more than a text. */
static void section_6_in_context(void **state)
{
	struct router_context in = context();
	struct router_menu menu = {.kind = MENU_SUPPORT, .expires_at = NOW + 1, .n = 7};
	struct router_decision out;

	(void)state;
	for (size_t i = 0; i < MENU_MAX; i++)
		menu.option[i].action = INTENT_RETURN;
	in.locale = "es";
	in.memory.menu = menu;
	out = run(&in, "seis"); /* Spanish six, with a menu open */
	assert_int_equal(out.kind, DECIDE_MENU);
	assert_int_equal(out.choice, 6);
	in = context();
	in.memory.menu = menu;
	out = run(&in, "cancel"); /* even with a menu open */
	assert_int_equal(out.kind, DECIDE_OPT_OUT);
	assert_int_equal(out.ticket, TICKET_OPEN);
	assert_int_equal(out.intent, INTENT_CANCEL_ORDER);
	assert_int_equal(run(&in, "END").kind, DECIDE_OPT_OUT);
	in = with_orders();
	out = run(&in, "STOP 1002");
	assert_int_equal(out.consent, CONSENT_REVOKE_ALL);
	assert_non_null(strstr(out.ticket_note, "1002"));
	assert_int_equal(out.order.b[0], 2);
	/* 👎 with a rating open: asked once for the number; with none, nothing */
	in = context();
	in.memory.question = ASK_CSAT;
	in.memory.question_expires_at = NOW + 1;
	out = run(&in, "👎");
	assert_int_equal(out.kind, DECIDE_ANSWER);
	assert_string_equal(out.tier, "sentiment");
	replies_are(&out, "rating_again_csat");
	in.memory = out.memory;
	out = run(&in, "👎");
	replies_are(&out, NULL);
	/* "no" answers and never opts out by itself */
	static const enum question questions[] = {ASK_NONE, ASK_HOLD, ASK_CSAT, ASK_NPS, ASK_OPT_IN, ASK_START};
	for (size_t q = 0; q < COUNT(questions); q++)
		for (int opted_out = 0; opted_out < 2; opted_out++) {
			in = context();
			in.opted_out = opted_out;
			in.memory.question = questions[q];
			in.memory.question_expires_at = NOW + 1;
			out = run(&in, "no");
			assert_int_not_equal(out.kind, DECIDE_OPT_OUT);
			assert_int_equal(out.consent, CONSENT_NONE);
		}
	in = context();
	in.ticket_open = true;
	out = run(&in, "STOP"); /* the ticket stays, the agent is told */
	assert_int_equal(out.ticket, TICKET_APPEND);
	assert_non_null(out.ticket_note);
	in = context();
	out = run_input(&in, (struct router_input){.text = "", .has_media = true, .at = NOW});
	assert_int_equal(out.kind, DECIDE_TICKET); /* never OUT */
	assert_int_equal(out.ticket, TICKET_OPEN);
	in.opted_out = true;
	out = run(&in, "help");
	replies_are(&out, "help");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(oo_1_stop_revokes_every_class),
		cmocka_unit_test(oo_2_stop_all_reaches_the_entity),
		cmocka_unit_test(oo_2_plain_stop_is_dated),
		cmocka_unit_test(oo_3_no_more_marketing),
		cmocka_unit_test(oo_3_one_order),
		cmocka_unit_test(oo_3_one_order_once_and_back),
		cmocka_unit_test(oo_3_the_gate_knows_muted_orders),
		cmocka_unit_test(oo_10_repeats),
		cmocka_unit_test(oo_5_one_answer_from_either),
		cmocka_unit_test(oo_6_an_unblock_grants_nothing),
		cmocka_unit_test(oo_8_opt_out_is_first),
		cmocka_unit_test(oo_9_writes_again_after_stop),
		cmocka_unit_test(kw_1_and_2_reserved_words),
		cmocka_unit_test(section_4_word_for_word),
		cmocka_unit_test(kw_3_canada),
		cmocka_unit_test(nm_1_normalising),
		cmocka_unit_test(nm_3_hold),
		cmocka_unit_test(nm_4_reactions),
		cmocka_unit_test(nm_5_machines_and_loops),
		cmocka_unit_test(st_1_start),
		cmocka_unit_test(hp_1_help_always),
		cmocka_unit_test(rn_2_wrong_number),
		cmocka_unit_test(section_6_in_context),
	};

	all = talloc_new(NULL);
	shipped = playbook_shipped(all);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	talloc_free(all);
	return failed;
}
