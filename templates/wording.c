/* The catalogue of sentences: found by locale and name, filled in. */
#include "templates/wording.h"

#include <string.h>

/* templates/embed.sh writes this table, sorted by locale and then by name in byte order. */
extern const struct wording_entry wording_data[];
extern const size_t wording_data_count;

#define LANGUAGE_MAX 9 /* BCP 47: a language subtag has at most 8 letters */

/* "es_MX" -> "es". False where no language can be read. */
static bool language_of(const char *locale, char out[LANGUAGE_MAX])
{
	size_t n = 0;

	for (; locale && locale[n] && locale[n] != '-' && locale[n] != '_'; n++) {
		char c = locale[n];

		if (n == LANGUAGE_MAX - 1)
			return false;
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c < 'a' || c > 'z')
			return false;
		out[n] = c;
	}
	out[n] = '\0';
	return n > 0;
}

/* First entry that is not before (locale, name). */
static size_t lower_bound(const char *locale, const char *name)
{
	size_t lo = 0, hi = wording_data_count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(wording_data[mid].locale, locale);

		if (c == 0)
			c = strcmp(wording_data[mid].name, name);
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static const struct wording_entry *find(const char *locale, const char *name)
{
	size_t i = lower_bound(locale, name);

	if (i == wording_data_count || strcmp(wording_data[i].locale, locale) != 0 ||
	    strcmp(wording_data[i].name, name) != 0)
		return NULL;
	return &wording_data[i];
}

const char *wording_language(const char *locale)
{
	char language[LANGUAGE_MAX];

	if (!language_of(locale, language))
		return "en";
	size_t i = lower_bound(language, "");
	if (i == wording_data_count || strcmp(wording_data[i].locale, language) != 0)
		return "en";
	return wording_data[i].locale;
}

static const char *value_of(const char *name, size_t len, const struct wording_var *vars, size_t n)
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
static bool next_piece(const char **at, const struct wording_var *vars, size_t n, struct piece *out)
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

char *wording_fill(TALLOC_CTX *ctx, const char *text, const struct wording_var *vars, size_t n)
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

char *wording_render(TALLOC_CTX *ctx, const char *locale, const char *name, const struct wording_var *vars, size_t n)
{
	const struct wording_entry *entry = find(wording_language(locale), name);

	if (!entry)
		entry = find("en", name);
	return entry ? wording_fill(ctx, entry->text, vars, n) : NULL;
}

bool wording_entry(size_t i, struct wording_entry *out)
{
	if (i >= wording_data_count)
		return false;
	*out = wording_data[i];
	return true;
}

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

char *wording_date(TALLOC_CTX *ctx, const char *locale, int64_t usec)
{
	const char *language = wording_language(locale);
	const struct calendar *calendar = &calendars[0];
	struct day day = day_of(usec);
	char text[64], *to = text;

	for (size_t i = 0; i < sizeof calendars / sizeof calendars[0]; i++)
		if (strcmp(calendars[i].language, language) == 0)
			calendar = &calendars[i];
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
