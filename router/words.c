#include "router/words.h"

#include <string.h>

/* Where a language's local words are read as such, beside the locale. */
static const struct {
	const char *lang, *countries;
} spoken[] = {
	{"cs", "CZ"},          {"da", "DK"},
	{"de", "DE AT CH LI"}, {"es", "ES MX AR BO CL CO CR CU DO EC GQ GT HN NI PA PE PY SV UY VE"},
	{"fi", "FI"},          {"fr", "FR BE CH CA LU MC"},
	{"id", "ID"},          {"it", "IT CH SM"},
	{"ms", "MY"},          {"nl", "NL BE"},
	{"no", "NO"},          {"pl", "PL"},
	{"pt", "PT BR AO MZ"}, {"sv", "SE FI"},
	{"tr", "TR"},          {"vi", "VN"},
	{"zh", "CN HK"}, /* section 4: +86, +852 */
};

static bool same_language(const char *lang, const char *locale)
{
	size_t n = strlen(lang);

	return locale && strncmp(locale, lang, n) == 0 && (!locale[n] || locale[n] == '-' || locale[n] == '_');
}

bool word_language_matches(const char *lang, const char *locale, const char *country)
{
	if (same_language(lang, locale))
		return true;
	if (!country || strlen(country) != 2)
		return false;
	for (size_t i = 0; i < sizeof spoken / sizeof spoken[0]; i++)
		if (strcmp(spoken[i].lang, lang) == 0)
			return strstr(spoken[i].countries, country) != NULL;
	return false;
}

const struct word *word_find(const char *key, const char *locale, const char *country)
{
	size_t lo = 0, hi = words_count;
	const struct word *found = NULL;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(words[mid].key, key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < words_count && strcmp(words[lo].key, key) == 0; lo++) {
		const struct word *w = &words[lo];
		bool reads = word_language_matches(w->lang, locale, country);

		if (reads)
			return w;
		if (!found && !(w->flags & WF_LOCAL))
			found = w;
	}
	return found;
}
