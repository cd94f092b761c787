/* Stable names: stored in tickets, shown by the API, counted by the metrics. */
#include <string.h>

#include "router/decide.h"

#define NAME(table, i) ((size_t)(i) < sizeof table / sizeof table[0] ? table[i] : "unknown")

static const char *const intents[] = {"none",   "order_status", "cancel_order",  "change_delivery",
				      "return", "refund",       "damaged",       "missing",
				      "agent",  "subscription", "opt_out_doubt", "other"};
static const char *const decisions[] = {
	"drop",   "opt_out", "opt_out_marketing", "hold", "opt_in", "help", "menu", "rating", "answer", "intent",
	"append", "ticket",  "opt_out_order"};
static const char *const states[] = {"placed",  "paid",      "shipped",  "out_for_delivery", "delivered",
				     "delayed", "exception", "returned", "refunded",         "cancelled"};
static const char *const classes[] = {"compliance", "conversational", "transactional", "relationship", "promotional"};

const char *intent_name(enum intent intent)
{
	return NAME(intents, intent);
}

const char *decision_name(enum decision_kind kind)
{
	return NAME(decisions, kind);
}

const char *order_state_name(enum order_state state)
{
	return NAME(states, state);
}

bool order_state_from_name(const char *name, enum order_state *out)
{
	for (size_t i = 0; i < ORDER_STATES; i++)
		if (strcmp(states[i], name) == 0) {
			*out = (enum order_state)i;
			return true;
		}
	return false;
}

const char *message_class_name(enum message_class cls)
{
	return NAME(classes, cls);
}

const char *message_state_name(int state)
{
	static const struct {
		int state;
		const char *name;
	} names[] = {
		{MSG_RECEIVED, "received"},       {MSG_QUEUED, "queued"},
		{MSG_SENDING, "sending"},         {MSG_SENT, "sent"},
		{MSG_UNKNOWN, "unknown"},         {MSG_DELIVERED, "delivered"},
		{MSG_UNDELIVERED, "undelivered"}, {MSG_FAILED, "failed"},
		{MSG_EXPIRED, "expired"},         {MSG_SUPPRESSED, "suppressed"},
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].state == state)
			return names[i].name;
	return "unknown";
}
