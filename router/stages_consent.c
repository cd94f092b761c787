/* The stages of compliance: opt-out, opt-in, HELP, and what an opted-out customer may still do. */
#include "router/turn.h"

#include <string.h>

#include "router/choice.h"

#define CONFIRM_GAP (24 * USEC_HOUR)   /* OO-10 */
#define QUESTION_LIFE (24 * USEC_HOUR) /* NM-3, ST-2 */

static void opt_out_ticket(struct turn *t)
{
	const struct optout *o = &t->optout;

	if (o->may_mean_order) {
		const char *number = o->order_number;
		turn_about(t, order_mentioned(t));
		t->out->intent = INTENT_CANCEL_ORDER;
		turn_ticket(t, number ? talloc_asprintf(t->ctx, "Opted out; may mean order %s.", number)
				      : "Opted out; the word may mean the order.");
	} else if (turn_intent(t) != INTENT_NONE) {
		t->out->intent = turn_intent(t);
		turn_about(t, order_mentioned(t));
		turn_ticket(t, "Opted out, and asked about an order in the same text.");
	} else if (o->verdict == OPTOUT_ORDER) {
		turn_about(t, order_mentioned(t));
		turn_ticket(t, "Asked for no more texts about one order; all texts were stopped.");
	} else if (t->in->ticket_open) {
		t->out->ticket = TICKET_APPEND;
		t->out->ticket_note = "Customer opted out of all texts.";
	}
}

static void opt_out_all(struct turn *t)
{
	static const enum optout_scope scopes[] = {
		[OPTOUT_ALL] = SCOPE_BRAND, [OPTOUT_ENTITY] = SCOPE_ENTITY, [OPTOUT_ORDER] = SCOPE_ORDER};
	const struct optout *o = &t->optout;
	bool repeat = t->in->opted_out && t->in->memory.opt_out_confirmed_at &&
		      t->input->at - t->in->memory.opt_out_confirmed_at < CONFIRM_GAP;

	turn_decide(t, DECIDE_OPT_OUT, o->tier, o->phrase);
	t->out->scope = scopes[o->verdict];
	t->out->number_wrong = o->wrong_number;
	/* There is no ledger entry for a single order: more than was asked is lawful, less is not. */
	if (o->verdict == OPTOUT_ENTITY)
		t->out->consent = CONSENT_REVOKE_ENTITY;
	else if (!t->in->opted_out)
		t->out->consent = CONSENT_REVOKE_ALL;
	opt_out_ticket(t);
	turn_close_menu(t);
	turn_close_question(t);
	if (repeat || turn_provider_answered(t, o->word, PK_STOP))
		return;
	turn_speak_keyword(t, o->lang, o->word && !o->lang[0]);
	turn_say(t, CLASS_COMPLIANCE, "opt_out_confirmed");
	t->out->memory.opt_out_confirmed_at = t->input->at;
}

static void opt_out_marketing(struct turn *t)
{
	turn_decide(t, DECIDE_OPT_OUT_MARKETING, t->optout.tier, t->optout.phrase);
	t->out->scope = SCOPE_MARKETING;
	if (t->in->opted_out || t->in->marketing_out)
		return;
	t->out->consent = CONSENT_REVOKE_MARKETING;
	turn_speak(t, t->optout.lang);
	turn_say(t, CLASS_COMPLIANCE, "opt_out_marketing_confirmed");
}

static bool hold(struct turn *t)
{
	const struct optout *o = &t->optout;

	if (t->in->opted_out || t->in->brand->stop_inside_sentence == SIS_IGNORE)
		return false;
	if (o->in_sentence && t->in->brand->stop_inside_sentence == SIS_OPTOUT) {
		t->optout.verdict = OPTOUT_ALL;
		opt_out_all(t);
		return true;
	}
	turn_decide(t, DECIDE_HOLD, o->tier, o->phrase);
	t->out->consent = t->in->on_hold ? CONSENT_NONE : CONSENT_HOLD_MARKETING;
	t->out->intent = o->doubt ? o->doubt : INTENT_OPT_OUT_DOUBT;
	turn_about(t, order_mentioned(t));
	turn_ticket(t, "May be an opt-out: marketing is paused, a person must read it within one business day.");
	if (turn_asked(t, ASK_HOLD))
		return true; /* asked once (NM-3) */
	turn_speak(t, o->lang);
	turn_say(t, CLASS_COMPLIANCE, "hold_question");
	turn_ask(t, ASK_HOLD, QUESTION_LIFE);
	return true;
}

bool stage_opt_out(struct turn *t)
{
	if (t->input->provider_keyword == PK_STOP && t->optout.verdict != OPTOUT_ALL &&
	    t->optout.verdict != OPTOUT_ENTITY) {
		/* The provider blocks everything now: a narrower reading would promise texts that cannot come (OO-6).
		 */
		t->optout = (struct optout){.verdict = OPTOUT_ALL, .tier = "provider", .phrase = "STOP", .lang = ""};
	}
	switch (t->optout.verdict) {
	case OPTOUT_NO:
		return false;
	case OPTOUT_MARKETING:
		opt_out_marketing(t);
		return true;
	case OPTOUT_HOLD:
		return hold(t);
	default:
		opt_out_all(t);
		return true;
	}
}

