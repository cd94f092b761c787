/* What the parts of the Liquid engine share: the tree that parsing makes, the state of a render, the filters' side.
 * Only templates/liquid_*.c include it. */
#ifndef AFTERWORD_TEMPLATES_LIQUID_PRIVATE_H
#define AFTERWORD_TEMPLATES_LIQUID_PRIVATE_H

#include "templates/liquid.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))

#define SOURCE_MAX (64 * 1024)
#define NESTING_MAX 64 /* blocks in blocks */
#define EXPR_MAX 16    /* brackets and ranges in one another */
#define STEPS_MAX 16   /* members in a path: a.b[c].d */
#define CHAIN_MAX 64   /* comparisons in a condition, filters on a value */
#define ARGS_MAX 4
#define DATA_DEPTH_MAX 32 /* arrays in arrays when they are written or flattened */
#define OUTPUT_DEFAULT (16 * 1024)
#define TURNS_DEFAULT 10000
#define FUEL_PER_TURN 1000
#define SCRATCH_PER_OUTPUT 256 /* memory of a render, in multiples of the longest output */

/* A stretch of bytes, not NUL-terminated. */
struct span {
	const char *s;
	uint32_t len;
};
#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})

static inline bool span_is(struct span a, struct span b)
{
	return a.len == b.len && __builtin_memcmp(a.s, b.s, a.len) == 0;
}

/* Memory: given out front to back, freed whole with its owner ------------------------------------------- */
struct arena {
	TALLOC_CTX *ctx;
	char *at, *end;
	size_t left; /* what may still be asked of ctx */
};

/* NULL when there is none left. Aligned for anything. */
void *arena_alloc(struct arena *a, size_t size);

/* The tree ------------------------------------------------------------------------------------------------ */
struct liquid_range {
	int64_t from, to;
};

enum expr_type { EXPR_LITERAL, EXPR_PATH, EXPR_RANGE };

/* Members that every array, hash and string has when none of its own is called so. */
enum special { SPECIAL_NONE = 0, SPECIAL_SIZE, SPECIAL_FIRST, SPECIAL_LAST };

struct step {
	struct span name;         /* .name, or ["name"] */
	const struct expr *index; /* [expression]; NULL: by name */
	enum special special;
};

struct expr {
	enum expr_type type;
	uint32_t at; /* where in the source */
	bool quoted; /* a string that stands in the template itself */
	union {
		struct liquid_value literal;
		struct {
			const struct step *steps;
			const struct expr *root; /* [expression] at the front; NULL: slot */
			uint32_t slot, n;
		} path;
		struct {
			const struct expr *from, *to;
		} range;
	};
};

struct filter_call {
	const struct filter *filter; /* NULL: unknown */
	struct span name;
	uint32_t at;
	unsigned n;
	const struct expr *args[ARGS_MAX]; /* the keyword's, if given, behind the last that may stand by place */
	const struct filter_call *next;
};

struct output {
	const struct expr *value; /* NULL: nothing */
	const struct filter_call *calls;
};

enum compare {
	COMPARE_NONE = 0,
	COMPARE_EQ,
	COMPARE_NE,
	COMPARE_LT,
	COMPARE_GT,
	COMPARE_LE,
	COMPARE_GE,
	COMPARE_CONTAINS
};

/* "a == b and c or d" binds to the right, as Liquid does: a == b and (c or d). */
struct condition {
	const struct expr *left, *right;
	enum compare op;
	bool conjunction; /* and, not or, before the next */
	const struct condition *next;
};

struct block {
	const struct node *nodes;
	uint32_t n;
	bool blank; /* nothing in it writes but white space */
};

struct branch { /* of if, unless, case */
	const struct condition *when;
	bool otherwise, negated;
	const struct candidate *candidates; /* of when */
	struct block body;
	struct branch *next;
};

struct candidate { /* a value of when, of cycle */
	const struct expr *value;
	const struct candidate *next;
};

