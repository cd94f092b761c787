/* The tags: each a row of a table, with how it is read. */
#include "templates/liquid_private.h"

#include <string.h>

/* A tag's own part. *blank is false where it writes. */
typedef bool tag_fn(struct parser *p, const struct token *t, bool *blank);

/* {% name = ... %}'s and the like: a name and nothing but. */
static bool parse_name(struct parser *p, const struct token *t, struct span *name)
{
	words_start(p, t->text);
	*name = p->words.text;
	if (p->words.type != WORD_NAME && p->words.type != WORD_STRING) /* {% capture 'x' %} is old and much used */
		return parse_unexpected(p, "the name of a variable");
	if (p->words.type == WORD_NAME && name->s[name->len - 1] == '?')
		return parse_fail(p, name->s, "a variable that is set cannot end in '?'");
	words_next(&p->words);
	return true;
}

static uint32_t make_slot(struct parser *p, struct span name)
{
	uint32_t slot = parse_slot(p, name);

	if (slot < p->unit->n_names)
		p->unit->names[slot].made = true;
	return slot;
}

static bool tag_assign(struct parser *p, const struct token *t, bool *blank)
{
	struct span name;
	struct node *node;
	struct output value;

	*blank = true;
	if (!parse_name(p, t, &name))
		return false;
	if (p->words.type != '=')
		return parse_unexpected(p, "'=' behind the name");
	words_next(&p->words);
	if (!parse_output(p, &value) || !(node = parse_push(p, NODE_ASSIGN, t->name.s)))
		return false;
	node->output = value;
	node->slot = make_slot(p, name);
	return true;
}

static bool tag_capture(struct parser *p, const struct token *t, bool *blank)
{
	static const char *const ends[] = {"endcapture", NULL};
	struct ending ending = {t->name, t->text};
	struct block body;
	struct span name;
	struct node *node;

	*blank = true;
	if (!parse_name(p, t, &name) || !parse_end(p, "the end") || !parse_block(p, ends, &body, &ending) ||
	    !(node = parse_push(p, NODE_CAPTURE, t->name.s)))
		return false;
	node->body = body;
	node->slot = make_slot(p, name);
	return true;
}

static bool tag_counter(struct parser *p, const struct token *t, bool *blank)
{
	struct span name;
	struct node *node;

	*blank = false;
	if (!parse_name(p, t, &name) || !parse_end(p, "the end"))
		return false;
	node = parse_push(p, t->name.s[0] == 'i' ? NODE_INCREMENT : NODE_DECREMENT, t->name.s);
	if (!node)
		return false;
	node->slot = make_slot(p, name);
	return true;
}

bool parse_echo(struct parser *p, const struct token *t, bool *blank)
{
	struct output value;
	struct node *node;

	*blank = false;
	if (t->text.len == 0)
		return true;
	words_start(p, t->text);
	if (!parse_output(p, &value) || !(node = parse_push(p, NODE_OUTPUT, t->text.s)))
		return false;
	node->output = value;
	return true;
}

static bool tag_jump(struct parser *p, const struct token *t, bool *blank)
{
	*blank = false;
	if (t->text.len > 0)
		return parse_fail(p, t->text.s, "nothing may follow %.*s", (int)t->name.len, t->name.s);
	return parse_push(p, t->name.s[0] == 'b' ? NODE_BREAK : NODE_CONTINUE, t->name.s);
}

/* if, unless */
static struct branch *new_branch(struct parser *p, const struct ending *tag)
{
	struct branch *b = parse_alloc(p, sizeof *b);

	if (!b)
		return NULL;
	b->negated = span_is(tag->name, SPAN("unless"));
	b->otherwise = span_is(tag->name, SPAN("else"));
	if (b->otherwise)
		return b;
	words_start(p, tag->markup);
	b->when = parse_condition(p);
	return b->when ? b : NULL;
}

static bool tag_if(struct parser *p, const struct token *t, bool *blank)
{
	static const char *const ends_if[] = {"endif", "elsif", "else", NULL};
	static const char *const ends_unless[] = {"endunless", "elsif", "else", NULL};
	const char *const *ends = t->name.s[0] == 'i' ? ends_if : ends_unless;
	struct ending tag = {t->name, t->text};
	struct branch *first = NULL, **link = &first;

	*blank = true;
	do {
		struct branch *b = *link = new_branch(p, &tag);

		tag = (struct ending){t->name, t->text};
		if (!b || !parse_block(p, ends, &b->body, &tag))
			return false;
		*blank = *blank && b->body.blank;
		link = &b->next;
	} while (tag.name.s[1] != 'n'); /* else, elsif */
	for (struct branch *b = *blank ? first : NULL; b; b = b->next)
		parse_drop_blanks(&b->body);
	struct node *node = parse_push(p, NODE_IF, t->name.s);
	if (node)
		node->branches.first = first;
	return node;
}

