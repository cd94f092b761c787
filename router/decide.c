/* The order of precedence, as a table of stages: the first that takes the text decides (design, "The router"). */
#include "router/decide.h"

#include <string.h>

#include "router/choice.h"
#include "router/lexicon.h"
#include "router/optout.h"
#include "router/phrases.h"
#include "router/rating.h"
#include "router/reaction.h"
#include "router/replies.h"
#include "router/text.h"
#include "router/words.h"

#define LOOP_TEXTS 3 /* the same text so many times in a row within an hour: a machine */
#define LOOP_GAP USEC_HOUR
#define ROBOT_TEXTS 5 /* NM-5 */
#define ROBOT_WINDOW (10 * USEC_MINUTE)
#define ACK_GAP (24 * USEC_HOUR)       /* NM-5 */
#define CONFIRM_GAP (24 * USEC_HOUR)   /* OO-10 */
#define QUESTION_LIFE (24 * USEC_HOUR) /* NM-3, ST-2 */
#define RATING_LIFE (72 * USEC_HOUR)   /* metrics.md section 4 */
#define DELIVERED_OPEN (3 * USEC_DAY)  /* people still ask about what just came */
#define SMALL_TALK_WORDS 4

struct state {
	TALLOC_CTX *ctx;
	const struct router_context *in;
	const struct router_input *input;
	struct router_decision *out;
	const char *locale; /* what keywords are judged by: the customer's, else the brand's */
	struct reply_maker maker;
	bool takeover; /* a person handles it or the robot is off: compliance only */
	struct text t;
	struct hits hits;
	struct optout optout;
};

/* Replies -------------------------------------------------------------------------------------- */

static bool loop_guard(struct state *s, enum message_class cls)
{
	struct router_memory *m = &s->out->memory;

	if (s->input->at - m->robot_at >= ROBOT_WINDOW) {
		m->robot_at = s->input->at;
		m->robot_count = 0;
	}
	if (cls != CLASS_COMPLIANCE && m->robot_count >= ROBOT_TEXTS)
		return false;
	m->robot_count++;
	return true;
}

static void say_text(struct state *s, enum message_class cls, const char *name, const char *text)
{
	struct router_decision *out = s->out;

	if (cls != CLASS_COMPLIANCE && (s->takeover || s->in->opted_out))
		return;
	if (!text || out->n_replies == DECISION_REPLIES || !loop_guard(s, cls))
		return;
	out->reply[out->n_replies++] = (struct router_reply){.cls = cls, .template_name = name, .text = text};
}

static void say(struct state *s, enum message_class cls, const char *name)
{
	say_text(s, cls, name, reply_text(&s->maker, name, NULL, 0));
}

/* A reply speaks the language the customer just wrote where the match tells it, else the customer's, else the brand's.
 * English words are everyone's second language: they do not override a known locale. */
static void speak(struct state *s, const char *lang)
{
	const struct router_context *in = s->in;

	if (!lang || !lang[0])
		return;
	if (strcmp(lang, "en") == 0 && in->locale)
		return;
	if (word_language_matches(lang, s->maker.locale, NULL))
		return; /* the same language, with its region */
	s->maker.locale = lang;
}

/* KW-3: in Canada STOP is answered in English and ARRET in French, whatever the programme speaks. */
static void speak_keyword(struct state *s, const char *lang, bool universal)
{
	bool canada = s->in->country && strcmp(s->in->country, "CA") == 0;

	if (canada && lang && (strcmp(lang, "fr") == 0 || strcmp(lang, "en") == 0 || universal))
		s->maker.locale = strcmp(lang, "fr") == 0 ? "fr" : "en";
	else
		speak(s, lang);
}

static void decide(struct state *s, enum decision_kind kind, const char *tier, const char *phrase)
{
	s->out->kind = kind;
	s->out->tier = tier;
	s->out->phrase = phrase ? talloc_strdup(s->ctx, phrase) : NULL;
}

static void ticket(struct state *s, const char *note)
{
	s->out->ticket = s->in->ticket_open ? TICKET_APPEND : TICKET_OPEN;
	s->out->ticket_note = note;
}

