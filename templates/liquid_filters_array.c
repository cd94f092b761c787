/* Filters on lists. What is no list is a list of one; lists in lists are flattened, as Ruby's Liquid does. */
#include "templates/liquid_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FILTER(name)                                                                                                   \
	static struct liquid_value name(struct render *r, struct liquid_value in, const struct liquid_value *args,     \
					unsigned n)

/* Lists ------------------------------------------------------------------------------------------------------ */

/* A list that is being made: room for as many as were asked for. */
struct list {
	struct liquid_value *items;
	uint32_t n;
};

static bool list_open(struct render *r, struct list *l, size_t room)
{
	*l = (struct list){0};
	if (render_charge(r, room)) /* which is never enough for more than 32 bits count */
		l->items = render_alloc(r, (room + 1) * sizeof *l->items);
	return l->items;
}

static struct liquid_value list_value(const struct list *l)
{
	return (struct liquid_value){.type = LIQUID_ARRAY, .len = l->n, .array = l->items};
}

static size_t flat_count(struct render *r, struct liquid_value v, unsigned depth)
{
	size_t count = 0;

	if (depth > DATA_DEPTH_MAX)
		render_fail(r, "arrays more than %d deep", DATA_DEPTH_MAX);
	if (r->failed)
		return 0;
	for (uint32_t i = 0; i < v.len; i++)
		count += v.array[i].type == LIQUID_ARRAY ? flat_count(r, v.array[i], depth + 1) : 1;
	return count;
}

static void flatten(struct list *l, struct liquid_value v)
{
	for (uint32_t i = 0; i < v.len; i++) {
		if (v.array[i].type == LIQUID_ARRAY)
			flatten(l, v.array[i]);
		else
			l->items[l->n++] = v.array[i];
	}
}

static bool is_flat(struct liquid_value v)
{
	for (uint32_t i = 0; i < v.len; i++)
		if (v.array[i].type == LIQUID_ARRAY)
			return false;
	return true;
}

static struct liquid_value items_of(struct render *r, struct liquid_value v)
{
	struct list l = {0};

	switch (v.type) {
	case LIQUID_NIL:
	case LIQUID_EMPTY:
	case LIQUID_BLANK:
		return list_value(&l);
	case LIQUID_ARRAY:
		if (is_flat(v))
			return v;
		if (list_open(r, &l, flat_count(r, v, 0)))
			flatten(&l, v);
		return list_value(&l);
	case LIQUID_RANGE:
		if (list_open(r, &l, value_count(v)))
			for (uint32_t n = value_count(v); l.n < n; l.n++)
				l.items[l.n] = value_item(r, v, l.n);
		return list_value(&l);
	default:
		if (list_open(r, &l, 1))
			l.items[l.n++] = v;
		return list_value(&l);
	}
}

/* Properties ------------------------------------------------------------------------------------------------- */

enum got { GOT, GOT_NOTHING };

/* item[property]. A text has the texts in it, as in Ruby; a number none by name: an error. GOT_NOTHING where the item
 * has nothing that could be asked for (nil, true). */
static enum got property_of(struct render *r, struct liquid_value item, struct liquid_value property,
			    struct liquid_value *out)
{
	struct span name = {property.s, property.len};

	*out = liquid_nil();
	if (item.type == LIQUID_HASH) {
		if (property.type == LIQUID_STRING)
			value_member(item, name, out);
		return GOT;
	}
	if (property.type == LIQUID_NIL || item.type == LIQUID_NIL || item.type == LIQUID_BOOL)
		return GOT_NOTHING;
	if (item.type == LIQUID_STRING && property.type == LIQUID_STRING) {
		if (render_charge(r, item.len / 16) && (name.len == 0 || memmem(item.s, item.len, name.s, name.len)))
			*out = property;
		return GOT;
	}
	if (item.type == LIQUID_INT && property.type == LIQUID_INT) { /* its bits, as in Ruby */
		*out = liquid_int(property.i >= 0 && property.i < 64 ? (int64_t)((uint64_t)item.i >> property.i & 1)
								     : 0);
		return GOT;
	}
	name = value_text(r, property);
	render_fail(r, "'%.*s' is asked of things that have no such member", name.len < 60 ? (int)name.len : 60,
		    name.s);
	return GOT_NOTHING;
}

/* Does item have the property, true or (n > 1, and not nil) equal to args[1]? */
static enum got matches(struct render *r, struct liquid_value item, const struct liquid_value *args, bool *yes)
{
	struct liquid_value v;
	enum got got = property_of(r, item, args[0], &v);

	*yes = got == GOT && (args[1].type == LIQUID_NIL ? value_truthy(v) : value_equal(r, v, args[1]));
	return r->failed ? GOT_NOTHING : got;
}

static struct liquid_value chosen(struct render *r, struct liquid_value in, const struct liquid_value *args, bool want)
{
	struct liquid_value items = items_of(r, in);
	struct list l;
	bool yes;