/* The values of when: parted by commas or "or". What follows the last of them counts for nothing, as in Shopify's. */
static const struct candidate *parse_candidates(struct parser *p, const char *separator, uint32_t *n)
{
	struct candidate *first = NULL, **link = &first;

	for (*n = 0;; ++*n) {
		struct candidate *c = *link = parse_alloc(p, sizeof *c);

		if (!c)
			return NULL;
		c->value = parse_expr(p);
		if (!c->value)
			return NULL;
		if (p->words.type != ',' && !words_name(&p->words, separator))
			break;
		words_next(&p->words);
		link = (struct candidate **)&c->next;
	}
	++*n;
	return first;
}

static struct branch *new_when(struct parser *p, const struct ending *tag)
{
	struct branch *b = parse_alloc(p, sizeof *b);
	uint32_t n;

	if (!b)
		return NULL;
	b->otherwise = span_is(tag->name, SPAN("else"));
	if (b->otherwise)
		return b;
	words_start(p, tag->markup);
	b->candidates = parse_candidates(p, "or", &n);
	return b->candidates ? b : NULL;
}

static bool tag_case(struct parser *p, const struct token *t, bool *blank)
{
	static const char *const ends[] = {"endcase", "when", "else", NULL};
	struct ending tag = {t->name, t->text};
	struct branch *first = NULL, **link = &first;
	struct block header; /* what stands before the first when is not written */

	words_start(p, t->text);
	const struct expr *subject = parse_expr(p);
	if (!subject || !parse_end(p, "the end") || !parse_block(p, ends, &header, &tag))
		return false;
	*blank = header.blank;
	while (tag.name.s[1] != 'n') { /* when, else */
		struct branch *b = *link = new_when(p, &tag);

		tag = (struct ending){t->name, t->text};
		if (!b || !parse_block(p, ends, &b->body, &tag))
			return false;
		*blank = *blank && b->body.blank;
		link = &b->next;
	}
	for (struct branch *b = *blank ? first : NULL; b; b = b->next)
		parse_drop_blanks(&b->body);
	struct node *node = parse_push(p, NODE_CASE, t->name.s);
	if (!node)
		return false;
	node->branches.subject = subject;
	node->branches.first = first;
	return true;
}

/* for, tablerow */

/* Which loops go on where another stopped: those of one name. */
static uint32_t offset_of(struct parser *p, struct span name)
{
	struct unit *u = p->unit;

	for (uint32_t i = 0; i < u->n_offsets; i++)
		if (span_is(p->loops[i], name))
			return i;
	if (u->n_offsets == p->loops_room) {
		p->loops_room = p->loops_room ? p->loops_room * 2 : 8;
		p->loops = talloc_realloc(u->arena.ctx, p->loops, struct span, p->loops_room);
		if (!p->loops) {
			parse_fail(p, name.s, "there is no memory for it");
			return 0;
		}
	}
	p->loops[u->n_offsets] = name;
	return u->n_offsets++;
}

/* limit: 3, offset: 2 | continue, cols: 2; the name is the word at hand. */
static bool parse_option(struct parser *p, struct loop *l, bool table)
{
	const struct expr **to = words_name(&p->words, "limit")           ? &l->limit
				 : words_name(&p->words, "offset")        ? &l->offset
				 : table && words_name(&p->words, "cols") ? &l->cols
									  : NULL;

	if (!to)
		return parse_unexpected(p, table ? "cols, limit or offset" : "reversed, limit or offset");
	words_next(&p->words);
	if (p->words.type != ':')
		return parse_unexpected(p, "':'");
	words_next(&p->words);
	if (to == &l->offset && words_name(&p->words, "continue")) {
		l->go_on = true;
		words_next(&p->words);
		return true;
	}
	*to = parse_expr(p);
	return *to;
}

static bool parse_options(struct parser *p, struct loop *l, bool table)
{
	while (p->words.type != WORD_END) {
		if (p->words.type == ',') {
			words_next(&p->words);
		} else if (!table && words_name(&p->words, "reversed")) {
			l->reversed = true;
			words_next(&p->words);
		} else if (!parse_option(p, l, table)) {
			return false;
		}
	}
	return true;
}

