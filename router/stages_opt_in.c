/* The stages of coming back: opt-in words, answers to opt-in questions, and what an opted-out customer may still do. */
#include "router/turn.h"

/* ST-1: marketing comes back only for who had agreed to it, and only by an answer to a text that named it. */
static void ask_marketing(struct turn *t)
{
	if (!t->in->marketing_granted_before)
		return;
	turn_say(t, CLASS_COMPLIANCE, "opt_in_question");
	turn_ask(t, ASK_OPT_IN, QUESTION_LIFE);
}

/* OO-3: START brings muted orders back too; there is no other word for it. */
static bool any_muted(const struct turn *t)
{
	for (size_t i = 0; i < t->in->n_orders; i++)
		if (t->in->orders[i].muted)
			return true;
	return false;
}

static void opt_in(struct turn *t, bool provider)
{
	bool fresh = turn_asked(t, ASK_OPT_IN);

	t->out->memory.opt_out_confirmed_at = 0; /* the next STOP is a new one, with its own confirmation */
	turn_close_question(t);
	if (fresh || t->in->opted_out || any_muted(t)) {
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

/* Only the customer's own word grants: that the provider lifted its block (PK_START) does not (OO-6). */
bool stage_opt_in(struct turn *t)
{
	const struct word *w = optout_keyword(&t->text, WORD_IN, t->locale, t->in->country);
	/* ST-2: YES and JOIN opt in only as the answer to an opt-in question. */
	bool asked = turn_asked(t, ASK_OPT_IN) || turn_asked(t, ASK_START);
	bool answers = asked && (turn_says_yes(t) || (t->text.n == 1 && text_is(&t->text, 0, "join")));

	if (!w && !answers)
		return false;
	turn_decide(t, DECIDE_OPT_IN, w ? "keyword" : "question", w ? w->key : "yes");
	if (w)
		turn_speak_keyword(t, w->lang, !w->lang[0]);
	opt_in(t, turn_provider_answered(t, w, PK_START));
	return true;
}

/* Yes, no, small talk: nothing to act on. But a provider that lifted its block while ours stands (a bare YES at Twilio)
 * is the one moment to ask whether START was meant, once (OO-6). */
static void opted_out_in_passing(struct turn *t)
{
	bool asked = turn_asked(t, ASK_START);

	if (asked && turn_says_no(t)) {
		turn_decide(t, DECIDE_ANSWER, "question", "no");
		turn_close_question(t);
		return;
	}
	turn_decide(t, DECIDE_DROP, "opted_out", NULL);
	if (t->input->provider_keyword != PK_START || asked)
		return;
	turn_say(t, CLASS_COMPLIANCE, "start_question");
	turn_ask(t, ASK_START, QUESTION_LIFE);
}

/* OO-9: who writes after STOP opens a flagged ticket; the robot does not answer, a person may where the brand allows
 * it. */
bool stage_opted_out(struct turn *t)
{
	if (!t->in->opted_out)
		return false;
	if (t->input->provider_keyword == PK_START || turn_says_yes(t) || turn_says_no(t) || turn_small_talk(t)) {
		opted_out_in_passing(t);
		return true;
	}
	t->out->intent = turn_intent(t);
	turn_about(t, order_mentioned(t));
	turn_ticket(t, "Opted out: the customer wrote again but must not be texted.");
	turn_decide(t, t->in->ticket_open ? DECIDE_APPEND : DECIDE_TICKET, "opted_out", NULL);
	return true;
}
