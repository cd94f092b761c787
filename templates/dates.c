#include "templates/dates.h"

#include <string.h>

/* How a locale writes a date. Every letter is in GSM-7, so that a date never doubles the price of a text: French
 * "aout" is the spelling of 1990, Spanish and Portuguese "sab" is the letter code of calendars, not the word. */
struct calendar {
	const char *language;
	const char *format;     /* %w weekday, %d day, %m month */
	const char *weekday[7]; /* from Sunday */
	const char *month[12];
};

static const struct calendar calendars[] = {
	{"en",
	 "%w, %m %d",
	 {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	 {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}},
	{"de",
	 "%w, %d. %m",
	 {"So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"},
	 {"Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."}},
	{"es",
	 "%w %d %m",
	 {"dom", "lun", "mar", "mié", "jue", "vie", "sab"},
	 {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"}},
	{"fr",
	 "%w %d %m",
	 {"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."},
	 {"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "aout", "sept.", "oct.", "nov.", "déc."}},
	{"it",
	 "%w %d %m",
	 {"dom", "lun", "mar", "mer", "gio", "ven", "sab"},
	 {"gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"}},
	{"nl",
	 "%w %d %m",
	 {"zo", "ma", "di", "wo", "do", "vr", "za"},
	 {"jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"}},
	{"pt",
	 "%w %d %m",
	 {"dom", "seg", "ter", "qua", "qui", "sex", "sab"},
	 {"jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"}},
};

static const struct calendar *calendar_of(const char *locale)
{
	for (size_t i = 0; locale && i < sizeof calendars / sizeof calendars[0]; i++)
		if (strncasecmp(calendars[i].language, locale, 2) == 0 && (!locale[2] || strchr("-_.", locale[2])))
			return &calendars[i];
	return NULL;
}

bool short_date_known(const char *locale)
{
	return calendar_of(locale) != NULL;
}

struct day {
	unsigned weekday, day, month; /* weekday and month from 0 */
};

/* Proleptic Gregorian calendar, counted in years that begin on 1 March so that the leap day comes last. */
static struct day day_of(int64_t usec)
{
	const int64_t usec_day = INT64_C(86400000000);
	int64_t days = usec / usec_day - (usec % usec_day < 0); /* since 1970-01-01, a Thursday */
	int64_t weekday = ((days + 4) % 7 + 7) % 7;
	int64_t z = days + 719468; /* since 0000-03-01 */
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t march = (5 * doy + 2) / 153; /* month, 0 is March */

	return (struct day){.weekday = (unsigned)weekday,
			    .day = (unsigned)(doy - (153 * march + 2) / 5 + 1),
			    .month = (unsigned)((march + 2) % 12)};
}

char *short_date(TALLOC_CTX *ctx, const char *locale, int64_t usec)
{
	const struct calendar *calendar = calendar_of(locale);
	struct day day = day_of(usec);
	char text[64], *to = text;

	if (!calendar)
		calendar = &calendars[0];
	for (const char *f = calendar->format; *f; f++) {
		if (*f != '%')
			*to++ = *f;
		else if (*++f == 'w')
			to = stpcpy(to, calendar->weekday[day.weekday]);
		else if (*f == 'm')
			to = stpcpy(to, calendar->month[day.month]);
		else {
			if (day.day > 9)
				*to++ = (char)('0' + day.day / 10);
			*to++ = (char)('0' + day.day % 10);
		}
	}
	*to = '\0';
	return talloc_strdup(ctx, text);
}
