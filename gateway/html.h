/* A page being written. What comes from anywhere but the program's own text goes through html_text, and can be no
 * markup. */
#ifndef AFTERWORD_HTML_H
#define AFTERWORD_HTML_H

#include <stddef.h>
#include <talloc.h>

struct html {
	char *bytes; /* NUL-terminated */
	size_t len;
};

struct html *html_new(TALLOC_CTX *ctx);
/* The program's own markup, as it is. */
void html_raw(struct html *h, const char *markup);
/* Anything else: in text, or in an attribute in double quotes. */
void html_text(struct html *h, const char *text);

#endif
