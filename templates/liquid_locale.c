#include "templates/liquid_locale.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ucurr.h>
#include <unicode/udat.h>
#include <unicode/udatpg.h>
#include <unicode/unum.h>
#include <unicode/ustring.h>
#include <utf8proc.h>

#include "templates/gsm7.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

/* Kept objects ----------------------------------------------------------------------------------------------- */

enum kind { KIND_NONE = 0, KIND_CALENDAR, KIND_DATE, KIND_MONEY, KIND_MONEY_CODE };

struct kept {
	enum kind kind;
	char locale[32], detail[40];
	void *object;
};

/* ICU's formatters take a tenth of a millisecond to make, and may not be shared between threads while they format. A
 * shop has few locales, zones and currencies: the oldest gives way. */
static _Thread_local struct {
	struct kept entries[48];
	size_t next;
} cache;

static void discard(struct kept *k)
{
	switch (k->kind) {
	case KIND_CALENDAR:
		ucal_close(k->object);
		break;
	case KIND_DATE:
		udat_close(k->object);
		break;
	case KIND_MONEY:
	case KIND_MONEY_CODE:
		unum_close(k->object);
		break;
	case KIND_NONE:
		break;
	}
	*k = (struct kept){0};
}

static size_t widen(const char *text, UChar *out, size_t room)
{
	size_t n = 0;

	for (; text[n] && n + 1 < room; n++)
		out[n] = (unsigned char)text[n];
	out[n] = 0;
	return n;
}

static void *make_calendar(const char *zone)
{
	UErrorCode error = U_ZERO_ERROR;
	UChar id[64];
	size_t len = widen(zone, id, LENGTH(id));
	UCalendar *calendar = ucal_open(id, (int32_t)len, "en", UCAL_GREGORIAN, &error);

	if (U_SUCCESS(error)) /* the calendar of today for all of time: ISO 8601 */
		ucal_setGregorianChange(calendar, -1e17, &error);
	return calendar;
}

/* In UTC: who formats adds the zone's offset. */
static void *make_date(const char *locale, const char *skeleton)
{
	UErrorCode error = U_ZERO_ERROR;
	UChar wide[40], pattern[96], utc[4];
	int32_t len = (int32_t)widen(skeleton, wide, LENGTH(wide)), n;
	UDateTimePatternGenerator *generator = udatpg_open(locale, &error);

	if (U_FAILURE(error))
		return NULL;
	n = udatpg_getBestPattern(generator, wide, len, pattern, LENGTH(pattern), &error);
	udatpg_close(generator);
	widen("UTC", utc, LENGTH(utc));
	UDateFormat *format = udat_open(UDAT_PATTERN, UDAT_PATTERN, locale, utc, 3, pattern, n, &error);
	return U_SUCCESS(error) ? format : NULL;
}

static void *make_money(const char *locale, const char *currency, UNumberFormatStyle style)
{
	UErrorCode error = U_ZERO_ERROR;
	UChar code[4];
	UNumberFormat *format = unum_open(style, NULL, 0, locale, NULL, &error);

	if (U_FAILURE(error))
		return NULL;
	widen(currency, code, LENGTH(code));
	unum_setTextAttribute(format, UNUM_CURRENCY_CODE, code, 3, &error);
	return format;
}

static void *make(enum kind kind, const char *locale, const char *detail)
{
	switch (kind) {
	case KIND_CALENDAR:
		return make_calendar(detail);
	case KIND_DATE:
		return make_date(locale, detail);
	case KIND_MONEY:
		return make_money(locale, detail, UNUM_CURRENCY);
	case KIND_MONEY_CODE:
		return make_money(locale, detail, UNUM_CURRENCY_ISO);
	default:
		return NULL;
	}
}

static void *kept(enum kind kind, const char *locale, const char *detail)
{
	struct kept *k;

	for (size_t i = 0; i < LENGTH(cache.entries); i++) {
		k = &cache.entries[i];
		if (k->kind == kind && strcmp(k->detail, detail) == 0 && strcmp(k->locale, locale) == 0)
			return k->object;
	}
	k = &cache.entries[cache.next];
	size_t locale_len = strlen(locale), detail_len = strlen(detail);
	if (locale_len >= sizeof k->locale || detail_len >= sizeof k->detail)
		return NULL;
	void *object = make(kind, locale, detail);
	if (!object)
		return NULL;
	discard(k);
	cache.next = (cache.next + 1) % LENGTH(cache.entries);
	k->kind = kind;
	k->object = object;
	memcpy(k->locale, locale, locale_len + 1);
	memcpy(k->detail, detail, detail_len + 1);
	return object;
}

