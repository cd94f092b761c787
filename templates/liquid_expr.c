/* The words of an expression made into its tree: literals, paths, ranges, filters, conditions. */
#include "templates/liquid_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void *arena_alloc(struct arena *a, size_t size)
{
	enum { CHUNK = 4096, ALIGN = 16 };

	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if ((size_t)(a->end - a->at) < size) {
		size_t chunk = size > CHUNK / 2 ? size : CHUNK;
		char *more = chunk <= a->left ? talloc_size(a->ctx, chunk) : NULL;

		if (!more)
			return NULL;
		a->left -= chunk;
		if (chunk == size)
			return more; /* what is left of the chunk at hand goes on being used */
		a->at = more;
		a->end = more + chunk;
	}
	void *got = a->at;
	a->at += size;
	return got;
}

void *parse_alloc(struct parser *p, size_t size)
{
	void *got = arena_alloc(&p->unit->arena, size);

	if (!got) {
		parse_fail(p, p->unit->source, "there is no memory for it");
		return NULL;
	}
	return memset(got, 0, size);
}

bool parse_unexpected(struct parser *p, const char *wanted)
{
	const struct words *w = &p->words;

	if (w->type == WORD_OPEN_STRING)
		return parse_fail(p, w->text.s, "the string %.*s never ends: close it with %c",
				  w->text.len < 40 ? (int)w->text.len : 40, w->text.s, *w->text.s);
	if (w->type == WORD_END)
		return parse_fail(p, w->text.s, "%s is missing at the end", wanted);
	return parse_fail(p, w->text.s, "'%.*s' where %s should be", w->text.len < 40 ? (int)w->text.len : 40,
			  w->text.s, wanted);
}

bool parse_end(struct parser *p, const char *wanted)
{
	return p->words.type == WORD_END || parse_unexpected(p, wanted);
}

/* Room for one more in a list that talloc keeps. */
static bool grow(struct parser *p, void **list, uint32_t n, uint32_t *room, size_t size)
{
	if (n < *room)
		return true;
	*room = *room ? *room * 2 : 8;
	*list = talloc_realloc_size(p->unit->arena.ctx, *list, *room * size);
	return *list || parse_fail(p, p->unit->source, "there is no memory for it");
}

uint32_t parse_slot(struct parser *p, struct span name)
{
	struct unit *u = p->unit;
	uint32_t room = p->names_room;

	for (uint32_t i = 0; i < u->n_names; i++)
		if (span_is(u->names[i].text, name))
			return i;
	if (!grow(p, (void **)&u->names, u->n_names, &room, sizeof *u->names) ||
	    !grow(p, (void **)&p->in_loop, u->n_names, &p->names_room, sizeof *p->in_loop))
		return 0;
	u->names[u->n_names] = (struct name){.text = name};
	p->in_loop[u->n_names] = 0;
	return u->n_names++;
}

/* Paths ----------------------------------------------------------------------------------------------------- */

/* The path as far as names go, for the linter; once each. */
static bool note_path(struct parser *p, const struct expr *e)
{
	struct unit *u = p->unit;
	struct span root = u->names[e->path.slot].text;
	char *text = talloc_strndup(u->arena.ctx, root.s, root.len);

	for (uint32_t i = 0; text && i < e->path.n && e->path.steps[i].name.s && !e->path.steps[i].special; i++)
		text = talloc_asprintf_append_buffer(text, ".%.*s", (int)e->path.steps[i].name.len,
						     e->path.steps[i].name.s);
	if (!text || !grow(p, (void **)&u->paths, (uint32_t)u->n_paths, &p->paths_room, sizeof *u->paths))
		return parse_fail(p, u->source, "there is no memory for it");
	for (size_t i = 0; i < u->n_paths; i++) {
		if (strcmp(u->paths[i], text) == 0) {
			talloc_free(text);
			return true;
		}
	}
	u->paths[u->n_paths++] = text;
	return true;
}

static enum special special_of(struct span name)
{
	static const struct span names[] = {
		[SPECIAL_SIZE] = SPAN("size"), [SPECIAL_FIRST] = SPAN("first"), [SPECIAL_LAST] = SPAN("last")};

	for (size_t i = 1; i < LENGTH(names); i++)
		if (span_is(names[i], name))
			return (enum special)i;
	return SPECIAL_NONE;
}

/* [expression]; the opening bracket is the word at hand. */
static const struct expr *parse_bracket(struct parser *p)
{
	words_next(&p->words);
	const struct expr *index = parse_expr(p);
	if (!index)
		return NULL;
	if (p->words.type != ']') {
		parse_unexpected(p, "']'");
		return NULL;
	}
	words_next(&p->words);
	return index;
}

