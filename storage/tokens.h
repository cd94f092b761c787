/* API tokens, for the command line: each call connects, does one thing and waits for it. */
#ifndef AFTERWORD_STORAGE_TOKENS_H
#define AFTERWORD_STORAGE_TOKENS_H

#include <stdbool.h>
#include <talloc.h>

#include "router/types.h"

struct token {
	struct uuid id;
	const char *brand, *name;
	unsigned scopes;
	usec_t created_at, revoked_at; /* revoked_at 0: in force */
};

/* Makes a token of the brand (NULL: of the only one there is). *secret, owned by ctx, is 'aw_' and 43 characters; it is
 * nowhere else: only its SHA-256 is stored. False with *error, owned by ctx. */
bool token_create(TALLOC_CTX *ctx, const char *conninfo, const struct uuid *brand, const char *name, unsigned scopes,
		  char **secret, struct uuid *id, char **error);
/* All tokens, oldest first, in an array owned by ctx. */
bool token_list(TALLOC_CTX *ctx, const char *conninfo, struct token **tokens, size_t *n, char **error);
/* Within 30 seconds nobody takes it any more. False too if there is no such token. */
bool token_revoke(TALLOC_CTX *ctx, const char *conninfo, const struct uuid *id, char **error);

#endif
