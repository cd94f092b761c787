/* What a locale and a zone make of dates and sums, by ICU. What it takes long to make is kept, a few of each kind a
 * thread. Everything written is spelled in letters that GSM-7 has, where the language can be: a date must not double
 * the price of a text. */
#ifndef AFTERWORD_TEMPLATES_LIQUID_LOCALE_H
#define AFTERWORD_TEMPLATES_LIQUID_LOCALE_H

#include <stddef.h>
#include <stdint.h>

/* The longest that these write, with its NUL. */
#define LOCALE_TEXT 128

/* Seconds that zone (IANA; an unknown one is UTC) is ahead of UTC at usec. */
int32_t locale_offset(const char *zone, int64_t usec);
/* The moment at which clocks in zone show this; month from 1. In the gap of a change the later time. */
int64_t locale_moment(const char *zone, int year, int month, int day, int hour, int minute, int second);
/* "CET", "EDT", "GMT+3", in English as %Z is everywhere. */
size_t locale_zone_name(const char *zone, int64_t usec, char out[LOCALE_TEXT]);

enum locale_names { MONTHS, MONTHS_SHORT, WEEKDAYS, WEEKDAYS_SHORT };
/* i from 0, weekdays from Sunday. */
size_t locale_name(const char *locale, enum locale_names names, unsigned i, char out[LOCALE_TEXT]);

/* usec, in zone, by a CLDR skeleton such as "yMMMMEEEEd". */
size_t locale_date(const char *locale, const char *zone, const char *skeleton, int64_t usec, char out[LOCALE_TEXT]);

/* A decimal number ("49.90") as a sum: "$49.90", "49,90 EUR" with the sign of the currency where GSM-7 has it, else its
 * code. 0 where currency is no ISO 4217 code or number no number. */
size_t locale_money(const char *locale, const char *currency, const char *number, size_t len, char out[LOCALE_TEXT]);

/* Spells text (UTF-8) in GSM-7 letters: spaces of all kinds as the plain one, letters without marks that GSM-7 lacks.
 * What has no such spelling stays. Returns the length; at most room - 1 bytes are written, never half a character. */
size_t locale_plain(const char *text, size_t len, char *out, size_t room);

#endif