/* One .name or [index]; *more is false where the path ends. */
static bool parse_step(struct parser *p, struct step *step, bool *more)
{
	struct words *w = &p->words;

	*step = (struct step){0};
	*more = w->type == '.' || w->type == '[';
	if (w->type == '.') {
		words_next(w);
		bool name = w->type == WORD_NAME || (w->type == WORD_COMPARE && w->compare == COMPARE_CONTAINS);
		if (!name)
			return parse_unexpected(p, "a name behind the '.'");
		step->name = w->text;
		step->special = special_of(w->text);
		words_next(w);
	} else if (*more) {
		step->index = parse_bracket(p);
		if (!step->index)
			return false;
		if (step->index->type == EXPR_LITERAL && step->index->literal.type == LIQUID_STRING)
			step->name = (struct span){step->index->literal.s, step->index->literal.len};
	}
	return true;
}

static const struct expr *parse_path(struct parser *p, struct expr *e)
{
	struct step steps[STEPS_MAX];
	bool more;

	e->type = EXPR_PATH;
	if (p->words.type == '[') {
		e->path.root = parse_bracket(p);
		if (!e->path.root)
			return NULL;
		if (e->path.root->type == EXPR_LITERAL && e->path.root->literal.type == LIQUID_STRING) {
			e->path.slot = parse_slot(p, (struct span){e->path.root->literal.s, e->path.root->literal.len});
			e->path.root = NULL;
		}
	} else {
		e->path.slot = parse_slot(p, p->words.text);
		words_next(&p->words);
	}
	for (;;) {
		struct step step;

		if (!parse_step(p, &step, &more))
			return NULL;
		if (!more)
			break;
		if (e->path.n == STEPS_MAX) {
			parse_fail(p, p->words.text.s, "a path of more than %d members", STEPS_MAX);
			return NULL;
		}
		steps[e->path.n++] = step;
	}
	if (e->path.n > 0) {
		struct step *kept = parse_alloc(p, e->path.n * sizeof *kept);

		if (!kept)
			return NULL;
		e->path.steps = memcpy(kept, steps, e->path.n * sizeof *kept);
	}
	if (p->error->text[0])
		return NULL;
	if (!e->path.root && !p->unit->names[e->path.slot].made && !p->in_loop[e->path.slot] && !note_path(p, e))
		return NULL;
	return e;
}

/* Literals and ranges --------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	struct liquid_value value;
} constants[] = {
	{"nil", {.type = LIQUID_NIL}},
	{"null", {.type = LIQUID_NIL}},
	{"true", {.type = LIQUID_BOOL, .b = true}},
	{"false", {.type = LIQUID_BOOL, .b = false}},
	{"empty", {.type = LIQUID_EMPTY}},
	{"blank", {.type = LIQUID_BLANK}},
};

/* A word that stands for a value, unless a member of it is asked for. */
static bool parse_constant(struct parser *p, struct expr *e)
{
	for (size_t i = 0; i < LENGTH(constants); i++) {
		if (!words_name(&p->words, constants[i].name))
			continue;
		struct words behind = p->words;
		words_next(&behind);
		if (behind.type == '.' || behind.type == '[')
			return false;
		e->literal = constants[i].value;
		p->words = behind;
		return true;
	}
	return false;
}

static const struct expr *parse_range(struct parser *p, struct expr *e)
{
	e->type = EXPR_RANGE;
	words_next(&p->words);
	e->range.from = parse_expr(p);
	if (!e->range.from)
		return NULL;
	if (p->words.type != WORD_DOTS) {
		parse_unexpected(p, "'..' (parentheses hold ranges such as (1..5) and nothing else)");
		return NULL;
	}
	words_next(&p->words);
	e->range.to = parse_expr(p);
	if (!e->range.to)
		return NULL;
	if (p->words.type != ')') {
		parse_unexpected(p, "')'");
		return NULL;
	}
	words_next(&p->words);
	return e;
}

static const struct expr *parse_literal(struct parser *p, struct expr *e)
{
	struct words *w = &p->words;

	if (w->type == WORD_STRING) {
		e->literal = value_span(w->text);
		e->quoted = true;
	} else {
		struct number n;

		number_read(w->text, &n);
		e->literal = number_value(n);
	}
	words_next(w);
	return e;
}

static const struct expr *parse_one(struct parser *p)
{
	struct expr *e = parse_alloc(p, sizeof *e);

	if (!e)
		return NULL;
	e->at = (uint32_t)(p->words.text.s - p->unit->source);
	switch (p->words.type) {
	case WORD_STRING:
	case WORD_INT:
	case WORD_FLOAT:
		return parse_literal(p, e);
	case '(':
		return parse_range(p, e);
	case WORD_NAME:
		if (parse_constant(p, e))
			return e;
		return parse_path(p, e);
	case '[':
		return parse_path(p, e);
	default:
		parse_unexpected(p, "a value");
		return NULL;
	}
}

const struct expr *parse_expr(struct parser *p)
{
	if (p->expr_depth == EXPR_MAX) {
		parse_fail(p, p->words.text.s, "brackets more than %d deep", EXPR_MAX);
		return NULL;
	}
	p->expr_depth++;
	const struct expr *e = parse_one(p);
	p->expr_depth--;
	return e;
}

/* Filters --------------------------------------------------------------------------------------------------- */

