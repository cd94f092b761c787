/* Filters that ask where and when the reader is: date, money, link. */
#include "templates/liquid_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "templates/liquid_locale.h"
#include "templates/dates.h"

#define FILTER(name)                                                                                                   \
	static struct liquid_value name(struct render *r, struct liquid_value in, const struct liquid_value *args,     \
					unsigned n)

#define SECOND INT64_C(1000000)
#define YEAR_9999 INT64_C(253402300799) /* seconds; later than that is a misread number, not a date */

static const char *locale_of(const struct render *r)
{
	return r->env->locale && r->env->locale[0] ? r->env->locale : "en";
}

static const char *zone_of(const struct render *r)
{
	return r->env->zone && r->env->zone[0] ? r->env->zone : "UTC";
}

/* Reading times ---------------------------------------------------------------------------------------------- */

static const char *const date_formats[] = {
	"%Y-%m-%d",      "%Y/%m/%d",     "%B %d, %Y",   "%B %d %Y", "%d %B %Y",
	"%A, %B %d, %Y", "%A, %d %B %Y", "%A %d %B %Y", "%d-%B-%Y", "%A %B %d %Y",
};
static const char *const time_formats[] = {"T%H:%M:%S", "%n%I:%M:%S %p", "%n%H:%M:%S",
					   "T%H:%M",    "%n%I:%M %p",    "%n%H:%M"};

static const char *first_that_reads(const char *s, const char *const *formats, size_t n, struct tm *tm)
{
	for (size_t i = 0; i < n; i++) {
		struct tm try = *tm;
		const char *behind = strptime(s, formats[i], &try);

		if (behind && (*behind < '0' || *behind > '9')) {
			*tm = try;
			return behind;
		}
	}
	return NULL;
}

/* "Z", "UTC", "+02:00", "+0200"; nothing: *zoned is false. False where something else stands there. */
static bool read_zone(const char *s, bool *zoned, long *offset)
{
	struct tm tm = {0};

	while (*s == ' ')
		s++;
	*offset = 0;
	*zoned = *s != '\0';
	if (strcmp(s, "UTC") == 0 || strcmp(s, "GMT") == 0 || strcmp(s, "Z") == 0)
		return true;
	if (!*zoned)
		return true;
	s = strptime(s, "%z", &tm);
	*offset = tm.tm_gmtoff;
	return s && *s == '\0';
}

/* ".123456" behind the seconds. */
static int64_t read_fraction(const char **s)
{
	int64_t usec = 0, unit = SECOND / 10;

	if (**s != '.' && **s != ',')
		return 0;
	for (++*s; **s >= '0' && **s <= '9'; ++*s, unit /= 10)
		usec += (**s - '0') * unit;
	return usec;
}

static bool read_words(const char *zone, const char *s, int64_t *usec)
{
	struct tm tm = {0};
	bool zoned;
	long offset;

	s = first_that_reads(s, date_formats, LENGTH(date_formats), &tm);
	if (!s)
		return false;
	const char *behind = first_that_reads(s, time_formats, LENGTH(time_formats), &tm);
	if (behind)
		s = behind;
	int64_t fraction = behind ? read_fraction(&s) : 0;
	if (!read_zone(s, &zoned, &offset))
		return false;
	int64_t moment = zoned ? (timegm(&tm) - offset) * SECOND
			       : locale_moment(zone, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
					       tm.tm_min, tm.tm_sec);
	*usec = moment + fraction;
	return true;
}

static bool read_seconds(struct liquid_value v, int64_t *usec)
{
	if (v.type == LIQUID_FLOAT && fabs(v.f) < (double)YEAR_9999)
		*usec = (int64_t)(v.f * 1e6);
	else if (v.type == LIQUID_INT && v.i <= YEAR_9999 && v.i >= -YEAR_9999)
		*usec = v.i * SECOND;
	else
		return false;
	return true;
}

