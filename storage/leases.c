#include "storage/leases.h"

#include <stdlib.h>

static void on_held(void *arg, const struct db_rows *rows)
{
	struct held_leases *held = arg;

	held->n = (size_t)rows->n;
	held->lease = talloc_array(held, struct held_lease, (unsigned)rows->n + 1);
	if (!held->lease)
		abort();
	for (int r = 0; r < rows->n; r++) {
		held->lease[r].sender = db_uuid(rows, r, 0);
		held->lease[r].fence = db_int(rows, r, 1);
	}
}

void leases_senders(struct db *db, struct held_leases *held, const struct uuid *senders, size_t n,
		    const struct uuid *holder, db_end_fn *end, void *arg)
{
	struct params *p = params_new(held);
	struct param_array *a = params_array(p, P_UUID);

	for (size_t i = 0; i < n; i++)
		array_uuid(a, &senders[i]);
	params_uuid(p, holder);
	db_query(db, Q_LEASE_SENDERS, p, on_held, held);
	db_unit(db, end, arg);
}

static void on_taken(void *arg, const struct db_rows *rows)
{
	bool *held = arg;

	*held = rows->n > 0;
}

void leases_take(struct db *db, TALLOC_CTX *ctx, const char *name, const struct uuid *holder, int seconds, bool *held)
{
	struct params *p = params_new(ctx);

	*held = false;
	params_text(p, name);
	params_uuid(p, holder);
	params_int(p, P_INT4, seconds);
	db_query(db, Q_LEASE_TAKE, p, on_taken, held);
}

void leases_release(struct db *db, TALLOC_CTX *ctx, const struct uuid *holder, db_end_fn *end, void *arg)
{
	struct params *p = params_new(ctx);

	params_uuid(p, holder);
	db_query(db, Q_LEASE_RELEASE, p, NULL, NULL);
	db_unit(db, end, arg);
}
