/* Renders: the tree walked once, everything written into one buffer. */
#include "templates/liquid_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bounds and memory ------------------------------------------------------------------------------------------ */

void render_fail(struct render *r, const char *format, ...)
{
	va_list args;
	char text[sizeof r->error->text];

	if (r->failed)
		return;
	r->failed = true;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	liquid_say(r->error, r->unit->source, r->at, "%s", text);
}

bool render_charge(struct render *r, size_t steps)
{
	if (r->failed)
		return false;
	if (steps >= r->fuel) {
		render_fail(r, "too much work for one text");
		return false;
	}
	r->fuel -= steps;
	return true;
}

void *render_alloc(struct render *r, size_t size)
{
	void *got = arena_alloc(&r->scratch, size);

	if (!got)
		render_fail(r, "too much memory for one text");
	return got;
}

static bool make_room(struct render *r, size_t len)
{
	size_t room = r->room ? r->room * 2 : 256;
	bool owner = r->scratch.ctx == r->out;

	while (room < r->len + len + 1)
		room *= 2;
	char *out = talloc_realloc_size(r->ctx, r->out, room);
	if (!out) {
		render_fail(r, "too much memory for one text");
		return false;
	}
	if (owner)
		r->scratch.ctx = out;
	r->out = out;
	r->room = room;
	return true;
}

void render_emit(struct render *r, const char *s, size_t len)
{
	if (r->failed || len == 0)
		return;
	if (len > r->limit - r->len) {
		render_fail(r, "longer than %zu bytes", r->max_output);
		return;
	}
	if (r->len + len >= r->room && !make_room(r, len))
		return;
	memcpy(r->out + r->len, s, len);
	r->len += len;
}

struct mark render_mark(struct render *r)
{
	struct mark mark = {r->len, r->limit};

	r->limit = r->len + r->max_output;
	return mark;
}

struct liquid_value render_take(struct render *r, struct mark mark)
{
	size_t len = r->len - mark.len;
	char *copy = r->failed ? NULL : render_alloc(r, len + 1);

	r->len = mark.len;
	r->limit = mark.limit;
	if (!copy)
		return value_string("", 0);
	if (len > 0)
		memcpy(copy, r->out + mark.len, len);
	return value_string(copy, len);
}

/* Nodes ------------------------------------------------------------------------------------------------------ */

static void render_branches(struct render *r, const struct node *node)
{
	for (const struct branch *b = node->branches.first; b && !r->failed; b = b->next) {
		if (!b->otherwise && eval_condition(r, b->when) == b->negated)
			continue;
		render_blocks(r, &b->body);
		return;
	}
}

/* Every value of every when that equals is a reason to write its block, as in Shopify's; else is for when none was. */
static void render_case(struct render *r, const struct node *node)
{
	struct liquid_value subject = eval_expr(r, node->branches.subject);
	bool none = true;

	for (const struct branch *b = node->branches.first; b; b = b->next) {
		if (b->otherwise && none)
			render_blocks(r, &b->body);
		for (const struct candidate *c = b->candidates; c && !r->failed && !r->interrupt; c = c->next) {
			if (value_equal(r, subject, eval_expr(r, c->value))) {
				none = false;
				render_blocks(r, &b->body);
			}
		}
		if (r->failed || r->interrupt)
			return;
	}
}

/* The stretch of a collection that a loop goes through. */
struct segment {
	struct liquid_value collection;
	int64_t from, n;
};

static int64_t option(struct render *r, const struct expr *e, int64_t otherwise)
{
	int64_t i = otherwise;

	if (!e)
		return otherwise;
	struct liquid_value v = eval_expr(r, e);
	if (v.type != LIQUID_NIL)
		value_integer(r, v, &i);
	return i;
}

static struct segment segment_of(struct render *r, const struct loop *l)
{
	struct segment s = {.collection = eval_expr(r, l->collection)};
	int64_t from = l->go_on ? r->offsets[l->offset_index] : option(r, l->offset, 0);
	int64_t limit = option(r, l->limit, INT64_MAX);

