/* What does this reply mean, and what happens next? */
#ifndef AFTERWORD_ROUTER_DECIDE_H
#define AFTERWORD_ROUTER_DECIDE_H

#include <talloc.h>

#include "router/types.h"

#define ROUTER_RULE_VERSION 2

/* Decides one inbound text. Pure: reads nothing but its arguments.
 * ctx owns every string of the answer that is not static. Never fails: what is not understood
 * becomes a ticket. Precedence: design, "The router"; rules: compliance.md sections 3, 4, 5, 7. */
void router_decide(TALLOC_CTX *ctx, const struct router_context *in, const struct router_input *text,
		   struct router_decision *out);

/* What must be loaded before router_decide can judge this text. Cheap; errs on the side of true.
 * orders: the customer's orders may matter. recent: it may quote our own texts (NM-1, NM-4). */
struct router_needs {
	bool orders;
	bool recent;
};
struct router_needs router_needs(const struct router_input *text);

/* Stable lower-case name of an intent, of a decision, of an order state ("order_status", "opt_out",
 * "out_for_delivery"): for the API, logs and metrics. Static. */
const char *intent_name(enum intent intent);
const char *decision_name(enum decision_kind kind);
const char *order_state_name(enum order_state state);
bool order_state_from_name(const char *name, enum order_state *out);
/* "queued", "delivered", ...; "received" for inbound. Static. */
const char *message_state_name(int state);
const char *message_class_name(enum message_class cls);

#endif