/* Did the provider answer this keyword itself (OO-5)? It says so, or the raw text is a word of its list. */
static bool provider_answered(const struct state *s, const struct word *w, enum provider_keyword kind)
{
	if (!s->in->provider_replies_to_keywords)
		return false;
	return s->input->provider_keyword == kind ||
	       (w && (w->flags & WF_PROVIDER) && s->t.n == 1 && s->t.folded_len == strlen(w->key));
}

/* Questions and menus --------------------------------------------------------------------------- */

static bool asked(const struct state *s, enum question q)
{
	return s->in->memory.question == q && s->input->at < s->in->memory.question_expires_at;
}

static void ask(struct state *s, enum question q, usec_t for_long)
{
	s->out->memory.question = q;
	s->out->memory.question_expires_at = s->input->at + for_long;
}

static void close_question(struct state *s)
{
	s->out->memory.question = ASK_NONE;
	s->out->memory.question_expires_at = 0;
}

static void close_menu(struct state *s)
{
	memset(&s->out->memory.menu, 0, sizeof s->out->memory.menu);
}

static bool says(const struct state *s, uint16_t bit)
{
	return s->t.n == 1 && (s->t.word[0].bits & bit);
}

static bool says_yes(const struct state *s)
{
	return says(s, LEX_YES) || (!s->t.n && s->t.emoji.up && !s->t.emoji.down);
}

static bool says_no(const struct state *s)
{
	return says(s, LEX_NO) || (!s->t.n && s->t.emoji.down && !s->t.emoji.up);
}

/* Orders ---------------------------------------------------------------------------------------- */

static bool is_open(const struct state *s, const struct router_order *o)
{
	switch (o->state) {
	case ORDER_RETURNED:
	case ORDER_REFUNDED:
	case ORDER_CANCELLED:
		return false;
	case ORDER_DELIVERED:
		return s->input->at - o->state_at <= DELIVERED_OPEN;
	default:
		return true;
	}
}

/* Compares letters and digits only: the customer writes "ab 1001" for "#AB-1001". */
static bool number_matches(const struct state *s, size_t i, const char *number)
{
	size_t digits = 0, at = 0;

	for (const char *p = number; *p; p++) {
		char c = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
			continue;
		digits++;
		if (i < s->t.n && at == s->t.word[i].len) {
			i++;
			at = 0;
		}
		if (i >= s->t.n || s->t.word[i].s[at++] != c)
			return false;
	}
	return digits >= 3 && at == s->t.word[i].len;
}

static const struct router_order *mentioned(const struct state *s)
{
	for (size_t k = 0; k < s->in->n_orders; k++)
		for (size_t i = 0; i < s->t.n; i++)
			if (number_matches(s, i, order_number(&s->in->orders[k])))
				return &s->in->orders[k];
	return NULL;
}

/* A number of an order that we do not know: four digits or more, or one right behind an order word. */
static bool mentions_unknown(const struct state *s)
{
	for (size_t i = 0; i < s->t.n; i++) {
		const struct text_word *w = &s->t.word[i];
		bool after = i && (s->t.word[i - 1].bits & LEX_ORDER);
		if (strspn(w->s, "0123456789") == w->len && (w->len >= 4 || (after && w->len >= 3)))
			return true;
	}
	return false;
}

static const struct router_order *by_id(const struct state *s, const struct uuid *id)
{
	for (size_t i = 0; i < s->in->n_orders; i++)
		if (memcmp(s->in->orders[i].id.b, id->b, sizeof id->b) == 0)
			return &s->in->orders[i];
	return NULL;
}

static unsigned open_orders(const struct state *s, const struct router_order *list[MENU_MAX])
{
	unsigned n = 0;

	for (size_t i = 0; i < s->in->n_orders && n < MENU_MAX; i++)
		if (is_open(s, &s->in->orders[i]))
			list[n++] = &s->in->orders[i];
	return n;
}

static void about(struct state *s, const struct router_order *o)
{
	if (!o)
		return;
	s->out->has_order = s->out->memory.has_order = true;
	s->out->order = s->out->memory.order = o->id;
}

/* Intents --------------------------------------------------------------------------------------- */

