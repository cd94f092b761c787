/* Phone numbers, by libphonenumber (C++), behind two C functions. */
#ifndef AFTERWORD_PHONE_H
#define AFTERWORD_PHONE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Any way of writing a number to E.164, read in region (alpha-2) where it has no country code. False: *why (static) says what
 * is wrong. Numbers kept for fiction (+1 … 555 01xx) count as good: demos and tests use them. */
bool phone_normalise(const char *raw, const char *region, char out[20], const char **why);
/* Alpha-2 region of an E.164 number; "" unknown. */
void phone_region(const char *e164, char out[3]);

#ifdef __cplusplus
}
#endif

#endif
