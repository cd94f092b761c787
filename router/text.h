/* A customer's text made comparable: compliance.md NM-1. Everything that matches words reads this, never the raw text.
 */
#ifndef AFTERWORD_ROUTER_TEXT_H
#define AFTERWORD_ROUTER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than ten concatenated segments; what lies beyond is not read (it is stored all the same). */
#define TEXT_BYTES 4096
#define TEXT_WORDS 512

enum text_break { BREAK_NONE = 0, BREAK_CLAUSE, BREAK_LINE };

struct text_word {
	const char *s; /* NUL-terminated, inside the text's buffer */
	uint16_t len;
	uint16_t bits;  /* enum word_class of lexicon.h, 0 until text_classify */
	uint8_t before; /* enum text_break: what parts it from the word before */
	bool capital;   /* began with a capital; known for ASCII texts only */
};

/* What the emoji of a text say. Counted, since stars are counted. */
struct text_emoji {
	unsigned all, stop, up, down, heart, star;
};

struct text {
	size_t folded_len, n;
	struct text_emoji emoji;
	char folded[TEXT_BYTES];           /* case-folded, NFKC, punctuation and emoji kept */
	char buf[TEXT_BYTES];              /* the words */
	struct text_word word[TEXT_WORDS]; /* n of them: no punctuation, no polite words at the ends */
};

/* Reads raw (valid UTF-8) into out. out is large: callers keep it on the stack and never copy it, since words point
 * into it. */
void text_read(struct text *out, const char *raw);
/* Takes polite words off both ends again; for who has taken other words away. */
void text_trim(struct text *t);
/* Removes the words [from, to). */
void text_cut(struct text *t, size_t from, size_t to);
/* The words [from, to) joined by single spaces, in out. Returns the length; 0 where it does not fit. */
size_t text_key(const struct text *t, size_t from, size_t to, char *out, size_t cap);
/* The normal form of a whole text: its words joined. At most TEXT_BYTES with the NUL. For tests and hashes. */
size_t text_normalise(const char *raw, char out[TEXT_BYTES]);
/* FNV-1a of the normal form; of the raw text where no word remains. */
uint64_t text_hash(const struct text *t);
/* Is word i s? */
bool text_is(const struct text *t, size_t i, const char *s);
/* Index past the clause that holds word i, and index of its first word. */
size_t text_clause_end(const struct text *t, size_t i);
size_t text_clause_start(const struct text *t, size_t i);
/* Fills word[].bits from the lexicon. */
void text_classify(struct text *t);

#endif