struct loop { /* for, tablerow */
	const struct expr *collection, *limit, *offset, *cols;
	struct span name; /* "item-order.items" */
	uint32_t slot, offset_index;
	bool reversed, go_on; /* offset: continue */
	struct block body, otherwise;
};

struct cycle {
	const struct expr *name; /* NULL: known by its values */
	struct span values;
	const struct candidate *candidates;
	uint32_t n;
};

enum node_type {
	NODE_TEXT,
	NODE_OUTPUT,
	NODE_ASSIGN,
	NODE_CAPTURE,
	NODE_IF,
	NODE_CASE,
	NODE_FOR,
	NODE_TABLEROW,
	NODE_CYCLE,
	NODE_INCREMENT,
	NODE_DECREMENT,
	NODE_IFCHANGED,
	NODE_BREAK,
	NODE_CONTINUE
};

struct node {
	enum node_type type;
	uint32_t slot, at;
	union {
		struct span text;
		struct output output; /* of assign too */
		struct block body;
		struct {
			const struct expr *subject; /* of case */
			const struct branch *first;
		} branches;
		const struct loop *loop;
		const struct cycle *cycle;
	};
};

/* What a template and a lone expression have in common. Each name at the root of a path has a slot, so that a render
 * finds a variable by number and asks the data for it once. */
struct unit {
	struct arena arena;
	const char *source;
	uint32_t len;
	struct name {
		struct span text;
		bool made; /* by the template itself, somewhere: never unknown */
	} * names;
	uint32_t n_names, n_offsets, slot_forloop, slot_tablerow;
	const char **paths;
	size_t n_paths;
	struct filter_call unknown; /* the first unknown filter; name.s NULL: none */
};

struct liquid_template {
	struct unit unit;
	struct block body;
};

struct liquid_expr {
	struct unit unit;
	const struct condition *condition;
	struct output output;
};

void liquid_place(const char *source, uint32_t at, struct liquid_error *error);
__attribute__((format(printf, 4, 5))) void liquid_say(struct liquid_error *error, const char *source, uint32_t at,
						      const char *format, ...);

/* Reading the source --------------------------------------------------------------------------------------- */
enum token_type { TOKEN_END, TOKEN_TEXT, TOKEN_OUTPUT, TOKEN_TAG };

struct token {
	enum token_type type;
	struct span name; /* of a tag */
	struct span text; /* or what stands in the braces, behind the name */
};

struct lexer {
	const char *at, *end;
	bool lines; /* inside {% liquid %}: a line is a tag */
	bool trim;  /* the last one ended in -}} or -%} */
};

enum word_type {
	WORD_END = 0,
	WORD_NAME,
	WORD_STRING,
	WORD_INT,
	WORD_FLOAT,
	WORD_DOTS, /* .. */
	WORD_COMPARE,
	WORD_BAD,
	WORD_OPEN_STRING, /* a quote that never closes */
			  /* the rest are their own character: . [ ] ( ) | : , = */
};

/* An expression's words, one looked at ahead. */
struct words {
	const char *at, *end;
	int type;
	struct span text; /* a string's without its quotes */
	enum compare compare;
};

struct parser {
	struct unit *unit;
	struct liquid_error *error;
	struct lexer lexer;
	struct words words;
	struct node *stack; /* nodes of the blocks that are open */
	uint32_t top, room, names_room, paths_room;
	unsigned nesting, expr_depth;
	uint32_t *in_loop;  /* by slot: loops around here that set it */
	struct span *loops; /* names of the loops, for offset: continue */
	uint32_t loops_room;
	bool whole; /* unknown filters are errors */
};

/* The next token; false with the error said when it has no end. */
bool lex_token(struct parser *p, struct token *token);
/* Skips to the tag that ends raw, doc or comment; what stood before in *body. */
bool lex_until(struct parser *p, const char *end, struct span *body);
void words_start(struct parser *p, struct span markup);
void words_next(struct words *w);
bool words_name(const struct words *w, const char *name); /* is the word at hand this name? */

