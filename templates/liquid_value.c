/* Values: making them, what is in them, which are equal, which come first, how they read as text. */
#include "templates/liquid_private.h"

#include <stdio.h>
#include <string.h>

/* Making ----------------------------------------------------------------------------------------------------- */

struct liquid_value liquid_text(const char *s)
{
	return s ? value_string(s, strlen(s)) : liquid_nil();
}

struct liquid_value liquid_time(int64_t usec)
{
	return usec ? (struct liquid_value){.type = LIQUID_TIME, .i = usec} : liquid_nil();
}

struct liquid_hash {
	struct liquid_pair *pairs;
	uint32_t n, room;
};

struct liquid_hash *liquid_hash_new(TALLOC_CTX *ctx)
{
	return talloc_zero(ctx, struct liquid_hash);
}

void liquid_hash_put(struct liquid_hash *h, const char *key, struct liquid_value v)
{
	uint32_t len = (uint32_t)strlen(key);

	for (uint32_t i = 0; i < h->n; i++) {
		if (h->pairs[i].key_len == len && memcmp(h->pairs[i].key, key, len) == 0) {
			h->pairs[i].value = v;
			return;
		}
	}
	if (h->n == h->room) {
		uint32_t room = h->room ? h->room * 2 : 8;
		struct liquid_pair *pairs = talloc_realloc(h, h->pairs, struct liquid_pair, room);

		if (!pairs)
			return; /* as if never put: the template finds nothing */
		h->pairs = pairs;
		h->room = room;
	}
	h->pairs[h->n++] = (struct liquid_pair){.key = key, .key_len = len, .value = v};
}

struct liquid_value liquid_hash_value(const struct liquid_hash *h)
{
	return (struct liquid_value){.type = LIQUID_HASH, .len = h->n, .hash = h->pairs};
}

/* Characters ------------------------------------------------------------------------------------------------- */

size_t utf8_count(struct span s)
{
	size_t n = 0;

	for (uint32_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.s[i] & 0xc0) != 0x80;
	return n;
}