static bool parse_loop_head(struct parser *p, const struct token *t, struct loop *l, bool table)
{
	struct span variable;

	if (!parse_name(p, t, &variable))
		return false;
	if (!words_name(&p->words, "in"))
		return parse_unexpected(p, "'in' behind the variable");
	words_next(&p->words);
	const char *from = p->words.text.s;
	l->collection = parse_expr(p);
	if (!l->collection)
		return false;
	const char *to = p->words.text.s;
	while (to > from && (to[-1] == ' ' || (to[-1] >= '\t' && to[-1] <= '\r')))
		to--;
	size_t len = variable.len + 1 + (size_t)(to - from);
	char *name = parse_alloc(p, len + 1);
	if (!name)
		return false;
	memcpy(name, variable.s, variable.len);
	name[variable.len] = '-';
	memcpy(name + variable.len + 1, from, (size_t)(to - from));
	l->name = (struct span){name, (uint32_t)len};
	l->offset_index = offset_of(p, l->name);
	l->slot = parse_slot(p, variable);
	return parse_options(p, l, table);
}

static bool parse_loop_body(struct parser *p, const struct token *t, struct loop *l, uint32_t helper)
{
	static const char *const ends_for[] = {"endfor", "else", NULL}, *const ends_else[] = {"endfor", NULL};
	static const char *const ends_table[] = {"endtablerow", NULL};
	bool table = t->name.s[0] == 't';
	struct ending ending = {t->name, t->text};

	p->in_loop[l->slot]++;
	p->in_loop[helper]++;
	bool ok = parse_block(p, table ? ends_table : ends_for, &l->body, &ending);
	p->in_loop[l->slot]--;
	p->in_loop[helper]--;
	if (!ok || !span_is(ending.name, SPAN("else")))
		return ok;
	ending = (struct ending){t->name, t->text};
	return parse_block(p, ends_else, &l->otherwise, &ending);
}

static bool tag_loop(struct parser *p, const struct token *t, bool *blank)
{
	bool table = t->name.s[0] == 't';
	struct loop *l = parse_alloc(p, sizeof *l);

	if (!l || !parse_loop_head(p, t, l, table))
		return false;
	uint32_t *helper = table ? &p->unit->slot_tablerow : &p->unit->slot_forloop;
	*helper = make_slot(p, table ? SPAN("tablerowloop") : SPAN("forloop"));
	if (p->error->text[0] || !parse_loop_body(p, t, l, *helper))
		return false;
	*blank = !table && l->body.blank && (l->otherwise.n == 0 || l->otherwise.blank);
	if (*blank) {
		parse_drop_blanks(&l->body);
		parse_drop_blanks(&l->otherwise);
	}
	struct node *node = parse_push(p, table ? NODE_TABLEROW : NODE_FOR, t->name.s);
	if (node)
		node->loop = l;
	return node;
}

static bool tag_cycle(struct parser *p, const struct token *t, bool *blank)
{
	struct cycle *c = parse_alloc(p, sizeof *c);

	*blank = false;
	if (!c)
		return false;
	words_start(p, t->text);
	struct words start = p->words;
	const struct expr *name = parse_expr(p);
	if (!name)
		return false;
	if (p->words.type == ':') {
		words_next(&p->words);
		c->name = name;
	} else {
		p->words = start;
	}
	const char *from = p->words.text.s;
	c->values = (struct span){from, (uint32_t)(t->text.s + t->text.len - from)};
	c->candidates = parse_candidates(p, ",", &c->n);
	if (!c->candidates || !parse_end(p, "a comma or the end"))
		return false;
	struct node *node = parse_push(p, NODE_CYCLE, t->name.s);
	if (node)
		node->cycle = c;
	return node;
}

static bool tag_ifchanged(struct parser *p, const struct token *t, bool *blank)
{
	static const char *const ends[] = {"endifchanged", NULL};
	struct ending ending = {t->name, t->text};
	struct block body;

	if (!parse_block(p, ends, &body, &ending))
		return false;
	*blank = body.blank;
	struct node *node = parse_push(p, NODE_IFCHANGED, t->name.s);
	if (node)
		node->body = body;
	return node;
}

/* raw, doc: text to its end tag. */
static bool take_verbatim(struct parser *p, const struct token *t, const char *end, struct span *body)
{
	if (p->lexer.lines)
		return parse_fail(p, t->name.s, "%.*s cannot stand in a liquid tag: put it outside", (int)t->name.len,
				  t->name.s);
	if (t->text.len > 0)
		return parse_fail(p, t->text.s, "nothing may follow %.*s", (int)t->name.len, t->name.s);
	return lex_until(p, end, body) || parse_fail(p, t->name.s, "'%.*s' is never closed: end it with {%% %s %%}",
						     (int)t->name.len, t->name.s, end);
}

static bool tag_raw(struct parser *p, const struct token *t, bool *blank)
{
	struct span body = {0};

	if (!take_verbatim(p, t, "endraw", &body))
		return false;
	*blank = body.len == 0;
	struct node *node = parse_push(p, NODE_TEXT, t->name.s);
	if (node)
		node->text = body;
	return node;
}

