#include "router/choice.h"

#include <string.h>

#define CHOICE_WORDS 6 /* a longer text is not just a choice */

/* Index is the number. en es fr de pt it nl. */
static const char *const cardinals[][12] = {
	{"zero", "cero", "null", "nul"},
	{"one", "uno", "un", "une", "eins", "ein", "um", "uma", "een", "una"},
	{"two", "dos", "deux", "zwei", "dois", "duas", "due", "twee"},
	{"three", "tres", "trois", "drei", "tre", "drie"},
	{"four", "cuatro", "quatre", "vier", "quatro", "quattro"},
	{"five", "cinco", "cinq", "funf", "fuenf", "cinque", "vijf"},
	{"six", "seis", "sechs", "sei", "zes"},
	{"seven", "siete", "sept", "sieben", "sete", "sette", "zeven"},
	{"eight", "ocho", "huit", "acht", "oito", "otto"},
	{"nine", "nueve", "neuf", "neun", "nove", "negen"},
	{"ten", "diez", "dix", "zehn", "dez", "dieci", "tien"},
};

static const char *const ordinals[][16] = {
	{"first", "1st", "primero", "primera", "primer", "premier", "premiere", "erste", "ersten", "primeiro",
	 "primeira", "primo", "prima", "eerste", "1er"},
	{"second", "2nd", "segundo", "segunda", "deuxieme", "zweite", "zweiten", "secondo", "seconda", "tweede", "2e"},
	{"third", "3rd", "tercero", "tercera", "troisieme", "dritte", "dritten", "terceiro", "terceira", "terzo",
	 "terza", "derde"},
	{"fourth", "4th", "cuarto", "cuarta", "quatrieme", "vierte", "vierten", "quarto", "quarta", "vierde"},
	{"fifth", "5th", "quinto", "quinta", "cinquieme", "funfte", "vijfde"},
};

static const char *const fillers[] = {
	"option", "number", "nr",     "no",      "num",    "choice", "i",       "id",      "ill",   "like",
	"want",   "the",    "opcion", "numero",  "nummer", "opcao",  "opzione", "optie",   "keuze", "la",
	"el",     "le",     "die",    "der",     "das",    "il",     "de",      "het",     "o",     "a",
	"reply",  "its",    "go",     "with",    "take",   "pick",   "answer",  "n",       "wahl",  "die",
	"choix",  "press",  "order",  "auswahl", "my",     "is",     "it",      "escolha", "pedido"};

static bool in_row(const char *const *row, size_t n, const char *word)
{
	for (size_t i = 0; i < n && row[i]; i++)
		if (strcmp(row[i], word) == 0)
			return true;
	return false;
}

int choice_number(const char *word)
{
	if (word[0] >= '0' && word[0] <= '9') {
		int v = 0;
		for (size_t i = 0; word[i]; i++) {
			if (word[i] < '0' || word[i] > '9' || i == 2)
				return -1;
			v = v * 10 + (word[i] - '0');
		}
		return v;
	}
	for (size_t i = 0; i < sizeof cardinals / sizeof cardinals[0]; i++)
		if (in_row(cardinals[i], 12, word))
			return (int)i;
	return -1;
}

static unsigned ordinal(const char *word)
{
	for (size_t i = 0; i < sizeof ordinals / sizeof ordinals[0]; i++)
		if (in_row(ordinals[i], 16, word))
			return (unsigned)i + 1;
	return 0;
}

unsigned choice_read(const struct text *t)
{
	unsigned chosen = 0;
	bool by_order = false;

	if (!t->n || t->n > CHOICE_WORDS)
		return 0;
	for (size_t i = 0; i < t->n; i++) {
		const char *s = t->word[i].s;
		unsigned nth = ordinal(s);
		int v = nth ? (int)nth : choice_number(s);

		if (v > 0 && !chosen) {
			chosen = (unsigned)v;
			by_order = nth != 0;
		} else if (v == 1 && by_order) { /* "the first one" */
			continue;
		} else if (v >= 0 || !in_row(fillers, sizeof fillers / sizeof fillers[0], s)) {
			return 0;
		}
	}
	return chosen;
}