/* All return false or NULL with the error said. */
__attribute__((format(printf, 3, 4))) bool parse_fail(struct parser *p, const char *at, const char *format, ...);
bool parse_unexpected(struct parser *p, const char *wanted);
void *parse_alloc(struct parser *p, size_t size);
uint32_t parse_slot(struct parser *p, struct span name);
const struct expr *parse_expr(struct parser *p);
bool parse_output(struct parser *p, struct output *out);
const struct condition *parse_condition(struct parser *p);
bool parse_end(struct parser *p, const char *wanted); /* nothing follows */

/* The tag that ended a block; on the way in, the one that opened it. */
struct ending {
	struct span name, markup;
};
/* Nodes until one of ends, or where ends is NULL the end of the source. *blank: they write nothing. */
bool parse_tokens(struct parser *p, const char *const *ends, bool *blank, struct ending *ending);
bool parse_block(struct parser *p, const char *const *ends, struct block *block, struct ending *ending);
struct node *parse_push(struct parser *p, enum node_type type, const char *at);
/* What a block that is blank as a whole holds of white space goes. */
void parse_drop_blanks(struct block *block);
bool name_in(struct span name, const char *const *list);
/* A tag, and what {{ }} and echo have between them. *blank is false where it writes. */
bool parse_tag(struct parser *p, const struct token *t, bool *blank);
bool parse_echo(struct parser *p, const struct token *t, bool *blank);
bool parser_open(struct parser *p, struct unit *unit, const char *source, size_t len, struct liquid_error *error);
bool parser_close(struct parser *p);

/* Rendering ------------------------------------------------------------------------------------------------ */
struct liquid_loop {
	const struct loop *loop;
	uint32_t index, length, cols; /* cols: of tablerow */
	const struct liquid_loop *parent;
};

enum { SLOT_LOOP = 1, SLOT_ASSIGNED = 2, SLOT_COUNTER = 4, SLOT_DATA = 8, SLOT_ABSENT = 16 };

/* A variable: what the loop around sets hides what was assigned, that a counter, that the data. */
struct slot {
	unsigned has;
	struct liquid_value loop, assigned, counter, data;
};

enum interrupt { INTERRUPT_NONE = 0, INTERRUPT_BREAK, INTERRUPT_CONTINUE };

struct render {
	const struct unit *unit;
	const struct liquid_env *env;
	struct liquid_error *error;
	struct slot *slots;
	int64_t *offsets; /* where offset: continue goes on */
	struct cycle_turn *cycles;
	const struct liquid_loop *loop;
	struct span changed; /* what ifchanged wrote last */
	struct arena scratch;
	TALLOC_CTX *ctx; /* owns out */
	char *out;
	size_t len, room, limit, max_output;
	uint64_t fuel;
	unsigned turns;
	uint32_t at; /* what is being worked on */
	enum interrupt interrupt;
	bool failed;
};

bool render_open(struct render *r, TALLOC_CTX *ctx, const struct unit *unit, const struct liquid_env *env,
		 struct liquid_error *error);
void render_blocks(struct render *r, const struct block *block);

/* Says the first error of a render; all that follows is nothing. */
__attribute__((format(printf, 2, 3))) void render_fail(struct render *r, const char *format, ...);
/* Work done, in steps of about a node or 16 bytes; false when there was too much of it. */
bool render_charge(struct render *r, size_t steps);
void *render_alloc(struct render *r, size_t size); /* NULL: failed */
void render_emit(struct render *r, const char *s, size_t len);
void render_value(struct render *r, struct liquid_value v);
/* A string made at the end of the output and taken off again: begin, emit, take. */
struct mark {
	size_t len, limit;
};
struct mark render_mark(struct render *r);
struct liquid_value render_take(struct render *r, struct mark mark);

