/* Filters on text: case, white space, replacing, cutting. Lengths are in characters. */
#include "templates/liquid_private.h"

#include <string.h>
#include <unicode/ucasemap.h>

#define FILTER(name)                                                                                                   \
	static struct liquid_value name(struct render *r, struct liquid_value in, const struct liquid_value *args,     \
					unsigned n)

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct span rest_of(struct span s, size_t n)
{
	return (struct span){s.s + n, s.len - (uint32_t)n};
}

FILTER(append)
{
	(void)n;
	struct span a = value_text(r, in), b = value_text(r, args[0]);
	struct mark mark = render_mark(r);
	render_emit(r, a.s, a.len);
	render_emit(r, b.s, b.len);
	return render_take(r, mark);
}

FILTER(prepend)
{
	return append(r, args[0], &in, n);
}

/* Case ------------------------------------------------------------------------------------------------------- */

typedef int32_t case_fn(const UCaseMap *map, char *to, int32_t room, const char *from, int32_t len, UErrorCode *error);

/* ICU's full mappings (sharp s becomes SS), of no language in particular. */
static void emit_cased(struct render *r, struct span s, case_fn *change)
{
	static _Thread_local UCaseMap *map; /* immutable once made; ICU wants one to be handed in */
	UErrorCode error = U_ZERO_ERROR;

	if (!map)
		map = ucasemap_open("", 0, &error);
	int32_t room = (int32_t)s.len * 3 + 8; /* no mapping is longer */
	char *to = U_SUCCESS(error) ? render_alloc(r, (size_t)room) : NULL;
	if (!to)
		return;
	int32_t len = change(map, to, room, s.s, (int32_t)s.len, &error);
	if (U_SUCCESS(error))
		render_emit(r, to, (size_t)len);
	else
		render_fail(r, "the text has no upper or lower case: %s", u_errorName(error));
}

static struct liquid_value cased(struct render *r, struct span s, case_fn *change)
{
	struct mark mark = render_mark(r);

	emit_cased(r, s, change);
	return render_take(r, mark);
}

FILTER(upcase)
{
	(void)args, (void)n;
	return cased(r, value_text(r, in), ucasemap_utf8ToUpper);
}

FILTER(downcase)
{
	(void)args, (void)n;
	return cased(r, value_text(r, in), ucasemap_utf8ToLower);
}

FILTER(capitalize)
{
	(void)args, (void)n;
	struct span s = value_text(r, in);
	size_t first = utf8_offset(s, 1);
	struct mark mark = render_mark(r);
	emit_cased(r, (struct span){s.s, (uint32_t)first}, ucasemap_utf8ToUpper);
	emit_cased(r, rest_of(s, first), ucasemap_utf8ToLower);
	return render_take(r, mark);
}

/* White space ------------------------------------------------------------------------------------------------ */

static struct span stripped(struct span s, bool left, bool right)
{
	while (left && s.len > 0 && is_space(*s.s))
		s = rest_of(s, 1);
	while (right && s.len > 0 && is_space(s.s[s.len - 1]))
		s.len--;
	return s;
}

FILTER(strip)
{
	(void)args, (void)n;
	return value_span(stripped(value_text(r, in), true, true));
}

FILTER(lstrip)
{
	(void)args, (void)n;
	return value_span(stripped(value_text(r, in), true, false));
}

FILTER(rstrip)
{
	(void)args, (void)n;
	return value_span(stripped(value_text(r, in), false, true));
}

/* Every end of a line written as to. */
static struct liquid_value lines_as(struct render *r, struct span s, struct span to)
{
	struct mark mark = render_mark(r);
	const char *newline;

	while (s.len > 0 && (newline = memchr(s.s, '\n', s.len))) {
		size_t len = (size_t)(newline - s.s), text = len > 0 && newline[-1] == '\r' ? len - 1 : len;

		render_emit(r, s.s, text);
		render_emit(r, to.s, to.len);
		s = rest_of(s, len + 1);
	}
	render_emit(r, s.s, s.len);
	return render_take(r, mark);
}

FILTER(strip_newlines)
{
	(void)args, (void)n;
	return lines_as(r, value_text(r, in), SPAN(""));
}

FILTER(newline_to_br)
{
	(void)args, (void)n;
	return lines_as(r, value_text(r, in), SPAN("<br />\n"));
}

/* Replacing -------------------------------------------------------------------------------------------------- */

static const char *find_first(struct span in, struct span what)
{
	return what.len == 0 ? in.s : memmem(in.s, in.len, what.s, what.len);
}