static void ask_which(struct state *s, enum intent intent, const struct router_order *const *list, unsigned n)
{
	struct router_menu *menu = &s->out->memory.menu;

	say_text(s, CLASS_CONVERSATIONAL, "orders_question", reply_orders_question(&s->maker, list, n));
	close_menu(s);
	menu->kind = MENU_ORDERS;
	menu->intent = intent;
	menu->expires_at = s->input->at + CHOICE_MENU_LIFE;
	menu->n = n;
	for (unsigned i = 0; i < n; i++)
		menu->option[i].order = list[i]->id;
}

static void tell_status(struct state *s, const struct router_order *o)
{
	about(s, o);
	say_text(s, CLASS_CONVERSATIONAL, "order_status", reply_order_status(&s->maker, o));
}

static void answer_status(struct state *s, const struct router_order *chosen)
{
	const struct router_order *list[MENU_MAX];
	unsigned n;

	if (chosen || (chosen = mentioned(s))) {
		tell_status(s, chosen);
	} else if (mentions_unknown(s)) {
		ticket(s, "Asks about an order number that is not among this customer's orders.");
		say(s, CLASS_CONVERSATIONAL, "ack");
		s->out->memory.ack_at = s->input->at;
	} else if ((n = open_orders(s, list)) > 1) {
		ask_which(s, INTENT_ORDER_STATUS, list, n);
	} else if (n == 1) {
		tell_status(s, list[0]);
	} else if (s->in->n_orders) {
		tell_status(s, &s->in->orders[0]);
	} else {
		ticket(s, "Asks about an order, but none is known for this number.");
		say(s, CLASS_CONVERSATIONAL, "no_orders");
	}
}

static void hand_over(struct state *s, enum intent intent, const struct router_order *chosen)
{
	static const char *const names[INTENTS] = {
		[INTENT_CANCEL_ORDER] = "ticket_opened_cancel_order",
		[INTENT_CHANGE_DELIVERY] = "ticket_opened_change_delivery",
		[INTENT_RETURN] = "ticket_opened_return",
		[INTENT_REFUND] = "ticket_opened_refund",
		[INTENT_DAMAGED] = "ticket_opened_damaged",
		[INTENT_MISSING] = "ticket_opened_missing",
		[INTENT_AGENT] = "ticket_opened_agent",
		[INTENT_SUBSCRIPTION] = "ticket_opened_subscription",
	};
	const struct router_order *list[MENU_MAX];
	const char *name = names[intent] ? names[intent] : "ack";

	if (!chosen && !(chosen = mentioned(s)) && open_orders(s, list) == 1)
		chosen = list[0];
	about(s, chosen);
	ticket(s, NULL);
	/* A parcel on its way does not wait for the queue. */
	s->out->urgent = intent == INTENT_CANCEL_ORDER || intent == INTENT_CHANGE_DELIVERY;
	close_menu(s); /* a number now is for the person who reads the ticket */
	say_text(s, CLASS_CONVERSATIONAL, name, reply_text(&s->maker, name, chosen, 0));
	s->out->memory.ack_at = s->input->at;
}

static void act_on(struct state *s, enum intent intent, const struct router_order *chosen)
{
	s->out->intent = intent;
	if (intent == INTENT_ORDER_STATUS)
		answer_status(s, chosen);
	else
		hand_over(s, intent, chosen);
}

static enum intent hit_intent(const struct state *s)
{
	return s->hits.intent ? (enum intent)(s->hits.intent->meaning - P_INTENT) : INTENT_NONE;
}

/* Stages ---------------------------------------------------------------------------------------- */

static bool stage_machine(struct state *s)
{
	bool plain = s->optout.verdict != OPTOUT_NO && s->optout.verdict != OPTOUT_HOLD &&
		     (s->optout.tier[1] == '1' || s->optout.tier[1] == '2');

	/* NM-4, NM-5; but a list word that is plainly meant still counts (OO-8). */
	if (s->input->provider_keyword != PK_NONE || plain || !s->hits.best[P_MACHINE])
		return false;
	decide(s, DECIDE_DROP, "machine", s->hits.best[P_MACHINE]->pattern);
	return true;
}

