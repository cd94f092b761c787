/* The plain data that the pure parts pass around. No I/O, no clock: times are arguments.
 * Times are microseconds since the Unix epoch, UTC; 0 means "never" or "unknown". */
#ifndef AFTERWORD_ROUTER_TYPES_H
#define AFTERWORD_ROUTER_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "templates/class.h"
#include "templates/playbook.h"

typedef int64_t usec_t; /* microseconds since 1970-01-01T00:00:00Z */

#define USEC_SECOND ((usec_t)1000000)
#define USEC_MINUTE (60 * USEC_SECOND)
#define USEC_HOUR (60 * USEC_MINUTE)
#define USEC_DAY (24 * USEC_HOUR)

struct uuid {
	uint8_t b[16];
};

/* A text's life. Stored as these numbers; a text may only move to a larger number, and never leaves
 * the final ones (>= MSG_FINAL). A retry stays MSG_SENDING: only the outbox row knows attempts. */
enum message_state {
	MSG_RECEIVED = 0, /* inbound texts only */
	MSG_QUEUED = 10,
	MSG_SENDING = 20,
	MSG_SENT = 30,    /* the provider accepted it */
	MSG_UNKNOWN = 35, /* no receipt after 72 h; a late receipt may still settle it */
	MSG_FINAL = 40,
	MSG_DELIVERED = 40,
	MSG_UNDELIVERED = 41,
	MSG_FAILED = 42,
	MSG_EXPIRED = 43,
	MSG_SUPPRESSED = 44, /* we decided not to send: opted out, stale, ... */
};

/* What the provider's error table (compliance.md section 11) makes of a code. */
enum send_meaning {
	MEAN_OK = 0,
	MEAN_OPTED_OUT,    /* write a revocation, never retry */
	MEAN_BAD_NUMBER,   /* invalid, landline, not routable: mark the number bad */
	MEAN_DISCONNECTED, /* number bad and its consent void */
	MEAN_UNREACHABLE,  /* for now: retry with backoff inside the class's life */
	MEAN_UNKNOWN,      /* unknown handset or carrier error: one retry, then failed */
	MEAN_TOO_FAST,     /* pace the sender; not a failure of the text */
	MEAN_FILTERED,     /* spam or content filter: no retry */
	MEAN_UNREGISTERED, /* sender not registered or suspended: stop the sender, page the operator */
	MEAN_EXPIRED,      /* expired in the provider's queue */
	MEAN_QUIET_HOURS,  /* provider's own hours check: defer */
	MEAN_REJECTED,     /* our request is wrong (credentials, format): failed, alarm */
	MEAN_LOST,         /* the request may have reached the provider, no answer came: lost-answer rule */
	MEAN_NOT_SENT,     /* provably never reached the provider (refused connection, DNS): retry */
};

/* Orders ------------------------------------------------------------------------------------- */
enum order_state { /* stored as these numbers */
		   ORDER_PLACED = 0,
		   ORDER_PAID,
		   ORDER_SHIPPED,
		   ORDER_OUT_FOR_DELIVERY,
		   ORDER_DELIVERED,
		   ORDER_DELAYED,
		   ORDER_EXCEPTION,
		   ORDER_RETURNED,
		   ORDER_REFUNDED,
		   ORDER_CANCELLED,
		   ORDER_STATES,
};

struct router_order {
	struct uuid id;
	const char *number; /* as the customer knows it, with or without '#': "1001" */
	enum order_state state;
	usec_t placed_at;
	usec_t state_at;             /* when the state came to be */
	usec_t expected_at;          /* expected delivery, 0 unknown */
	const char *carrier;         /* may be NULL */
	const char *tracking_number; /* may be NULL */
	const char *tracking_url;    /* may be NULL */
	const char *title;           /* first item's title, may be NULL */
	bool muted;                  /* OO-3: the customer wants no texts about this order */
};

/* Conversation memory: what the router must remember between two texts. Stored whole. ---------- */
#define MENU_MAX 9