static const char *find_last(struct span in, struct span what)
{
	if (what.len > in.len)
		return NULL;
	for (uint32_t at = in.len - what.len;; at--) {
		if (memcmp(in.s + at, what.s, what.len) == 0)
			return in.s + at;
		if (at == 0)
			return NULL;
	}
}

/* Between all characters and at both ends: where nothing is looked for, it is everywhere. */
static struct liquid_value replace_nothing(struct render *r, struct span in, struct span by)
{
	struct mark mark = render_mark(r);

	while (in.len > 0) {
		size_t n = utf8_offset(in, 1);

		render_emit(r, by.s, by.len);
		render_emit(r, in.s, n);
		in = rest_of(in, n);
	}
	render_emit(r, by.s, by.len);
	return render_take(r, mark);
}

static struct liquid_value replace_all(struct render *r, struct span in, struct span what, struct span by)
{
	const char *at;

	if (what.len == 0)
		return replace_nothing(r, in, by);
	if (!find_first(in, what))
		return value_span(in);
	struct mark mark = render_mark(r);
	while ((at = find_first(in, what))) {
		render_emit(r, in.s, (size_t)(at - in.s));
		render_emit(r, by.s, by.len);
		in = rest_of(in, (size_t)(at - in.s) + what.len);
	}
	render_emit(r, in.s, in.len);
	return render_take(r, mark);
}

static struct liquid_value replace_at(struct render *r, struct span in, const char *at, struct span what,
				      struct span by)
{
	if (!at)
		return value_span(in);
	struct mark mark = render_mark(r);
	render_emit(r, in.s, (size_t)(at - in.s));
	render_emit(r, by.s, by.len);
	in = rest_of(in, (size_t)(at - in.s) + what.len);
	render_emit(r, in.s, in.len);
	return render_take(r, mark);
}

FILTER(replace)
{
	(void)n;
	struct span s = value_text(r, in), what = value_text(r, args[0]);
	return replace_all(r, s, what, value_text(r, args[1]));
}

FILTER(replace_first)
{
	(void)n;
	struct span s = value_text(r, in), what = value_text(r, args[0]);
	return replace_at(r, s, find_first(s, what), what, value_text(r, args[1]));
}

FILTER(replace_last)
{
	(void)n;
	struct span s = value_text(r, in), what = value_text(r, args[0]);
	if (!render_charge(r, (size_t)s.len * what.len / 64))
		return liquid_nil();
	return replace_at(r, s, find_last(s, what), what, value_text(r, args[1]));
}

/* Cutting ---------------------------------------------------------------------------------------------------- */

static struct liquid_value new_array(struct render *r, uint32_t room)
{
	struct liquid_value *items = render_alloc(r, ((size_t)room + 1) * sizeof *items);

	return (struct liquid_value){.type = LIQUID_ARRAY, .len = items ? room : 0, .array = items};
}

static struct liquid_value split_characters(struct render *r, struct span s)
{
	struct liquid_value list = new_array(r, (uint32_t)utf8_count(s) + 1);
	struct liquid_value *items = (struct liquid_value *)list.array;
	uint32_t count = 0;

	while (items && s.len > 0) {
		size_t len = utf8_offset(s, 1);

		if (len == 0) /* a stray continuation byte in front */
			len = 1;
		if (count == list.len)
			break;
		items[count++] = value_string(s.s, len);
		s = rest_of(s, len);
	}
	list.len = count;
	return list;
}

/* By one space: by any white space, and none in front, as Ruby has it. */
static struct liquid_value split_words(struct render *r, struct span s)
{
	uint32_t count = 0;
	struct liquid_value list = new_array(r, s.len / 2 + 1);
	struct liquid_value *items = (struct liquid_value *)list.array;

	for (uint32_t at = 0; items && at < s.len;) {
		while (at < s.len && is_space(s.s[at]))
			at++;
		uint32_t from = at;
		while (at < s.len && !is_space(s.s[at]))
			at++;
		if (at > from)
			items[count++] = value_string(s.s + from, at - from);
	}
	list.len = count;
	return list;
}

static struct liquid_value split_by(struct render *r, struct span s, struct span by)
{
	uint32_t pieces = 1, count = 0, kept = 0;
	const char *at;

	for (struct span left = s; (at = find_first(left, by)); left = rest_of(left, (size_t)(at - left.s) + by.len))
		pieces++;
	struct liquid_value list = new_array(r, pieces);
	struct liquid_value *items = (struct liquid_value *)list.array;
	while (items && count < pieces) {
		at = find_first(s, by);
		size_t len = at ? (size_t)(at - s.s) : s.len;
		items[count++] = value_string(s.s, len);
		if (len > 0)
			kept = count; /* empty pieces at the end go */
		s = at ? rest_of(s, len + by.len) : (struct span){s.s + s.len, 0};
	}
	list.len = kept;
	return list;
}

