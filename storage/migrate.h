/* Brings a database to the newest schema. Forward only; one at a time under an advisory lock; safe to call at every
 * start. */
#ifndef AFTERWORD_STORAGE_MIGRATE_H
#define AFTERWORD_STORAGE_MIGRATE_H

#include <stdbool.h>
#include <talloc.h>

struct migration_text {
	const char *name, *sql;
};
extern const struct migration_text migration_texts[]; /* ends with a NULL name */

/* Applies what is missing. *applied: how many. False with *error (owned by ctx) on failure: the failing migration left
 * nothing. */
bool migrate(TALLOC_CTX *ctx, const char *conninfo, int *applied, char **error);

#endif