static void opt_out_ticket(struct state *s)
{
	const struct optout *o = &s->optout;

	if (o->may_mean_order) {
		const char *number = o->order_number;
		about(s, mentioned(s));
		s->out->intent = INTENT_CANCEL_ORDER;
		ticket(s, number ? talloc_asprintf(s->ctx, "Opted out; may mean order %s.", number)
				 : "Opted out; the word may mean the order.");
	} else if (hit_intent(s) != INTENT_NONE) {
		s->out->intent = hit_intent(s);
		about(s, mentioned(s));
		ticket(s, "Opted out, and asked about an order in the same text.");
	} else if (o->verdict == OPTOUT_ORDER) {
		about(s, mentioned(s));
		ticket(s, "Asked for no more texts about one order; all texts were stopped.");
	} else if (s->in->ticket_open) {
		s->out->ticket = TICKET_APPEND;
		s->out->ticket_note = "Customer opted out of all texts.";
	}
}

static void opt_out_all(struct state *s)
{
	static const enum optout_scope scopes[] = {
		[OPTOUT_ALL] = SCOPE_BRAND, [OPTOUT_ENTITY] = SCOPE_ENTITY, [OPTOUT_ORDER] = SCOPE_ORDER};
	const struct optout *o = &s->optout;
	bool repeat = s->in->opted_out && s->in->memory.opt_out_confirmed_at &&
		      s->input->at - s->in->memory.opt_out_confirmed_at < CONFIRM_GAP;

	decide(s, DECIDE_OPT_OUT, o->tier, o->phrase);
	s->out->scope = scopes[o->verdict];
	s->out->number_wrong = o->wrong_number;
	/* There is no ledger entry for a single order: more than was asked is lawful, less is not. */
	if (o->verdict == OPTOUT_ENTITY)
		s->out->consent = CONSENT_REVOKE_ENTITY;
	else if (!s->in->opted_out)
		s->out->consent = CONSENT_REVOKE_ALL;
	opt_out_ticket(s);
	close_menu(s);
	close_question(s);
	if (repeat || provider_answered(s, o->word, PK_STOP))
		return;
	speak_keyword(s, o->lang, o->word && !o->lang[0]);
	say(s, CLASS_COMPLIANCE, "opt_out_confirmed");
	s->out->memory.opt_out_confirmed_at = s->input->at;
}

static void opt_out_marketing(struct state *s)
{
	decide(s, DECIDE_OPT_OUT_MARKETING, s->optout.tier, s->optout.phrase);
	s->out->scope = SCOPE_MARKETING;
	if (s->in->opted_out || s->in->marketing_out)
		return;
	s->out->consent = CONSENT_REVOKE_MARKETING;
	speak(s, s->optout.lang);
	say(s, CLASS_COMPLIANCE, "opt_out_marketing_confirmed");
}

static bool hold(struct state *s)
{
	const struct optout *o = &s->optout;

	if (s->in->opted_out || s->in->brand->stop_inside_sentence == SIS_IGNORE)
		return false;
	if (o->in_sentence && s->in->brand->stop_inside_sentence == SIS_OPTOUT) {
		s->optout.verdict = OPTOUT_ALL;
		opt_out_all(s);
		return true;
	}
	decide(s, DECIDE_HOLD, o->tier, o->phrase);
	s->out->consent = s->in->on_hold ? CONSENT_NONE : CONSENT_HOLD_MARKETING;
	s->out->intent = o->doubt ? o->doubt : INTENT_OPT_OUT_DOUBT;
	about(s, mentioned(s));
	ticket(s, "May be an opt-out: marketing is paused, a person must read it within one business day.");
	if (asked(s, ASK_HOLD))
		return true; /* asked once (NM-3) */
	speak(s, o->lang);
	say(s, CLASS_COMPLIANCE, "hold_question");
	ask(s, ASK_HOLD, QUESTION_LIFE);
	return true;
}

