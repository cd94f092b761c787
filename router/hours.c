#include "router/hours.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY 86400
#define SEARCH (40 * (int64_t)DAY)

struct local {
	int32_t day;
	int second; /* of the day */
};

static int64_t seconds(usec_t t)
{
	return t / USEC_SECOND - (t % USEC_SECOND < 0);
}

static struct local local_at(int64_t t, int32_t offset)
{
	int64_t s = t + offset, day = s / DAY - (s % DAY < 0);

	return (struct local){(int32_t)day, (int)(s - day * DAY)};
}

static bool holiday(const struct rules_hours *row, int32_t day)
{
	const struct rules_calendar *c = &rules.calendars[row->calendar < 0 ? 0 : row->calendar];
	size_t low = 0, high = c->n;

	if (row->calendar < 0)
		return false;
	if (day > rules.calendar_until) /* not known: none is let pass */
		return true;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (c->days[mid] < day)
			low = mid + 1;
		else
			high = mid;
	}
	return low < c->n && c->days[low] == day;
}

/* The row of a place that is in force; its country's where it has none. */
static const struct rules_hours *row_of(uint16_t place, int32_t day)
{
	const struct rules_place *p = &rules.places[place];

	for (unsigned i = 0; i < p->n_hours; i++)
		if (rules.hours[p->hours + i].from <= day)
			return &rules.hours[p->hours + i];
	return p->country == place ? NULL : row_of(p->country, day);
}

static void narrow(struct rules_window *w, int open, int close)
{
	if (open > w->open)
		w->open = (int16_t)open;
	if (close < w->close)
		w->close = (int16_t)close;
}

/* What all rules leave of a local day; close <= open: nothing. */
static struct rules_window day_window(const struct hours *h, int32_t day)
{
	static const enum rules_day kind_of[] = {RULES_WEEKDAY, RULES_WEEKDAY,  RULES_WEEKDAY, RULES_WEEKDAY,
						 RULES_WEEKDAY, RULES_SATURDAY, RULES_SUNDAY};
	struct rules_window w = {0, 24 * 60};
	enum rules_day kind = kind_of[day_weekday(day)];

	if (h->brand.open || h->brand.close)
		narrow(&w, h->brand.open, h->brand.close);
	for (size_t i = 0; i < h->n_closed; i++)
		if (h->closed[i] == day)
			return (struct rules_window){0, 0};
	if (h->kind == HOURS_COURTESY)
		narrow(&w, rules.courtesy.open, rules.courtesy.close);
	for (size_t i = 0; h->kind == HOURS_LAW && i < h->who->n_places; i++) {
		const struct rules_hours *row = row_of(h->who->place[i], day);
		if (!row || holiday(row, day))
			return (struct rules_window){0, 0};
		narrow(&w, row->window[kind].open, row->window[kind].close);
	}
	if (h->kind == HOURS_LAW && !h->who->n_places)
		return (struct rules_window){0, 0};
	return w;
}

enum look { BLOCKED = 0, OPEN, LOST };

/* One zone at one time. BLOCKED: *again is when to look next, at the opening or before it; OPEN: *again is the close.
 */
static enum look look(const struct hours *h, unsigned zone, int64_t t, int guard, int64_t *again)
{
	struct zone_span span;
	struct local at;
	struct rules_window w;
	int64_t next;
	bool open;

	*again = t;
	if (!zone_at(zone, t, &span))
		return LOST;
	at = local_at(t, span.offset);
	w = day_window(h, at.day);
	open = at.second >= w.open * 60 && at.second < (w.close - guard) * 60;
	if (open)
		next = w.close * 60;
	else if (at.second < w.open * 60 && w.open < w.close - guard)
		next = w.open * 60;
	else
		next = DAY;
	next += t - at.second;
	*again = next < span.to ? next : span.to;
	return open ? OPEN : BLOCKED;
}

/* All zones. BLOCKED: *again as above; OPEN: *again is the first close. LOST: no zone, or one that is not known. */
static enum look look_all(const struct hours *h, int64_t t, int guard, int64_t *again)
{
	int64_t first = INT64_MAX, next = t;
	bool any = false;

	for (unsigned w = 0; w < RULES_ZONE_WORDS; w++)
		for (uint64_t bits = h->who->zones.bits[w]; bits; bits &= bits - 1) {
			enum look l = look(h, w * 64 + (unsigned)__builtin_ctzll(bits), t, guard, &next);
			if (l != OPEN) {
				*again = next;
				return l;
			}
			any = true;
			if (next < first)
				first = next;
		}
	*again = first;
	return any ? OPEN : LOST;
}

bool hours_allowed(const struct hours *h, usec_t t)
{
	int64_t again;

	return look_all(h, seconds(t), h->guard, &again) == OPEN;
}

usec_t hours_next(const struct hours *h, usec_t t)
{
	int64_t start = seconds(t), at = start, again;

	while (at < start + SEARCH) {
		enum look l = look_all(h, at, h->guard, &again);
		if (l == OPEN)
			return at == start ? t : at * USEC_SECOND;
		if (l == LOST)
			return 0;
		at = again;
	}
	return 0;
}

usec_t hours_closes(const struct hours *h, usec_t t)
{
	int64_t again;

	return look_all(h, seconds(t), 0, &again) == OPEN ? again * USEC_SECOND : t;
}

static size_t day_text(const struct hours *h, int32_t day, char *out, size_t size)
{
	static const char names[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	struct rules_window w = day_window(h, day);
	time_t t = (time_t)day * DAY;
	struct tm tm;
	int n;

	gmtime_r(&t, &tm);
	n = snprintf(out, size, "%s %04d-%02d-%02d %02d:%02d-%02d:%02d", names[day_weekday(day)], tm.tm_year + 1900,
		     tm.tm_mon + 1, tm.tm_mday, w.open / 60, w.open % 60, w.close / 60, w.close % 60);
	return n > 0 && (size_t)n < size ? (size_t)n : size;
}

const char *hours_text(const struct hours *h, usec_t t, char *out, size_t size)
{
	int32_t done[4];
	size_t n = 0, at = 0;
	struct zone_span span;

	out[0] = '\0';
	for (unsigned w = 0; w < RULES_ZONE_WORDS; w++)
		for (uint64_t bits = h->who->zones.bits[w]; bits; bits &= bits - 1) {
			int32_t day;
			size_t i = 0;
			if (!zone_at(w * 64 + (unsigned)__builtin_ctzll(bits), seconds(t), &span))
				continue;
			day = local_at(seconds(t), span.offset).day;
			while (i < n && done[i] != day)
				i++;
			if (i < n || n == 4 || at + 32 >= size)
				continue;
			done[n++] = day;
			if (at) {
				memcpy(out + at, "; ", 3);
				at += 2;
			}
			at += day_text(h, day, out + at, size - at);
		}
	return out;
}
