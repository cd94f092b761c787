/* The stages of going: opt-outs of everything, of marketing, of one order, and doubt. */
#include "router/turn.h"

#include <string.h>

#include "router/stop_scope.h"

#define CONFIRM_GAP (24 * USEC_HOUR) /* OO-10 */

static void opt_out_ticket(struct turn *t)
{
	const struct optout *o = &t->optout;

	if (o->wrong_number) {
		turn_ticket(
			t,
			"Wrong number: whoever reads it is not the customer. Texts to it were stopped at every brand; "
			"ask the customer for another number.");
	} else if (o->may_mean_order) {
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
		turn_ticket(t, "Asked for no more texts about an order that is not known; all texts were stopped.");
	} else if (t->in->ticket_open) {
		turn_ticket(t, "Customer opted out of all texts.");
	}
}

/* OO-4, OO-5, OO-10: one confirmation reaches the customer, ours or the provider's. */
static void confirm(struct turn *t)
{
	const struct optout *o = &t->optout;
	usec_t *at = &t->out->memory.opt_out_confirmed_at;

	if (t->in->opted_out && *at && t->input->at - *at < CONFIRM_GAP)
		return;
	*at = t->input->at;
	if (turn_provider_answered(t, o->word, PK_STOP))
		return;
	turn_speak_keyword(t, o->lang, o->word && !o->lang[0]);
	turn_say(t, CLASS_COMPLIANCE, "opt_out_confirmed");
}

static void opt_out_all(struct turn *t)
{
	const struct optout *o = &t->optout;
	bool entity = o->verdict == OPTOUT_ENTITY ||
		      stop_scope_at(t->in->brand, t->in->country, t->input->at) == SCOPE_ENTITY; /* OO-2 */

	turn_decide(t, DECIDE_OPT_OUT, o->tier, o->phrase);
	t->out->scope = entity ? SCOPE_ENTITY : SCOPE_BRAND;
	t->out->number_wrong = o->wrong_number;
	if (entity) /* who is out at this brand may still be in at another */
		t->out->consent = CONSENT_REVOKE_ENTITY;
	else if (!t->in->opted_out)
		t->out->consent = CONSENT_REVOKE_ALL;
	opt_out_ticket(t);
	turn_close_menu(t);
	turn_close_question(t);
	confirm(t);
}

static void opt_out_marketing(struct turn *t)
{
	turn_decide(t, DECIDE_OPT_OUT_MARKETING, t->optout.tier, t->optout.phrase);
	t->out->scope = SCOPE_MARKETING;
	turn_close_question(t); /* whether offers are wanted, or all is to end, is answered */
	if (t->in->opted_out || t->in->marketing_out)
		return;
	t->out->consent = CONSENT_REVOKE_MARKETING;
	turn_speak(t, t->optout.lang);
	turn_say(t, CLASS_COMPLIANCE, "opt_out_marketing_confirmed");
}

/* The order named; of one that is not named the thread's, else the newest that is open. NULL: no order is known. */
static const struct router_order *order_to_mute(const struct turn *t)
{
	const struct router_memory *m = &t->in->memory;
	const struct router_order *list[MENU_MAX], *o = order_mentioned(t);

	if (o || order_mentions_unknown(t))
		return o;
	if (m->has_order && (o = order_by_id(t, &m->order)))
		return o;
	return orders_open(t, list) ? list[0] : NULL;
}

/* OO-3: "stop texting me about this order". Where no order is known it stops all: more than was asked is lawful, less
 * is not. */
static void opt_out_order(struct turn *t)
{
	const struct router_order *o = order_to_mute(t);

	if (!o) {
		opt_out_all(t);
		return;
	}
	turn_decide(t, DECIDE_OPT_OUT_ORDER, t->optout.tier, t->optout.phrase);
	t->out->scope = SCOPE_ORDER;
	turn_about(t, o);
	if (t->in->ticket_open)
		turn_ticket(t, "Customer wants no more texts about this order.");
	if (t->in->opted_out || o->muted)
		return;
	t->out->consent = CONSENT_REVOKE_ORDER;
	turn_speak(t, t->optout.lang);
	turn_say_text(t, CLASS_COMPLIANCE, "opt_out_order_confirmed",
		      reply_text(&t->maker, "opt_out_order_confirmed", o, 0));
}

static bool hold(struct turn *t)
{
	const struct optout *o = &t->optout;

	if (t->in->opted_out || (o->in_sentence && t->in->brand->stop_inside_sentence == SIS_IGNORE))
		return false;
	if (o->in_sentence && t->in->brand->stop_inside_sentence == SIS_OPTOUT) {
		t->optout.may_mean_order = o->doubt == INTENT_CANCEL_ORDER;
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
	case OPTOUT_ORDER:
		opt_out_order(t);
		return true;
	case OPTOUT_HOLD:
		return hold(t);
	default:
		opt_out_all(t);
		return true;
	}
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
