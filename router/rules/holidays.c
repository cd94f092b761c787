/* The grammar of a holiday's day, written out year by year. */
#include "router/rules/compile.h"

#include <stdlib.h>
#include <string.h>

static const char *const weekdays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
				     "July",    "August",   "September", "October", "November", "December"};
static const char *const nth[] = {"first", "second", "third", "fourth", "fifth"};

static int32_t date(int y, int m, int d)
{
	char iso[32];

	snprintf(iso, sizeof iso, "%04d-%02d-%02d", y, m, d);
	return day_of(iso);
}

static int word(const char *s, const char *const *list, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(s, list[i]) == 0)
			return i;
	return -1;
}

/* Western Easter Sunday, by the anonymous Gregorian method (Meeus, Astronomical Algorithms, chapter 8). */
static int32_t easter(int y)
{
	int a = y % 19, b = y / 100, c = y % 100, d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
	int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
	int m = (a + 11 * h + 22 * l) / 451, n = h + l - 7 * m + 114;

	return date(y, n / 31, n % 31 + 1);
}

/* "third Monday of January", "last Monday of May" */
static int32_t nth_weekday(int y, const char *which, const char *day, const char *month)
{
	int w = word(day, weekdays, 7), m = word(month, months, 12) + 1, k = word(which, nth, 5);
	bool last = strcmp(which, "last") == 0;
	int32_t first;

	if (w < 0 || !m || (k < 0 && !last))
		return INT32_MIN;
	if (last) {
		first = (m == 12 ? date(y + 1, 1, 1) : date(y, m + 1, 1)) - 7;
		return first + (w - day_weekday(first) + 7) % 7;
	}
	first = date(y, m, 1);
	return first + (w - day_weekday(first) + 7) % 7 + 7 * k;
}

static int32_t in_year(const char *on, int y)
{
	char a[16], b[16], c[16], rest;
	int m, d, by;
	int32_t day;

	if (sscanf(on, "%2d-%2d%c", &m, &d, &rest) == 2)
		return date(y, m, d);
	if (strcmp(on, "Easter") == 0)
		return easter(y);
	if (sscanf(on, "Easter + %d%c", &by, &rest) == 1)
		return easter(y) + by;
	if (sscanf(on, "Easter - %d%c", &by, &rest) == 1)
		return easter(y) - by;
	if (sscanf(on, "Tuesday after first Monday of %15s%c", a, &rest) == 1) {
		day = nth_weekday(y, "first", "Monday", a);
		return day == INT32_MIN ? day : day + 1;
	}
	if (sscanf(on, "%15s %15s of %15s%c", a, b, c, &rest) == 3)
		return nth_weekday(y, a, b, c);
	return INT32_MIN;
}

static void add(struct c_calendar *c, int32_t day)
{
	c->days = talloc_realloc(talloc_parent(c->days), c->days, int32_t, (unsigned)c->n + 1);
	c->days[c->n++] = day;
}

bool holiday_days(struct c_calendar *c, const struct holiday *h, int from, int until)
{
	for (int y = from; y <= until; y++) {
		int32_t day = in_year(h->on, y);
		if (day == INT32_MIN)
			return false;
		if (h->even_years && y % 2)
			continue;
		add(c, day);
		if (h->observed && day_weekday(day) == 5)
			add(c, day - 1);
		if (h->observed && day_weekday(day) == 6)
			add(c, day + 1);
	}
	return true;
}
