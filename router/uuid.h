/* UUIDs as RFC 9562 has them. Time and randomness are arguments: this is the pure part. */
#ifndef AFTERWORD_ROUTER_UUID_H
#define AFTERWORD_ROUTER_UUID_H

#include "router/types.h"

/* Version 7: 48 bits of milliseconds, then 12 bits of sub-millisecond time so that ids of one process rise, then
 * random. random: 8 bytes. */
struct uuid uuid_v7(usec_t now, const uint8_t random[8]);
/* The 36-character form, in either case. False (out untouched) for anything else. */
bool uuid_parse(const char *s, struct uuid *out);
void uuid_format(const struct uuid *u, char out[37]);
int uuid_compare(const struct uuid *a, const struct uuid *b);
bool uuid_is_null(const struct uuid *u);
/* When a version 7 id was made, to the millisecond. */
usec_t uuid_time(const struct uuid *u);

#endif