enum menu_kind {
	MENU_NONE = 0,
	MENU_SUPPORT, /* the choices that HELP offers */
	MENU_ORDERS,  /* which of several open orders; the intent waits in menu.intent */
};

enum intent { /* stored by name in tickets; keep intent_name() in step */
	      INTENT_NONE = 0,
	      INTENT_ORDER_STATUS,
	      INTENT_CANCEL_ORDER,
	      INTENT_CHANGE_DELIVERY,
	      INTENT_RETURN,
	      INTENT_REFUND,
	      INTENT_DAMAGED,
	      INTENT_MISSING,
	      INTENT_AGENT, /* wants a person */
	      INTENT_SUBSCRIPTION,
	      INTENT_OPT_OUT_DOUBT, /* HOLD: a person reviews */
	      INTENT_OTHER,
	      INTENTS,
};

struct menu_option {
	struct uuid order;  /* MENU_ORDERS: the order of this choice */
	enum intent action; /* MENU_SUPPORT: what the choice asks for */
};

struct router_menu {
	enum menu_kind kind;
	enum intent intent; /* MENU_ORDERS: what to do with the chosen order */
	usec_t expires_at;
	unsigned n;
	struct menu_option option[MENU_MAX];
};

enum question { /* an open question other than a menu */
		ASK_NONE = 0,
		ASK_HOLD,       /* NM-3: "do you want no more texts?" yes -> opt out */
		ASK_CSAT,       /* awaited rating 1-5 */
		ASK_NPS,        /* awaited rating 0-10 */
		ASK_OPT_IN,     /* ST-2: yes counts as opt-in */
		ASK_CSAT_AGAIN, /* as ASK_CSAT, after the one further question (a rating is asked for at most twice) */
		ASK_NPS_AGAIN,
		ASK_START, /* OO-6: asked who opted out and whose provider lifted its block; yes counts as START */
};

struct router_memory {
	struct router_menu menu;
	enum question question;
	usec_t question_expires_at;
	usec_t last_in_at;           /* previous inbound text */
	uint64_t last_in_hash;       /* hash of its normalised text */
	uint32_t same_in_count;      /* how many times in a row that text came */
	usec_t ack_at;               /* last automatic acknowledgement (NM-5: one in 24 h) */
	usec_t robot_at;             /* start of the running 10-minute robot window */
	uint32_t robot_count;        /* robot texts in it (NM-5: at most 5) */
	usec_t opt_out_confirmed_at; /* OO-10: a repeat is confirmed at most once in 24 h */
	bool has_order;              /* order is the current one of the thread */
	struct uuid order;
};

/* What the router is told ------------------------------------------------------------------- */
enum stop_inside_sentence { SIS_HOLD = 0, SIS_OPTOUT, SIS_IGNORE }; /* NM-3: a list word in another meaning */

/* OO-2: how far a plain STOP reaches. By default as the law of that day has it (stop_scope.h). */
enum stop_scope { STOP_SCOPE_RULES = 0, STOP_SCOPE_BRAND, STOP_SCOPE_ENTITY };

struct router_brand {
	struct uuid id;
	const struct playbook *playbook; /* the live release; never NULL */
	const char *name;
	const char *support_contact; /* phone, mail or link shown by HELP */
	const char *locale;          /* default, "en" */
	const char *country;         /* ISO 3166 alpha-2, "US" */
	enum stop_inside_sentence stop_inside_sentence;
	enum stop_scope stop_scope;
	bool answer_opted_out; /* OO-9: false = never answer after STOP (default) */
};

enum provider_keyword { PK_NONE = 0, PK_STOP, PK_START, PK_HELP }; /* OO-5: Twilio's OptOutType */