static bool stage_opt_out(struct state *s)
{
	if (s->input->provider_keyword == PK_STOP && s->optout.verdict != OPTOUT_ALL &&
	    s->optout.verdict != OPTOUT_ENTITY) {
		/* The provider blocks everything now: a narrower reading would promise texts that cannot come (OO-6).
		 */
		s->optout = (struct optout){.verdict = OPTOUT_ALL, .tier = "provider", .phrase = "STOP", .lang = ""};
	}
	switch (s->optout.verdict) {
	case OPTOUT_NO:
		return false;
	case OPTOUT_MARKETING:
		opt_out_marketing(s);
		return true;
	case OPTOUT_HOLD:
		return hold(s);
	default:
		opt_out_all(s);
		return true;
	}
}

/* ST-1: marketing comes back only for who had agreed to it, and only by an answer to a text that named it. */
static void ask_marketing(struct state *s)
{
	if (!s->in->marketing_granted_before)
		return;
	say(s, CLASS_COMPLIANCE, "opt_in_question");
	ask(s, ASK_OPT_IN, QUESTION_LIFE);
}

static void opt_in(struct state *s, bool provider)
{
	bool fresh = asked(s, ASK_OPT_IN);

	s->out->memory.opt_out_confirmed_at = 0; /* the next STOP is a new one, with its own confirmation */
	close_question(s);
	if (fresh || s->in->opted_out) {
		s->out->consent = fresh ? CONSENT_GRANT_ALL : CONSENT_GRANT_SERVICE;
		if (!provider)
			say(s, CLASS_COMPLIANCE, "opt_in_confirmed");
		if (!fresh)
			ask_marketing(s);
	} else if (s->in->on_hold) {
		s->out->consent = CONSENT_RELEASE_HOLD;
		say(s, CLASS_CONVERSATIONAL, "hold_released");
	} else {
		if (!provider)
			say(s, CLASS_COMPLIANCE, "already_subscribed");
		if (s->in->marketing_out)
			ask_marketing(s);
	}
}

static bool stage_opt_in(struct state *s)
{
	const struct word *w = optout_keyword(&s->t, WORD_IN, s->locale, s->in->country);
	/* ST-2: YES and JOIN opt in only as the answer to an opt-in question. */
	bool answers = asked(s, ASK_OPT_IN) && (says_yes(s) || (s->t.n == 1 && text_is(&s->t, 0, "join")));
	bool bare_yes = !w && says_yes(s);

	if (!w && !answers && (s->input->provider_keyword != PK_START || bare_yes))
		return false;
	decide(s, DECIDE_OPT_IN, w ? "keyword" : answers ? "question" : "provider", w ? w->key : NULL);
	if (w)
		speak_keyword(s, w->lang, !w->lang[0]);
	opt_in(s, provider_answered(s, w, PK_START));
	return true;
}

static void offer_menu(struct state *s)
{
	static const enum intent actions[] = {INTENT_ORDER_STATUS, INTENT_RETURN, INTENT_DAMAGED, INTENT_AGENT};
	struct router_menu *menu = &s->out->memory.menu;

	close_menu(s);
	menu->kind = MENU_SUPPORT;
	menu->expires_at = s->input->at + CHOICE_MENU_LIFE;
	menu->n = sizeof actions / sizeof actions[0];
	for (unsigned i = 0; i < menu->n; i++)
		menu->option[i].action = actions[i];
}

static bool stage_help(struct state *s)
{
	const struct word *w = optout_keyword(&s->t, WORD_HELP, s->locale, s->in->country);
	bool menu = !s->takeover && !s->in->opted_out;

	if (!w && s->input->provider_keyword != PK_HELP)
		return false;
	decide(s, DECIDE_HELP, w ? "keyword" : "provider", w ? w->key : NULL);
	if (s->in->ticket_open) { /* HP-2: neither opens nor closes one */
		s->out->ticket = TICKET_APPEND;
		s->out->ticket_note = "Customer asked for HELP.";
	}
	if (provider_answered(s, w, PK_HELP))
		return true;
	if (w)
		speak_keyword(s, w->lang, !w->lang[0]);
	char *text = reply_help(&s->maker, menu);
	say_text(s, CLASS_COMPLIANCE, "help", text);
	if (menu && text)
		offer_menu(s);
	return true;
}

