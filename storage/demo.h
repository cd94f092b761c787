/* The demo shop: a brand with customers and orders in every state, on the built-in carrier. */
#ifndef AFTERWORD_STORAGE_DEMO_H
#define AFTERWORD_STORAGE_DEMO_H

#include <stdbool.h>
#include <talloc.h>

/* Loads it if the database holds no brand; its channel follows base_url; an API token is in state_dir/demo-token
 * (0600), made anew should the file be gone. Where other brands are, nothing happens. False with *error (owned by ctx).
 */
bool demo_load(TALLOC_CTX *ctx, const char *conninfo, const char *state_dir, const char *base_url, char **error);

#endif