struct router_context {
	const struct router_brand *brand;
	const char *locale;                /* the customer's ("es", "pt-BR"), NULL unknown: the brand's */
	const char *country;               /* of the customer's number, alpha-2, NULL unknown */
	bool opted_out;                    /* all classes (OO-1) */
	bool marketing_out;                /* promotional and relationship only (OO-3) */
	bool on_hold;                      /* NM-3: marketing paused, a person reviews */
	bool marketing_granted_before;     /* ST-1: explicit grant existed before the opt-out */
	bool robot_off;                    /* an agent switched the robot off for this thread */
	bool ticket_open;                  /* a ticket is open in this thread */
	bool ticket_human;                 /* and a person handles it: the robot keeps quiet */
	bool provider_replies_to_keywords; /* OO-5: our confirmation is not sent */
	const struct router_order *orders; /* newest first; open ones and the last few closed ones */
	size_t n_orders;
	const char *const *recent; /* our last texts in this thread, newest first (NM-1, NM-4) */
	size_t n_recent;
	struct router_memory memory;
};

struct router_input {
	const char *text; /* UTF-8, valid, NUL-terminated; may be empty */
	bool has_media;
	enum provider_keyword provider_keyword;
	usec_t at; /* arrival */
};

/* What the router answers --------------------------------------------------------------------- */
enum decision_kind {
	DECIDE_DROP = 0, /* stored only: reactions, machine replies, "ok" */
	DECIDE_OPT_OUT,  /* all classes, brand (or entity if scope says so) */
	DECIDE_OPT_OUT_MARKETING,
	DECIDE_HOLD,
	DECIDE_OPT_IN,
	DECIDE_HELP,
	DECIDE_MENU, /* an open menu's choice was taken */
	DECIDE_RATING,
	DECIDE_ANSWER,        /* a question answered, a yes/no taken */
	DECIDE_INTENT,        /* answered from data or handed to a ticket */
	DECIDE_APPEND,        /* joined the open ticket */
	DECIDE_TICKET,        /* opened a ticket: nothing else fitted */
	DECIDE_OPT_OUT_ORDER, /* one order's texts only (OO-3) */
	DECISIONS,
};

enum optout_scope { SCOPE_NONE = 0, SCOPE_BRAND, SCOPE_ENTITY, SCOPE_MARKETING, SCOPE_ORDER };

enum consent_action { /* what the ledger gets; at most one a text */
		      CONSENT_NONE = 0,
		      CONSENT_REVOKE_ALL,
		      CONSENT_REVOKE_ENTITY, /* every brand of the legal entity */
		      CONSENT_REVOKE_MARKETING,
		      CONSENT_REVOKE_ORDER, /* transactional and above about the decision's order (OO-3) */
		      CONSENT_HOLD_MARKETING,
		      CONSENT_GRANT_SERVICE, /* START: transactional and conversational again, muted orders too */
		      CONSENT_GRANT_ALL,     /* START where marketing consent existed and the text named it (ST-1) */
		      CONSENT_RELEASE_HOLD,
};

enum ticket_action { TICKET_NONE = 0, TICKET_OPEN, TICKET_APPEND };

#define DECISION_REPLIES 2

struct router_reply {
	enum message_class cls;
	const char *template_name; /* "help", "order_status"; static or the playbook's */
	int template_version;      /* of the file in the database; 0: none, or of several */
	const char *text;          /* rendered, talloc'd on the decision's context */
};

struct router_decision {
	enum decision_kind kind;
	const char *tier;   /* static: "T1".."T5", "menu", "keyword", "reaction", "loop", ... */
	const char *phrase; /* the word or phrase that matched; static or talloc'd, may be NULL (NM-6) */
	int rule_version;
	enum optout_scope scope;
	enum consent_action consent;
	bool number_wrong; /* RN-2: "wrong number": consent of the number is void at every brand */
	enum intent intent;
	bool has_order;
	struct uuid order; /* the order the text speaks of */
	unsigned choice;   /* DECIDE_MENU: 1-based */
	int rating;        /* DECIDE_RATING */
	enum ticket_action ticket;
	bool urgent;
	const char *ticket_note; /* English note to agents, static or talloc'd, may be NULL */
	size_t n_replies;
	struct router_reply reply[DECISION_REPLIES];
	struct router_memory memory; /* the new memory, to be stored */
};

#endif
