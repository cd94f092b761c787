/* The stages of all other talk: machines, a person's ticket, intents, and at last a ticket of its own. */
#include "router/turn.h"

#define LOOP_TEXTS 3 /* the same text so many times in a row within an hour: a machine */

bool stage_machine(struct turn *t)
{
	bool plain = t->optout.verdict != OPTOUT_NO && t->optout.verdict != OPTOUT_HOLD &&
		     (t->optout.tier[1] == '1' || t->optout.tier[1] == '2');

	/* NM-4, NM-5; but a list word that is plainly meant still counts (OO-8). */
	if (t->input->provider_keyword != PK_NONE || plain || !t->hits.best[P_MACHINE])
		return false;
	turn_decide(t, DECIDE_DROP, "machine", t->hits.best[P_MACHINE]->pattern);
	return true;
}

bool stage_takeover(struct turn *t)
{
	if (!t->takeover)
		return false;
	t->out->intent = turn_intent(t);
	turn_about(t, order_mentioned(t));
	turn_ticket(t, NULL);
	turn_decide(t, t->in->ticket_open ? DECIDE_APPEND : DECIDE_TICKET, "human", NULL);
	return true;
}

/* NM-5: the same text again and again is a machine. */
bool stage_loop(struct turn *t)
{
	if (t->out->memory.same_in_count < LOOP_TEXTS)
		return false;
	turn_decide(t, DECIDE_DROP, "loop", NULL);
	if (t->in->ticket_open)
		t->out->ticket = TICKET_APPEND;
	return true;
}

bool stage_append(struct turn *t)
{
	if (!t->in->ticket_open)
		return false;
	t->out->intent = turn_intent(t);
	turn_about(t, order_mentioned(t));
	t->out->ticket = TICKET_APPEND;
	turn_decide(t, DECIDE_APPEND, "ticket", NULL);
	return true;
}

bool stage_small_talk(struct turn *t)
{
	if (!turn_small_talk(t))
		return false;
	turn_decide(t, DECIDE_DROP, t->text.n ? "small_talk" : "emoji", t->text.folded);
	return true;
}

bool stage_intent(struct turn *t)
{
	if (turn_intent(t) == INTENT_NONE)
		return false;
	turn_decide(t, DECIDE_INTENT, "phrase", t->hits.intent->pattern);
	turn_speak(t, t->hits.intent->lang);
	turn_act_on(t, turn_intent(t), NULL);
	return true;
}

bool stage_order_number(struct turn *t)
{
	const struct router_order *o = t->text.n <= SMALL_TALK_WORDS ? order_mentioned(t) : NULL;

	if (!o) /* a number alone asks how that order stands */
		return false;
	turn_decide(t, DECIDE_INTENT, "order_number", order_number(o));
	turn_act_on(t, INTENT_ORDER_STATUS, o);
	return true;
}

bool stage_ticket(struct turn *t)
{
	turn_decide(t, DECIDE_TICKET, "none", NULL);
	turn_about(t, order_mentioned(t));
	turn_ticket(t, NULL);
	turn_acknowledge(t);
	return true;
}
