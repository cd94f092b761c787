/* House-keeping in PostgreSQL. Each call is one unit. */
#ifndef AFTERWORD_STORAGE_MAINTENANCE_H
#define AFTERWORD_STORAGE_MAINTENANCE_H

#include "storage/db.h"

void maintenance_partitions(struct db *db, db_end_fn *end, void *arg);
/* Old keys out; slice 0 … 1439 is the part of inbound_seen looked at, one a minute of the day. */
void maintenance_expire(struct db *db, TALLOC_CTX *ctx, int slice, db_end_fn *end, void *arg);
/* Texts made between from and to that wait for a receipt for too long: unknown. */
void maintenance_unknown(struct db *db, TALLOC_CTX *ctx, usec_t from, usec_t to, db_end_fn *end, void *arg);
/* Doubts that 24 hours left without an answer: revoked (NM-3). note: what agents read on the open ticket. */
void maintenance_holds(struct db *db, TALLOC_CTX *ctx, usec_t now, int rule_version, const char *note, db_end_fn *end,
		       void *arg);
/* Due texts waiting, and since when the oldest is due (0: none). */
struct outbox_gauge {
	int64_t depth;
	usec_t oldest;
};
void maintenance_outbox(struct db *db, struct outbox_gauge *gauge, db_end_fn *end, void *arg);

#endif
