#include "templates/pages.h"

#include <stdbool.h>
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

/* Filling in ------------------------------------------------------------------------------------------------ */
static const char *value_of(const char *name, size_t len, const struct page_var *vars, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(vars[i].name, name, len) == 0 && vars[i].name[len] == '\0')
			return vars[i].value ? vars[i].value : "";
	return "";
}

/* One stretch of a text: what stands before an output, and the output's value. */
struct piece {
	const char *plain, *value;
	size_t plain_len, value_len;
};

/* Reads the next piece at *at and moves past it. False at the end. A "{{" that never closes is plain text. */
static bool next_piece(const char **at, const struct page_var *vars, size_t n, struct piece *out)
{
	const char *text = *at;

	if (*text == '\0')
		return false;
	*out = (struct piece){.plain = text, .value = ""};
	const char *open = strstr(text, "{{");
	const char *close = open ? strstr(open + 2, "}}") : NULL;
	if (!close) {
		out->plain_len = strlen(text);
		*at = text + out->plain_len;
		return true;
	}
	out->plain_len = (size_t)(open - text);
	const char *name = open + 2, *end = close;
	while (name < end && *name == ' ')
		name++;
	while (end > name && end[-1] == ' ')
		end--;
	out->value = value_of(name, (size_t)(end - name), vars, n);
	out->value_len = strlen(out->value);
	*at = close + 2;
	return true;
}

static char *fill(TALLOC_CTX *ctx, const char *text, const struct page_var *vars, size_t n)
{
	struct piece piece;
	size_t len = 0;

	/* Measured first, so that the text costs one allocation. */
	for (const char *at = text; next_piece(&at, vars, n, &piece);)
		len += piece.plain_len + piece.value_len;
	char *filled = talloc_size(ctx, len + 1);
	if (!filled)
		return NULL;
	char *to = filled;
	for (const char *at = text; next_piece(&at, vars, n, &piece);) {
		memcpy(to, piece.plain, piece.plain_len);
		to += piece.plain_len;
		memcpy(to, piece.value, piece.value_len);
		to += piece.value_len;
	}
	*to = '\0';
	talloc_set_name_const(filled, filled); /* as talloc_strdup does: talloc reports show the text */
	return filled;
}

char *page_text(TALLOC_CTX *ctx, const char *language, const char *key, const struct page_var *vars, size_t n)
{
	const char *text = page_word(language, key);

	return text ? fill(ctx, text, vars, n) : NULL;
}