	if (s.collection.type == LIQUID_STRING && s.collection.len > 0) { /* a text is one thing */
		struct liquid_value *one = render_alloc(r, sizeof *one);

		if (one) {
			*one = s.collection;
			s.collection = (struct liquid_value){.type = LIQUID_ARRAY, .len = 1, .array = one};
		}
	}
	s.from = from < 0 ? 0 : from;
	s.n = (int64_t)value_count(s.collection) - s.from;
	if (s.n > limit)
		s.n = limit;
	if (s.n < 0)
		s.n = 0;
	r->offsets[l->offset_index] = s.from + s.n;
	return s;
}

/* A loop around: its variable and its helper hide what they are called like. */
struct frame {
	struct liquid_loop state;
	struct slot *variable, *helper;
	struct liquid_value saved_variable, saved_helper;
	bool had_variable, had_helper;
};

static void frame_open(struct render *r, struct frame *f, const struct loop *l, uint32_t helper)
{
	f->variable = &r->slots[l->slot];
	f->helper = &r->slots[helper];
	f->had_variable = f->variable->has & SLOT_LOOP;
	f->had_helper = f->helper->has & SLOT_LOOP;
	f->saved_variable = f->variable->loop;
	f->saved_helper = f->helper->loop;
	f->helper->loop = (struct liquid_value){.type = LIQUID_LOOP, .loop = &f->state};
	f->helper->has |= SLOT_LOOP;
	f->variable->has |= SLOT_LOOP;
}

static void frame_close(struct frame *f)
{
	f->helper->loop = f->saved_helper;
	f->variable->loop = f->saved_variable;
	if (!f->had_helper)
		f->helper->has &= ~(unsigned)SLOT_LOOP;
	if (!f->had_variable)
		f->variable->has &= ~(unsigned)SLOT_LOOP;
}

/* Sets the variable for turn i; false where there may be no more turns. */
static bool turn(struct render *r, struct frame *f, const struct segment *s, bool reversed)
{
	int64_t i = reversed ? s->from + s->n - 1 - f->state.index : s->from + f->state.index;

	if (r->turns == 0)
		render_fail(r, "more turns of loops than a text may have");
	if (r->failed)
		return false;
	r->turns--;
	f->variable->loop = value_item(r, s->collection, (uint32_t)i);
	return !r->failed;
}

/* True where the loop is over. */
static bool take_interrupt(struct render *r)
{
	enum interrupt interrupt = r->interrupt;

	r->interrupt = INTERRUPT_NONE;
	return interrupt == INTERRUPT_BREAK || r->failed;
}

static void render_for(struct render *r, const struct loop *l)
{
	struct segment s = segment_of(r, l);
	struct frame f = {.state = {.loop = l, .length = (uint32_t)s.n, .parent = r->loop}};

	if (s.n == 0) {
		render_blocks(r, &l->otherwise);
		return;
	}
	frame_open(r, &f, l, r->unit->slot_forloop);
	/* cppcheck-suppress autoVariables ; taken back below, before the frame goes */
	r->loop = &f.state;
	for (; f.state.index < f.state.length; f.state.index++) {
		if (!turn(r, &f, &s, l->reversed))
			break;
		render_blocks(r, &l->body);
		if (take_interrupt(r))
			break;
	}
	r->loop = f.state.parent;
	frame_close(&f);
}

__attribute__((format(printf, 2, 3))) static void emit_format(struct render *r, const char *format, ...)
{
	char text[64];
	va_list args;

	va_start(args, format);
	int len = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	render_emit(r, text, (size_t)len);
}

static void render_cells(struct render *r, const struct loop *l, struct frame *f, const struct segment *s)
{
	for (uint32_t i = 0; i < f->state.length; i++) {
		uint32_t cols = f->state.cols;

		f->state.index = i;
		if (!turn(r, f, s, false))
			return;
		emit_format(r, "<td class=\"col%u\">", (cols ? i % cols : i) + 1);
		render_blocks(r, &l->body);
		emit_format(r, "</td>");
		if (take_interrupt(r))
			return;
		if (cols && (i + 1) % cols == 0 && i + 1 < f->state.length)
			emit_format(r, "</tr>\n<tr class=\"row%u\">", (i + 1) / cols + 1);
	}
}