static bool stage_hold_answer(struct state *s)
{
	if (!asked(s, ASK_HOLD))
		return false;
	if (says_yes(s)) {
		s->optout = (struct optout){.verdict = OPTOUT_ALL, .tier = "question", .phrase = "yes", .lang = ""};
		opt_out_all(s);
		return true;
	}
	if (!says_no(s))
		return false;
	decide(s, DECIDE_ANSWER, "question", "no");
	s->out->consent = s->in->on_hold ? CONSENT_RELEASE_HOLD : CONSENT_NONE;
	close_question(s);
	say(s, CLASS_CONVERSATIONAL, "hold_released");
	return true;
}

static bool is_small_talk(const struct state *s)
{
	if (!s->t.n)
		return !s->input->has_media && s->t.emoji.all > 0;
	for (size_t i = 0; i < s->t.n; i++)
		if (!(s->t.word[i].bits & LEX_SMALL))
			return false;
	return s->t.n <= SMALL_TALK_WORDS;
}

/* OO-9: who writes after STOP opens a flagged ticket; the robot does not answer, a person may where the brand allows
 * it. */
static bool stage_opted_out(struct state *s)
{
	if (!s->in->opted_out)
		return false;
	if (says_yes(s) || says_no(s) || is_small_talk(s)) {
		decide(s, DECIDE_DROP, "opted_out", NULL);
		/* OO-6: the provider lifted its block, which grants nothing: ask, once. */
		if (s->input->provider_keyword == PK_START && !asked(s, ASK_OPT_IN)) {
			say(s, CLASS_COMPLIANCE, "opt_in_question");
			ask(s, ASK_OPT_IN, QUESTION_LIFE);
		}
		return true;
	}
	s->out->intent = hit_intent(s);
	about(s, mentioned(s));
	ticket(s, "Opted out: the customer wrote again but must not be texted.");
	decide(s, s->in->ticket_open ? DECIDE_APPEND : DECIDE_TICKET, "opted_out", NULL);
	return true;
}

static bool stage_takeover(struct state *s)
{
	if (!s->takeover)
		return false;
	s->out->intent = hit_intent(s);
	about(s, mentioned(s));
	ticket(s, NULL);
	decide(s, s->in->ticket_open ? DECIDE_APPEND : DECIDE_TICKET, "human", NULL);
	return true;
}

/* NM-5: the same text again and again is a machine. */
static bool stage_loop(struct state *s)
{
	if (s->out->memory.same_in_count < LOOP_TEXTS)
		return false;
	decide(s, DECIDE_DROP, "loop", NULL);
	if (s->in->ticket_open)
		s->out->ticket = TICKET_APPEND;
	return true;
}

static bool rating_open(const struct state *s)
{
	return asked(s, ASK_CSAT) || asked(s, ASK_NPS) || asked(s, ASK_CSAT_AGAIN) || asked(s, ASK_NPS_AGAIN);
}

/* Of a menu and a rating both open, the later one is meant (metrics.md section 4). */
static bool menu_open(const struct state *s)
{
	const struct router_memory *m = &s->in->memory;

	if (m->menu.kind == MENU_NONE || s->input->at >= m->menu.expires_at || m->menu.n > MENU_MAX)
		return false;
	return !rating_open(s) || m->menu.expires_at - CHOICE_MENU_LIFE >= m->question_expires_at - RATING_LIFE;
}

static bool take_choice(struct state *s, unsigned choice)
{
	struct router_menu menu = s->in->memory.menu;

	decide(s, DECIDE_MENU, "menu", NULL);
	if (choice > menu.n) {
		say_text(s, CLASS_CONVERSATIONAL, "menu_again", reply_menu_again(&s->maker, menu.n));
		return true;
	}
	s->out->choice = choice;
	if (menu.kind == MENU_SUPPORT) {
		act_on(s, menu.option[choice - 1].action, NULL);
		return true;
	}
	const struct router_order *o = by_id(s, &menu.option[choice - 1].order);
	if (!o) { /* gone from the context: a person looks */
		s->out->memory.has_order = s->out->has_order = true;
		s->out->memory.order = s->out->order = menu.option[choice - 1].order;
		s->out->intent = menu.intent;
		ticket(s, "Chose an order that could not be read.");
		return true;
	}
	act_on(s, menu.intent, o);
	return true;
}