size_t utf8_offset(struct span s, size_t n)
{
	uint32_t i = 0;

	for (; i < s.len; i++)
		if (((unsigned char)s.s[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	return i;
}

/* Members ---------------------------------------------------------------------------------------------------- */

bool value_member(struct liquid_value hash, struct span name, struct liquid_value *out)
{
	if (hash.type != LIQUID_HASH)
		return false;
	for (const struct liquid_pair *p = hash.hash, *end = p + hash.len; p < end; p++) {
		if (p->key_len == name.len && memcmp(p->key, name.s, name.len) == 0) {
			*out = p->value;
			return true;
		}
	}
	return false;
}

uint32_t value_count(struct liquid_value v)
{
	switch (v.type) {
	case LIQUID_ARRAY:
	case LIQUID_HASH:
		return v.len;
	case LIQUID_RANGE:
		if (v.range->to < v.range->from)
			return 0;
		if (v.range->to - v.range->from >= UINT32_MAX - 1)
			return UINT32_MAX;
		return (uint32_t)(v.range->to - v.range->from + 1);
	default:
		return 0;
	}
}

struct liquid_value value_item(struct render *r, struct liquid_value v, uint32_t i)
{
	if (v.type == LIQUID_ARRAY)
		return v.array[i];
	if (v.type == LIQUID_RANGE)
		return liquid_int(v.range->from + i);
	struct liquid_value *pair = render_alloc(r, 2 * sizeof *pair);
	if (!pair)
		return liquid_nil();
	pair[0] = value_string(v.hash[i].key, v.hash[i].key_len);
	pair[1] = v.hash[i].value;
	return (struct liquid_value){.type = LIQUID_ARRAY, .len = 2, .array = pair};
}

static const struct {
	struct span name;
	int what;
} loop_members[] = {
	{SPAN("index"), 'i'},     {SPAN("index0"), '0'},   {SPAN("first"), 'f'},   {SPAN("last"), 'l'},
	{SPAN("length"), 'n'},    {SPAN("rindex"), 'r'},   {SPAN("rindex0"), 'R'}, {SPAN("parentloop"), 'p'},
	{SPAN("name"), 'N'},      {SPAN("col"), 'c'},      {SPAN("col0"), 'C'},    {SPAN("row"), 'w'},
	{SPAN("col_first"), 'F'}, {SPAN("col_last"), 'L'},
};

static struct liquid_value table_member(const struct liquid_loop *l, int what)
{
	uint32_t col = l->cols ? l->index % l->cols : l->index;

	switch (what) {
	case 'c':
		return liquid_int(col + 1);
	case 'C':
		return liquid_int(col);
	case 'w':
		return liquid_int(l->cols ? l->index / l->cols + 1 : 1);
	case 'F':
		return liquid_bool(col == 0);
	default:
		return liquid_bool(col + 1 == l->cols);
	}
}

struct liquid_value loop_member(const struct liquid_loop *l, struct span name)
{
	int what = 0;

	for (size_t i = 0; i < LENGTH(loop_members) && !what; i++)
		if (span_is(loop_members[i].name, name))
			what = loop_members[i].what;
	switch (what) {
	case 'i':
		return liquid_int(l->index + 1);
	case '0':
		return liquid_int(l->index);
	case 'f':
		return liquid_bool(l->index == 0);
	case 'l':
		return liquid_bool(l->index + 1 == l->length);
	case 'n':
		return liquid_int(l->length);
	case 'r':
		return liquid_int(l->length - l->index);
	case 'R':
		return liquid_int(l->length - l->index - 1);
	case 'p':
		return l->parent ? (struct liquid_value){.type = LIQUID_LOOP, .loop = l->parent} : liquid_nil();
	case 'N':
		return value_span(l->loop->name);
	case 0:
		return liquid_nil();
	default:
		return table_member(l, what);
	}
}

/* Equality and order ----------------------------------------------------------------------------------------- */

static bool blank(struct liquid_value v)
{
	if (v.type == LIQUID_STRING) {
		for (uint32_t i = 0; i < v.len; i++)
			if (v.s[i] != ' ' && (v.s[i] < '\t' || v.s[i] > '\r'))
				return false;
		return true;
	}
	return !value_truthy(v) || value_empty(v);
}

bool value_empty(struct liquid_value v)
{
	return (v.type == LIQUID_STRING || v.type == LIQUID_ARRAY || v.type == LIQUID_HASH) && v.len == 0;
}

static bool is_number(struct liquid_value v)
{
	return v.type == LIQUID_INT || v.type == LIQUID_FLOAT;
}

static bool is_list(struct liquid_value v)
{
	return v.type == LIQUID_ARRAY || v.type == LIQUID_RANGE;
}

static bool lists_equal(struct render *r, struct liquid_value a, struct liquid_value b)
{
	uint32_t n = value_count(a);

	if (n != value_count(b) || !render_charge(r, n))
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (!value_equal(r, value_item(r, a, i), value_item(r, b, i)))
			return false;
	return true;
}

static bool hashes_equal(struct render *r, struct liquid_value a, struct liquid_value b)
{
	struct liquid_value other;

	if (a.len != b.len || !render_charge(r, a.len))
		return false;
	for (uint32_t i = 0; i < a.len; i++)
		if (!value_member(b, (struct span){a.hash[i].key, a.hash[i].key_len}, &other) ||
		    !value_equal(r, a.hash[i].value, other))
			return false;
	return true;
}

bool value_equal(struct render *r, struct liquid_value a, struct liquid_value b)
{
	if (b.type == LIQUID_EMPTY || b.type == LIQUID_BLANK) {
		struct liquid_value word = b;

		b = a;
		a = word;
	}
	if (a.type == LIQUID_EMPTY)
		return value_empty(b);
	if (a.type == LIQUID_BLANK)
		return b.type != LIQUID_EMPTY && b.type != LIQUID_BLANK && blank(b);
	if (is_number(a) && is_number(b))
		return a.type == b.type && a.type == LIQUID_INT ? a.i == b.i
								: number_order(number_of(a), number_of(b)) == 0;
	if (is_list(a) && is_list(b))
		return lists_equal(r, a, b);
	if (a.type != b.type)
		return false;
	switch (a.type) {
	case LIQUID_BOOL:
		return a.b == b.b;
	case LIQUID_STRING:
		return a.len == b.len && (a.len == 0 || memcmp(a.s, b.s, a.len) == 0);
	case LIQUID_HASH:
		return hashes_equal(r, a, b);
	case LIQUID_TIME:
		return a.i == b.i;
	case LIQUID_LOOP:
		return a.loop == b.loop;
	default:
		return true; /* nil */
	}
}

/* A decimal string counts as a number beside one, and one that reads as a date as a time beside one. */
static bool alike(struct render *r, struct liquid_value *v, struct liquid_value other)
{
	struct number n;

	if (v->type != LIQUID_STRING)
		return true;
	if (is_number(other) && number_read((struct span){v->s, v->len}, &n)) {
		*v = number_value(n);
		return true;
	}
	int64_t usec;
	if (other.type == LIQUID_TIME && time_read(r, *v, &usec)) {
		*v = (struct liquid_value){.type = LIQUID_TIME, .i = usec};
		return true;
	}
	return other.type == LIQUID_STRING;
}

int value_order(struct render *r, struct liquid_value a, struct liquid_value b, bool *ordered)
{
	*ordered = alike(r, &a, b) && alike(r, &b, a);
	if (!*ordered)
		return 0;
	if (a.type == LIQUID_INT && b.type == LIQUID_INT)
		return (a.i > b.i) - (a.i < b.i);
	if (is_number(a) && is_number(b))
		return number_order(number_of(a), number_of(b));
	if (a.type == LIQUID_TIME && b.type == LIQUID_TIME)
		return (a.i > b.i) - (a.i < b.i);
	*ordered = a.type == LIQUID_STRING && b.type == LIQUID_STRING;
	if (!*ordered)
		return 0;
	uint32_t shorter = a.len < b.len ? a.len : b.len;
	int c = shorter > 0 ? memcmp(a.s, b.s, shorter) : 0;
	return c ? (c > 0) - (c < 0) : (a.len > b.len) - (a.len < b.len);
}

bool value_integer(struct render *r, struct liquid_value v, int64_t *out)
{
	struct number n;

	if (v.type == LIQUID_INT) {
		*out = v.i;
		return true;
	}
	if (v.type == LIQUID_STRING && number_read((struct span){v.s, v.len}, &n) && n.exact && !n.real) {
		*out = n.digits;
		return true;
	}
	struct span text = value_text(r, v);
	render_fail(r, "'%.*s' where a whole number should be", text.len < 60 ? (int)text.len : 60, text.s);
	return false;
}

/* Text ------------------------------------------------------------------------------------------------------- */

static void emit_quoted(struct render *r, struct span s)
{
	render_emit(r, "\"", 1);
	for (uint32_t i = 0; i < s.len; i++) {
		if (s.s[i] == '"' || s.s[i] == '\\')
			render_emit(r, "\\", 1);
		render_emit(r, s.s + i, 1);
	}
	render_emit(r, "\"", 1);
}

static void emit_inspected(struct render *r, struct liquid_value v, unsigned depth);

static void emit_hash(struct render *r, struct liquid_value v, unsigned depth)
{
	render_emit(r, "{", 1);
	for (uint32_t i = 0; i < v.len && render_charge(r, 1); i++) {
		if (i > 0)
			render_emit(r, ",", 1);
		emit_quoted(r, (struct span){v.hash[i].key, v.hash[i].key_len});
		render_emit(r, ":", 1);
		emit_inspected(r, v.hash[i].value, depth + 1);
	}
	render_emit(r, "}", 1);
}

/* Within a hash: as JSON writes it. */
static void emit_inspected(struct render *r, struct liquid_value v, unsigned depth)
{
	if (depth > DATA_DEPTH_MAX) {
		render_fail(r, "values more than %d deep", DATA_DEPTH_MAX);
	} else if (v.type == LIQUID_STRING) {
		emit_quoted(r, (struct span){v.s, v.len});
	} else if (v.type == LIQUID_NIL) {
		render_emit(r, "null", 4);
	} else if (v.type == LIQUID_HASH) {
		emit_hash(r, v, depth);
	} else if (is_list(v)) {
		render_emit(r, "[", 1);
		for (uint32_t i = 0; i < value_count(v) && render_charge(r, 1); i++) {
			if (i > 0)
				render_emit(r, ",", 1);
			emit_inspected(r, value_item(r, v, i), depth + 1);
		}
		render_emit(r, "]", 1);
	} else {
		render_value(r, v);
	}
}

static void emit_list(struct render *r, struct liquid_value v, unsigned depth)
{
	if (depth > DATA_DEPTH_MAX) {
		render_fail(r, "arrays more than %d deep", DATA_DEPTH_MAX);
		return;
	}
	for (uint32_t i = 0; i < value_count(v) && render_charge(r, 1); i++) {
		struct liquid_value item = value_item(r, v, i);

		if (item.type == LIQUID_ARRAY)
			emit_list(r, item, depth + 1);
		else
			render_value(r, item);
	}
}

static size_t int_text(int64_t i, char *out)
{
	char digits[20];
	size_t n = 0, len = 0;
	uint64_t u = i < 0 ? -(uint64_t)i : (uint64_t)i;

	do
		digits[n++] = (char)('0' + u % 10);
	while (u /= 10);
	if (i < 0)
		out[len++] = '-';
	while (n)
		out[len++] = digits[--n];
	return len;
}

void render_value(struct render *r, struct liquid_value v)
{
	char text[64];

	switch (v.type) {
	case LIQUID_STRING:
		render_emit(r, v.s, v.len);
		break;
	case LIQUID_INT:
		render_emit(r, text, int_text(v.i, text));
		break;
	case LIQUID_FLOAT:
		render_emit(r, text, float_text(v.f, text));
		break;
	case LIQUID_BOOL:
		render_emit(r, v.b ? "true" : "false", v.b ? 4 : 5);
		break;
	case LIQUID_ARRAY:
		emit_list(r, v, 0);
		break;
	case LIQUID_HASH:
		emit_hash(r, v, 0);
		break;
	case LIQUID_TIME:
		time_text(r, v.i);
		break;
	case LIQUID_RANGE: { /* its two ends, as Ruby writes it */
		size_t len = int_text(v.range->from, text);

		text[len++] = '.';
		text[len++] = '.';
		len += int_text(v.range->to, text + len);
		render_emit(r, text, len);
		break;
	}
	case LIQUID_NIL:
	case LIQUID_EMPTY:
	case LIQUID_BLANK:
	case LIQUID_LOOP:
		break;
	}
}

struct span value_text(struct render *r, struct liquid_value v)
{
	if (v.type == LIQUID_NIL || (v.type == LIQUID_STRING && v.len == 0))
		return SPAN("");
	if (v.type == LIQUID_STRING)
		return (struct span){v.s, v.len};
	struct mark mark = render_mark(r);
	render_value(r, v);
	v = render_take(r, mark);
	return (struct span){v.s, v.len};
}
