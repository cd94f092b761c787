#include "templates/hours.h"

#include <string.h>
#include <time.h>

#include "templates/liquid_locale.h"

#define SECOND INT64_C(1000000)

/* What a calendar and a clock in the zone show. */
static struct tm clock_in(const char *zone, int64_t usec)
{
	time_t shown = (time_t)(usec / SECOND - (usec % SECOND < 0) + locale_offset(zone, usec));
	struct tm tm;

	gmtime_r(&shown, &tm);
	return tm;
}

/* The window of that day; closed on a holiday. */
static struct pb_window window_of(const struct pb_brand *b, const struct tm *day)
{
	char date[16];

	strftime(date, sizeof(date), "%Y-%m-%d", day);
	for (size_t i = 0; i < b->n_holidays; i++)
		if (!strcmp(b->holidays[i], date))
			return (struct pb_window){0, 0};
	return b->support_hours[(day->tm_wday + 6) % 7];
}

bool hours_open(const struct pb_brand *brand, int64_t now, int64_t *opens_at)
{
	struct tm tm;
	struct pb_window w;
	int minute;
	bool open;

	if (opens_at)
		*opens_at = 0;
	if (!brand->has_hours)
		return true;
	tm = clock_in(brand->zone, now);
	w = window_of(brand, &tm);
	minute = tm.tm_hour * 60 + tm.tm_min;
	open = minute >= w.open && minute < w.close;
	for (int ahead = 0; opens_at && !open && ahead < 14; ahead++) {
		time_t noon;
		struct tm day = {
			.tm_year = tm.tm_year, .tm_mon = tm.tm_mon, .tm_mday = tm.tm_mday + ahead, .tm_hour = 12};
		int64_t at;

		noon = timegm(&day); /* the month rolls over */
		gmtime_r(&noon, &day);
		w = window_of(brand, &day);
		at = locale_moment(brand->zone, day.tm_year + 1900, day.tm_mon + 1, day.tm_mday, w.open / 60,
				   w.open % 60, 0);
		if (w.close > w.open && at > now) {
			*opens_at = at;
			break;
		}
	}
	return open;
}
