/* The playbook: the shop's rules as files, read into one immutable thing that the router reads. Pure: files come as
 * bytes, whoever calls has read them from a folder or from the database. The file formats:
 * templates/playbook/README.md. */
#ifndef AFTERWORD_TEMPLATES_PLAYBOOK_H
#define AFTERWORD_TEMPLATES_PLAYBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "templates/class.h"
#include "templates/liquid.h"

/* One file as it was read. Paths are relative to the playbook's folder: "brand.yaml", "messages/en/shipped.liquid". */
struct playbook_file {
	const char *path, *text; /* text: NUL-terminated beside its length */
	size_t len;
	int version; /* of this file in the database; 0: not from there */
};

/* What a message's front matter says, and its text. */
struct pb_message {
	const char *name, *locale, *path, *summary;
	const char *source; /* the text below the front matter */
	int version;
	enum message_class cls;
	bool urgent;       /* QH-9: not held by courtesy hours */
	bool service_only; /* CL-2: relationship text that needs no marketing consent: set-up, safety, rating after a
			      ticket */
	int64_t expires;   /* seconds after it became due that it is still true; 0: the class's default */
	uint32_t order_states; /* bits of 1 << enum order_state: the order must be in one of them; 0: any */
	unsigned max_segments; /* the linter's limit; default 1; compliance, conversational 2 */
	unsigned sends;        /* about how many a month, for the cost; 0: not said */
	unsigned line;         /* of the file, where the text begins */
	bool asks_hours;       /* speaks of support.open or support.opens_at, which cost a look at the calendar */
	bool shipped;          /* stands in for one that the brand's playbook lacks */
	const struct liquid_template *template;
};

/* What a choice, a keyword, a branch does. Several may stand behind one another. */
enum pb_action_kind {
	PB_ANSWER, /* sends message `name`; what stood for an answer of answers.yaml is its message and its `then` */
	PB_MENU,   /* opens menu `name`, sending its prompt */
	PB_TICKET, /* opens a ticket or adds to the open one: queue, priority, intent, note may be NULL */
	PB_TAG,    /* puts tag `name` on the customer */
	PB_PREFERENCE, /* "transactional_only" | "all" | "none" */
	PB_INTENT,     /* as if the customer had asked for intent `name`: "order_status", "return", ... */
	PB_GOTO,       /* branches of journeys: goes on at step `name` */
	PB_STOP,       /* branches of journeys: the journey ends */
};
struct pb_action {
	enum pb_action_kind kind;
	const char *name;
	const char *queue, *priority, *intent, *note;
};
struct pb_actions {
	size_t n;
	const struct pb_action *list;
};

#define PB_CHOICES 9
struct pb_menu {
	const char *name, *message; /* message: the prompt */
	unsigned line;
	int64_t expires; /* seconds it stays open; default one day */
	uint32_t mark; /* hash of what it says and does: an answer to an older form of it is not taken for this one's */
	unsigned n;    /* choices, without gaps from 1 */
	struct pb_actions choice[PB_CHOICES];
};

/* A word of keywords.yaml, or a phrase of answers.yaml. */
struct pb_keyword {
	const char *word;   /* as written; matched after the router's normalising */
	const char *locale; /* NULL: everywhere */
	bool anywhere;      /* its words stand somewhere in a short text; else they are the whole text */
	unsigned line;
	struct pb_actions actions;
};

struct pb_answer { /* answers.yaml, by name; its phrases are among the keywords */
	const char *name, *message;
	struct pb_actions actions; /* message first, then what stands behind it */
};

/* Journeys --------------------------------------------------------------------------------------------- */
struct pb_variant {
	const char *name; /* "a" */
	unsigned weight;
	const char *message;
};
enum pb_branch_kind { PB_ON_CHOICE, PB_ON_RATING, PB_ON_REPLY, PB_ON_SILENCE };
struct pb_branch {
	enum pb_branch_kind kind;
	int low, high;  /* the choice (both the same), or the rating's range */
	int64_t within; /* PB_ON_SILENCE: seconds without an answer */
	struct pb_actions actions;
};
enum pb_question { PB_ASK_NONE = 0, PB_ASK_CSAT, PB_ASK_NPS, PB_ASK_CHOICE };
struct pb_step {
	const char *id;
	unsigned line;
	int64_t after; /* seconds after the step before (the first: after the event; after a goto: after the answer) */
	const struct liquid_expr *after_days; /* or computed: days, may be fractional; NULL: none. Nothing or less than
						 0: passed over */
	const char *before; /* or: `after` seconds before this time of the context ("subscription.renews_at") */
	int at;             /* minutes after midnight in the customer's zone, -1: any time */
	const struct liquid_expr *when; /* not true at that time: the step is passed over */
	bool stop_unless;               /* and the journey ends instead */
	size_t n_variants;
	const struct pb_variant *variants; /* none: a step that only waits or acts */
	enum pb_question asks;
	size_t n_branches;
	const struct pb_branch *branches;
	struct pb_actions actions; /* done when the step is reached */
	size_t n_cancel_on;
	const char *const *cancel_on; /* events after which this step is passed over */
	bool only_by_goto;            /* passed over unless a branch goes to it; its `after` counts from there */
};
enum pb_once { PB_ONCE_ORDER, PB_ONCE_SHIPMENT, PB_ONCE_ITEM, PB_ONCE_CUSTOMER, PB_ONCE_EVENT };
struct pb_journey {
	const char *name, *summary;
	unsigned line;
	bool on;             /* as the file says; an operator may switch it off and on */
	const char *trigger; /* "order.shipped" */
	size_t n_conditions; /* at the event: all must hold. Its segments and its `when` */
	const struct liquid_expr *const *conditions;
	enum pb_once once;
	double holdout; /* 0 … 1: share of customers that only are recorded */
	size_t n_cancel_on;
	const char *const *cancel_on; /* events that end it */
	size_t n_steps;
	const struct pb_step *steps;
};