/* Plain letters ---------------------------------------------------------------------------------------------- */

/* What no decomposition takes apart but people write plainly. */
static const struct {
	uint32_t from;
	const char *to;
} spellings[] = {
	{0x00a0, " "}, {0x2007, " "}, {0x2009, " "}, {0x200e, ""},  {0x200f, ""},  {0x202f, " "},
	{0x2212, "-"}, {0x2018, "'"}, {0x2019, "'"}, {0x2013, "-"}, {0x0142, "l"}, {0x0141, "L"},
	{0x0111, "d"}, {0x0110, "D"}, {0x0131, "i"}, {0x061c, ""},
};

static const char *spelling_of(uint32_t cp)
{
	for (size_t i = 0; i < LENGTH(spellings); i++)
		if (spellings[i].from == cp)
			return spellings[i].to;
	return NULL;
}

/* The letter without its marks, if that is what is left of it; else 0. */
static char bare_letter(uint32_t cp)
{
	utf8proc_int32_t parts[8];
	int boundary = 0;
	utf8proc_ssize_t n =
		utf8proc_decompose_char((utf8proc_int32_t)cp, parts, LENGTH(parts), UTF8PROC_DECOMPOSE, &boundary);

	if (n < 2 || n > (utf8proc_ssize_t)LENGTH(parts) || parts[0] >= 0x80 || parts[0] <= 0)
		return 0;
	return (char)parts[0];
}

size_t locale_plain(const char *text, size_t len, char *out, size_t room)
{
	size_t n = 0;

	for (size_t at = 0; at < len;) {
		uint32_t cp;
		size_t size = utf8_next(text + at, len - at, &cp), put = size;
		const char *from = text + at, *spelling = gsm7_septets(cp) ? NULL : spelling_of(cp);
		char bare = gsm7_septets(cp) || spelling ? 0 : bare_letter(cp);

		if (spelling) {
			from = spelling;
			put = strlen(spelling);
		} else if (bare) {
			from = &bare;
			put = 1;
		}
		if (n + put + 1 > room)
			break;
		memcpy(out + n, from, put);
		n += put;
		at += size;
	}
	out[n] = '\0';
	return n;
}

static bool all_gsm7(const char *text, size_t len)
{
	for (size_t at = 0; at < len;) {
		uint32_t cp;

		at += utf8_next(text + at, len - at, &cp);
		if (!gsm7_septets(cp))
			return false;
	}
	return true;
}

/* ICU's UTF-16 as plain UTF-8. */
static size_t narrow(const UChar *wide, int32_t len, char out[LOCALE_TEXT])
{
	UErrorCode error = U_ZERO_ERROR;
	char text[LOCALE_TEXT * 3];
	int32_t n;

	u_strToUTF8(text, sizeof text, &n, wide, len, &error);
	if (U_FAILURE(error))
		return 0;
	return locale_plain(text, (size_t)n, out, LOCALE_TEXT);
}

/* Zones ------------------------------------------------------------------------------------------------------ */

/* ICU's UDate. */
static double milliseconds(int64_t usec)
{
	int64_t whole = usec / 1000 - (usec % 1000 < 0);

	return (double)whole;
}

static bool is_utc(const char *zone)
{
	return strcmp(zone, "UTC") == 0 || strcmp(zone, "Etc/UTC") == 0;
}

int32_t locale_offset(const char *zone, int64_t usec)
{
	UErrorCode error = U_ZERO_ERROR;
	UCalendar *calendar = is_utc(zone) ? NULL : kept(KIND_CALENDAR, "", zone);

	if (!calendar)
		return 0;
	ucal_setMillis(calendar, milliseconds(usec), &error);
	int32_t offset = ucal_get(calendar, UCAL_ZONE_OFFSET, &error) + ucal_get(calendar, UCAL_DST_OFFSET, &error);
	return U_SUCCESS(error) ? offset / 1000 : 0;
}

int64_t locale_moment(const char *zone, int year, int month, int day, int hour, int minute, int second)
{
	UErrorCode error = U_ZERO_ERROR;
	UCalendar *calendar = kept(KIND_CALENDAR, "", zone);

	if (!calendar)
		return 0;
	ucal_clear(calendar);
	ucal_setDateTime(calendar, year, month - 1, day, hour, minute, second, &error);
	double ms = ucal_getMillis(calendar, &error);
	return U_SUCCESS(error) ? (int64_t)ms * 1000 : 0;
}

