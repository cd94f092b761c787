/* Where a customer may be, and what time it is there (QH-4 to QH-7).
 *
 * The tz database is data, like the rule pack: zone names are stored, offsets never. GLib reads the system's own (the
 * package tzdata), not a copy that a library carries: such a copy ages (the ICU of Debian 12 still knows summer time
 * in Mexico). What has been read is kept a thread; zones_refresh lets go of it now and then, so that an update of the
 * database takes effect without a restart (QH-7). */
#ifndef AFTERWORD_ROUTER_ZONES_H
#define AFTERWORD_ROUTER_ZONES_H

#include "router/rules.h"
#include "router/types.h"

/* A time in which a zone keeps one offset: [from, to), seconds since the epoch. Both may be closer than the next real
 * change: ask again there. */
struct zone_span {
	int64_t from, to;
	int32_t offset; /* seconds east of UTC */
};

/* zone: an index of rules.zones. t: seconds. False: the system's tz database does not know the zone. */
bool zone_at(unsigned zone, int64_t t, struct zone_span *out);

/* Lets go of what was read of the tz database if that is an hour ago, or if now is before it. */
void zones_refresh(usec_t now);

/* The first zone of the rule pack that the system's tz database does not know; NULL: it knows all. For start-up: a
 * gate without zones sends no marketing. */
const char *zones_missing(void);

static inline bool zones_has(const struct rules_zones *set, unsigned zone)
{
	return set->bits[zone / 64] >> (zone % 64) & 1;
}

/* What is known of where the customer is. Every field may be NULL. Unknown names and codes tell nothing, and never
 * loosen a rule. */
struct zone_evidence {
	const char *stated_zone; /* what the customer said: "America/Denver" */
	const char *number;      /* E.164, with the + */
	/* of this order's shipping address, then of the billing address: ISO 3166 alpha-2; the part of the country as
	 * a code with or without the country ("TX", "US-TX"; any case) or by its English name; the postal code */
	const char *ship_country, *ship_region, *ship_postal;
	const char *bill_country, *bill_region, *bill_postal;
	bool contiguous_only;       /* QH-6: the shop does not send to Alaska and Hawaii; false: they cannot be
				       excluded */
	bool unknown_state_federal; /* QH-6, the brand's setting; false: the strictest state's hours */
};

#define CANDIDATE_PLACES 24
struct zone_candidates {
	struct rules_zones zones;
	size_t n_places;
	uint16_t place[CANDIDATE_PLACES]; /* countries, and the parts of them that are known */
};

/* All of it: a text is allowed only where every zone and every place allow it. No places: nothing is known at all; no
 * zone then, unless one was stated. */
void zones_candidates(const struct zone_evidence *e, struct zone_candidates *out);

/* The country of a number, as a place; -1: none, or more than one. */
int zones_number_country(const char *number);

/* The zones' names, with a blank between, as far as they fit, then "+N" for the rest. Returns out. */
const char *zones_text(const struct rules_zones *set, char *out, size_t size);
/* The same for places, as codes. */
const char *zones_places_text(const struct zone_candidates *who, char *out, size_t size);

#endif