bool time_read(struct render *r, struct liquid_value v, int64_t *usec)
{
	char text[64];
	struct number n;

	if (v.type == LIQUID_TIME) {
		*usec = v.i;
		return true;
	}
	if (v.type != LIQUID_STRING)
		return read_seconds(v, usec);
	while (v.len > 0 && v.s[0] == ' ')
		v = value_string(v.s + 1, v.len - 1);
	while (v.len > 0 && v.s[v.len - 1] == ' ')
		v.len--;
	if (v.len == 0 || v.len >= sizeof text)
		return false;
	memcpy(text, v.s, v.len);
	text[v.len] = '\0';
	if (strcmp(text, "now") == 0 || strcmp(text, "today") == 0) {
		*usec = r->env->now;
		return true;
	}
	/* digits alone are seconds; with a sign they are not, in Shopify's either */
	if (strspn(text, "0123456789") == v.len)
		return number_read((struct span){v.s, v.len}, &n) && n.exact && read_seconds(number_value(n), usec);
	return read_words(zone_of(r), text, usec);
}

/* Writing times ---------------------------------------------------------------------------------------------- */

/* A moment as clocks in the reader's zone show it. */
struct local {
	struct tm tm;
	int64_t usec;
};

static struct local local_of(const struct render *r, int64_t usec)
{
	struct local l = {.usec = usec};
	int32_t offset = locale_offset(zone_of(r), usec);
	time_t seconds = (time_t)(usec / SECOND - (usec % SECOND < 0)) + offset;

	gmtime_r(&seconds, &l.tm);
	l.tm.tm_gmtoff = offset;
	return l;
}

/* One directive of strftime: %[flags][width]letter. */
struct directive {
	char flags[5];
	unsigned width;
	char letter;
	uint32_t len; /* of all of it; 0: it is none */
};

static struct directive read_directive(struct span s)
{
	struct directive d = {0};
	uint32_t i = 1;
	size_t n = 0;

	while (i < s.len && n < sizeof d.flags - 1 && memchr("-_0^#:", s.s[i], 6))
		d.flags[n++] = s.s[i++];
	while (i < s.len && s.s[i] >= '0' && s.s[i] <= '9' && d.width < 100)
		d.width = d.width * 10 + (unsigned)(s.s[i++] - '0');
	if (i < s.len) {
		d.letter = s.s[i];
		d.len = i + 1;
	}
	return d;
}

/* Pads and changes case as the flags say. */
static void emit_directive(struct render *r, const struct directive *d, struct liquid_value text)
{
	static const struct filter *upcase;

	if (!upcase)
		upcase = filter_find(SPAN("upcase"));
	if (strpbrk(d->flags, "^#"))
		text = upcase->run(r, text, NULL, 0);
	for (size_t n = utf8_count((struct span){text.s, text.len}); n < d->width; n++)
		render_emit(r, strchr(d->flags, '0') ? "0" : " ", 1);
	render_emit(r, text.s, text.len);
}

/* Fractions of a second: %L has 3 digits, %N 9, %3N as many as it says. */
static size_t fraction_text(const struct directive *d, int64_t usec, char *out)
{
	unsigned digits = d->width ? d->width : d->letter == 'L' ? 3 : 9;
	int64_t part = usec % SECOND < 0 ? usec % SECOND + SECOND : usec % SECOND;
	char text[16];

	snprintf(text, sizeof text, "%06d000", (int)part);
	return (size_t)snprintf(out, LOCALE_TEXT, "%.*s", (int)(digits > 9 ? 9 : digits), text);
}

static size_t offset_text(const struct directive *d, long seconds, char *out)
{
	long minutes = labs(seconds) / 60;

	return (size_t)snprintf(out, LOCALE_TEXT, "%c%02ld%s%02ld", seconds < 0 ? '-' : '+', minutes / 60,
				strchr(d->flags, ':') ? ":" : "", minutes % 60);
}

