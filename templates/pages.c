#include "templates/pages.h"

#include <string.h>
#include <strings.h>

/* templates/embed_pages.sh writes this table, sorted by locale and then by key in byte order. */
extern const struct page_word page_words_data[];
extern const size_t page_words_count;

static bool same_language(const char *language, const char *locale)
{
	size_t n = strlen(language);

	return !strncasecmp(locale, language, n) && (!locale[n] || locale[n] == '-' || locale[n] == '_');
}

const char *page_language_at(size_t n)
{
	for (size_t i = 0; i < page_words_count; i++) {
		if (i && !strcmp(page_words_data[i].locale, page_words_data[i - 1].locale))
			continue;
		if (!n--)
			return page_words_data[i].locale;
	}
	return NULL;
}

const char *page_language(const char *locale)
{
	const char *language;

	for (size_t i = 0; locale && (language = page_language_at(i)); i++)
		if (same_language(language, locale))
			return language;
	return "en";
}

const char *page_word(const char *language, const char *key)
{
	size_t low = 0, high = page_words_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = strcmp(page_words_data[middle].locale, language);
		if (!c)
			c = strcmp(page_words_data[middle].key, key);
		if (!c)
			return page_words_data[middle].text;
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

char *page_text(TALLOC_CTX *ctx, const char *language, const char *key, const struct wording_var *vars, size_t n)
{
	const char *text = page_word(language, key);

	return text ? wording_fill(ctx, text, vars, n) : NULL;
}
