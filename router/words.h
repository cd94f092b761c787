/* The keyword lists of compliance.md section 4: whole messages that opt out, opt in or ask for help. */
#ifndef AFTERWORD_ROUTER_WORDS_H
#define AFTERWORD_ROUTER_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum word_kind { WORD_NONE = 0, WORD_OUT = 1, WORD_IN = 2, WORD_HELP = 4 };

enum word_flag {
	WF_LOCAL = 1,    /* L: only where the customer's locale or the number's country matches */
	WF_ENTITY = 2,   /* STOP ALL: every brand of the legal entity (OO-2) */
	WF_CANCEL = 4,   /* may mean the order as well: a person looks */
	WF_WEAK = 8,     /* an ordinary word inside a sentence: does not raise doubt there */
	WF_PROVIDER = 16 /* in the providers' own lists (KW-2): they may have answered it (OO-5) */
};

struct word {
	const char *key;  /* normalised; may hold spaces */
	const char *lang; /* "fr"; "" where the word belongs to everyone (STOP, HELP) */
	uint8_t kind, flags;
};

/* Sorted by key, then language, in byte order; a test holds it so. A key may stand in several languages. */
extern const struct word words[];
extern const size_t words_count;

/* The word that key is for a customer of that locale ("es-MX") and country ("MX"); either may be NULL. NULL: none. */
const struct word *word_find(const char *key, const char *locale, const char *country);
/* Does a person of that locale or country read this language? */
bool word_language_matches(const char *lang, const char *locale, const char *country);

#endif