/* What differs by locale or zone, and what strftime does not know; 0 where it does. */
static size_t own_text(struct render *r, const struct directive *d, const struct local *l, char *out)
{
	switch (d->letter) {
	case 'B':
		return locale_name(locale_of(r), MONTHS, (unsigned)l->tm.tm_mon, out);
	case 'b':
	case 'h':
		return locale_name(locale_of(r), MONTHS_SHORT, (unsigned)l->tm.tm_mon, out);
	case 'A':
		return locale_name(locale_of(r), WEEKDAYS, (unsigned)l->tm.tm_wday, out);
	case 'a':
		return locale_name(locale_of(r), WEEKDAYS_SHORT, (unsigned)l->tm.tm_wday, out);
	case 'Z':
		return locale_zone_name(zone_of(r), l->usec, out);
	case 'z':
		return offset_text(d, l->tm.tm_gmtoff, out);
	case 's': {
		int64_t seconds = l->usec / SECOND - (l->usec % SECOND < 0);

		return (size_t)snprintf(out, LOCALE_TEXT, "%lld", (long long)seconds);
	}
	default:
		return 0;
	}
}

/* The rest by the C library, whose flags and widths are the same. */
static void emit_strftime(struct render *r, const struct directive *d, const struct local *l)
{
	static const char known[] = "CDFGHIMPRSTUVWXYcdegjklmnprtuvwxy%";
	char format[24], out[256];
	size_t n;

	if (!strchr(known, d->letter)) { /* stays as it stands */
		snprintf(format, sizeof format, "%%%s%c", d->flags, d->letter);
		render_emit(r, format, strlen(format));
		return;
	}
	if (d->width)
		n = (size_t)snprintf(format, sizeof format, "%%%s%u%c", d->flags, d->width, d->letter);
	else
		n = (size_t)snprintf(format, sizeof format, "%%%s%c", d->flags, d->letter);
	format[n] = '\0';
	size_t len = strftime(out, sizeof out, format, &l->tm);
	render_emit(r, out, len);
}

static void emit_strftime_text(struct render *r, struct span format, const struct local *l);

static void emit_one(struct render *r, const struct directive *d, const struct local *l)
{
	char text[LOCALE_TEXT];
	size_t len;

	if (d->letter == 'c') { /* with the locale's names */
		emit_strftime_text(r, SPAN("%a %b %e %H:%M:%S %Y"), l);
		return;
	}
	if (d->letter == 'v') {
		emit_strftime_text(r, SPAN("%e-%^b-%Y"), l);
		return;
	}
	if (d->letter == 'L' || d->letter == 'N') {
		render_emit(r, text, fraction_text(d, l->usec, text));
		return;
	}
	len = own_text(r, d, l, text);
	if (len > 0)
		emit_directive(r, d, value_string(text, len));
	else
		emit_strftime(r, d, l);
}

static void emit_strftime_text(struct render *r, struct span format, const struct local *l)
{
	while (format.len > 0 && !r->failed) {
		const char *percent = memchr(format.s, '%', format.len);
		uint32_t n = percent ? (uint32_t)(percent - format.s) : format.len;

		render_emit(r, format.s, n);
		format = (struct span){format.s + n, format.len - n};
		if (!percent || !render_charge(r, 4))
			return;
		struct directive d = read_directive(format);
		if (d.len == 0) {
			render_emit(r, format.s, format.len);
			return;
		}
		emit_one(r, &d, l);
		format = (struct span){format.s + d.len, format.len - d.len};
	}
}

void time_text(struct render *r, int64_t usec)
{
	struct local l = local_of(r, usec);

	emit_strftime_text(r, SPAN("%Y-%m-%d %H:%M:%S %z"), &l);
}

/* The shop's own formats, as its readers write dates. "short" is as the answers of the router have it where they have
 * the language, so that two texts about one day agree. */
static void emit_short(struct render *r, const struct local *l)
{
	const char *locale = locale_of(r);
	char text[LOCALE_TEXT];

	if (short_date_known(locale)) {
		char *date = short_date(r->scratch.ctx, locale, l->usec + l->tm.tm_gmtoff * SECOND);

		if (date)
			render_emit(r, date, strlen(date));
		talloc_free(date);
		return;
	}
	render_emit(r, text, locale_date(locale, zone_of(r), "MMMEd", l->usec, text));
}

