#include "router/rating.h"

#include <string.h>

#include "router/choice.h"

#define BARE_WORDS 4 /* a text so short is an answer to the scale, not prose */

struct found {
	unsigned n;
	int first, low;
	bool other_scale;
};

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter(char c)
{
	return c >= 'a' && c <= 'z';
}

/* A number with one of these behind it counts something else. */
static bool unit_follows(const char *s)
{
	static const char *const units[] = {"day",    "hour", "min",   "week",  "month",   "year",  "time", "item",
					    "piece",  "pm",   "am",    "box",   "o'clock", "dia",   "hora", "tag",
					    "stunde", "jour", "heure", "giorn", "dag",     "dollar"};

	while (*s == ' ')
		s++;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strncmp(s, units[i], strlen(units[i])) == 0)
			return true;
	return *s == '%';
}

static void add(struct found *f, int v)
{
	if (!f->n || v < f->low)
		f->low = v;
	if (!f->n)
		f->first = v;
	f->n++;
}

/* Reads the number at s; returns its end. Order numbers, dates, times, prices and counts are passed over. */
static const char *read_number(const char *text, const char *s, int highest, struct found *f)
{
	const char *e = s;
	int v = 0, over = 0;
	bool skip = s > text && (letter(s[-1]) || s[-1] == '$' || s[-1] == '-');

	if (s > text + 1 && s[-1] == '-' && digit(s[-2]))
		skip = false; /* 4-5 */
	for (; digit(*e); e++)
		v = e - s < 6 ? v * 10 + (*e - '0') : v;
	skip = skip || e - s >= 4 || letter(*e);
	if ((*e == '.' || *e == ',') && digit(e[1])) { /* 4.5: half down */
		bool up = e[1] > '5';
		for (e++; digit(*e); e++)
			;
		skip = skip || (*e == '.' && digit(e[1])); /* 24.12.2026 */
		v += up;
	}
	if (*e == ':' && digit(e[1])) {
		skip = true;
		for (e++; digit(*e); e++)
			;
	}
	if (*e == '/' && digit(e[1])) {
		for (e++; digit(*e); e++)
			over = over < 1000 ? over * 10 + (*e - '0') : over;
		skip = skip || *e == '/';
		f->other_scale = !skip && over != highest;
	}
	if (!skip && !unit_follows(e))
		add(f, v);
	return e;
}

static void read_words(const struct text *t, struct found *f)
{
	for (size_t i = 0; i < t->n; i++)
		if (!digit(t->word[i].s[0]) && choice_number(t->word[i].s) >= 0)
			add(f, choice_number(t->word[i].s));
}

static bool sentiment(const struct text *t)
{
	static const char *const words_of[] = {"great",    "terrible", "awesome", "awful", "good", "bad",  "excellent",
					       "horrible", "perfect",  "ok",      "okay",  "love", "hate", "gut",
					       "schlecht", "bueno",    "malo",    "bien",  "mal",  "super"};

	if (!t->n)
		return t->emoji.up || t->emoji.down || t->emoji.heart;
	for (size_t i = 0; t->n == 1 && i < sizeof words_of / sizeof words_of[0]; i++)
		if (text_is(t, 0, words_of[i]))
			return true;
	return false;
}

struct rating rating_read(const struct text *t, int lowest, int highest)
{
	struct found f = {0};
	bool bare = t->n <= BARE_WORDS;

	if (!t->n && t->emoji.star)
		add(&f, (int)t->emoji.star);
	for (const char *s = t->folded; *s;)
		s = digit(*s) ? read_number(t->folded, s, highest, &f) : s + 1;
	if (!f.n && bare) /* "the blue one" is prose; "four!" is not */
		read_words(t, &f);
	if (!f.n)
		return (struct rating){.result = sentiment(t) ? RATING_SENTIMENT : RATING_NONE};
	if (f.n > 1)
		return (struct rating){.result = bare && f.n == 2 && f.low >= lowest && f.low <= highest ? RATING_TWO
													 : RATING_NONE,
				       .value = f.low};
	if (f.other_scale || f.first < lowest || f.first > highest)
		return (struct rating){.result = bare ? RATING_RANGE : RATING_NONE};
	return (struct rating){.result = RATING_VALUE, .value = f.first};
}
