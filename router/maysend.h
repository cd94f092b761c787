/* May this text go now? The gate before every text, pure. */
#ifndef AFTERWORD_ROUTER_MAYSEND_H
#define AFTERWORD_ROUTER_MAYSEND_H

#include "router/types.h"

enum gate_verdict { GATE_SEND = 0, GATE_DEFER, GATE_SUPPRESS };

struct gate_input {
	enum message_class cls;
	bool confirms_opt_out; /* the one confirmation OO-4 allows */
	usec_t queued_at;
	usec_t expires_at; /* 0: the class's default life */
	bool opted_out;
	bool marketing_out;
	bool on_hold;
	bool number_bad;
	bool order_muted;       /* OO-3: the customer wants no texts about the order it is about */
	usec_t last_inbound_at; /* CL-6: conversational only within 24 h of it; 0 never */
};

struct gate_answer {
	enum gate_verdict verdict;
	usec_t until;       /* GATE_DEFER */
	const char *reason; /* static, stable: "opted_out", "expired", "on_hold", "number_bad" */
};

struct gate_answer router_may_send(usec_t now, const struct gate_input *in);

#endif