static bool emit_named(struct render *r, struct span format, const struct local *l)
{
	static const struct {
		struct span name;
		const char *skeleton;
	} named[] = {{SPAN("long"), "yMMMMEEEEd"}, {SPAN("time"), "jm"}};
	char text[LOCALE_TEXT];

	if (span_is(format, SPAN("short"))) {
		emit_short(r, l);
		return true;
	}
	for (size_t i = 0; i < LENGTH(named); i++) {
		if (!span_is(format, named[i].name))
			continue;
		render_emit(r, text, locale_date(locale_of(r), zone_of(r), named[i].skeleton, l->usec, text));
		return true;
	}
	return false;
}

FILTER(date)
{
	(void)n;
	struct span format = value_text(r, args[0]);
	int64_t usec;
	/* ICU's part of the work is the dear one */
	if (format.len == 0 || !time_read(r, in, &usec) || !render_charge(r, 100))
		return in;
	struct local l = local_of(r, usec);
	struct mark mark = render_mark(r);
	if (!emit_named(r, format, &l))
		emit_strftime_text(r, format, &l);
	return render_take(r, mark);
}

/* Sums and links --------------------------------------------------------------------------------------------- */

/* A number in figures for ICU: no exponent, no "12 apples". */
static struct span figures_of(struct render *r, struct liquid_value v)
{
	struct number n;
	struct span text = value_text(r, v);

	if (v.type == LIQUID_INT || (v.type == LIQUID_FLOAT && fabs(v.f) < 1e15))
		return text;
	if (v.type == LIQUID_STRING && number_read(text, &n) && text.len < 40)
		return text;
	render_fail(r, "money takes a number, not '%.*s'", text.len < 60 ? (int)text.len : 60, text.s);
	return SPAN("");
}

FILTER(money)
{
	char currency[4] = "USD", out[LOCALE_TEXT];

	if (in.type == LIQUID_NIL || value_empty(in))
		return value_string("", 0);
	struct span code = n > 0 && args[0].type != LIQUID_NIL ? value_text(r, args[0]) : SPAN("");
	if (code.len == 0 && r->env->currency)
		code = (struct span){r->env->currency, (uint32_t)strlen(r->env->currency)};
	if (code.len > 0 && code.len < sizeof currency)
		memcpy(currency, code.s, code.len);
	struct span figures = figures_of(r, in);
	while (figures.len > 0 && *figures.s == ' ')
		figures = (struct span){figures.s + 1, figures.len - 1};
	while (figures.len > 0 && figures.s[figures.len - 1] == ' ')
		figures.len--;
	if (r->failed || !render_charge(r, 100))
		return liquid_nil();
	size_t len =
		code.len == 0 || code.len == 3 ? locale_money(locale_of(r), currency, figures.s, figures.len, out) : 0;
	if (len == 0) {
		render_fail(r, "money takes a currency such as 'EUR', not '%.*s'", code.len < 20 ? (int)code.len : 20,
			    code.s);
		return liquid_nil();
	}
	struct mark mark = render_mark(r);
	render_emit(r, out, len);
	return render_take(r, mark);
}

FILTER(link_to)
{
	(void)args, (void)n;
	struct span url = value_text(r, in);
	if (url.len == 0 || !r->env->link)
		return value_span(url);
	char *copy = render_alloc(r, url.len + 1);
	if (!copy)
		return liquid_nil();
	memcpy(copy, url.s, url.len);
	copy[url.len] = '\0';
	const char *shorter = r->env->link(r->env->link_arg, r->scratch.ctx, copy);
	return shorter ? liquid_text(shorter) : value_string(copy, url.len);
}

const struct filter filters_locale[] = {
	{"date", date, 1, 1, NULL},
	{"money", money, 0, 1, NULL},
	{"link", link_to, 0, 0, NULL},
	{0},
};
