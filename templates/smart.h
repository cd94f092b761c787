/* Smart encoding: what typographic characters are written as in GSM-7, so that one of them does not double a text's
 * price. */
#ifndef AFTERWORD_TEMPLATES_SMART_H
#define AFTERWORD_TEMPLATES_SMART_H

#include <stdint.h>
#include <talloc.h>

/* The GSM-7 text that says the same ("'" for U+2019); NULL where there is none: letters are spelling and stay. Static.
 */
const char *smart_replacement(uint32_t cp);

/* text with all of them replaced, owned by ctx. Where something outside GSM-7 stays, nothing is gained, and text is
 * copied as it is. text is valid UTF-8. */
char *smart_text(TALLOC_CTX *ctx, const char *text);

#endif
