/* Every sentence a customer reads, by name and locale. The texts are files:
 * templates/playbook/messages/<locale>/<name>.liquid, compiled into the program. */
#ifndef AFTERWORD_TEMPLATES_WORDING_H
#define AFTERWORD_TEMPLATES_WORDING_H

#include <stdbool.h>
#include <stdint.h>
#include <talloc.h>

struct wording_var {
	const char *name;  /* "brand.name" */
	const char *value; /* NULL renders as nothing */
};

/* Renders message name in the best locale there is: "es-MX" -> "es" -> "en". {{ variable }} output only.
 * Returns a string owned by ctx, never NULL for a name that exists in "en"; NULL for an unknown name. */
char *wording_render(TALLOC_CTX *ctx, const char *locale, const char *name, const struct wording_var *vars, size_t n);

/* A text with its {{ variable }} outputs filled in. A value is never read again. Owned by ctx. */
char *wording_fill(TALLOC_CTX *ctx, const char *text, const struct wording_var *vars, size_t n);

/* A calendar date as a person of that locale writes it in a text: "Tue, Nov 24", "24 nov", "24. Nov.".
 * usec since the epoch, read in UTC. Owned by ctx. */
char *wording_date(TALLOC_CTX *ctx, const char *locale, int64_t usec);

/* The language of the best catalogue for that locale: "es" for "es-MX", "en" where there is none. Static. */
const char *wording_language(const char *locale);

/* For tests and the linter: the catalogue, entry by entry; false past the end. Static strings. */
struct wording_entry {
	const char *locale, *name, *cls, *text;
};
bool wording_entry(size_t i, struct wording_entry *out);

#endif