	if (!list_open(r, &l, items.len))
		return liquid_nil();
	for (uint32_t i = 0; i < items.len; i++) {
		if (matches(r, items.array[i], args, &yes) != GOT)
			return liquid_nil();
		if (yes == want)
			l.items[l.n++] = items.array[i];
	}
	return list_value(&l);
}

FILTER(where)
{
	(void)n;
	return chosen(r, in, args, true);
}

FILTER(reject)
{
	(void)n;
	return chosen(r, in, args, false);
}

/* The first that matches: *index is -1 where none does. False where the list cannot be asked. */
static bool first_match(struct render *r, struct liquid_value items, const struct liquid_value *args, int64_t *index)
{
	bool yes;

	*index = -1;
	for (uint32_t i = 0; i < items.len; i++) {
		if (matches(r, items.array[i], args, &yes) != GOT)
			return false;
		if (yes) {
			*index = i;
			return true;
		}
	}
	return true;
}

FILTER(find)
{
	(void)n;
	struct liquid_value items = items_of(r, in);
	int64_t index;
	return first_match(r, items, args, &index) && index >= 0 ? items.array[index] : liquid_nil();
}

FILTER(find_index)
{
	(void)n;
	int64_t index;
	return first_match(r, items_of(r, in), args, &index) && index >= 0 ? liquid_int(index) : liquid_nil();
}

FILTER(has)
{
	(void)n;
	int64_t index;
	return first_match(r, items_of(r, in), args, &index) ? liquid_bool(index >= 0) : liquid_nil();
}

FILTER(map)
{
	(void)n;
	struct liquid_value items = items_of(r, in);
	struct list l;
	if (!list_open(r, &l, items.len))
		return liquid_nil();
	for (; l.n < items.len && !r->failed; l.n++)
		property_of(r, items.array[l.n], args[0], &l.items[l.n]);
	return list_value(&l);
}

FILTER(sum)
{
	struct liquid_value items = items_of(r, in), v;
	struct number total = {.exact = true};

	for (uint32_t i = 0; i < items.len && !r->failed; i++) {
		v = items.array[i];
		if (n > 0 && args[0].type != LIQUID_NIL)
			property_of(r, items.array[i], args[0], &v);
		total = number_add(total, number_of(v));
	}
	return number_value(total);
}

FILTER(compact)
{
	struct liquid_value items = items_of(r, in), v;
	struct list l;

	if (!list_open(r, &l, items.len))
		return liquid_nil();
	for (uint32_t i = 0; i < items.len && !r->failed; i++) {
		v = items.array[i];
		if (n > 0 && args[0].type != LIQUID_NIL)
			property_of(r, items.array[i], args[0], &v);
		if (v.type != LIQUID_NIL)
			l.items[l.n++] = items.array[i];
	}
	return list_value(&l);
}

/* Sorting ---------------------------------------------------------------------------------------------------- */

struct sorted {
	struct liquid_value key, value;
	uint32_t place; /* equals stay in order */
};

static int nil_last(struct liquid_value a, struct liquid_value b)
{
	return (a.type == LIQUID_NIL) - (b.type == LIQUID_NIL);
}

static int by_order(const void *x, const void *y, void *arg)
{
	const struct sorted *a = x, *b = y;
	struct render *r = arg;
	bool ordered = true;
	int c = nil_last(a->key, b->key);

	if (c == 0 && a->key.type != LIQUID_NIL) {
		bool mixed = (a->key.type == LIQUID_STRING) != (b->key.type == LIQUID_STRING);

		c = value_order(r, a->key, b->key, &ordered);
		ordered = ordered && !mixed;
	}
	if (!ordered)
		render_fail(r, "cannot be sorted: the things have no order between them");
	return c ? c : (a->place > b->place) - (a->place < b->place);
}

static int by_letters(const void *x, const void *y, void *arg)
{
	const struct sorted *a = x, *b = y;
	int c = nil_last(a->key, b->key);

	(void)arg; /* the keys are text already */
	if (c == 0 && a->key.type != LIQUID_NIL) {
		c = strncasecmp(a->key.s, b->key.s, a->key.len < b->key.len ? a->key.len : b->key.len);
		if (c == 0)
			c = (a->key.len > b->key.len) - (a->key.len < b->key.len);
	}
	return c ? c : (a->place > b->place) - (a->place < b->place);
}

