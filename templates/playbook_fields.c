/* A YAML map held against a table of its keys; what each kind of value looks like, and what is said of one that does
 * not. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "templates/playbook_private.h"

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyz"

const struct yaml_node *pb_key(const struct yaml_node *map, const char *key)
{
	for (size_t i = 0; map && map->kind == YAML_MAP && i < map->n; i++)
		if (!strcmp(map->map[i].key, key))
			return &map->map[i].value;
	return NULL;
}

static char *keys_of(TALLOC_CTX *ctx, const struct pb_field *fields)
{
	char *text = talloc_strdup(ctx, "");

	for (const struct pb_field *f = fields; f->key; f++)
		text = talloc_asprintf_append_buffer(text, "%s%s", f == fields ? "" : ", ", f->key);
	return text;
}

static bool only_known(struct loader *l, const struct yaml_node *n, const char *what, const struct pb_field *fields)
{
	bool ok = true;

	for (size_t i = 0; i < n->n; i++) {
		const struct pb_field *f = fields;
		while (f->key && strcmp(f->key, n->map[i].key))
			f++;
		if (f->key)
			continue;
		pb_error(l, n->map[i].line, "%s: unknown key '%s'; one of %s", what, n->map[i].key,
			 keys_of(l->tmp, fields));
		ok = false;
	}
	return ok;
}

bool pb_read_map(struct loader *l, const struct yaml_node *n, const char *what, const struct pb_field *fields,
		 void *out)
{
	bool ok;

	if (n->kind != YAML_MAP) {
		pb_error(l, n->line, "%s: must be keys with values; the keys are %s", what, keys_of(l->tmp, fields));
		return false;
	}
	ok = only_known(l, n, what, fields);
	for (const struct pb_field *f = fields; f->key; f++) {
		const struct yaml_node *value = pb_key(n, f->key);

		if (value)
			ok &= f->read(l, value, f, (char *)out + f->offset);
		else if (f->needed) {
			pb_error(l, n->line, "%s: '%s' is missing", what, f->key);
			ok = false;
		}
	}
	return ok;
}

/* What is wrong with a value: "at: must be …, not 'x'". */
static bool wrong(struct loader *l, const struct yaml_node *n, const struct pb_field *f, const char *right)
{
	if (n->kind == YAML_TEXT)
		pb_error(l, n->line, "%s: must be %s, not '%.60s'", f->key, right, n->text);
	else
		pb_error(l, n->line, "%s: must be %s, not a %s", f->key, right, n->kind == YAML_LIST ? "list" : "map");
	return false;
}

/* Words ------------------------------------------------------------------------------------------------------------ */
bool pb_is_name(const char *s)
{
	size_t n = strlen(s);

	return n && n <= PB_NAME_MAX && strspn(s, LETTERS) > 0 && strspn(s, LETTERS DIGITS "_") == n;
}