FILTER(split)
{
	(void)n;
	struct span s = value_text(r, in), by = value_text(r, args[0]);
	if (by.len == 0)
		return split_characters(r, s);
	if (by.len == 1 && *by.s == ' ')
		return split_words(r, s);
	return split_by(r, s, by);
}

/* Where [from, length] lies in count things; false where it is outside. */
static bool cut(int64_t count, int64_t *from, int64_t *length)
{
	if (*from < 0)
		*from += count;
	if (*from < 0 || *from > count || *length < 0)
		return false;
	if (*length > count - *from)
		*length = count - *from;
	return true;
}

FILTER(slice)
{
	int64_t from, length = 1;

	if (!value_integer(r, args[0], &from) ||
	    (n > 1 && args[1].type != LIQUID_NIL && !value_integer(r, args[1], &length)))
		return liquid_nil();
	if (in.type == LIQUID_ARRAY) {
		bool inside = cut(in.len, &from, &length);

		return (struct liquid_value){.type = LIQUID_ARRAY,
					     .len = inside ? (uint32_t)length : 0,
					     .array = in.array + (inside ? from : 0)};
	}
	struct span s = value_text(r, in);
	if (!cut((int64_t)utf8_count(s), &from, &length))
		return value_string("", 0);
	size_t start = utf8_offset(s, (size_t)from);
	s = rest_of(s, start);
	return value_string(s.s, utf8_offset(s, (size_t)length));
}

static struct span ellipsis(struct render *r, const struct liquid_value *args, unsigned n)
{
	return n > 1 ? value_text(r, args[1]) : SPAN("...");
}

FILTER(truncate)
{
	int64_t length = 50;
	struct span s = value_text(r, in), end = ellipsis(r, args, n);

	if (n > 0 && !value_integer(r, args[0], &length))
		return liquid_nil();
	if (in.type == LIQUID_NIL || (int64_t)utf8_count(s) <= length)
		return value_span(s);
	int64_t kept = length - (int64_t)utf8_count(end);
	struct mark mark = render_mark(r);
	render_emit(r, s.s, kept > 0 ? utf8_offset(s, (size_t)kept) : 0);
	render_emit(r, end.s, end.len);
	return render_take(r, mark);
}

FILTER(truncatewords)
{
	int64_t words = 15;
	struct span s = value_text(r, in), end = ellipsis(r, args, n);

	if (n > 0 && !value_integer(r, args[0], &words))
		return liquid_nil();
	struct liquid_value list = split_words(r, s);
	if (words < 1)
		words = 1;
	if (list.len <= words)
		return value_span(s);
	struct mark mark = render_mark(r);
	for (int64_t i = 0; i < words; i++) {
		if (i > 0)
			render_emit(r, " ", 1);
		render_emit(r, list.array[i].s, list.array[i].len);
	}
	render_emit(r, end.s, end.len);
	return render_take(r, mark);
}

/* "Ada Maria Lovelace" -> "Ada": what a text calls its reader. */
FILTER(first_name)
{
	(void)args, (void)n;
	struct liquid_value words = split_words(r, value_text(r, in));
	return words.len > 0 ? words.array[0] : value_string("", 0);
}

const struct filter filters_string[] = {
	{"append", append, 1, 1, NULL},
	{"prepend", prepend, 1, 1, NULL},
	{"upcase", upcase, 0, 0, NULL},
	{"downcase", downcase, 0, 0, NULL},
	{"capitalize", capitalize, 0, 0, NULL},
	{"strip", strip, 0, 0, NULL},
	{"lstrip", lstrip, 0, 0, NULL},
	{"rstrip", rstrip, 0, 0, NULL},
	{"strip_newlines", strip_newlines, 0, 0, NULL},
	{"newline_to_br", newline_to_br, 0, 0, NULL},
	{"replace", replace, 1, 2, NULL},
	{"replace_first", replace_first, 1, 2, NULL},
	{"replace_last", replace_last, 2, 2, NULL},
	{"remove", replace, 1, 1, NULL}, /* by nothing */
	{"remove_first", replace_first, 1, 1, NULL},
	{"remove_last", replace_last, 1, 1, NULL},
	{"split", split, 1, 1, NULL},
	{"slice", slice, 1, 2, NULL},
	{"truncate", truncate, 0, 2, NULL},
	{"truncatewords", truncatewords, 0, 2, NULL},
	{"first_name", first_name, 0, 0, NULL},
	{0},
};
