#include "router/phrases.h"

#include <string.h>

#include "router/lexicon.h"

#define GAP 3 /* "~" stands for up to so many words: enough for "my last big blue", too few to join two thoughts */

static uint16_t class_of(char c)
{
	return c == 'o' ? LEX_ORDER : c == 'm' ? LEX_MESSAGE : LEX_PROMO;
}

/* Matches pattern at word i, not beyond end. Returns the index past it, 0 for no match. */
static size_t match(const struct text *t, size_t i, size_t end, const char *pattern)
{
	for (;;) {
		size_t len = strcspn(pattern, " ");

		if (pattern[0] == '~') {
			for (size_t gap = 0; gap <= GAP && i + gap < end; gap++) {
				size_t past = match(t, i + gap, end, pattern + 2);
				if (past)
					return past;
			}
			return 0;
		}
		if (i >= end)
			return 0;
		if (pattern[0] == '%' ? !(t->word[i].bits & class_of(pattern[1]))
				      : (t->word[i].len != len || memcmp(t->word[i].s, pattern, len) != 0))
			return 0;
		i++;
		if (!pattern[len])
			return i;
		pattern += len + 1;
	}
}

/* Order of a pattern's first word against a word. */
static int compare_first(const char *pattern, const struct text_word *w)
{
	size_t len = strcspn(pattern, " ");
	int c = memcmp(pattern, w->s, len < w->len ? len : w->len);

	return c ? c : (len > w->len) - (len < w->len);
}

static size_t first_phrase(const struct text_word *w)
{
	size_t lo = 0, hi = phrases_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_first(phrases[mid].pattern, w) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool speaks_of_order(const struct text *t, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (t->word[i].bits & LEX_ORDER)
			return true;
	return false;
}

static bool in_place(const struct text *t, const struct phrase *p, size_t start, size_t from, size_t to, size_t end)
{
	switch (p->where) {
	case W_CLAUSE:
		return from == start && to == end;
	case W_END:
		return to == end && !speaks_of_order(t, start, end);
	default:
		return true;
	}
}

/* "don't take me off the list": said with the word before turned round. */
static bool negated(const struct text *t, size_t start, size_t i)
{
	return i > start && (t->word[i - 1].bits & LEX_NEGATION);
}

static bool keep_longer(const struct phrase **best, const struct phrase *p)
{
	if (*best && strlen(p->pattern) <= strlen((*best)->pattern))
		return false;
	*best = p;
	return true;
}

static void take(const struct phrase *p, size_t from, size_t to, bool turned, struct hits *out)
{
	if (p->meaning >= P_INTENT) {
		keep_longer(&out->intent, p);
		return;
	}
	if (turned && (p->meaning == P_OUT || p->meaning == P_OUT_MARKETING))
		return;
	if (p->meaning == P_IDIOM)
		memset(out->idiom + from, true, to - from);
	if (keep_longer(&out->best[p->meaning], p))
		out->at[p->meaning] = (uint16_t)from;
}

void phrases_find(const struct text *t, struct hits *out)
{
	memset(out->best, 0, sizeof out->best);
	out->intent = NULL;
	memset(out->idiom, 0, t->n);
	for (size_t i = 0, start = 0, end = 0; i < t->n; i++) {
		if (i >= end) {
			start = i;
			end = text_clause_end(t, i);
		}
		for (size_t p = first_phrase(&t->word[i]); p < phrases_count; p++) {
			if (compare_first(phrases[p].pattern, &t->word[i]) != 0)
				break;
			size_t past = match(t, i, end, phrases[p].pattern);
			if (past && in_place(t, &phrases[p], start, i, past, end))
				take(&phrases[p], i, past, negated(t, start, i), out);
		}
	}
}
