/* The GSM 7-bit default alphabet and its extension table: 3GPP TS 23.038, 6.2.1 and 6.2.1.1. */
#ifndef AFTERWORD_TEMPLATES_GSM7_H
#define AFTERWORD_TEMPLATES_GSM7_H

#include <stddef.h>
#include <stdint.h>

#define GSM7_ESCAPE 0x1B

/* Septets that a code point takes: 1, or 2 with the escape (extension table), or 0 where it is not in the alphabet. */
unsigned gsm7_septets(uint32_t cp);

/* One character from valid UTF-8; returns its bytes (1 to 4). Bytes that are no UTF-8 read as U+FFFD, one at a time. */
size_t utf8_next(const char *text, size_t len, uint32_t *cp);

#endif