struct liquid_value eval_expr(struct render *r, const struct expr *e);
struct liquid_value eval_output(struct render *r, const struct output *o);
bool eval_condition(struct render *r, const struct condition *c);

/* Values ------------------------------------------------------------------------------------------------- */
static inline struct liquid_value value_string(const char *s, size_t len)
{
	return (struct liquid_value){.type = LIQUID_STRING, .len = (uint32_t)len, .s = s};
}
static inline struct liquid_value value_span(struct span s)
{
	return value_string(s.s, s.len);
}
static inline bool value_truthy(struct liquid_value v)
{
	return !(v.type == LIQUID_NIL || (v.type == LIQUID_BOOL && !v.b));
}
bool value_empty(struct liquid_value v);
bool value_equal(struct render *r, struct liquid_value a, struct liquid_value b);
/* -1, 0, 1; false in *ordered where the two have no order. */
int value_order(struct render *r, struct liquid_value a, struct liquid_value b, bool *ordered);
/* Its text; no copy of a string. */
struct span value_text(struct render *r, struct liquid_value v);
/* Things to go through: an array's elements, a range's numbers, a hash's pairs; nothing else has any. */
uint32_t value_count(struct liquid_value v);
struct liquid_value value_item(struct render *r, struct liquid_value v, uint32_t i);
/* A member by name; false where there is none. */
bool value_member(struct liquid_value hash, struct span name, struct liquid_value *out);
struct liquid_value loop_member(const struct liquid_loop *l, struct span name);
/* Reads a whole number as slice, limit and the like take it: an error where v is none. */
bool value_integer(struct render *r, struct liquid_value v, int64_t *out);
size_t utf8_count(struct span s);
size_t utf8_offset(struct span s, size_t n); /* bytes of the first n characters */

/* Numbers -------------------------------------------------------------------------------------------------- */
/* digits / 10^scale, exactly, so that 10.1 + 2.2 is 12.3; beyond 18 digits a double. */
struct number {
	int64_t digits;
	double f;      /* where not exact */
	uint8_t scale; /* 0 to 18 */
	bool exact;
	bool real; /* written with a point: 8.0 */
};

struct number number_of(struct liquid_value v);         /* what is none is 0 */
bool number_read(struct span text, struct number *out); /* the whole text is a decimal number */
struct liquid_value number_value(struct number n);
double number_double(struct number n);
struct number number_add(struct number a, struct number b);
struct number number_subtract(struct number a, struct number b);
struct number number_multiply(struct number a, struct number b);
/* The divisor is not 0. Towards minus infinity, as Ruby has it: -5 / 2 is -3. */
struct number number_divide(struct number a, struct number b);
struct number number_modulo(struct number a, struct number b);
int number_order(struct number a, struct number b);
enum rounding { ROUND_HALF_UP, ROUND_FLOOR, ROUND_CEIL };
struct number number_round(struct number n, int64_t places, enum rounding how);
#define FLOAT_TEXT 48
size_t float_text(double f, char out[FLOAT_TEXT]); /* "8.0", "1.0e+20" */

/* Filters ---------------------------------------------------------------------------------------------------- */
/* args[i] is nil behind the n that were given. keyword: the value of the filter's own keyword is args[max]. */
typedef struct liquid_value filter_fn(struct render *r, struct liquid_value in, const struct liquid_value *args,
				      unsigned n);
struct filter {
	const char *name;
	filter_fn *run;
	uint8_t min, max; /* arguments */
	const char *keyword;
};
const struct filter *filter_find(struct span name);
extern const struct filter filters_string[], filters_encode[], filters_number[], filters_array[], filters_locale[];

/* Reads a time out of a value: seconds, "now", a date in words or figures (in the render's zone where it says none). */
bool time_read(struct render *r, struct liquid_value v, int64_t *usec);
void time_text(struct render *r, int64_t usec); /* emits it, as 2026-11-24 10:00:00 +0000 */

#endif