/* The brand -------------------------------------------------------------------------------------------- */
struct pb_window {
	int open, close; /* minutes after midnight, [open, close); open == close: closed */
};
struct pb_caps { /* 0: none */
	unsigned per_day, per_week;
	int64_t min_gap; /* seconds */
};
struct pb_product {      /* products.yaml: what an item's SKU tells */
	const char *sku; /* exact, or with a trailing '*' */
	const char *category, *guide_url;
	double depletion_days;  /* 0: does not run out */
	const char *complexity; /* "simple" | "complex" */
};
#define PB_URLS_MAX 20
struct pb_url {                 /* brand.urls.NAME */
	const char *name, *url; /* url: NULL where it is not given yet */
};
/* What brand.yaml does not say is NULL, 0 or the default; name, contact, locale and country are then the database's. */
struct pb_brand {
	const char *name, *legal_entity, *postal_address;
	const char *support_contact, *support_url;
	const char *locale; /* default */
	size_t n_locales;   /* that every message must have */
	const char *const *locales;
	const char *country, *currency, *zone; /* zone: of the support hours, never of a customer */
	size_t n_urls;
	const struct pb_url *urls;
	struct pb_window support_hours[7]; /* from Monday */
	bool has_hours;
	size_t n_holidays;
	const char *const *holidays; /* "2026-12-25" */
	struct pb_window quiet[5];   /* allowed window by class; open == close == 0: the law's and ours only */
	struct pb_caps caps[5];      /* by class; relationship and promotional share theirs (FQ-1) */
	const char *sender[5];       /* number of the sender a class uses; NULL: the brand's only or first */
	const char *link_domain;     /* "https://t.shop.example"; NULL: the gateway's own address */
	int64_t link_expires;        /* seconds; default 90 days */
	bool double_opt_in;
	bool unknown_state_federal;       /* QH-6 */
	const char *stop_inside_sentence; /* NM-3: "hold" | "optout" | "ignore"; NULL: not said */
	const char *answer_opted_out;     /* OO-9: "never" | "human"; NULL: not said */
	bool opt_out_first_then_monthly;  /* OO-14: else in every text */
	bool age_gate;                    /* CL-5: the shop checks ages */
	double segment_price;             /* in currency; 0: not said */
};

struct playbook {
	int release; /* of the database; 0: not from there */
	struct pb_brand brand;
	size_t n_messages;
	const struct pb_message *messages; /* sorted by name, then locale */
	size_t n_menus, n_keywords, n_answers, n_journeys, n_products;
	const struct pb_menu *menus;       /* sorted by name */
	const struct pb_keyword *keywords; /* in the order of the files */
	const struct pb_answer *answers;
	const struct pb_journey *journeys;
	const struct pb_product *products; /* sorted by SKU */
	const struct pb_index *index;      /* playbook_message's */
};

/* Problems of a playbook, in the order of files and lines. */
struct playbook_problem {
	const char *path;
	unsigned line;    /* 0: of the whole file */
	bool error;       /* false: a warning */
	const char *rule; /* of compliance.md: "CL-3"; NULL: none */
	const char *text;
};
struct playbook_report {
	size_t n, errors;
	struct playbook_problem *problems;
};

/* What the linter is told from outside. */
struct playbook_rules {
	/* KW-1: is this, read as the router reads it, an opt-out, opt-in or help word in any language? NULL: not
	 * checked */
	bool (*reserved)(const char *word);
	bool no_lint; /* only read: what was checked when it was approved */
	bool bare;    /* nothing shipped stands in for what it lacks */
};

/* Reads and lints (rules NULL: without any from outside). NULL if there is an error; report (may not be NULL) is filled
 * in either way and belongs to ctx. The playbook owns all it holds. Files it does not know are errors that say which
 * there are. */
struct playbook *playbook_load(TALLOC_CTX *ctx, const struct playbook_file *files, size_t n,
			       const struct playbook_rules *rules, struct playbook_report *report);
/* "journeys.yaml:14: unknown key …" for people. Owned by ctx. */
char *playbook_problem_text(TALLOC_CTX *ctx, const struct playbook_problem *p);

/* The playbook that is compiled in: templates/playbook/. Made anew on ctx; never NULL. */
const struct playbook *playbook_shipped(TALLOC_CTX *ctx);
/* The same, read and linted as playbook_load does. */
struct playbook *playbook_load_shipped(TALLOC_CTX *ctx, const struct playbook_rules *rules,
				       struct playbook_report *report);
/* Its files, for apply and export; ends with a NULL path. Static. */
extern const struct playbook_file playbook_shipped_files[];

/* The message in the best locale there is: "es-MX" -> "es" -> the brand's default -> "en". NULL: no such name. */
const struct pb_message *playbook_message(const struct playbook *pb, const char *locale, const char *name);
const struct pb_menu *playbook_menu(const struct playbook *pb, const char *name);
const struct pb_journey *playbook_journey(const struct playbook *pb, const char *name);
/* What is known of a SKU; NULL: nothing. */
const struct pb_product *playbook_product(const struct playbook *pb, const char *sku);

#endif
