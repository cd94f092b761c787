/* Does this text opt out? Tiers T1 to T5, doubt, and narrower wishes: compliance.md NM-2, NM-3, OO-3. */
#ifndef AFTERWORD_ROUTER_OPTOUT_H
#define AFTERWORD_ROUTER_OPTOUT_H

#include "router/phrases.h"
#include "router/text.h"
#include "router/types.h"
#include "router/words.h"

enum optout_verdict { OPTOUT_NO = 0, OPTOUT_ALL, OPTOUT_ENTITY, OPTOUT_MARKETING, OPTOUT_ORDER, OPTOUT_HOLD };

struct optout {
	enum optout_verdict verdict;
	const char *tier;                               /* static: "T1".."T5" */
	const char *phrase;                             /* static or inside the text */
	const char *lang;                               /* "" where it tells nothing */
	const struct word *word;                        /* T1: the list word */
	const char *order_number;                       /* "STOP 1001": inside the text, NULL none */
	bool wrong_number, may_mean_order, in_sentence; /* in_sentence: a list word inside a sentence (T4) */
	enum intent doubt;                              /* OPTOUT_HOLD: what else it may mean */
};

/* The list word that the whole message, its first line or its repetition is, of the kinds wanted. NULL none. */
const struct word *optout_keyword(const struct text *t, unsigned kinds, const char *locale, const char *country);
/* t is classified; hits are its phrases. */
struct optout optout_read(const struct text *t, const struct hits *hits, const char *locale, const char *country);

#endif
