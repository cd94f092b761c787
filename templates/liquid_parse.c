/* Blocks made into the tree, and the ways in. */
#include "templates/liquid_private.h"

#include <stdio.h>
#include <string.h>

/* Nodes ----------------------------------------------------------------------------------------------------- */

struct node *parse_push(struct parser *p, enum node_type type, const char *at)
{
	if (p->top == p->room) {
		p->room = p->room ? p->room * 2 : 32;
		p->stack = talloc_realloc(p->unit->arena.ctx, p->stack, struct node, p->room);
		if (!p->stack) {
			parse_fail(p, at, "there is no memory for it");
			return NULL;
		}
	}
	struct node *node = &p->stack[p->top++];
	*node = (struct node){.type = type, .at = (uint32_t)(at - p->unit->source)};
	return node;
}

/* Moves the nodes from base up out of the stack. */
static bool pop(struct parser *p, uint32_t base, struct block *block)
{
	uint32_t n = p->top - base;

	p->top = base;
	block->n = n;
	if (n == 0)
		return true;
	struct node *nodes = parse_alloc(p, n * sizeof *nodes);
	if (!nodes)
		return false;
	block->nodes = memcpy(nodes, p->stack + base, n * sizeof *nodes);
	return true;
}

/* White space around tags that write nothing is not written: what a block that is blank as a whole holds of it goes. */
void parse_drop_blanks(struct block *block)
{
	struct node *nodes = (struct node *)block->nodes;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < block->n; i++)
		if (nodes[i].type != NODE_TEXT)
			nodes[kept++] = nodes[i];
	block->n = kept;
}

static bool blank_text(struct span s)
{
	for (uint32_t i = 0; i < s.len; i++)
		if (s.s[i] != ' ' && (s.s[i] < '\t' || s.s[i] > '\r'))
			return false;
	return true;
}

/* Blocks ---------------------------------------------------------------------------------------------------- */

bool name_in(struct span name, const char *const *list)
{
	for (; list && *list; list++)
		if (name.len == strlen(*list) && memcmp(name.s, *list, name.len) == 0)
			return true;
	return false;
}

static bool parse_text(struct parser *p, const struct token *t, bool *blank)
{
	if (t->text.len == 0)
		return true;
	struct node *node = parse_push(p, NODE_TEXT, t->text.s);
	if (!node)
		return false;
	node->text = t->text;
	*blank = blank_text(t->text);
	return true;
}

/* Pushes nodes until one of ends (then *ending says which) or, where ends is NULL, the end of the source. On the way in
 * *ending is the tag that opened the block. */
bool parse_tokens(struct parser *p, const char *const *ends, bool *blank, struct ending *ending)
{
	struct token t = {0};

	for (*blank = true;;) {
		bool writes_nothing = true, ok = true;

		if (!lex_token(p, &t))
			return false;
		if (t.type == TOKEN_END)
			return !ends || parse_fail(p, ending->name.s, "'%.*s' is never closed: end it with {%% %s %%}",
						   (int)ending->name.len, ending->name.s, ends[0]);
		if (t.type == TOKEN_TAG && name_in(t.name, ends)) {
			*ending = (struct ending){t.name, t.text};
			return true;
		}
		if (t.type == TOKEN_TEXT)
			ok = parse_text(p, &t, &writes_nothing);
		else if (t.type == TOKEN_OUTPUT)
			ok = parse_echo(p, &t, &writes_nothing);
		else
			ok = parse_tag(p, &t, &writes_nothing);
		if (!ok)
			return false;
		*blank = *blank && writes_nothing;
	}
}

bool parse_block(struct parser *p, const char *const *ends, struct block *block, struct ending *ending)
{
	uint32_t base = p->top;

	*block = (struct block){0};
	if (p->nesting == NESTING_MAX)
		return parse_fail(p, ending->name.s, "blocks more than %d deep", NESTING_MAX);
	p->nesting++;
	bool ok = parse_tokens(p, ends, &block->blank, ending) && pop(p, base, block);
	p->nesting--;
	return ok;
}