static bool tag_doc(struct parser *p, const struct token *t, bool *blank)
{
	struct span body = {0};
	const char *inner;

	*blank = true;
	if (!take_verbatim(p, t, "enddoc", &body))
		return false;
	inner = memmem(body.s, body.len, "{% doc %}", 9);
	return !inner || parse_fail(p, inner, "doc in doc: end the outer one first");
}

/* A comment's inside need not be Liquid, but comments and raws in it have their ends. */
static bool tag_comment(struct parser *p, const struct token *t, bool *blank)
{
	unsigned depth = 1;
	struct token inner = {0};
	struct span body;

	*blank = true;
	while (depth > 0) {
		if (!lex_token(p, &inner))
			return false;
		if (inner.type == TOKEN_END)
			return parse_fail(p, t->name.s, "'comment' is never closed: end it with {%% endcomment %%}");
		if (inner.type != TOKEN_TAG)
			continue;
		if (span_is(inner.name, SPAN("comment")))
			depth++;
		else if (span_is(inner.name, SPAN("endcomment")))
			depth--;
		else if (span_is(inner.name, SPAN("raw")) && !p->lexer.lines && !lex_until(p, "endraw", &body))
			return parse_fail(p, inner.name.s, "'raw' is never closed: end it with {%% endraw %%}");
	}
	return true;
}

/* {% # ... %}: each of its lines begins with the sign. */
static bool tag_note(struct parser *p, const struct token *t, bool *blank)
{
	const char *end = t->text.s + t->text.len;

	*blank = true;
	for (const char *at = t->text.s; at < end && (at = memchr(at, '\n', (size_t)(end - at)));) {
		while (at < end && (*at == ' ' || (*at >= '\t' && *at <= '\r')))
			at++;
		if (at < end && *at != '#')
			return parse_fail(p, at, "each line of a # comment begins with #");
	}
	return true;
}

/* {% liquid %}: a tag a line; what it opens it closes. */
static bool tag_liquid(struct parser *p, const struct token *t, bool *blank)
{
	struct lexer outer = p->lexer;
	struct ending ending = {{0}, {0}};

	if (p->nesting == NESTING_MAX)
		return parse_fail(p, t->name.s, "blocks more than %d deep", NESTING_MAX);
	p->nesting++;
	p->lexer = (struct lexer){.at = t->text.s, .end = t->text.s + t->text.len, .lines = true};
	bool ok = parse_tokens(p, NULL, blank, &ending);
	p->lexer = outer;
	p->nesting--;
	return ok;
}

static bool tag_refused(struct parser *p, const struct token *t, bool *blank)
{
	*blank = true;
	return parse_fail(p, t->name.s, "'%.*s' reads another file, and a text has none: write it out here",
			  (int)t->name.len, t->name.s);
}

static const struct tag {
	const char *name;
	tag_fn *parse;
} tags[] = {
	{"if", tag_if},
	{"unless", tag_if},
	{"case", tag_case},
	{"for", tag_loop},
	{"assign", tag_assign},
	{"capture", tag_capture},
	{"echo", parse_echo},
	{"comment", tag_comment},
	{"#", tag_note},
	{"raw", tag_raw},
	{"liquid", tag_liquid},
	{"increment", tag_counter},
	{"decrement", tag_counter},
	{"cycle", tag_cycle},
	{"tablerow", tag_loop},
	{"ifchanged", tag_ifchanged},
	{"break", tag_jump},
	{"continue", tag_jump},
	{"doc", tag_doc},
	{"include", tag_refused},
	{"render", tag_refused},
	{"layout", tag_refused},
	{"block", tag_refused},
	{"section", tag_refused},
};

static bool unknown_tag(struct parser *p, const struct token *t)
{
	static const char *const middles[] = {"else", "elsif", "when", NULL};

	if (t->name.len == 0)
		return parse_fail(p, t->name.s, "a tag without a name");
	if (name_in(t->name, middles) || (t->name.len > 3 && memcmp(t->name.s, "end", 3) == 0))
		return parse_fail(p, t->name.s, "'%.*s' has no open block that it is of", (int)t->name.len, t->name.s);
	return parse_fail(p, t->name.s, "unknown tag '%.*s'", t->name.len < 40 ? (int)t->name.len : 40, t->name.s);
}

bool parse_tag(struct parser *p, const struct token *t, bool *blank)
{
	for (size_t i = 0; i < LENGTH(tags); i++)
		if (t->name.len == strlen(tags[i].name) && memcmp(t->name.s, tags[i].name, t->name.len) == 0)
			return tags[i].parse(p, t, blank);
	return unknown_tag(p, t);
}