static struct liquid_value sorted_by(struct render *r, struct liquid_value in, struct liquid_value property,
				     bool letters)
{
	struct liquid_value items = items_of(r, in);
	struct sorted *s = render_alloc(r, (items.len + 1) * sizeof *s);
	struct list l;

	if (!s || !list_open(r, &l, items.len) || !render_charge(r, (size_t)items.len * 16))
		return liquid_nil();
	for (uint32_t i = 0; i < items.len; i++) {
		s[i] = (struct sorted){.key = items.array[i], .value = items.array[i], .place = i};
		if (property.type != LIQUID_NIL)
			property_of(r, items.array[i], property, &s[i].key);
		if (letters && s[i].key.type != LIQUID_NIL)
			s[i].key = value_span(value_text(r, s[i].key));
	}
	if (r->failed)
		return liquid_nil();
	qsort_r(s, items.len, sizeof *s, letters ? by_letters : by_order, r);
	for (; l.n < items.len; l.n++)
		l.items[l.n] = s[l.n].value;
	return list_value(&l);
}

FILTER(sort)
{
	(void)n;
	return sorted_by(r, in, args[0], false);
}

FILTER(sort_natural)
{
	(void)n;
	return sorted_by(r, in, args[0], true);
}

/* The rest --------------------------------------------------------------------------------------------------- */

FILTER(uniq)
{
	struct liquid_value items = items_of(r, in);
	struct list l, keys;

	if (!list_open(r, &l, items.len) || !list_open(r, &keys, items.len))
		return liquid_nil();
	for (uint32_t i = 0; i < items.len && render_charge(r, 1 + l.n / 4); i++) {
		struct liquid_value key = items.array[i];
		bool seen = false;

		if (n > 0 && args[0].type != LIQUID_NIL)
			property_of(r, items.array[i], args[0], &key);
		for (uint32_t k = 0; k < l.n && !seen; k++)
			seen = value_equal(r, key, keys.items[k]);
		if (seen)
			continue;
		keys.items[l.n] = key;
		l.items[l.n++] = items.array[i];
	}
	return list_value(&l);
}

FILTER(join)
{
	struct liquid_value items = items_of(r, in);
	struct span glue = n > 0 ? value_text(r, args[0]) : SPAN(" ");
	struct mark mark = render_mark(r);

	for (uint32_t i = 0; i < items.len && render_charge(r, 1); i++) {
		if (i > 0)
			render_emit(r, glue.s, glue.len);
		render_value(r, items.array[i]);
	}
	return render_take(r, mark);
}

FILTER(reverse)
{
	(void)args, (void)n;
	struct liquid_value items = items_of(r, in);
	struct list l;
	if (!list_open(r, &l, items.len))
		return liquid_nil();
	for (; l.n < items.len; l.n++)
		l.items[l.n] = items.array[items.len - 1 - l.n];
	return list_value(&l);
}

FILTER(concat)
{
	(void)n;
	struct liquid_value items = items_of(r, in), more = items_of(r, args[0]);
	struct list l;
	if (args[0].type != LIQUID_ARRAY && args[0].type != LIQUID_RANGE)
		render_fail(r, "concat takes an array");
	if (r->failed || !list_open(r, &l, (size_t)items.len + more.len))
		return liquid_nil();
	for (uint32_t i = 0; i < items.len; i++)
		l.items[l.n++] = items.array[i];
	for (uint32_t i = 0; i < more.len; i++)
		l.items[l.n++] = more.array[i];
	return list_value(&l);
}

FILTER(first)
{
	(void)args, (void)n;
	return value_count(in) > 0 ? value_item(r, in, 0) : liquid_nil();
}

FILTER(last)
{
	(void)args, (void)n;
	uint32_t count = in.type == LIQUID_HASH ? 0 : value_count(in); /* of a hash only the first pair is asked for */
	return count > 0 ? value_item(r, in, count - 1) : liquid_nil();
}

FILTER(size)
{
	(void)r, (void)args, (void)n;
	if (in.type == LIQUID_STRING)
		return liquid_int((int64_t)utf8_count((struct span){in.s, in.len}));
	return liquid_int(value_count(in));
}

FILTER(otherwise)
{
	(void)r;
	bool allow_false = value_truthy(args[1]);
	bool missing = allow_false ? in.type == LIQUID_NIL : !value_truthy(in);
	if (!missing && !value_empty(in))
		return in;
	return n > 0 ? args[0] : value_string("", 0);
}

const struct filter filters_array[] = {
	{"where", where, 1, 2, NULL},
	{"reject", reject, 1, 2, NULL},
	{"find", find, 1, 2, NULL},
	{"find_index", find_index, 1, 2, NULL},
	{"has", has, 1, 2, NULL},
	{"map", map, 1, 1, NULL},
	{"sum", sum, 0, 1, NULL},
	{"compact", compact, 0, 1, NULL},
	{"sort", sort, 0, 1, NULL},
	{"sort_natural", sort_natural, 0, 1, NULL},
	{"uniq", uniq, 0, 1, NULL},
	{"join", join, 0, 1, NULL},
	{"reverse", reverse, 0, 0, NULL},
	{"concat", concat, 1, 1, NULL},
	{"first", first, 0, 0, NULL},
	{"last", last, 0, 0, NULL},
	{"size", size, 0, 0, NULL},
	{"default", otherwise, 0, 1, "allow_false"},
	{0},
};
