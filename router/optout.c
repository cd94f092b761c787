#include "router/optout.h"

#include <string.h>

#include "router/lexicon.h"

#define KEY_WORDS 4  /* the longest list word has three */
#define KEY_BYTES 64 /* and is far shorter than this */
#define ABOUT_GAP 4  /* "about the status of my order" */

static const struct word *find_key(const struct text *t, size_t from, size_t to, unsigned kinds, const char *locale,
				   const char *country)
{
	char key[KEY_BYTES];

	if (to - from > KEY_WORDS || !text_key(t, from, to, key, sizeof key))
		return NULL;
	const struct word *w = word_find(key, locale, country);
	return w && (w->kind & kinds) ? w : NULL;
}

/* STOP STOP STOP, no mas no mas: the shortest beginning that makes the whole when repeated. */
static size_t period(const struct text *t)
{
	for (size_t p = 1; p <= KEY_WORDS && p * 2 <= t->n; p++) {
		size_t i = p;

		if (t->n % p)
			continue;
		while (i < t->n && strcmp(t->word[i].s, t->word[i - p].s) == 0)
			i++;
		if (i == t->n)
			return p;
	}
	return 0;
}

const struct word *optout_keyword(const struct text *t, unsigned kinds, const char *locale, const char *country)
{
	const struct word *w;
	size_t line = 1, p;

	if (!t->n)
		return NULL;
	if ((w = find_key(t, 0, t->n, kinds, locale, country)))
		return w;
	while (line < t->n && t->word[line].before != BREAK_LINE)
		line++;
	if (line < t->n && (w = find_key(t, 0, line, kinds, locale, country)))
		return w;
	return (p = period(t)) ? find_key(t, 0, p, kinds, locale, country) : NULL;
}

/* "help stop", "stop end": nothing but list words. A word that may mean the order does not lead a mixture. */
static const struct word *only_list_words(const struct text *t, const char *locale, const char *country)
{
	const struct word *out = NULL;

	if (t->n < 2 || t->n > 6)
		return NULL;
	for (size_t i = 0; i < t->n; i++) {
		const struct word *w = find_key(t, i, i + 1, WORD_OUT | WORD_IN | WORD_HELP, locale, country);

		if (!w)
			return NULL;
		if ((w->kind & WORD_OUT) && !(w->flags & WF_CANCEL) && !out)
			out = w;
	}
	return out;
}

/* T5: one slip of the finger. Optimal string alignment distance, bounded by short words. */
static unsigned distance(const char *a, size_t n, const char *b, size_t m)
{
	unsigned d[20][20];

	if (n > 19 || m > 19)
		return 99;
	for (size_t i = 0; i <= n; i++)
		for (size_t j = 0; j <= m; j++) {
			if (!i || !j) {
				d[i][j] = (unsigned)(i + j);
				continue;
			}
			unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	return d[n][m];
}

/* Words of a dictionary one letter from STOP, in the languages we speak. */
static const char *const near_stop[] = {"shop",  "step",  "slop", "atop",  "stoop", "stops", "stomp",
					"strop", "stow",  "top",  "sop",   "sto",   "stol",  "stor",
					"stod",  "stok",  "stof", "stom",  "stob",  "spot",  "swop",
					"stot",  "stoep", "stap", "stopa", "stope", "scop",  "estop"};

static bool is_typo(const struct text *t, const char *locale, const char *country)
{
	const struct text_word *w = &t->word[0];

	if (t->n != 1 || w->len < 3 || w->len > 14)
		return false;
	if (w->len <= 5) {
		/* French "stp" is "please", not a slip. */
		if (strcmp(w->s, "stp") == 0 && word_language_matches("fr", locale, country))
			return false;
		for (size_t i = 0; i < sizeof near_stop / sizeof near_stop[0]; i++)
			if (strcmp(near_stop[i], w->s) == 0)
				return false;
		return distance(w->s, w->len, "stop", 4) == 1;
	}
	/* "subscribe" is two letters from its opposite. */
	return w->len >= 9 && strncmp(w->s, "sub", 3) != 0 && strncmp(w->s, "resub", 5) != 0 &&
	       distance(w->s, w->len, "unsubscribe", 11) <= 2;
}

/* Verbs that end something; with an object about messages they opt out (T2). */
static bool is_verb(const struct text_word *w)
{
	static const char *const verbs[] = {"stop",  "quit",   "end",   "cancel", "unsubscribe",
					    "unsub", "remove", "cease", "halt",   "stopp"};

	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i], w->s) == 0)
			return true;
	return false;
}

