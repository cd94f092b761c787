/* The key of the suppressions: by it a number that was erased is known again, and without it nobody can tell which
 * numbers are in the list (RE-1). It is kept apart from the database: in a setting, or in a file of the state folder.
 */
#ifndef AFTERWORD_SUPPRESSION_H
#define AFTERWORD_SUPPRESSION_H

#include "gateway/settings.h"
#include "storage/consent.h"

/* The setting, else the file, else a fresh one written to the file (mode 0600). False: *error says why (on ctx). */
bool suppression_key(TALLOC_CTX *ctx, const struct settings *s, uint8_t key[SUPPRESSION_KEY], char **error);

#endif
