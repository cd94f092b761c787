#include "router/reaction.h"

#include <string.h>

#define QUOTE_WORDS 4 /* fewer could be the customer's own words */

/* How phones begin a reaction, folded. What follows is the quote, or (emoji) up to three words. */
static const char *const openings[] = {
	"liked",
	"loved",
	"disliked",
	"laughed at",
	"emphasized",
	"emphasised",
	"questioned",
	"removed a",
	"removed",
	"reacted",
	"to",
	"le gusto",
	"me gusto",
	"le encanto",
	"se rio de",
	"enfatizo",
	"cuestiono",
	"puso enfasis en",
	"reacciono",
	"no le gusto",
	"a aime",
	"a adore",
	"a ri de",
	"a mis en evidence",
	"a reagi",
	"na pas aime",
	"a ri a",
	"gefallt",
	"hat",
	"liebt",
	"lacht uber",
	"gostou de",
	"adorou",
	"riu de",
	"nao gostou de",
	"enfatizou",
	"questionou",
	"reagiu",
	"ha messo",
	"ha adorato",
	"ha riso",
	"piace",
	"vond",
	"vindt",
	"heeft",
	"reageerde",
	"lachte om",
};

static const char *const whole[] = {"liked an image",      "loved an image",      "laughed at an image",
				    "emphasized an image", "disliked an image",   "questioned an image",
				    "liked an attachment", "loved an attachment", "laughed at an attachment",
				    "liked a movie",       "loved a movie"};

static bool opens_as_reaction(const char *s)
{
	while (*s == ' ' || (unsigned char)*s >= 0x80) /* an emoji before: 👍 to “…” */
		s++;
	for (size_t i = 0; i < sizeof openings / sizeof openings[0]; i++) {
		size_t n = strlen(openings[i]);
		if (strncmp(s, openings[i], n) == 0 && (s[n] == ' ' || s[n] == '"' || s[n] == ':'))
			return true;
	}
	return false;
}

/* First place in long where all of part stands, from word i on; long->n for none. */
static size_t find_words(const struct text *whole_text, size_t i, const struct text *part, size_t from, size_t to)
{
	size_t n = to - from;

	for (; n && i + n <= whole_text->n; i++) {
		size_t k = 0;
		while (k < n && strcmp(whole_text->word[i + k].s, part->word[from + k].s) == 0)
			k++;
		if (k == n)
			return i;
	}
	return whole_text->n;
}

static bool quotes_one_of(const char *quote, const char *const *recent, size_t n_recent)
{
	struct text q, r;

	text_read(&q, quote);
	/* A phone may cut the quote inside a word: leave that one out. */
	size_t len = strlen(quote), n = q.n;
	if (len >= 3 && strcmp(quote + len - 3, "...") == 0 && n > 2)
		n--;
	if (!n)
		return false;
	for (size_t i = 0; i < n_recent; i++) {
		text_read(&r, recent[i]);
		if (find_words(&r, 0, &q, 0, n) < r.n)
			return true;
	}
	return false;
}

static bool is_whole(const struct text *t)
{
	char key[64];

	if (t->n > 4 || !text_key(t, 0, t->n, key, sizeof key))
		return false;
	for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
		if (strcmp(whole[i], key) == 0)
			return true;
	return false;
}

bool reaction_is(const struct text *t, const char *const *recent, size_t n_recent)
{
	const char *open = strchr(t->folded, '"');
	const char *close = open ? strrchr(t->folded, '"') : NULL;
	char quote[TEXT_BYTES];

	if (!open || close == open)
		return is_whole(t);
	if (!opens_as_reaction(t->folded))
		return false;
	if (!n_recent)
		return true;
	/* Inner quotes belong to our text; Italian and German name the reaction in quotes of its own. */
	for (const char *at = open; at && at < close; at = strchr(at + 1, '"')) {
		size_t len = (size_t)(close - at - 1);
		memcpy(quote, at + 1, len);
		quote[len] = '\0';
		if (quotes_one_of(quote, recent, n_recent))
			return true;
		char *inner = strchr(quote, '"');
		if (inner) {
			*inner = '\0';
			if (quotes_one_of(quote, recent, n_recent))
				return true;
		}
	}
	return false;
}

static bool cut_all(struct text *t, const struct text *ours, size_t from, size_t to)
{
	bool cut = false;
	size_t at;

	if (to - from < QUOTE_WORDS)
		return false;
	while ((at = find_words(t, 0, ours, from, to)) < t->n) {
		text_cut(t, at, at + (to - from));
		cut = true;
	}
	return cut;
}

bool reaction_cut_quotes(struct text *t, const char *const *recent, size_t n_recent)
{
	struct text ours;
	bool cut = false;

	for (size_t i = 0; i < n_recent && t->n >= QUOTE_WORDS; i++) {
		text_read(&ours, recent[i]);
		cut |= cut_all(t, &ours, 0, ours.n);
		for (size_t from = 0, to; from < ours.n; from = to) {
			to = text_clause_end(&ours, from);
			for (size_t k = from; k < to; k++)
				if (text_is(&ours, k, "stop")) {
					cut |= cut_all(t, &ours, from, to);
					break;
				}
		}
	}
	if (cut)
		text_trim(t);
	return cut;
}