static bool stage_menu(struct state *s)
{
	const struct router_menu *menu = &s->in->memory.menu;
	unsigned choice;

	if (!menu_open(s))
		return false;
	if ((choice = choice_read(&s->t)))
		return take_choice(s, choice);
	if (menu->kind != MENU_ORDERS || s->t.n > SMALL_TALK_WORDS)
		return false;
	/* "1001" or "order 1001" instead of its place in the list */
	const struct router_order *o = mentioned(s);
	for (unsigned i = 0; o && i < menu->n; i++)
		if (memcmp(menu->option[i].order.b, o->id.b, sizeof o->id.b) == 0)
			return take_choice(s, i + 1);
	return false;
}

static bool ask_rating_again(struct state *s, bool nps)
{
	const char *name = nps ? "rating_again_nps" : "rating_again_csat";

	decide(s, DECIDE_ANSWER, "rating", NULL);
	say(s, CLASS_CONVERSATIONAL, name);
	s->out->memory.question = nps ? ASK_NPS_AGAIN : ASK_CSAT_AGAIN;
	return true;
}

static bool take_rating(struct state *s, int value, bool nps)
{
	decide(s, DECIDE_RATING, nps ? "nps" : "csat", NULL);
	s->out->rating = value;
	close_question(s);
	if (value <= (nps ? 6 : 2))
		ticket(s, nps ? "Low rating (0 to 10 scale)." : "Low rating (1 to 5 scale).");
	say(s, CLASS_CONVERSATIONAL, "rating_thanks");
	return true;
}

static bool stage_rating(struct state *s)
{
	bool nps = asked(s, ASK_NPS) || asked(s, ASK_NPS_AGAIN);
	bool again = asked(s, ASK_NPS_AGAIN) || asked(s, ASK_CSAT_AGAIN);

	if (!rating_open(s))
		return false;
	struct rating r = rating_read(&s->t, nps ? 0 : 1, nps ? 10 : 5);
	if (s->hits.intent && s->t.n > SMALL_TALK_WORDS)
		return false; /* "where are my 2 parcels" is no rating */
	switch (r.result) {
	case RATING_VALUE:
		return take_rating(s, r.value, nps);
	case RATING_TWO:
		return again ? take_rating(s, r.value, nps) : ask_rating_again(s, nps);
	case RATING_RANGE:
		return again ? false : ask_rating_again(s, nps);
	case RATING_SENTIMENT:
		if (!again)
			ask_rating_again(s, nps);
		decide(s, DECIDE_ANSWER, "sentiment", s->t.folded);
		return true;
	default:
		return false;
	}
}

static bool stage_answer(struct state *s)
{
	if (!asked(s, ASK_OPT_IN) || !says_no(s))
		return false;
	decide(s, DECIDE_ANSWER, "question", "no");
	close_question(s);
	return true;
}

static bool stage_append(struct state *s)
{
	if (!s->in->ticket_open)
		return false;
	s->out->intent = hit_intent(s);
	about(s, mentioned(s));
	s->out->ticket = TICKET_APPEND;
	decide(s, DECIDE_APPEND, "ticket", NULL);
	return true;
}

static bool stage_small_talk(struct state *s)
{
	if (!is_small_talk(s))
		return false;
	decide(s, DECIDE_DROP, s->t.n ? "small_talk" : "emoji", s->t.folded);
	return true;
}

static bool stage_intent(struct state *s)
{
	if (hit_intent(s) == INTENT_NONE)
		return false;
	decide(s, DECIDE_INTENT, "phrase", s->hits.intent->pattern);
	speak(s, s->hits.intent->lang);
	act_on(s, hit_intent(s), NULL);
	return true;
}

static bool stage_order_number(struct state *s)
{
	const struct router_order *o = s->t.n <= SMALL_TALK_WORDS ? mentioned(s) : NULL;

	if (!o) /* a number alone asks how that order stands */
		return false;
	decide(s, DECIDE_INTENT, "order_number", order_number(o));
	act_on(s, INTENT_ORDER_STATUS, o);
	return true;
}

