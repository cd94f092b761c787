/* May this text go now? The gate before every text: pure, all it needs is plain data. Asked when the text is claimed,
 * under the locks of the claim, and again whenever it is claimed after a defer (QH-2, QH-8).
 *
 * Zero never means "allowed" for marketing: without grants, without a place, without a sender's country a promotional
 * or relationship text is suppressed. Service texts of a caller that fills only what it knows go as they went before
 * there were grants and places, but for `grants.number_given_at`, which has to be said.
 *
 * What the pipeline has to load for the gate to be whole, beside the customer's flags:
 *   grants        from the consent ledger: per purpose the best grant and the last refusal, the last purchase
 *   where         the number, this order's shipping and billing address, the zone the customer stated
 *   sent          hand-over times of the last 7 days, under the customer's lock (FQ-2)
 *   brand, closed quiet hours, caps, settings of the playbook in force; its holidays as days
 *   sender        kind, country, and the countries its channel lists
 *   order         its state now, the states the template speaks of, muted or not
 *   urgent, service_only, expires_at from the message's front matter
 */
#ifndef AFTERWORD_ROUTER_MAYSEND_H
#define AFTERWORD_ROUTER_MAYSEND_H

#include "router/caps.h"
#include "router/grants.h"
#include "router/hours.h"

enum gate_verdict {
	GATE_SEND = 0,
	GATE_DEFER, /* ask again at `until` */
	GATE_SUPPRESS,
	GATE_COLLAPSE, /* FQ-2, over the transactional cap: of the waiting texts about this shipment only the newest
			  stays, until `until`; the others are suppressed as "collapsed" */
};

/* Why not now. Stored, shown and counted by name; gate_reason_name and gate_reason_text in step. */
enum gate_reason {
	REASON_NONE = 0,
	REASON_EXPIRED,
	REASON_OPTED_OUT,
	REASON_NUMBER_BAD,
	REASON_ORDER_MUTED,
	REASON_ORDER_STATE,
	REASON_SENDER_COUNTRY,
	REASON_SENDER_ONE_WAY,
	REASON_MARKETING_OUT,
	REASON_TRANSACTIONAL_ONLY,
	REASON_PLACE_UNKNOWN,
	REASON_NO_CONSENT,
	REASON_CONSENT_REFUSED,
	REASON_CONSENT_CLAIMED,
	REASON_CONSENT_WEAK,
	REASON_CONSENT_LAPSED,
	REASON_ON_HOLD,
	REASON_CAP_24H,
	REASON_CAP_DAY,
	REASON_CAP_WEEK,
	REASON_CAP_GAP,
	REASON_CAP_TRANSACTIONAL,
	REASON_COLLAPSED,
	REASON_QUIET_HOURS,
	REASON_COURTESY_HOURS,
	REASON_NO_WINDOW,
	REASON_ZONE_DATA,
	REASONS,
};

struct gate_input {
	/* The text. */
	enum message_class cls;
	enum message_class content; /* CL-6: what a conversational text is about, its class once the conversation is
				       stale; CLASS_COMPLIANCE (0): transactional */
	bool confirms_opt_out;      /* the one confirmation OO-4 allows */
	bool urgent;                /* QH-9: not held by courtesy hours */
	bool service_only;          /* CL-2: relationship text that needs no marketing consent or hours */
	bool expects_reply;         /* asks something that is answered by text */
	bool opt_out_link;          /* SR-3: it carries another way to opt out than a reply */
	bool superseded;            /* FQ-2: a newer text about the same shipment waits */
	usec_t queued_at;
	usec_t expires_at; /* 0: the class's default life */
	usec_t answers_at; /* when the customer's text came that this one answers; 0: it answers none. Within an hour
			      of it no hours hold it, whatever its class */
	uint32_t spread;   /* QH-8: a random number, the same for the text at each asking; 0: none */

	/* The order it is about. */
	bool has_order;
	enum order_state order_state; /* now; read only with has_order */
	uint32_t order_states;        /* bits of 1 << state: the order must be in one of them; 0: any */
	bool order_muted;             /* OO-3: "stop texting me about this order" */

	/* The customer. */
	bool opted_out;          /* OO-1 */
	bool marketing_out;      /* OO-3 */
	bool transactional_only; /* his preference */
	bool on_hold;            /* NM-3 */
	bool number_bad;
	usec_t last_inbound_at; /* CL-6: conversational only within 24 h of it; 0 never */
	struct grants grants;
	struct zone_evidence where; /* where.number NULL, and no address: no hours hold a service text */

	/* What he got of this brand (FQ-2): see router/caps.h. */
	struct caps_sent marketing_sent;     /* promotional and relationship */
	struct caps_sent transactional_sent; /* 24 h back is enough unless the brand has a cap a week */

	/* The sender. */
	enum rules_sender sender_kind;
	const char *sender_country;        /* alpha-2 of its number or registration; NULL: not known, no marketing */
	size_t n_sender_reaches;           /* countries its channel lists; 0: what its kind reaches */
	const char *const *sender_reaches; /* alpha-2 */

	/* The brand. */
	const struct pb_brand *brand; /* quiet, caps, unknown_state_federal are read; NULL: ours */
	size_t n_closed;
	const int32_t *closed; /* its holidays, as days (day_of): no marketing */
};

struct gate_answer {
	enum gate_verdict verdict;
	enum gate_reason why;
	const char *reason; /* gate_reason_name(why); NULL: send */
	usec_t until;       /* GATE_DEFER, GATE_COLLAPSE: a hint (QH-7), never before now */
	int validity;       /* GATE_SEND: seconds that the provider may take (QH-3), at least 1 */
	/* GATE_SEND, for the record (CO-8): where the customer may be, and the hours that let it pass. Empty: no hours
	 * were asked for. */
	char places[48], zones[128], window[80];
	const char *rules; /* version of the rule pack */
};

struct gate_answer router_may_send(usec_t now, const struct gate_input *in);

/* "quiet_hours"; NULL for REASON_NONE. Static, stable. */
const char *gate_reason_name(enum gate_reason why);
/* One line in English for the console: why not now. */
const char *gate_reason_text(enum gate_reason why);

#endif
