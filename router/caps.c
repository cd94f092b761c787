#include "router/caps.h"

#include <string.h>

#define WEEK (7 * USEC_DAY)
#define DAY 86400

/* The tighter of two limits, of which 0 is none. */
static unsigned tighter(unsigned a, unsigned b)
{
	return !a ? b : !b ? a : a < b ? a : b;
}

static void hold(struct caps_answer *a, enum caps_limit limit, usec_t until)
{
	if (until > a->until)
		*a = (struct caps_answer){limit, until};
}

/* At most n in any span of that length: the n-th newest has to be as old as that. */
static void elapsed(struct caps_answer *a, enum caps_limit limit, const struct caps_sent *sent, unsigned n, usec_t span)
{
	if (n && sent->n >= n && n <= CAPS_LOOK)
		hold(a, limit, sent->at[n - 1] + span);
}

static int64_t local_day(unsigned zone, usec_t t, struct zone_span *span)
{
	int64_t s = t / USEC_SECOND;

	if (!zone_at(zone, s, span))
		*span = (struct zone_span){s, s + DAY, 0};
	s += span->offset;
	return s / DAY - (s % DAY < 0);
}

/* The first second of the local day after the one of t. */
static usec_t next_midnight(unsigned zone, usec_t t)
{
	struct zone_span span;
	int64_t day = local_day(zone, t, &span), at;

	at = (day + 1) * DAY - span.offset;
	if (at > span.to) { /* the offset changes before: midnight may come sooner or later, or be skipped */
		at = span.to;
		while (local_day(zone, at * USEC_SECOND, &span) <= day)
			at = (day + 1) * DAY - span.offset;
	}
	return at * USEC_SECOND;
}

/* At most n on one local date. The last of them that counts today holds it until tomorrow. */
static void by_date(struct caps_answer *a, usec_t now, const struct caps_sent *sent, unsigned n, unsigned zone)
{
	struct zone_span span;
	int64_t today = local_day(zone, now, &span);

	if (n && sent->n >= n && n <= CAPS_LOOK && local_day(zone, sent->at[n - 1], &span) >= today)
		hold(a, CAPS_DAY, next_midnight(zone, now));
}

/* In every zone he may be in; where none is known, a day is 24 hours. */
static void all_dates(struct caps_answer *a, usec_t now, const struct caps_sent *sent, unsigned n,
		      const struct rules_zones *zones)
{
	static const struct rules_zones none;

	if (memcmp(zones, &none, sizeof none) == 0)
		elapsed(a, CAPS_DAY, sent, n, USEC_DAY);
	for (unsigned w = 0; n && w < RULES_ZONE_WORDS; w++)
		for (uint64_t bits = zones->bits[w]; bits; bits &= bits - 1)
			by_date(a, now, sent, n, w * 64 + (unsigned)__builtin_ctzll(bits));
}

static struct caps_answer answer(struct caps_answer a, usec_t now)
{
	return a.until > now ? a : (struct caps_answer){CAPS_FREE, now};
}

struct caps_answer caps_marketing(usec_t now, const struct caps_sent *sent, const struct pb_caps *promotional,
				  const struct pb_caps *relationship, const struct rules_zones *zones)
{
	struct caps_answer a = {CAPS_FREE, now};
	unsigned day = tighter(promotional->per_day, relationship->per_day);
	unsigned week = tighter(promotional->per_week, relationship->per_week);
	usec_t gap = promotional->min_gap > relationship->min_gap ? promotional->min_gap : relationship->min_gap;

	elapsed(&a, CAPS_24H, sent, day ? rules.ceiling_24h : rules.marketing_24h, USEC_DAY);
	elapsed(&a, CAPS_WEEK, sent, week ? week : rules.marketing_7d, WEEK);
	elapsed(&a, CAPS_GAP, sent, gap > 0, gap * USEC_SECOND);
	all_dates(&a, now, sent, day, zones);
	return answer(a, now);
}

struct caps_answer caps_transactional(usec_t now, const struct caps_sent *sent, const struct pb_caps *brand,
				      const struct rules_zones *zones)
{
	struct caps_answer a = {CAPS_FREE, now};

	elapsed(&a, CAPS_24H, sent, brand->per_day ? 0 : rules.transactional_24h, USEC_DAY);
	elapsed(&a, CAPS_WEEK, sent, brand->per_week, WEEK);
	elapsed(&a, CAPS_GAP, sent, brand->min_gap > 0, brand->min_gap * USEC_SECOND);
	all_dates(&a, now, sent, brand->per_day, zones);
	return answer(a, now);
}