static bool stage_ticket(struct state *s)
{
	struct router_memory *m = &s->out->memory;

	decide(s, DECIDE_TICKET, "none", NULL);
	about(s, mentioned(s));
	ticket(s, NULL);
	if (m->ack_at && s->input->at - m->ack_at < ACK_GAP)
		return true;
	say(s, CLASS_CONVERSATIONAL, "ack");
	m->ack_at = s->input->at;
	return true;
}

static bool (*const stages[])(struct state *) = {
	stage_machine,      stage_opt_out, /* 1 */
	stage_opt_in,                      /* 2 */
	stage_help,                        /* 3 */
	stage_hold_answer,                 /* a compliance question: not even a person's ticket hides it */
	stage_opted_out,    stage_takeover, stage_loop, stage_menu, /* 4 */
	stage_rating,                                               /* 5 */
	stage_answer,                                               /* 5 */
	stage_append,                                               /* 7 (6, the playbook's keywords, has no entries) */
	stage_small_talk,   stage_intent,                           /* 8 */
	stage_order_number,                                         /* 8 */
	stage_ticket,                                               /* 9: takes everything */
};

/* The thread's memory of what comes in, whatever is decided. */
static void remember(struct state *s)
{
	struct router_memory *m = &s->out->memory;
	uint64_t hash = text_hash(&s->t);
	bool same =
		m->last_in_at && hash == m->last_in_hash && s->input->at - m->last_in_at <= LOOP_GAP && s->t.folded_len;

	m->same_in_count = same ? m->same_in_count + 1 : 1;
	m->last_in_hash = hash;
	m->last_in_at = s->input->at;
	if (m->question && s->input->at >= m->question_expires_at)
		close_question(s);
	if (m->menu.kind && s->input->at >= m->menu.expires_at)
		close_menu(s);
}

/* Reactions and our own words quoted back come off before anything is matched (NM-1). True: nothing is left. */
static bool strip_quotes(struct state *s)
{
	if (s->input->provider_keyword != PK_NONE)
		return false;
	if (reaction_is(&s->t, s->in->recent, s->in->n_recent)) {
		decide(s, DECIDE_DROP, "reaction", NULL);
		return true;
	}
	if (!reaction_cut_quotes(&s->t, s->in->recent, s->in->n_recent) || s->t.n)
		return false;
	decide(s, DECIDE_DROP, "quote", NULL);
	return true;
}

void router_decide(TALLOC_CTX *ctx, const struct router_context *in, const struct router_input *input,
		   struct router_decision *out)
{
	struct state s;

	memset(out, 0, sizeof *out);
	out->rule_version = ROUTER_RULE_VERSION;
	out->memory = in->memory;
	s.ctx = ctx;
	s.in = in;
	s.input = input;
	s.out = out;
	s.locale = in->locale ? in->locale : in->brand->locale;
	s.maker = (struct reply_maker){.ctx = ctx, .brand = in->brand, .locale = s.locale};
	s.takeover = in->robot_off || (in->ticket_open && in->ticket_human);
	text_read(&s.t, input->text ? input->text : "");
	remember(&s);
	if (strip_quotes(&s))
		return;
	text_classify(&s.t);
	phrases_find(&s.t, &s.hits);
	s.optout = optout_read(&s.t, &s.hits, s.locale, in->country);
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
		if (stages[i](&s))
			return;
}

struct router_needs router_needs(const struct router_input *input)
{
	const char *s = input->text ? input->text : "";
	size_t len = strlen(s), spaces = 0;
	struct router_needs needs = {.orders = true};
	char key[32];

	/* A quote has quotation marks or at least four words. */
	for (size_t i = 0; i < len; i++) {
		spaces += s[i] == ' ' || s[i] == '\n';
		needs.recent |= s[i] == '"' || (unsigned char)s[i] >= 0x80;
	}
	needs.recent |= spaces >= 3;
	/* STOP and its like: a single lower-case list word needs nothing else. */
	if (len == 0 || len >= sizeof key)
		return needs;
	for (size_t i = 0; i <= len; i++)
		key[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
	const struct word *w = word_find(key, NULL, NULL);
	needs.orders = !w || (w->kind & WORD_HELP);
	return needs;
}
