/* A batch of delivery receipts in PostgreSQL: one unit. May be applied again: state only rises. */
#ifndef AFTERWORD_STORAGE_RECEIPTS_H
#define AFTERWORD_STORAGE_RECEIPTS_H

#include "storage/outbound.h"

struct receipt_row {
	struct uuid brand, message;
	int state;
	const char *code; /* NULL: none */
};

/* rows: one a message, sorted by message id. verdicts: what the provider said about the people behind them. */
void receipts_apply(struct db *db, TALLOC_CTX *ctx, const struct receipt_row *rows, size_t n,
		    const struct provider_verdict *verdicts, size_t n_verdicts, usec_t now, db_end_fn *end, void *arg);

#endif
