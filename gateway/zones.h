/* Time zones by their names in the IANA database, as this machine has it. */
#ifndef AFTERWORD_ZONES_H
#define AFTERWORD_ZONES_H

#include <stdbool.h>
#include <stddef.h>

/* "America/New_York" is; "EST", "+5", "../../etc/passwd" and "Mars/Olympus" are not. */
bool zone_known(const char *name);

struct zone {
	const char *name;
	const char *countries; /* "US" or "US,CA" */
};
/* Every zone that somebody lives in, sorted by name; read once a process. *n is 0 where the machine has no list. */
const struct zone *zones(size_t *n);

/* Lies the zone in the country ("US")? */
bool zone_in(const struct zone *zone, const char *country);

#endif
