/* How many texts a person gets (section 9). A cap counts texts that were handed to the provider, less those that
 * failed for good (FQ-2); conversational and compliance texts are never counted. */
#ifndef AFTERWORD_ROUTER_CAPS_H
#define AFTERWORD_ROUTER_CAPS_H

#include "router/zones.h"
#include "templates/playbook.h"

/* When texts of a group were handed over, newest first, to this customer by this brand. Seven days back, or as many as
 * CAPS_LOOK: no limit above that is taken. Times, not counts: only they tell when a slot is free again. */
#define CAPS_LOOK 32
struct caps_sent {
	size_t n;
	const usec_t *at;
};

enum caps_limit {
	CAPS_FREE = 0,
	CAPS_24H,  /* elapsed time: the law's ceiling, or ours */
	CAPS_DAY,  /* the brand's a day, by the local date of each zone he may be in */
	CAPS_WEEK, /* 7 days of elapsed time */
	CAPS_GAP,  /* least time between two */
};

struct caps_answer {
	enum caps_limit limit; /* the one that holds it longest */
	usec_t until;          /* first time at which no limit holds it, if nothing else is sent */
};

/* Promotional and relationship together (FQ-1). brand: both classes' caps, the tighter is taken; 0: none, then the
 * pack's defaults. The ceiling holds whatever the brand says. */
struct caps_answer caps_marketing(usec_t now, const struct caps_sent *sent, const struct pb_caps *promotional,
				  const struct pb_caps *relationship, const struct rules_zones *zones);

/* Transactional: over it, texts collapse (FQ-2). */
struct caps_answer caps_transactional(usec_t now, const struct caps_sent *sent, const struct pb_caps *brand,
				      const struct rules_zones *zones);

#endif
