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

/* What a customer wants to receive ("all", "transactional_only", "none") as one line: of it the action and the purpose
 * are not read. A row comes back if a line was added; none if it is so already. */
void consent_prefer(struct db *db, TALLOC_CTX *ctx, const struct consent_line *line, const char *receive,
		    db_rows_fn *rows, void *arg);
/* Takes back the line `undoes`, chosen on the page within the last hour, if it is the customer's last. A row if it was.
 */
void consent_undo(struct db *db, TALLOC_CTX *ctx, const struct consent_line *line, const struct uuid *undoes,
		  db_rows_fn *rows, void *arg);
/* The language and time zone that a customer states. NULL: as it was; "": stated no longer. */
void consent_place(struct db *db, TALLOC_CTX *ctx, const struct uuid *brand, const struct uuid *customer,
		   const char *locale, const char *zone);

/* A link to one customer's preferences is this token; the database keeps only its hash. */
#define PREFERENCE_TOKEN 22                   /* characters: 128 random bits in base64url */
#define PREFERENCE_TOKEN_LIFE (90 * USEC_DAY) /* CASL: a way to unsubscribe works for at least 60 days (section 12) */
struct preference_token {
	char text[PREFERENCE_TOKEN + 1];
	uint8_t hash[32];
};
void preference_token_new(struct preference_token *t);
/* False: no token of ours looks like it. */
bool preference_token_read(const char *text, struct preference_token *t);
/* A row comes back; none if there is no such customer. The customer need not be locked. */
void consent_token_add(struct db *db, TALLOC_CTX *ctx, const struct uuid *brand, const struct uuid *customer,
		       const struct preference_token *t, usec_t now, db_rows_fn *rows, void *arg);

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

/* RE-1, RE-2: what is kept of a number that was erased. */
#define SUPPRESSION_KEY 32
#define SUPPRESSION_HMAC 32
void consent_hmac(const uint8_t key[SUPPRESSION_KEY], const struct uuid *brand, const char *phone,
		  uint8_t out[SUPPRESSION_HMAC]);

/* Numbers that have just become customers: those in the list of suppressions start opted out. Known customers are left
 * alone. */
struct consent_newcomer {
	struct uuid brand;
	const char *phone;
};
void consent_suppressed(struct db *db, TALLOC_CTX *ctx, const uint8_t key[SUPPRESSION_KEY],
			const struct consent_newcomer *who, size_t n);

/* Forgets a customer: name, mail, texts, pictures, notes, ratings, orders. Stays: the evidence of consent and each
 * text's fate, without the person; and the number's HMAC in the list of suppressions. A table that comes to hold
 * something of a person gets its own consent_erase_*.sql. The customer is locked, and neither erased nor under a legal
 * hold. */
struct consent_erasure {
	struct uuid brand, customer;
	const char *phone, *scope, *source; /* scope: all | marketing, what stays suppressed */
	usec_t at;
};
void consent_erase(struct db *db, TALLOC_CTX *ctx, const uint8_t key[SUPPRESSION_KEY], const struct consent_erasure *e);

/* A line of the audit log. detail: JSON, or NULL. Nothing in it may tell who the customer is. */
struct audit_line {
	struct uuid brand, id;
	const char *actor, *action, *subject, *detail;
	usec_t at;
};
void consent_audit(struct db *db, TALLOC_CTX *ctx, const struct audit_line *line);

#endif