/* "en", "pt-BR", "zh-Hant-TW". */
bool pb_is_locale(const char *s)
{
	size_t n = strspn(s, LETTERS);

	if (n < 2 || n > 3 || strlen(s) > 16)
		return false;
	for (s += n; *s == '-'; s += n) {
		n = strspn(++s, LETTERS DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		if (n < 2 || n > 8)
			return false;
	}
	return !*s;
}

int pb_word_index(const char *words, const char *s)
{
	size_t len = strlen(s);
	int i = 0;

	for (const char *at = words; len && *at; i++) {
		size_t n = strcspn(at, " ");
		if (n == len && !memcmp(at, s, n))
			return i;
		at += n + (at[n] == ' ');
	}
	return -1;
}

static bool one_line(const struct yaml_node *n, long min, long max)
{
	if (n->kind != YAML_TEXT || (long)strlen(n->text) < min || (max && (long)strlen(n->text) > max))
		return false;
	for (const char *s = n->text; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static bool keep(struct loader *l, const struct yaml_node *n, void *at)
{
	*(const char **)at = talloc_strdup(l->pb, n->text);
	return true;
}

bool pb_read_name(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	if (n->kind != YAML_TEXT || !pb_is_name(n->text))
		return wrong(l, n, f, "a name of small letters, digits and _");
	return keep(l, n, at);
}

bool pb_read_line(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	if (!one_line(n, f->min, f->max))
		return wrong(l, n, f, talloc_asprintf(l->tmp, "one line of %ld to %ld characters", f->min, f->max));
	return keep(l, n, at);
}

bool pb_read_url(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	const char *s = n->kind == YAML_TEXT ? n->text : "";
	size_t scheme = !strncmp(s, "https://", 8) ? 8 : !strncmp(s, "http://", 7) ? 7 : 0;

	if (!scheme || !s[scheme] || strchr("/:?#", s[scheme]) || !one_line(n, 10, 1000) || strpbrk(s, " \"<>\\^`{|}"))
		return wrong(l, n, f, "an http or https address");
	return keep(l, n, at);
}

bool pb_read_locale(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	if (n->kind != YAML_TEXT || !pb_is_locale(n->text))
		return wrong(l, n, f, "a language such as en or pt-BR");
	return keep(l, n, at);
}

static bool matches(const char *pattern, const char *s)
{
	for (; *pattern && *s; pattern++, s++)
		if (*pattern == 'A' ? *s < 'A' || *s > 'Z' : *pattern == '0' ? *s < '0' || *s > '9' : *pattern != *s)
			return false;
	return !*pattern && !*s;
}

bool pb_read_match(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	if (n->kind != YAML_TEXT || !matches(f->words, n->text))
		return wrong(
			l, n, f,
			talloc_asprintf(l->tmp, "of the form %s, where A is a capital letter and 0 a digit", f->words));
	return keep(l, n, at);
}

static char *spoken(TALLOC_CTX *ctx, const char *words)
{
	char *text = talloc_asprintf(ctx, "one of %s", words);

	return text;
}

bool pb_read_word(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	if (n->kind != YAML_TEXT || pb_word_index(f->words, n->text) < 0)
		return wrong(l, n, f, spoken(l->tmp, f->words));
	return keep(l, n, at);
}

bool pb_read_word_index(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	int i = n->kind == YAML_TEXT ? pb_word_index(f->words, n->text) : -1;

	if (i < 0)
		return wrong(l, n, f, spoken(l->tmp, f->words));
	*(int *)at = i;
	return true;
}

bool pb_read_second_word(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	int i = n->kind == YAML_TEXT ? pb_word_index(f->words, n->text) : -1;

	if (i < 0)
		return wrong(l, n, f, spoken(l->tmp, f->words));
	*(bool *)at = i == 1;
	return true;
}

bool pb_read_bool(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	bool yes = n->kind == YAML_TEXT && !strcmp(n->text, "true");

	if (!yes && (n->kind != YAML_TEXT || strcmp(n->text, "false")))
		return wrong(l, n, f, "true or false");
	*(bool *)at = yes;
	return true;
}

/* Numbers ---------------------------------------------------------------------------------------------------------- */
static bool whole(const char *s, size_t len, long *out)
{
	*out = 0;
	if (!len || len > 9 || strspn(s, DIGITS) < len)
		return false;
	for (size_t i = 0; i < len; i++)
		*out = *out * 10 + (s[i] - '0');
	return true;
}

bool pb_read_count(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	long v;

	if (n->kind != YAML_TEXT || !whole(n->text, strlen(n->text), &v) || v < f->min || v > f->max)
		return wrong(l, n, f, talloc_asprintf(l->tmp, "a whole number from %ld to %ld", f->min, f->max));
	*(unsigned *)at = (unsigned)v;
	return true;
}

static bool span(const char *s, int64_t *out)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	size_t digits = strspn(s, DIGITS);
	long v;

	if (!whole(s, digits, &v) || !s[digits] || s[digits + 1])
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].unit == s[digits]) {
			*out = v * units[i].seconds;
			return true;
		}
	return false;
}

#define SPAN_MOST ((int64_t)2 * 366 * 86400)
bool pb_read_span(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	int64_t v;

	if (n->kind != YAML_TEXT || !span(n->text, &v) || v < f->min || v > SPAN_MOST)
		return wrong(l, n, f,
			     f->min ? "a span longer than nothing, such as 90s, 15m, 12h, 2d or 1w, up to two years"
				    : "a span such as 90s, 15m, 12h, 2d or 1w, up to two years");
	*(int64_t *)at = v;
	return true;
}

/* "10:00"; "24:00" ends a day. */
static bool clock_minutes(const char *s, size_t len, int *out)
{
	long h, m;

	if (len != 5 || s[2] != ':' || !whole(s, 2, &h) || !whole(s + 3, 2, &m) || m > 59 || h * 60 + m > 1440)
		return false;
	*out = (int)(h * 60 + m);
	return true;
}

bool pb_read_clock(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	int v;

	if (n->kind != YAML_TEXT || !clock_minutes(n->text, strlen(n->text), &v) || v == 1440)
		return wrong(l, n, f, "a time of day in quotes, such as \"10:00\"");
	*(int *)at = v;
	return true;
}

