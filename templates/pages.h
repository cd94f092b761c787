/* What customers read in a browser: templates/pages/<locale>.yaml, compiled in. Plain text: whoever puts it into a page
 * escapes it. */
#ifndef AFTERWORD_TEMPLATES_PAGES_H
#define AFTERWORD_TEMPLATES_PAGES_H

#include <stddef.h>
#include <talloc.h>

struct page_var {
	const char *name;  /* "brand.name" */
	const char *value; /* NULL is filled in as nothing; never read again for variables */
};

struct page_word {
	const char *locale, *key, *text;
};

/* The language of the best words for that locale: "es" for "es-MX", "en" where there are none. Static. */
const char *page_language(const char *locale);
/* The n-th language there is; NULL past the end. Static. */
const char *page_language_at(size_t n);
/* The words of a key, as they are written; language as page_language() says it. NULL: no such key. Static. */
const char *page_word(const char *language, const char *key);
/* The same with its variables filled in; owned by ctx. */
char *page_text(TALLOC_CTX *ctx, const char *language, const char *key, const struct page_var *vars, size_t n);

#endif