/* Entry ----------------------------------------------------------------------------------------------------- */

bool parser_open(struct parser *p, struct unit *unit, const char *source, size_t len, struct liquid_error *error)
{
	*p = (struct parser){.unit = unit, .error = error};
	*error = (struct liquid_error){0};
	if (len > SOURCE_MAX) {
		snprintf(error->text, sizeof error->text, "%zu bytes are too long: at most %d", len, SOURCE_MAX);
		return false;
	}
	unit->arena = (struct arena){.ctx = unit, .left = SIZE_MAX};
	unit->source = talloc_strndup(unit, source, len);
	unit->len = (uint32_t)len;
	if (!unit->source) {
		snprintf(error->text, sizeof error->text, "there is no memory for it");
		return false;
	}
	/* strndup ends at a NUL byte, and a text holds none */
	if (strlen(unit->source) != len)
		return parse_fail(p, unit->source + strlen(unit->source), "a NUL byte: a template is text");
	p->lexer = (struct lexer){.at = unit->source, .end = unit->source + len};
	return true;
}

bool parser_close(struct parser *p)
{
	talloc_free(p->stack);
	talloc_free(p->in_loop);
	talloc_free(p->loops);
	return p->error->text[0] == '\0';
}

struct liquid_template *liquid_parse(TALLOC_CTX *ctx, const char *source, size_t len, struct liquid_error *error)
{
	struct liquid_template *t = talloc_zero(ctx, struct liquid_template);
	struct ending ending = {{0}, {0}};
	struct parser p;
	bool blank;

	if (t && parser_open(&p, &t->unit, source, len, error)) {
		if (parse_tokens(&p, NULL, &blank, &ending) && pop(&p, 0, &t->body) && parser_close(&p))
			return t;
	}
	talloc_free(t);
	return NULL;
}

static struct liquid_expr *open_expr(TALLOC_CTX *ctx, struct parser *p, const char *source, struct liquid_error *error)
{
	struct liquid_expr *e = talloc_zero(ctx, struct liquid_expr);

	if (e && parser_open(p, &e->unit, source, strlen(source), error)) {
		p->whole = true;
		words_start(p, (struct span){e->unit.source, e->unit.len});
		return e;
	}
	talloc_free(e);
	return NULL;
}

struct liquid_expr *liquid_parse_condition(TALLOC_CTX *ctx, const char *source, struct liquid_error *error)
{
	struct parser p;
	struct liquid_expr *e = open_expr(ctx, &p, source, error);

	if (!e)
		return NULL;
	e->condition = parse_condition(&p);
	if (e->condition && parser_close(&p))
		return e;
	talloc_free(e);
	return NULL;
}

struct liquid_expr *liquid_parse_value(TALLOC_CTX *ctx, const char *source, struct liquid_error *error)
{
	struct parser p;
	struct liquid_expr *e = open_expr(ctx, &p, source, error);

	if (!e)
		return NULL;
	if (parse_output(&p, &e->output) && parser_close(&p))
		return e;
	talloc_free(e);
	return NULL;
}

/* What it reads --------------------------------------------------------------------------------------------- */

size_t liquid_variables(const struct liquid_template *t, const char *const **paths)
{
	*paths = t->unit.paths;
	return t->unit.n_paths;
}

size_t liquid_expr_variables(const struct liquid_expr *e, const char *const **paths)
{
	*paths = e->unit.paths;
	return e->unit.n_paths;
}

bool liquid_filters_known(const struct liquid_template *t, struct liquid_error *error)
{
	const struct filter_call *unknown = &t->unit.unknown;

	*error = (struct liquid_error){0};
	if (!unknown->name.s)
		return true;
	liquid_say(error, t->unit.source, unknown->at, "unknown filter '%.*s'", (int)unknown->name.len,
		   unknown->name.s);
	return false;
}
