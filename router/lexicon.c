#include "router/lexicon.h"

#include <string.h>

uint16_t lexicon_bits(const char *word)
{
	size_t lo = 0, hi = lexicon_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(lexicon[mid].word, word);

		if (c == 0)
			return lexicon[mid].bits;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}
