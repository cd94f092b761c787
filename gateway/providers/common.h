/* What the providers share among themselves. Nobody outside this folder includes it, tests aside. */
#ifndef AFTERWORD_PROVIDERS_COMMON_H
#define AFTERWORD_PROVIDERS_COMMON_H

#include "gateway/providers/provider.h"

extern const struct provider twilio_provider, kannel_provider, simulator_provider;

/* Ids longer than this are not any provider's: Twilio's are 34 characters, Kannel's UUIDs 36, our hashes 64. */
#define PROVIDER_ID_MAX 64

/* First field of that name with its lengths; NULL if absent. */
const struct form_field *form_find(const struct form *form, const char *name);

/* NULL where fine, else what would be right (static). NULL or "" is missing. */
const char *number_trouble(const char *s); /* optional '+', then 3 to 15 digits */
const char *id_trouble(const char *s);     /* 1 to PROVIDER_ID_MAX printable ASCII characters */

/* "application/json; charset=utf-8" is "application/json". */
bool content_type_is(const char *content_type, const char *type);
bool method_is_post(const struct hook *hook);
/* The m of a status URL's query. False only where there is one that is no UUID. */
bool message_of(const char *m, struct receipt *out);

/* Error tables: short, read on failures only, hence searched from the front. */
struct code_meaning {
	const char *code;
	enum send_meaning meaning;
};
const struct code_meaning *code_find(const struct code_meaning *table, size_t n, const char *code);

/* What an HTTP status says where the body says nothing better. */
enum send_meaning meaning_of_status(long status);
/* Retry-After in seconds, at most a day; 0 for none and for dates (there is no clock here). */
long retry_after_seconds(const char *value);
/* base_url and what follows, with one slash between. */
char *join_url(TALLOC_CTX *ctx, const char *base, const char *path);

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
