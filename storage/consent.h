/* The consent ledger: lines that come otherwise than by text, and what a brand must remember of a number it has to
 * forget. Everything is added to the open unit. Whoever adds lines holds the locks of their customers (CO-6: what is
 * added stays). */
#ifndef AFTERWORD_STORAGE_CONSENT_H
#define AFTERWORD_STORAGE_CONSENT_H

#include "storage/db.h"

enum double_opt_in {
	DOUBLE_AS_BRAND = 0,
	DOUBLE_YES,
	DOUBLE_NO
}; /* does a grant of marketing wait for a YES to our question? */

/* One line. Strings are NULL where not said. */
struct consent_line {
	struct uuid brand, customer, id;   /* id: a fresh one */
	const char *action;                /* grant | refuse | revoke | hold | release */
	const char *purpose;               /* transactional | relationship | promotional | marketing (both) | all */
	const char *source;                /* checkout, form, page, agent, email, phone, api, import, carrier */
	const char *kind;                  /* written | double_opt_in | claimed */
	usec_t at;                         /* as it was said; 0: not said, and then now */
	const char *shown, *shown_version; /* what was put before the customer */
	const char *reply;                 /* what the customer wrote, ticked or said */
	const char *ip, *user_agent;
	const char *actor;     /* who recorded it; NULL: nobody but the customer */
	const char *reference; /* where else proof lies */
	enum double_opt_in ask;
};
/* The line's evidence may be known already: then nothing is added. */
void consent_append(struct db *db, TALLOC_CTX *ctx, const struct consent_line *lines, size_t n);

/* The double opt-in question for those of the lines just appended that wait for an answer (ST-2). */
struct consent_words { /* the question in every language there is, with one brand's name in it */
	size_t n;
	struct consent_wording {
		const char *language, *text;
		int segments;
	} * in;
};
struct consent_question {
	struct uuid brand, event;          /* of the line */
	struct uuid conversation, message; /* fresh ids */
	const struct consent_words *words; /* the brand's */
};
void consent_ask(struct db *db, TALLOC_CTX *ctx, const struct consent_question *q, size_t n, usec_t now);

#endif