size_t locale_zone_name(const char *zone, int64_t usec, char out[LOCALE_TEXT])
{
	UErrorCode error = U_ZERO_ERROR;
	UCalendar *calendar = is_utc(zone) ? NULL : kept(KIND_CALENDAR, "", zone);
	UChar name[LOCALE_TEXT];

	if (!calendar)
		return (size_t)snprintf(out, LOCALE_TEXT, "UTC");
	ucal_setMillis(calendar, milliseconds(usec), &error);
	bool summer = ucal_inDaylightTime(calendar, &error);
	int32_t n = ucal_getTimeZoneDisplayName(calendar, summer ? UCAL_SHORT_DST : UCAL_SHORT_STANDARD, "en_US", name,
						LENGTH(name), &error);
	return U_SUCCESS(error) ? narrow(name, n, out) : 0;
}

/* Dates ------------------------------------------------------------------------------------------------------ */

size_t locale_name(const char *locale, enum locale_names names, unsigned i, char out[LOCALE_TEXT])
{
	static const struct {
		UDateFormatSymbolType type;
		unsigned first; /* ICU counts weekdays from 1 */
	} symbols[] = {[MONTHS] = {UDAT_MONTHS, 0},
		       [MONTHS_SHORT] = {UDAT_SHORT_MONTHS, 0},
		       [WEEKDAYS] = {UDAT_WEEKDAYS, 1},
		       [WEEKDAYS_SHORT] = {UDAT_SHORT_WEEKDAYS, 1}};
	UErrorCode error = U_ZERO_ERROR;
	UDateFormat *format = kept(KIND_DATE, locale, "yMMMMEEEEd");
	UChar name[LOCALE_TEXT];

	if (!format)
		format = kept(KIND_DATE, "en", "yMMMMEEEEd");
	if (!format)
		return 0;
	int32_t n = udat_getSymbols(format, symbols[names].type, (int32_t)(i + symbols[names].first), name,
				    LENGTH(name), &error);
	return U_SUCCESS(error) ? narrow(name, n, out) : 0;
}

size_t locale_date(const char *locale, const char *zone, const char *skeleton, int64_t usec, char out[LOCALE_TEXT])
{
	UErrorCode error = U_ZERO_ERROR;
	UDateFormat *format = kept(KIND_DATE, locale, skeleton);
	UChar text[LOCALE_TEXT];

	if (!format)
		format = kept(KIND_DATE, "en", skeleton);
	if (!format)
		return 0;
	double local = milliseconds(usec) + 1000.0 * locale_offset(zone, usec);
	int32_t n = udat_format(format, local, text, LENGTH(text), NULL, &error);
	return U_SUCCESS(error) ? narrow(text, n, out) : 0;
}

/* Sums ------------------------------------------------------------------------------------------------------- */

static size_t format_money(enum kind kind, const char *locale, const char *currency, const char *number, size_t len,
			   char out[LOCALE_TEXT])
{
	UErrorCode error = U_ZERO_ERROR;
	UNumberFormat *format = kept(kind, locale, currency);
	UChar text[LOCALE_TEXT];

	if (!format)
		format = kept(kind, "en", currency);
	if (!format)
		return 0;
	int32_t n = unum_formatDecimal(format, number, (int32_t)len, text, LENGTH(text), NULL, &error);
	return U_SUCCESS(error) ? narrow(text, n, out) : 0;
}

size_t locale_money(const char *locale, const char *currency, const char *number, size_t len, char out[LOCALE_TEXT])
{
	char coded[LOCALE_TEXT];

	for (size_t i = 0; i < 3; i++)
		if (currency[i] < 'A' || currency[i] > 'Z')
			return 0;
	if (currency[3] != '\0')
		return 0;
	size_t n = format_money(KIND_MONEY, locale, currency, number, len, out);
	if (n == 0 || all_gsm7(out, n))
		return n;
	size_t with_code = format_money(KIND_MONEY_CODE, locale, currency, number, len, coded);
	if (with_code == 0 || !all_gsm7(coded, with_code))
		return n; /* a language that has other letters anyhow */
	memcpy(out, coded, with_code + 1);
	return with_code;
}