/* "I never asked you to stop": turned round some words before. */
static bool negated(const struct text *t, size_t i)
{
	size_t start = text_clause_start(t, i);

	for (size_t back = 1; back <= 4 && i >= start + back; back++)
		if (t->word[i - back].bits & LEX_NEGATION)
			return true;
	return false;
}

/* What an opt-out verb is about, from the words behind it. */
struct object {
	bool message, promo, reference, order, other;
};

static struct object object_of(const struct text *t, size_t verb)
{
	struct object o = {0};
	size_t end = text_clause_end(t, verb);

	for (size_t i = verb + 1; i < end; i++) {
		uint16_t b = t->word[i].bits;

		if (b & LEX_PROMO)
			o.promo = true;
		if ((b & LEX_MESSAGE) && !o.other && !(o.order && strcmp(t->word[i].s, "text") == 0))
			o.message = true;
		if ((b & LEX_ACT) && !o.other)
			o.message = true;
		if (b & LEX_ORDER)
			o.order = true;
		if (b & LEX_REF)
			o.reference = true;
		if (!(b & (LEX_PROMO | LEX_MESSAGE | LEX_ACT | LEX_ORDER | LEX_REF | LEX_FILL)))
			o.other = true;
	}
	return o;
}

static bool is_number(const struct text_word *w)
{
	for (size_t i = 0; i < w->len; i++)
		if (w->s[i] < '0' || w->s[i] > '9')
			return false;
	return w->len >= 3;
}

/* OO-3, NM-2: what the texts are about narrows the wish: offers, or one order. "About my orders" is about all of them,
 * and "stop the order updates" names a kind of text, not an order. */
static enum optout_verdict narrowed(const struct text *t, size_t from)
{
	size_t end = text_clause_end(t, from);

	for (size_t i = from; i < end; i++) {
		if (!(t->word[i].bits & LEX_ABOUT))
			continue;
		for (size_t k = i + 1; k < end && k <= i + ABOUT_GAP; k++) {
			if (t->word[k].bits & LEX_PROMO)
				return OPTOUT_MARKETING;
			if (t->word[k].bits & LEX_MANY)
				return OPTOUT_ALL;
			if ((t->word[k].bits & LEX_ORDER) || is_number(&t->word[k]))
				return OPTOUT_ORDER;
		}
	}
	return OPTOUT_ALL;
}

/* T2 for the verb at i. Fills verdict and scope (OO-3). */
static bool verb_opts_out(const struct text *t, const struct hits *hits, size_t i, struct optout *out)
{
	struct object o = object_of(t, i);
	bool last = i + 1 == text_clause_end(t, i);
	bool plain = strncmp(t->word[i].s, "unsub", 5) == 0;
	bool all = o.message || (o.reference && !o.other && !o.order) || (plain && !o.order && (!o.other || o.promo));

	if (hits->idiom[i] || negated(t, i))
		return false;
	if (o.promo && (all || (!o.order && !o.other)))
		out->verdict = OPTOUT_MARKETING;
	else if (all || (plain && narrowed(t, i) == OPTOUT_ORDER)) /* "unsubscribe me from this order" */
		out->verdict = narrowed(t, i);
	else if (plain && last)
		out->verdict = OPTOUT_ALL;
	else
		return false;
	out->phrase = t->word[i].s;
	return true;
}

/* "STOP 1001": may mean the order; "cancel 1001" means it. */
static bool word_and_number(const struct text *t, struct optout *out)
{
	if (t->n != 2 || strcmp(t->word[0].s, "stop") != 0 || !is_number(&t->word[1]))
		return false;
	out->verdict = OPTOUT_ALL;
	out->phrase = "stop";
	out->order_number = t->word[1].s;
	out->may_mean_order = true;
	return true;
}

static bool tier1(const struct text *t, const char *locale, const char *country, struct optout *out)
{
	const struct word *w = optout_keyword(t, WORD_OUT, locale, country);

	if (!w)
		w = only_list_words(t, locale, country);
	if (!w)
		return false;
	*out = (struct optout){.verdict = w->flags & WF_ENTITY ? OPTOUT_ENTITY : OPTOUT_ALL,
			       .tier = "T1",
			       .phrase = w->key,
			       .lang = w->lang,
			       .word = w,
			       .may_mean_order = (w->flags & WF_CANCEL) != 0};
	return true;
}

