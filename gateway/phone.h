/* Telephone numbers: a thin C shim over libphonenumber. */
#ifndef AFTERWORD_PHONE_H
#define AFTERWORD_PHONE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PHONE_MAX 20

/* raw as people write it, read in region (alpha-2; NULL or "": only the international form is understood), to E.164.
 * False: *why says what would be right; it lives until the next call. */
bool phone_normalise(const char *raw, const char *region, char out[PHONE_MAX], const char **why);

/* The region of an E.164 number ("US"), "" where there is none. Returns out. */
const char *phone_region(const char *e164, char out[3]);

#ifdef __cplusplus
}
#endif
#endif
