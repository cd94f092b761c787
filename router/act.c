/* What is done about an intent: answered from data, asked back, or handed to a person. */
#include "router/turn.h"

#include "router/choice.h"

static void ask_which(struct turn *t, enum intent intent, const struct router_order *const *list, unsigned n)
{
	struct router_menu *menu = &t->out->memory.menu;

	turn_say_text(t, CLASS_CONVERSATIONAL, "orders_question", reply_orders_question(&t->maker, list, n));
	turn_close_menu(t);
	menu->kind = MENU_ORDERS;
	menu->intent = intent;
	menu->expires_at = t->input->at + CHOICE_MENU_LIFE;
	menu->n = n;
	for (unsigned i = 0; i < n; i++)
		menu->option[i].order = list[i]->id;
}

static void tell_status(struct turn *t, const struct router_order *o)
{
	turn_about(t, o);
	turn_say_text(t, CLASS_CONVERSATIONAL, "order_status", reply_order_status(&t->maker, o));
}

static void answer_status(struct turn *t, const struct router_order *chosen)
{
	const struct router_order *list[MENU_MAX];
	unsigned n;

	if (chosen || (chosen = order_mentioned(t))) {
		tell_status(t, chosen);
	} else if (order_mentions_unknown(t)) {
		turn_ticket(t, "Asks about an order number that is not among this customer's orders.");
		turn_acknowledge(t);
	} else if ((n = orders_open(t, list)) > 1) {
		ask_which(t, INTENT_ORDER_STATUS, list, n);
	} else if (n == 1) {
		tell_status(t, list[0]);
	} else if (t->in->n_orders) {
		tell_status(t, &t->in->orders[0]);
	} else {
		turn_ticket(t, "Asks about an order, but none is known for this number.");
		turn_say(t, CLASS_CONVERSATIONAL, "no_orders");
	}
}

static void hand_over(struct turn *t, enum intent intent, const struct router_order *chosen)
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
	const char *name = names[intent];

	if (!chosen && !(chosen = order_mentioned(t)) && orders_open(t, list) == 1)
		chosen = list[0];
	turn_about(t, chosen);
	turn_ticket(t, NULL);
	/* A parcel on its way does not wait for the queue. */
	t->out->urgent = intent == INTENT_CANCEL_ORDER || intent == INTENT_CHANGE_DELIVERY;
	turn_close_menu(t); /* a number now is for the person who reads the ticket */
	if (!name) {
		turn_acknowledge(t);
		return;
	}
	turn_say_text(t, CLASS_CONVERSATIONAL, name, reply_text(&t->maker, name, chosen, 0));
	t->out->memory.ack_at = t->input->at;
}

void turn_act_on(struct turn *t, enum intent intent, const struct router_order *chosen)
{
	t->out->intent = intent;
	if (intent == INTENT_ORDER_STATUS)
		answer_status(t, chosen);
	else
		hand_over(t, intent, chosen);
}

enum intent turn_intent(const struct turn *t)
{
	return t->hits.intent ? (enum intent)(t->hits.intent->meaning - P_INTENT) : INTENT_NONE;
}