static void render_tablerow(struct render *r, const struct loop *l)
{
	struct segment s = segment_of(r, l);
	struct frame f = {.state = {.loop = l, .length = (uint32_t)s.n, .cols = (uint32_t)s.n}};

	if (s.collection.type == LIQUID_NIL)
		return;
	if (l->cols) {
		struct number n = number_round(number_of(eval_expr(r, l->cols)), 0, ROUND_FLOOR);

		f.state.cols = n.exact && n.digits > 0 && n.digits < UINT32_MAX ? (uint32_t)n.digits : 0;
	}
	emit_format(r, "<tr class=\"row1\">\n");
	frame_open(r, &f, l, r->unit->slot_tablerow);
	render_cells(r, l, &f, &s);
	frame_close(&f);
	emit_format(r, "</tr>\n");
}

/* How often a cycle was come by. */
struct cycle_turn {
	struct span key;
	bool named;
	uint32_t turn;
	struct cycle_turn *next;
};

static struct cycle_turn *turn_of(struct render *r, const struct cycle *c)
{
	struct span key = c->name ? value_text(r, eval_expr(r, c->name)) : c->values;
	struct cycle_turn *t = r->cycles;

	while (t && !(t->named == (c->name != NULL) && span_is(t->key, key)))
		t = t->next;
	if (!t && (t = render_alloc(r, sizeof *t))) {
		*t = (struct cycle_turn){.key = key, .named = c->name, .next = r->cycles};
		r->cycles = t;
	}
	return t;
}

static void render_cycle(struct render *r, const struct cycle *c)
{
	struct cycle_turn *t = turn_of(r, c);
	uint32_t i = 0;

	if (!t)
		return;
	for (const struct candidate *at = c->candidates; at; at = at->next, i++)
		if (i == t->turn)
			render_value(r, eval_expr(r, at->value));
	t->turn = t->turn + 1 >= c->n ? 0 : t->turn + 1;
}

static void render_counter(struct render *r, const struct node *node)
{
	struct slot *s = &r->slots[node->slot];
	struct liquid_value given;

	if (!(s->has & SLOT_COUNTER)) { /* goes on from a number in the data */
		s->counter = liquid_int(0);
		if (r->env->data && value_member(*r->env->data, r->unit->names[node->slot].text, &given) &&
		    given.type == LIQUID_INT && given.i > INT32_MIN && given.i < INT32_MAX)
			s->counter = given;
		s->has |= SLOT_COUNTER;
	}
	if (node->type == NODE_DECREMENT)
		s->counter.i--;
	render_value(r, s->counter);
	if (node->type == NODE_INCREMENT)
		s->counter.i++;
}

static void assign(struct render *r, uint32_t slot, struct liquid_value v)
{
	r->slots[slot].assigned = v;
	r->slots[slot].has |= SLOT_ASSIGNED;
}

static void render_capture(struct render *r, const struct node *node)
{
	struct mark mark = render_mark(r);

	render_blocks(r, &node->body);
	assign(r, node->slot, render_take(r, mark));
}

static void render_ifchanged(struct render *r, const struct node *node)
{
	struct mark mark = render_mark(r);

	render_blocks(r, &node->body);
	struct liquid_value v = render_take(r, mark);
	struct span text = {v.s, v.len};
	if (span_is(text, r->changed))
		return;
	r->changed = text;
	render_emit(r, text.s, text.len);
}

static void render_node(struct render *r, const struct node *node)
{
	switch (node->type) {
	case NODE_TEXT:
		render_emit(r, node->text.s, node->text.len);
		break;
	case NODE_OUTPUT:
		render_value(r, eval_output(r, &node->output));
		break;
	case NODE_ASSIGN:
		assign(r, node->slot, eval_output(r, &node->output));
		break;
	case NODE_CAPTURE:
		render_capture(r, node);
		break;
	case NODE_IF:
		render_branches(r, node);
		break;
	case NODE_CASE:
		render_case(r, node);
		break;
	case NODE_FOR:
		render_for(r, node->loop);
		break;
	case NODE_TABLEROW:
		render_tablerow(r, node->loop);
		break;
	case NODE_CYCLE:
		render_cycle(r, node->cycle);
		break;
	case NODE_INCREMENT:
	case NODE_DECREMENT:
		render_counter(r, node);
		break;
	case NODE_IFCHANGED:
		render_ifchanged(r, node);
		break;
	case NODE_BREAK:
		r->interrupt = INTERRUPT_BREAK;
		break;
	case NODE_CONTINUE:
		r->interrupt = INTERRUPT_CONTINUE;
		break;
	}
}

