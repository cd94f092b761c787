#include "router/day.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int32_t day_of(const char *iso)
{
	struct tm tm = {0}, back;
	char again[32];
	time_t t;

	if (sscanf(iso, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return DAY_NONE;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	t = timegm(&tm);
	if (!gmtime_r(&t, &back) || !strftime(again, sizeof again, "%Y-%m-%d", &back) || strcmp(again, iso) != 0)
		return DAY_NONE;
	return (int32_t)(t / 86400);
}

int day_weekday(int32_t day)
{
	return (int)(((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}