bool pb_read_window(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	struct pb_window *w = at;
	const char *s = n->kind == YAML_TEXT ? n->text : "";

	if (!strcmp(s, "closed")) {
		*w = (struct pb_window){0, 0};
		return true;
	}
	if (strlen(s) != 11 || s[5] != '-' || !clock_minutes(s, 5, &w->open) || !clock_minutes(s + 6, 5, &w->close) ||
	    w->open >= w->close)
		return wrong(l, n, f, "a window such as \"09:00-20:00\", or closed");
	return true;
}

static bool decimal(const char *s, double *out)
{
	size_t a = strspn(s, DIGITS), b = s[a] == '.' ? strspn(s + a + 1, DIGITS) : 0;
	size_t len = a + (s[a] == '.' ? b + 1 : 0);

	if (!a || (s[a] == '.' && !b) || s[len] || len > 15)
		return false;
	*out = strtod(s, NULL);
	return true;
}

bool pb_read_percent(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	char text[16] = "";
	double v;

	if (n->kind == YAML_TEXT && strlen(n->text) < sizeof(text) && strchr(n->text, '%'))
		memcpy(text, n->text, (size_t)(strchr(n->text, '%') - n->text));
	if (!*text || n->text[strlen(text) + 1] || !decimal(text, &v) || v > 100)
		return wrong(l, n, f, "a share such as 10%, up to 100%");
	*(double *)at = v / 100;
	return true;
}

bool pb_read_price(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	if (n->kind != YAML_TEXT || !decimal(n->text, at) || *(double *)at < (double)f->min ||
	    *(double *)at > (double)f->max)
		return wrong(l, n, f, talloc_asprintf(l->tmp, "a number such as 0.5, up to %ld", f->max));
	return true;
}

/* Liquid ----------------------------------------------------------------------------------------------------------- */
static bool read_expr(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at, bool condition)
{
	struct liquid_error e = {0};
	struct liquid_expr *x;

	if (!one_line(n, 1, 1000))
		return wrong(l, n, f,
			     condition ? "a condition such as \"order.total > 50\""
				       : "a value such as \"item.depletion_days\"");
	x = condition ? liquid_parse_condition(l->pb, n->text, &e) : liquid_parse_value(l->pb, n->text, &e);
	if (!x) {
		pb_error(l, n->line, "%s: %s", f->key, e.text);
		return false;
	}
	*(const struct liquid_expr **)at = x;
	l->written = talloc_realloc(l->tmp, l->written, struct pb_written, (unsigned)l->n_written + 1);
	l->written[l->n_written++] = (struct pb_written){.path = l->path,
							 .key = f->key,
							 .line = n->line,
							 .expr = x,
							 .condition = condition,
							 .journey = l->journey};
	return true;
}

bool pb_read_condition(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	return read_expr(l, n, f, at, true);
}

bool pb_read_value(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	return read_expr(l, n, f, at, false);
}

/* Lists of words ------------------------------------------------------------------------------------------------- */
#define STRINGS_MAX 100

static bool read_strings(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at,
			 pb_reader *one)
{
	struct pb_strings *out = at;
	const char **list;
	bool ok = true;

	if (n->kind != YAML_LIST || n->n > STRINGS_MAX)
		return wrong(l, n, f, "a list in [ ], of at most 100");
	list = talloc_zero_array(l->pb, const char *, (unsigned)n->n + 1);
	for (size_t i = 0; i < n->n; i++)
		ok &= one(l, &n->list[i], f, &list[i]);
	out->list = list;
	out->n = n->n;
	return ok;
}

static bool read_event(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	if (n->kind != YAML_TEXT || pb_word_index(pb_events, n->text) < 0)
		return wrong(l, n, f, talloc_asprintf(l->tmp, "an event: one of %s", pb_events));
	return keep(l, n, at);
}

bool pb_read_events(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	return read_strings(l, n, f, at, read_event);
}

bool pb_read_locales(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	return read_strings(l, n, f, at, pb_read_locale);
}

static bool read_date(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	long month = 0, day = 0;

	if (n->kind != YAML_TEXT || !matches("0000-00-00", n->text) || !whole(n->text + 5, 2, &month) ||
	    !whole(n->text + 8, 2, &day) || month < 1 || month > 12 || day < 1 || day > 31)
		return wrong(l, n, f, "dates such as \"2026-12-25\"");
	return keep(l, n, at);
}

bool pb_read_dates(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	return read_strings(l, n, f, at, read_date);
}

bool pb_read_names(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	struct pb_strings *out = at;
	const char **one;

	if (n->kind == YAML_LIST)
		return read_strings(l, n, f, at, pb_read_name);
	one = talloc_zero_array(l->pb, const char *, 1);
	out->list = one;
	out->n = 1;
	return pb_read_name(l, n, f, one);
}