void render_blocks(struct render *r, const struct block *block)
{
	for (uint32_t i = 0; i < block->n && !r->interrupt && render_charge(r, 1); i++) {
		r->at = block->nodes[i].at;
		render_node(r, &block->nodes[i]);
	}
}

/* Entry ------------------------------------------------------------------------------------------------------ */

bool render_open(struct render *r, TALLOC_CTX *ctx, const struct unit *unit, const struct liquid_env *env,
		 struct liquid_error *error)
{
	unsigned turns = env->max_steps ? env->max_steps : TURNS_DEFAULT;
	size_t max = env->max_output ? env->max_output : OUTPUT_DEFAULT;

	*error = (struct liquid_error){0};
	r->unit = unit;
	r->env = env;
	r->error = error;
	r->ctx = ctx;
	r->max_output = r->limit = max;
	r->turns = turns;
	r->fuel = (uint64_t)turns * FUEL_PER_TURN;
	r->changed = SPAN("");
	r->scratch.left = max * SCRATCH_PER_OUTPUT;
	r->slots = render_alloc(r, (unit->n_names + 1) * sizeof *r->slots);
	r->offsets = render_alloc(r, (unit->n_offsets + 1) * sizeof *r->offsets);
	if (r->failed)
		return false;
	for (uint32_t i = 0; i < unit->n_names; i++)
		r->slots[i].has = 0;
	memset(r->offsets, 0, (unit->n_offsets + 1) * sizeof *r->offsets);
	return true;
}

/* Memory that most renders never need more than. */
#define FIRST_ROOM 4096

char *liquid_render(TALLOC_CTX *ctx, const struct liquid_template *t, const struct liquid_env *env,
		    struct liquid_error *error)
{
	_Alignas(16) char first[FIRST_ROOM];
	size_t room = t->unit.len + t->unit.len / 2 + 128;
	struct render r = {.out = talloc_size(ctx, room), .room = room};

	r.scratch = (struct arena){.ctx = r.out, .at = first, .end = first + sizeof first};
	if (r.out && render_open(&r, ctx, &t->unit, env, error))
		render_blocks(&r, &t->body);
	if (!r.out || r.failed) {
		talloc_free(r.out);
		return NULL;
	}
	r.out[r.len] = '\0';
	talloc_free_children(r.out); /* what the render needed beyond its first memory */
	talloc_set_name_const(r.out, r.out);
	return r.out;
}

bool liquid_test(TALLOC_CTX *scratch, const struct liquid_expr *e, const struct liquid_env *env,
		 struct liquid_error *error)
{
	_Alignas(16) char first[FIRST_ROOM];
	struct render r = {.scratch = {.ctx = scratch, .at = first, .end = first + sizeof first}};

	return render_open(&r, scratch, &e->unit, env, error) && eval_condition(&r, e->condition);
}

/* As a caller may have it: none of the engine's own. */
static struct liquid_value outward(struct render *r, struct liquid_value v)
{
	uint32_t n = value_count(v);

	if (v.type == LIQUID_EMPTY || v.type == LIQUID_BLANK || v.type == LIQUID_LOOP)
		return liquid_nil();
	if (v.type != LIQUID_RANGE)
		return v;
	struct liquid_value *array = n < r->turns ? render_alloc(r, (n + 1) * sizeof *array) : NULL;
	if (!array) {
		render_fail(r, "a range of too many numbers");
		return liquid_nil();
	}
	for (uint32_t i = 0; i < n; i++)
		array[i] = value_item(r, v, i);
	return (struct liquid_value){.type = LIQUID_ARRAY, .len = n, .array = array};
}

struct liquid_value liquid_value_of(TALLOC_CTX *scratch, const struct liquid_expr *e, const struct liquid_env *env,
				    struct liquid_error *error)
{
	struct render r = {.scratch = {.ctx = scratch}};

	if (!render_open(&r, scratch, &e->unit, env, error))
		return liquid_nil();
	struct liquid_value v = outward(&r, eval_output(&r, &e->output));
	return r.failed ? liquid_nil() : v;
}
