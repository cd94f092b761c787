/* What kind of word is this? Classes that phrases and the opt-out rules speak of, in every language at once. */
#ifndef AFTERWORD_ROUTER_LEXICON_H
#define AFTERWORD_ROUTER_LEXICON_H

#include <stddef.h>
#include <stdint.h>

enum word_class {
	LEX_MESSAGE = 1, /* texts, messages, sms: what an opt-out ends */
	LEX_ACT = 2,     /* texting, messaging: the doing of it */
	LEX_PROMO = 4,   /* ads, offers: narrows an opt-out (OO-3) */
	LEX_ORDER = 8,   /* order, package, delivery */
	LEX_FILL = 16,   /* me, all, of, the: carries no meaning of its own */
	LEX_REF = 32,    /* these, those: points at the texts */
	LEX_NEGATION = 64,
	LEX_SMALL = 128, /* ok, thanks: small talk, nothing to answer */
	LEX_YES = 256,
	LEX_NO = 512,
	LEX_MANY = 1024,  /* beside LEX_ORDER: orders, not this order */
	LEX_ABOUT = 2048, /* what follows is what the messages are about */
};

struct lexeme {
	const char *word; /* as text.h makes words: folded, no marks on Latin letters */
	uint16_t bits;
};

/* Sorted by word in byte order; a test holds it so. */
extern const struct lexeme lexicon[];
extern const size_t lexicon_count;

uint16_t lexicon_bits(const char *word);

#endif
