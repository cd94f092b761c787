/* What an expression is worth in a render: variables found by slot, members, filters one after the other, conditions.
 */
#include "templates/liquid_private.h"

#include <string.h>

/* Variables -------------------------------------------------------------------------------------------------- */

/* Asks the data, once a render. */
static struct liquid_value *data_of(struct render *r, uint32_t slot)
{
	struct slot *s = &r->slots[slot];

	if (!(s->has & SLOT_DATA)) {
		s->has |= SLOT_DATA;
		s->data = liquid_nil();
		if (!r->env->data || !value_member(*r->env->data, r->unit->names[slot].text, &s->data))
			s->has |= SLOT_ABSENT;
	}
	return &s->data;
}

static bool slot_value(struct render *r, uint32_t slot, struct liquid_value *out)
{
	struct slot *s = &r->slots[slot];

	if (s->has & SLOT_LOOP)
		*out = s->loop;
	else if (s->has & SLOT_ASSIGNED)
		*out = s->assigned;
	else if (s->has & SLOT_COUNTER)
		*out = s->counter;
	else
		*out = *data_of(r, slot);
	return (s->has & (SLOT_LOOP | SLOT_ASSIGNED | SLOT_COUNTER)) || !(s->has & SLOT_ABSENT) ||
	       r->unit->names[slot].made;
}

/* [name] at the front of a path: a variable whose name is a value. */
static bool named_value(struct render *r, struct span name, struct liquid_value *out)
{
	for (uint32_t i = 0; i < r->unit->n_names; i++)
		if (span_is(r->unit->names[i].text, name))
			return slot_value(r, i, out);
	return r->env->data && value_member(*r->env->data, name, out);
}

/* Members ---------------------------------------------------------------------------------------------------- */

static struct liquid_value element(struct render *r, struct liquid_value v, int64_t i)
{
	uint32_t n = v.type == LIQUID_HASH ? 0 : value_count(v);

	if (i < 0)
		i += n;
	return i >= 0 && i < n ? value_item(r, v, (uint32_t)i) : liquid_nil();
}

static struct liquid_value character(struct liquid_value v, int64_t i)
{
	struct span s = {v.s, v.len};
	int64_t n = (int64_t)utf8_count(s);

	if (i < 0)
		i += n;
	if (i < 0 || i >= n)
		return liquid_nil();
	size_t from = utf8_offset(s, (size_t)i), to = utf8_offset(s, (size_t)i + 1);
	return value_string(v.s + from, to - from);
}

static struct liquid_value special_member(struct render *r, struct liquid_value v, enum special special)
{
	uint32_t n = value_count(v);

	if (special == SPECIAL_SIZE)
		return liquid_int(v.type == LIQUID_STRING ? (int64_t)utf8_count((struct span){v.s, v.len}) : n);
	if (n == 0)
		return liquid_nil();
	return value_item(r, v, special == SPECIAL_FIRST ? 0 : n - 1);
}

static bool has_special(struct liquid_value v, enum special special)
{
	return special != SPECIAL_NONE && (v.type == LIQUID_ARRAY || v.type == LIQUID_RANGE || v.type == LIQUID_HASH ||
					   (v.type == LIQUID_STRING && special == SPECIAL_SIZE));
}

/* False where a hash has no such member, or v is nothing that has members. */
static bool named_member(struct render *r, struct liquid_value *v, struct span name, enum special special)
{
	struct liquid_value hash = *v;

	if (value_member(hash, name, v))
		return true;
	*v = liquid_nil();
	if (has_special(hash, special)) {
		*v = special_member(r, hash, special);
		return true;
	}
	if (hash.type == LIQUID_LOOP)
		*v = loop_member(hash.loop, name);
	return hash.type == LIQUID_NIL || hash.type == LIQUID_LOOP;
}

static bool indexed_member(struct render *r, struct liquid_value *v, struct liquid_value index)
{
	struct liquid_value of = *v;

	if (index.type == LIQUID_STRING)
		return named_member(r, v, (struct span){index.s, index.len}, SPECIAL_NONE);
	*v = liquid_nil();
	if (index.type == LIQUID_FLOAT && index.f > -1e9 && index.f < 1e9)
		index = liquid_int((int64_t)index.f);
	if (index.type != LIQUID_INT)
		return true;
	*v = of.type == LIQUID_STRING ? character(of, index.i) : element(r, of, index.i);
	return true; /* an index out of bounds is no misspelling */
}

/* The names of a path up to and with its step n. */
static void fail_unknown(struct render *r, const struct expr *e, uint32_t n)
{
	char text[120];
	size_t len = 0;
	struct span name = e->path.root ? SPAN("[...]") : r->unit->names[e->path.slot].text;

	for (uint32_t i = 0;; i++) {
		if (len + name.len + 2 > sizeof text)
			break;
		memcpy(text + len, name.s, name.len);
		len += name.len;
		if (i == n)
			break;
		text[len++] = '.';
		name = e->path.steps[i].name.s ? e->path.steps[i].name : SPAN("[...]");
	}
	r->at = e->at;
	render_fail(r, "unknown variable '%.*s'", (int)len, text);
}

static struct liquid_value eval_path(struct render *r, const struct expr *e)
{
	struct liquid_value v = liquid_nil();
	bool found;

