#include "storage/maintenance.h"

#include <string.h>

#define SLICES 1440

void maintenance_partitions(struct db *db, db_end_fn *end, void *arg)
{
	db_query(db, Q_MAINTENANCE_PARTITIONS, NULL, NULL, NULL);
	db_unit(db, end, arg);
}

/* The i-th bound of the key space cut into equal slices, by its first four bytes; rest fills the others. */
static struct uuid slice_bound(uint64_t i, int rest)
{
	uint64_t first = i * 0x100000000u / SLICES - (rest ? 1 : 0);
	struct uuid u;

	memset(u.b, rest, sizeof(u.b));
	for (int k = 0; k < 4; k++)
		u.b[k] = (uint8_t)(first >> (24 - 8 * k));
	return u;
}

void maintenance_expire(struct db *db, TALLOC_CTX *ctx, int slice, db_end_fn *end, void *arg)
{
	struct params *p = params_new(ctx);
	struct uuid low = slice_bound((uint64_t)slice, 0), high = slice_bound((uint64_t)slice + 1, 0xff);

	params_uuid(p, &low);
	params_uuid(p, &high);
	db_query(db, Q_MAINTENANCE_SEEN, p, NULL, NULL);
	db_query(db, Q_MAINTENANCE_IDEMPOTENCY, NULL, NULL, NULL);
	db_query(db, Q_MAINTENANCE_LEASES, NULL, NULL, NULL);
	db_query(db, Q_MAINTENANCE_PREFERENCE_TOKENS, NULL, NULL, NULL);
	db_unit(db, end, arg);
}

void maintenance_unknown(struct db *db, TALLOC_CTX *ctx, usec_t from, usec_t to, db_end_fn *end, void *arg)
{
	struct params *p = params_new(ctx);

	params_time(p, from);
	params_time(p, to);
	db_query(db, Q_MAINTENANCE_UNKNOWN, p, NULL, NULL);
	db_unit(db, end, arg);
}

void maintenance_holds(struct db *db, TALLOC_CTX *ctx, usec_t now, int rule_version, const char *note, db_end_fn *end,
		       void *arg)
{
	struct params *p = params_new(ctx);

	params_time(p, now);
	params_int(p, P_INT4, rule_version);
	params_text(p, note);
	db_query(db, Q_MAINTENANCE_HOLDS, p, NULL, NULL);
	db_unit(db, end, arg);
}

static void on_gauge(void *arg, const struct db_rows *rows)
{
	struct outbox_gauge *g = arg;

	if (rows->n == 0)
		return;
	g->depth = db_int(rows, 0, 0);
	g->oldest = db_time(rows, 0, 1);
}

void maintenance_outbox(struct db *db, struct outbox_gauge *gauge, db_end_fn *end, void *arg)
{
	*gauge = (struct outbox_gauge){0};
	db_query(db, Q_MAINTENANCE_OUTBOX, NULL, on_gauge, gauge);
	db_unit(db, end, arg);
}
