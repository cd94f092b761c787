/* Phrases with a meaning, in every language: opt-outs without a list word, doubts, intents, machine replies. */
#ifndef AFTERWORD_ROUTER_PHRASES_H
#define AFTERWORD_ROUTER_PHRASES_H

#include "router/text.h"
#include "router/types.h"

enum phrase_meaning {
	P_NONE = 0,
	P_OUT,
	P_OUT_MARKETING,
	P_WRONG_NUMBER, /* opt-out, and the number is not the customer's (RN-2) */
	P_HOLD,
	P_HOLD_CANCEL,       /* "cancel it": the order or the texts? */
	P_HOLD_SUBSCRIPTION, /* "cancel my subscription": the product or the texts? */
	P_IDIOM,             /* holds a list word that means nothing here: "stop by" */
	P_MACHINE,           /* a robot writes (NM-5) */
	P_MEANINGS,
	P_INTENT = 32, /* plus enum intent */
};

enum phrase_where {
	W_ANY = 0, /* anywhere inside a clause */
	W_CLAUSE,  /* the whole clause */
	W_END,     /* ends its clause, which speaks of no order */
};

/* Words parted by single spaces. "~" is up to three words, "%o" a word for an order, "%m" one for messages,
 * "%p" one for promotions. The first is always a plain word: the table is searched by it. */
struct phrase {
	const char *pattern, *lang;
	uint8_t meaning, where;
};

/* Sorted by pattern in byte order; a test holds it so. */
extern const struct phrase phrases[];
extern const size_t phrases_count;

/* What a text holds: the longest phrase of each meaning, and the longest intent. */
struct hits {
	const struct phrase *best[P_MEANINGS], *intent;
	uint16_t at[P_MEANINGS]; /* first word of each best; set where best is */
	bool idiom[TEXT_WORDS];  /* words that an idiom covers; only the first t->n are set */
};

/* t is classified (text_classify). */
void phrases_find(const struct text *t, struct hits *out);

#endif
