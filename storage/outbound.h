/* Texts on their way out, in PostgreSQL. A claim is one transaction of two round trips: outbound_claim opens it, the
 * caller decides text by text, outbound_mark writes and commits. Answers are recorded a batch a unit, and may be
 * recorded again. */
#ifndef AFTERWORD_STORAGE_OUTBOUND_H
#define AFTERWORD_STORAGE_OUTBOUND_H

#include "storage/db.h"

/* A sender this worker holds, and how many texts of it may be claimed. */
struct claim_lane {
	struct uuid sender;
	int room;
	int64_t fence;
};

enum claim_verdict { CLAIM_SEND = 0, CLAIM_DEFER, CLAIM_SUPPRESS };

struct claimed_text {
	struct uuid brand, sender, customer, message;
	enum message_class cls;
	usec_t queued_at, expires_at;
	bool confirms_opt_out;
	int attempts; /* before this one */
	int state;    /* of the message; -1: it is gone */
	int segments; /* 0 unknown */
	const char *body, *phone;
	bool opted_out, marketing_out, on_hold, number_bad, order_muted;
	usec_t last_inbound_at;
	/* decided by the caller */
	enum claim_verdict verdict;
	usec_t due_at;      /* CLAIM_DEFER */
	const char *reason; /* CLAIM_SUPPRESS */
	int64_t fence;      /* CLAIM_SEND */
};

struct claim { /* a talloc context: the texts' strings hang on it */
	size_t n;
	struct claimed_text *texts;
	usec_t claimed_at; /* names the claim */
};

void outbound_claim(struct db *db, struct claim *claim, const struct claim_lane *lanes, size_t n_lanes,
		    const struct uuid *holder, usec_t now, int most, db_end_fn *end, void *arg);
void outbound_mark(struct db *db, struct claim *claim, db_end_fn *end, void *arg);

/* Claims that got no answer within the grace. Same two round trips. */
struct lost_text {
	struct uuid brand, customer, message;
	enum message_class cls;
	usec_t queued_at;
	bool confirms_opt_out, lost_before;
	bool resend; /* decided by the caller; else the text becomes unknown */
};

struct lost { /* a talloc context */
	size_t n;
	struct lost_text *texts;
};

void outbound_find_lost(struct db *db, struct lost *lost, const struct claim_lane *lanes, size_t n_lanes,
			const struct uuid *holder, usec_t before, db_end_fn *end, void *arg);
void outbound_settle_lost(struct db *db, struct lost *lost, usec_t now, db_end_fn *end, void *arg);
/* After a failed unit: gives the transaction back. */
void outbound_rollback(struct db *db);

/* What a provider said about the person behind a message, from an answer or a receipt. */
struct provider_verdict {
	struct uuid brand, message;
	struct uuid revocation; /* fresh id of the ledger's line; null: no revocation */
	struct uuid alert;      /* fresh id of the ticket's line; null: the number is not bad */
	const char *code;       /* never NULL */
};
/* Into the open unit, before all else of it. */
void outbound_verdicts(struct db *db, TALLOC_CTX *ctx, const struct provider_verdict *v, size_t n, usec_t now);

enum outcome_kind { OUTCOME_ACCEPTED = 0, OUTCOME_AGAIN, OUTCOME_SETTLED };

struct outcome {
	enum outcome_kind kind;
	struct uuid brand, sender, customer, message;
	usec_t claimed_at;
	const char *provider_id;         /* accepted; may be NULL */
	usec_t at;                       /* accepted */
	usec_t due_at;                   /* again */
	bool free_attempt;               /* again */
	int state;                       /* settled */
	const char *error;               /* settled */
	struct provider_verdict verdict; /* with revocation or alert set: told about the customer */
	const char *pause_sender;        /* reason; NULL: no */
};

/* One unit; outcomes sorted by message. */
void outbound_record(struct db *db, TALLOC_CTX *ctx, struct outcome *const *outcomes, size_t n, usec_t now,
		     db_end_fn *end, void *arg);

#endif