/* ST-1: marketing comes back only for who had agreed to it, and only by an answer to a text that named it. */
static void ask_marketing(struct turn *t)
{
	if (!t->in->marketing_granted_before)
		return;
	turn_say(t, CLASS_COMPLIANCE, "opt_in_question");
	turn_ask(t, ASK_OPT_IN, QUESTION_LIFE);
}

static void opt_in(struct turn *t, bool provider)
{
	bool fresh = turn_asked(t, ASK_OPT_IN);

	t->out->memory.opt_out_confirmed_at = 0; /* the next STOP is a new one, with its own confirmation */
	turn_close_question(t);
	if (fresh || t->in->opted_out) {
		t->out->consent = fresh ? CONSENT_GRANT_ALL : CONSENT_GRANT_SERVICE;
		if (!provider)
			turn_say(t, CLASS_COMPLIANCE, "opt_in_confirmed");
		if (!fresh)
			ask_marketing(t);
	} else if (t->in->on_hold) {
		t->out->consent = CONSENT_RELEASE_HOLD;
		turn_say(t, CLASS_CONVERSATIONAL, "hold_released");
	} else {
		if (!provider)
			turn_say(t, CLASS_COMPLIANCE, "already_subscribed");
		if (t->in->marketing_out)
			ask_marketing(t);
	}
}

bool stage_opt_in(struct turn *t)
{
	const struct word *w = optout_keyword(&t->text, WORD_IN, t->locale, t->in->country);
	/* ST-2: YES and JOIN opt in only as the answer to an opt-in question. */
	bool answers =
		turn_asked(t, ASK_OPT_IN) && (turn_says_yes(t) || (t->text.n == 1 && text_is(&t->text, 0, "join")));
	bool bare_yes = !w && turn_says_yes(t);

	if (!w && !answers && (t->input->provider_keyword != PK_START || bare_yes))
		return false;
	turn_decide(t, DECIDE_OPT_IN, w ? "keyword" : answers ? "question" : "provider", w ? w->key : NULL);
	if (w)
		turn_speak_keyword(t, w->lang, !w->lang[0]);
	opt_in(t, turn_provider_answered(t, w, PK_START));
	return true;
}

static void offer_menu(struct turn *t)
{
	static const enum intent actions[] = {INTENT_ORDER_STATUS, INTENT_RETURN, INTENT_DAMAGED, INTENT_AGENT};
	struct router_menu *menu = &t->out->memory.menu;

	turn_close_menu(t);
	menu->kind = MENU_SUPPORT;
	menu->expires_at = t->input->at + CHOICE_MENU_LIFE;
	menu->n = sizeof actions / sizeof actions[0];
	for (unsigned i = 0; i < menu->n; i++)
		menu->option[i].action = actions[i];
}

bool stage_help(struct turn *t)
{
	const struct word *w = optout_keyword(&t->text, WORD_HELP, t->locale, t->in->country);
	bool menu = !t->takeover && !t->in->opted_out;

	if (!w && t->input->provider_keyword != PK_HELP)
		return false;
	turn_decide(t, DECIDE_HELP, w ? "keyword" : "provider", w ? w->key : NULL);
	if (t->in->ticket_open) { /* HP-2: neither opens nor closes one */
		t->out->ticket = TICKET_APPEND;
		t->out->ticket_note = "Customer asked for HELP.";
	}
	if (turn_provider_answered(t, w, PK_HELP))
		return true;
	if (w)
		turn_speak_keyword(t, w->lang, !w->lang[0]);
	char *text = reply_help(&t->maker, menu);
	turn_say_text(t, CLASS_COMPLIANCE, "help", text);
	if (menu && text)
		offer_menu(t);
	return true;
}

bool stage_hold_answer(struct turn *t)
{
	if (!turn_asked(t, ASK_HOLD))
		return false;
	if (turn_says_yes(t)) {
		t->optout = (struct optout){.verdict = OPTOUT_ALL, .tier = "question", .phrase = "yes", .lang = ""};
		opt_out_all(t);
		return true;
	}
	if (!turn_says_no(t))
		return false;
	turn_decide(t, DECIDE_ANSWER, "question", "no");
	t->out->consent = t->in->on_hold ? CONSENT_RELEASE_HOLD : CONSENT_NONE;
	turn_close_question(t);
	turn_say(t, CLASS_CONVERSATIONAL, "hold_released");
	return true;
}

/* OO-9: who writes after STOP opens a flagged ticket; the robot does not answer, a person may where the brand allows
 * it. */
bool stage_opted_out(struct turn *t)
{
	if (!t->in->opted_out)
		return false;
	if (turn_says_yes(t) || turn_says_no(t) || turn_small_talk(t)) {
		turn_decide(t, DECIDE_DROP, "opted_out", NULL);
		/* OO-6: the provider lifted its block, which grants nothing: ask, once. */
		if (t->input->provider_keyword == PK_START && !turn_asked(t, ASK_OPT_IN)) {
			turn_say(t, CLASS_COMPLIANCE, "opt_in_question");
			turn_ask(t, ASK_OPT_IN, QUESTION_LIFE);
		}
		return true;
	}
	t->out->intent = turn_intent(t);
	turn_about(t, order_mentioned(t));
	turn_ticket(t, "Opted out: the customer wrote again but must not be texted.");
	turn_decide(t, t->in->ticket_open ? DECIDE_APPEND : DECIDE_TICKET, "opted_out", NULL);
	return true;
}