static const char *plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static bool check_count(struct parser *p, const struct filter_call *call)
{
	const struct filter *f = call->filter;

	if (!f || (call->n >= f->min && call->n <= f->max))
		return true;
	if (f->min == f->max && f->max == 0)
		return parse_fail(p, call->name.s, "the filter %s takes no arguments, not %u", f->name, call->n);
	if (f->min == f->max)
		return parse_fail(p, call->name.s, "the filter %s takes %u argument%s, not %u", f->name, f->min,
				  plural(f->min), call->n);
	return parse_fail(p, call->name.s, "the filter %s takes %u to %u arguments, not %u", f->name, f->min, f->max,
			  call->n);
}

/* One argument, by place or by keyword. */
static bool parse_arg(struct parser *p, struct filter_call *call)
{
	const struct filter *f = call->filter;
	struct words behind = p->words;
	unsigned place = call->n;

	if (p->words.type == WORD_NAME)
		words_next(&behind);
	if (behind.type == ':' && p->words.type == WORD_NAME) {
		if (f && (!f->keyword || !words_name(&p->words, f->keyword)))
			return parse_fail(p, p->words.text.s, "the filter %s takes no argument called %.*s", f->name,
					  (int)p->words.text.len, p->words.text.s);
		words_next(&behind);
		p->words = behind;
		place = f ? f->max : ARGS_MAX;
	} else {
		call->n++;
	}
	const struct expr *value = parse_expr(p);
	if (!value)
		return false;
	if (place < ARGS_MAX)
		call->args[place] = value;
	return true;
}

static bool parse_args(struct parser *p, struct filter_call *call)
{
	if (p->words.type != ':')
		return true;
	do {
		words_next(&p->words);
		if (!parse_arg(p, call))
			return false;
	} while (p->words.type == ',');
	return true;
}

static struct filter_call *parse_filter(struct parser *p)
{
	struct filter_call *call = parse_alloc(p, sizeof *call);

	if (!call)
		return NULL;
	words_next(&p->words);
	if (p->words.type != WORD_NAME) {
		parse_unexpected(p, "the name of a filter");
		return NULL;
	}
	call->name = p->words.text;
	call->at = (uint32_t)(call->name.s - p->unit->source);
	call->filter = filter_find(call->name);
	if (!call->filter && !p->unit->unknown.name.s)
		p->unit->unknown = *call;
	if (!call->filter && p->whole) {
		parse_fail(p, call->name.s, "unknown filter '%.*s'", (int)call->name.len, call->name.s);
		return NULL;
	}
	words_next(&p->words);
	return parse_args(p, call) && check_count(p, call) ? call : NULL;
}

bool parse_output(struct parser *p, struct output *out)
{
	const struct filter_call **link = &out->calls;

	*out = (struct output){0};
	out->value = parse_expr(p);
	if (!out->value)
		return false;
	for (unsigned n = 0; p->words.type == '|'; n++) {
		struct filter_call *call = n < CHAIN_MAX ? parse_filter(p) : NULL;

		if (!call)
			return parse_fail(p, p->words.text.s, "more than %d filters on one value", CHAIN_MAX);
		*link = call;
		link = &call->next;
	}
	return parse_end(p, "a filter ('|') or the end");
}

/* Conditions ------------------------------------------------------------------------------------------------ */

static bool is_number(const struct expr *e)
{
	return e->type == EXPR_LITERAL && (e->literal.type == LIQUID_INT || e->literal.type == LIQUID_FLOAT);
}

/* Text and numbers have no order: said here where both stand in the template. */
static bool check_order(struct parser *p, const struct condition *c)
{
	if (c->op < COMPARE_LT || c->op > COMPARE_GE)
		return true;
	if ((c->left->quoted && is_number(c->right)) || (is_number(c->left) && c->right->quoted))
		return parse_fail(p, p->unit->source + c->left->at,
				  "a text and a number have no order: take the quotes off the number");
	return true;
}

static struct condition *parse_comparison(struct parser *p)
{
	struct condition *c = parse_alloc(p, sizeof *c);

	if (!c)
		return NULL;
	c->left = parse_expr(p);
	if (!c->left)
		return NULL;
	if (p->words.type != WORD_COMPARE)
		return c;
	c->op = p->words.compare;
	words_next(&p->words);
	c->right = parse_expr(p);
	return c->right && check_order(p, c) ? c : NULL;
}

const struct condition *parse_condition(struct parser *p)
{
	struct condition *first = NULL, **link = &first;

	for (unsigned n = 0; n < CHAIN_MAX; n++) {
		struct condition *c = *link = parse_comparison(p);

		if (!c)
			return NULL;
		if (p->words.type == WORD_END)
			return first;
		if (!words_name(&p->words, "and") && !words_name(&p->words, "or")) {
			parse_unexpected(p, "'and', 'or' or the end");
			return NULL;
		}
		c->conjunction = words_name(&p->words, "and");
		words_next(&p->words);
		link = (struct condition **)&c->next;
	}
	parse_fail(p, p->words.text.s, "more than %d comparisons in one condition", CHAIN_MAX);
	return NULL;
}