static bool tier2(const struct text *t, const struct hits *hits, const char *locale, const char *country,
		  struct optout *out)
{
	size_t last = text_clause_start(t, t->n - 1);
	const struct word *w;

	out->tier = "T2";
	if (word_and_number(t, out))
		return true;
	for (size_t i = 0; i < t->n; i++)
		if (is_verb(&t->word[i]) && verb_opts_out(t, hits, i, out))
			return true;
	/* "who is this, stop"; but a last "cancel" means what was spoken of before. */
	if (!last || !(w = find_key(t, last, t->n, WORD_OUT, locale, country)) || (w->flags & WF_CANCEL))
		return false;
	out->verdict = w->flags & WF_ENTITY ? OPTOUT_ENTITY : OPTOUT_ALL;
	out->phrase = w->key;
	out->lang = w->lang;
	return true;
}

/* "not John anymore": a name in capitals. */
static bool not_name_anymore(const struct text *t)
{
	return t->n == 3 && text_is(t, 0, "not") && t->word[1].capital && text_is(t, 2, "anymore");
}

static bool tier3(const struct text *t, const struct hits *hits, struct optout *out)
{
	static const struct {
		enum phrase_meaning meaning;
		enum optout_verdict verdict;
	} order[] = {{P_WRONG_NUMBER, OPTOUT_ALL}, {P_OUT_MARKETING, OPTOUT_MARKETING}, {P_OUT, OPTOUT_ALL}};

	out->tier = "T3";
	if (not_name_anymore(t)) {
		out->verdict = OPTOUT_ALL;
		out->phrase = "not ~ anymore";
		out->wrong_number = true;
		return true;
	}
	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		const struct phrase *p = hits->best[order[i].meaning];
		if (!p)
			continue;
		out->verdict = order[i].meaning == P_OUT ? narrowed(t, hits->at[P_OUT]) : order[i].verdict;
		out->phrase = p->pattern;
		out->lang = p->lang;
		out->wrong_number = order[i].meaning == P_WRONG_NUMBER;
		return true;
	}
	return false;
}

static bool hold_phrase(const struct hits *hits, struct optout *out)
{
	static const struct {
		enum phrase_meaning meaning;
		enum intent doubt;
	} order[] = {{P_HOLD_SUBSCRIPTION, INTENT_SUBSCRIPTION},
		     {P_HOLD_CANCEL, INTENT_CANCEL_ORDER},
		     {P_HOLD, INTENT_OPT_OUT_DOUBT}};

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		const struct phrase *p = hits->best[order[i].meaning];
		if (!p)
			continue;
		*out = (struct optout){.verdict = OPTOUT_HOLD,
				       .tier = "T3",
				       .phrase = p->pattern,
				       .lang = p->lang,
				       .in_sentence = strstr(p->pattern, "stop") != NULL,
				       .doubt = order[i].doubt};
		return true;
	}
	return false;
}

/* T4: a list word in another meaning. Order intents were looked for first; what fits none is a doubt. */
static bool tier4(const struct text *t, const struct hits *hits, const char *locale, const char *country,
		  struct optout *out)
{
	if (hits->intent)
		return false;
	for (size_t i = 0; i < t->n; i++) {
		const struct word *w = hits->idiom[i] ? NULL : find_key(t, i, i + 1, WORD_OUT, locale, country);

		if (!w && i + 1 < t->n && !hits->idiom[i])
			w = find_key(t, i, i + 2, WORD_OUT, locale, country);
		if (!w || (w->flags & WF_WEAK))
			continue;
		*out = (struct optout){.verdict = OPTOUT_HOLD,
				       .tier = "T4",
				       .phrase = w->key,
				       .lang = w->lang,
				       .in_sentence = true,
				       .doubt = w->flags & WF_CANCEL ? INTENT_CANCEL_ORDER : INTENT_OPT_OUT_DOUBT};
		return true;
	}
	return false;
}

struct optout optout_read(const struct text *t, const struct hits *hits, const char *locale, const char *country)
{
	struct optout out = {.lang = ""};

	if (!t->n || tier1(t, locale, country, &out))
		return out;
	if (tier2(t, hits, locale, country, &out) || tier3(t, hits, &out))
		return out;
	if (is_typo(t, locale, country))
		return (struct optout){.verdict = OPTOUT_ALL, .tier = "T5", .phrase = t->word[0].s, .lang = ""};
	if (hold_phrase(hits, &out) || tier4(t, hits, locale, country, &out))
		return out;
	return (struct optout){.lang = ""};
}
