/* Work that must happen once: who holds it, under which fencing number. */
#ifndef AFTERWORD_STORAGE_LEASES_H
#define AFTERWORD_STORAGE_LEASES_H

#include "storage/db.h"

struct held_lease {
	struct uuid sender;
	int64_t fence;
};

/* A talloc context; filled in when the unit ends well. */
struct held_leases {
	size_t n;
	struct held_lease *lease;
};

/* Renews and takes senders, at most the worker's fair share of those given. One unit. */
void leases_senders(struct db *db, struct held_leases *held, const struct uuid *senders, size_t n,
		    const struct uuid *holder, db_end_fn *end, void *arg);
/* Takes or renews one lease by name, into the open unit; *held says whether. */
void leases_take(struct db *db, TALLOC_CTX *ctx, const char *name, const struct uuid *holder, int seconds, bool *held);
/* Gives everything back. One unit. */
void leases_release(struct db *db, TALLOC_CTX *ctx, const struct uuid *holder, db_end_fn *end, void *arg);

#endif
