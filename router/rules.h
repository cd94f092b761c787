/* The rule pack as the build compiles it in from router/rules/: hours, holidays, consent, caps, senders, and where a
 * number or an address is. Read-only tables; what the words mean is said in the files themselves. */
#ifndef AFTERWORD_ROUTER_RULES_H
#define AFTERWORD_ROUTER_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/day.h"

/* A set of time zones. A zone's id is its index in rules.zones; ids are of one build only and never stored. */
#define RULES_ZONE_WORDS 8
#define RULES_ZONES_MAX (64 * RULES_ZONE_WORDS)
struct rules_zones {
	uint64_t bits[RULES_ZONE_WORDS];
};

struct rules_window { /* minutes after midnight, [open, close); both 0: nothing that day */
	int16_t open, close;
};
enum rules_day { RULES_WEEKDAY = 0, RULES_SATURDAY, RULES_SUNDAY, RULES_DAY_KINDS };

/* Days as in router/day.h. */
struct rules_hours {
	int32_t from; /* first local day it is in force; INT32_MIN: always */
	struct rules_window window[RULES_DAY_KINDS];
	int16_t calendar; /* nothing leaves on its days; -1: none */
	const char *confidence, *source;
};
struct rules_calendar {
	const char *name;
	const int32_t *days; /* ascending */
	size_t n;
};

enum rules_need { NEED_NONE = 0, NEED_NUMBER, NEED_EXPRESS, NEED_WRITTEN, NEED_DOUBLE };
struct rules_consent {
	enum rules_need transactional, relationship, promotional;
	int purchase_days, inquiry_days; /* CO-4; 0: not there */
	bool soft_opt_in;                /* CO-5 */
};

/* A country, a part of one, or "others", the country that has no row. */
struct rules_place {
	const char *code, *name;
	uint16_t country;        /* index; its own for a country */
	uint16_t hours, n_hours; /* rows of rules.hours, latest first; a part may have none: the country's count */
	uint16_t consent;
	struct rules_zones zones;
};

#define RULES_PLACES 4
struct rules_area { /* a NANP area code */
	uint16_t n_places, place[RULES_PLACES];
	struct rules_zones zones;
};
struct rules_calling {
	uint32_t key; /* digits * 8 + how many; ascending */
	uint16_t n_places, place[RULES_PLACES];
};
struct rules_postal { /* by country, then from */
	uint16_t country;
	uint16_t n_places, place[RULES_PLACES];
	char from[8], to[8]; /* of one length, both ends count */
};
struct rules_alias {
	const char *name;
	uint16_t zone;
};

enum rules_sender { SENDER_LONG_CODE = 0, SENDER_TOLL_FREE, SENDER_SHORT_CODE, SENDER_ALPHANUMERIC, SENDER_KINDS };
struct rules_reach {
	bool own;     /* its own country only */
	bool all_but; /* everywhere but `place`; else only there */
	bool one_way; /* nobody can answer it (SR-3) */
	uint16_t n_places, place[16];
};

struct rules {
	const char *version;
	int32_t calendar_until;            /* last day the calendars know */
	const char *const *zones;          /* names, ascending */
	const struct rules_alias *aliases; /* by name */
	const struct rules_place *places;  /* by code */
	const struct rules_area *areas;
	const int16_t *area_of; /* 1000: index of areas by code, -1 none */
	const struct rules_calling *calling;
	const struct rules_postal *postal;
	const struct rules_hours *hours;
	const struct rules_calendar *calendars;
	const struct rules_consent *consents;
	size_t n_zones, n_aliases, n_places, n_areas, n_calling, n_postal, n_hours, n_calendars, n_consents;
	uint16_t others, us, us_unknown, us_contiguous; /* places */
	int guard, spread;                              /* minutes */
	struct rules_window courtesy;
	unsigned ceiling_24h;                                    /* marketing: FQ-1 */
	unsigned marketing_24h, marketing_7d, transactional_24h; /* where a brand says nothing */
	struct rules_reach reach[SENDER_KINDS];
	uint16_t n_domestic, domestic[16]; /* countries that are one to a sender */
};

extern const struct rules rules;

/* Index of a place by its code ("US", "US-TX"); -1: none. Case counts. */
int rules_place(const char *code);
/* Index of a zone by its name or an alias; -1: none. */
int rules_zone(const char *name);

#endif
