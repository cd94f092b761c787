#include "gateway/html.h"

#include <stdlib.h>
#include <string.h>

struct html *html_new(TALLOC_CTX *ctx)
{
	struct html *h = talloc_zero(ctx, struct html);

	if (h)
		h->bytes = talloc_strdup(h, "");
	if (!h || !h->bytes)
		abort(); /* out of memory */
	return h;
}

static void put(struct html *h, const char *s, size_t n)
{
	size_t room = talloc_get_size(h->bytes);

	if (h->len + n + 1 > room)
		h->bytes = talloc_realloc_size(h, h->bytes, 2 * (h->len + n + 1));
	if (!h->bytes)
		abort();
	memcpy(h->bytes + h->len, s, n);
	h->len += n;
	h->bytes[h->len] = 0;
}

void html_raw(struct html *h, const char *markup)
{
	put(h, markup, strlen(markup));
}

static const char *escaped(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_text(struct html *h, const char *text)
{
	for (const char *s = text; s && *s; s++) {
		const char *instead = escaped(*s);
		if (instead)
			put(h, instead, strlen(instead));
		else
			put(h, s, 1);
	}
}
