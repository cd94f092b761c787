/* A calendar date as a person writes it in a text. */
#ifndef AFTERWORD_TEMPLATES_DATES_H
#define AFTERWORD_TEMPLATES_DATES_H

#include <stdbool.h>
#include <stdint.h>
#include <talloc.h>

/* "Tue, Nov 24", "24 nov", "Di, 24. Nov.": in GSM-7, whatever the language of locale ("es-MX"); English where it is not
 * among ours. usec since the epoch, read in UTC. Owned by ctx. */
char *short_date(TALLOC_CTX *ctx, const char *locale, int64_t usec);
/* Is the language of locale among ours? */
bool short_date_known(const char *locale);

#endif
