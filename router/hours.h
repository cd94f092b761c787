/* The hours in which a text may leave (section 8): in every zone the customer may be in, by every rule that may be
 * his. Pure but for the tz database (router/zones.h). */
#ifndef AFTERWORD_ROUTER_HOURS_H
#define AFTERWORD_ROUTER_HOURS_H

#include "router/zones.h"
#include "templates/playbook.h"

enum hours_kind {
	HOURS_LAW = 0,  /* promotional and relationship: the rows of hours.yaml */
	HOURS_COURTESY, /* transactional that is not urgent (QH-9) */
};

struct hours {
	const struct zone_candidates *who;
	enum hours_kind kind;
	struct pb_window brand; /* the brand's own: may only narrow; both 0: none */
	size_t n_closed;
	const int32_t *closed; /* days on which the brand sends none of these (day_of); any order */
	int guard;             /* minutes before close in which nothing new leaves (QH-3); 0: none */
};

/* May it leave at that time? Without a zone, or with one that the tz database does not know: no. */
bool hours_allowed(const struct hours *h, usec_t t);

/* The first time at or after t when it may leave, to the second; 0: there is none within 40 days. */
usec_t hours_next(const struct hours *h, usec_t t);

/* For a time that is allowed: until when the window is open for what is under way; the guard does not count. */
usec_t hours_closes(const struct hours *h, usec_t t);

/* The window at that time as the record keeps it: "Wed 2026-07-01 09:00-20:00", and another for each further local day.
 * Returns out. */
const char *hours_text(const struct hours *h, usec_t t, char *out, size_t size);

#endif
