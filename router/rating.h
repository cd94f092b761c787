/* Ratings by text: metrics.md section 4, "Parse, in order". */
#ifndef AFTERWORD_ROUTER_RATING_H
#define AFTERWORD_ROUTER_RATING_H

#include "router/text.h"

enum rating_result {
	RATING_NONE = 0,
	RATING_VALUE,
	RATING_TWO,       /* "4-5": value is the lower; ask once, else take it */
	RATING_RANGE,     /* out of range or another scale: ask once, never clamp */
	RATING_SENTIMENT, /* 👍, "great": never turned into a number */
};

struct rating {
	enum rating_result result;
	int value;
};

/* lowest 1, highest 5 for CSAT; 0 and 10 for NPS. */
struct rating rating_read(const struct text *t, int lowest, int highest);

#endif