	if (e->path.root) {
		struct span name = value_text(r, eval_expr(r, e->path.root));

		found = named_value(r, name, &v);
	} else {
		found = slot_value(r, e->path.slot, &v);
	}
	if (!found && r->env->strict) {
		fail_unknown(r, e, 0);
		return v;
	}
	for (uint32_t i = 0; i < e->path.n; i++) {
		const struct step *step = &e->path.steps[i];

		found = step->name.s ? named_member(r, &v, step->name, step->special)
				     : indexed_member(r, &v, eval_expr(r, step->index));
		if (!found && r->env->strict) {
			fail_unknown(r, e, i + 1);
			return liquid_nil();
		}
	}
	return v;
}

/* Expressions ------------------------------------------------------------------------------------------------ */

/* An end of a range: a whole number, or what is in front of the point; what is none is 0. */
static int64_t range_end(struct liquid_value v)
{
	struct number n = number_of(v);

	if (v.type == LIQUID_INT)
		return v.i;
	if (!n.exact)
		return n.f >= 9e18 ? INT64_MAX : n.f <= -9e18 ? INT64_MIN : (int64_t)n.f;
	return number_round(n, 0, n.digits < 0 ? ROUND_CEIL : ROUND_FLOOR).digits;
}

static struct liquid_value eval_range(struct render *r, const struct expr *e)
{
	int64_t from = range_end(eval_expr(r, e->range.from)), to = range_end(eval_expr(r, e->range.to));
	int64_t length;
	struct liquid_range *range = render_alloc(r, sizeof *range);

	if (!range)
		return liquid_nil();
	*range = (struct liquid_range){from, to};
	if (__builtin_sub_overflow(to, from, &length) && to > from) {
		render_fail(r, "a range of too many numbers");
		return liquid_nil();
	}
	return (struct liquid_value){.type = LIQUID_RANGE, .range = range};
}

struct liquid_value eval_expr(struct render *r, const struct expr *e)
{
	switch (e->type) {
	case EXPR_LITERAL:
		return e->literal;
	case EXPR_PATH:
		return eval_path(r, e);
	default:
		return eval_range(r, e);
	}
}

static struct liquid_value run_filter(struct render *r, const struct filter_call *call, struct liquid_value in)
{
	struct liquid_value args[ARGS_MAX] = {{0}};

	if (!call->filter) {
		r->at = call->at;
		if (r->env->strict)
			render_fail(r, "unknown filter '%.*s'", (int)call->name.len, call->name.s);
		return in;
	}
	for (unsigned i = 0; i < ARGS_MAX; i++)
		if (call->args[i])
			args[i] = eval_expr(r, call->args[i]);
	r->at = call->at;
	size_t size = in.type == LIQUID_STRING ? in.len / 16 : value_count(in);
	if (!render_charge(r, 2 + size))
		return liquid_nil();
	return call->filter->run(r, in, args, call->n);
}

struct liquid_value eval_output(struct render *r, const struct output *o)
{
	struct liquid_value v = eval_expr(r, o->value);

	for (const struct filter_call *call = o->calls; call && !r->failed; call = call->next)
		v = run_filter(r, call, v);
	return r->failed ? liquid_nil() : v;
}

/* Conditions ------------------------------------------------------------------------------------------------- */

static bool contains(struct render *r, struct liquid_value in, struct liquid_value what)
{
	struct liquid_value ignored;

	if (!value_truthy(what))
		return false;
	if (in.type == LIQUID_STRING || in.type == LIQUID_HASH) {
		struct span text = value_text(r, what);

		if (in.type == LIQUID_HASH)
			return value_member(in, text, &ignored);
		return render_charge(r, in.len / 16) && memmem(in.s, in.len, text.s, text.len);
	}
	uint32_t n = value_count(in);
	if (!render_charge(r, n))
		return false;
	for (uint32_t i = 0; i < n && !r->failed; i++)
		if (value_equal(r, value_item(r, in, i), what))
			return true;
	return false;
}

/* What has an order, but not with the other, is a mistake; what has none (nil, an array) is simply not less. */
static bool in_order(struct render *r, const struct condition *c, struct liquid_value a, struct liquid_value b)
{
	bool ordered;
	int order = value_order(r, a, b, &ordered);

	if (!ordered) {
		bool a_has = a.type >= LIQUID_INT && a.type <= LIQUID_STRING;
		bool b_has = b.type >= LIQUID_INT && b.type <= LIQUID_STRING;

		a_has = a_has || a.type == LIQUID_TIME;
		b_has = b_has || b.type == LIQUID_TIME;
		r->at = c->left->at;
		if (a_has && b_has)
			render_fail(r, "text, numbers and times have no order between them");
		return false;
	}
	switch (c->op) {
	case COMPARE_LT:
		return order < 0;
	case COMPARE_GT:
		return order > 0;
	case COMPARE_LE:
		return order <= 0;
	default:
		return order >= 0;
	}
}

static bool eval_comparison(struct render *r, const struct condition *c)
{
	struct liquid_value a = eval_expr(r, c->left);

	if (c->op == COMPARE_NONE)
		return value_truthy(a);
	struct liquid_value b = eval_expr(r, c->right);
	switch (c->op) {
	case COMPARE_EQ:
		return value_equal(r, a, b);
	case COMPARE_NE:
		return !value_equal(r, a, b);
	case COMPARE_CONTAINS:
		return contains(r, a, b);
	default:
		return in_order(r, c, a, b);
	}
}

bool eval_condition(struct render *r, const struct condition *c)
{
	for (;; c = c->next) {
		bool holds = eval_comparison(r, c);

		if (r->failed)
			return false;
		if (!c->next || holds != c->conjunction)
			return holds; /* a false before "and", a true before "or": the rest is not asked */
	}
}
