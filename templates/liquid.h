/* Liquid as Shopify and Klaviyo users know it: a template is parsed once, kept, and rendered any number of times. Pure:
 * what a template sees is handed in; the clock, the zone and the shortener are arguments. */
#ifndef AFTERWORD_TEMPLATES_LIQUID_H
#define AFTERWORD_TEMPLATES_LIQUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

/* Values ----------------------------------------------------------------------------------------------- */
enum liquid_type {
	LIQUID_NIL = 0,
	LIQUID_BOOL,
	LIQUID_INT,
	LIQUID_FLOAT,
	LIQUID_STRING,
	LIQUID_ARRAY,
	LIQUID_HASH,
	LIQUID_TIME,
	/* The engine's own: nobody hands them in, and no value handed out is one */
	LIQUID_EMPTY, /* the words empty and blank, which equal what is so */
	LIQUID_BLANK,
	LIQUID_RANGE,
	LIQUID_LOOP /* forloop, tablerowloop */
};

struct liquid_value {
	enum liquid_type type;
	uint32_t len; /* LIQUID_STRING: bytes; LIQUID_ARRAY, LIQUID_HASH: elements */
	union {
		bool b;
		int64_t i; /* LIQUID_INT; LIQUID_TIME: microseconds since the epoch, UTC */
		double f;
		const char *s; /* UTF-8, not NUL-terminated */
		const struct liquid_value *array;
		const struct liquid_pair *hash; /* in the order they were put in */
		const struct liquid_range *range;
		const struct liquid_loop *loop;
	};
};

struct liquid_pair {
	const char *key; /* NUL-terminated */
	uint32_t key_len;
	struct liquid_value value;
};

/* Makers. Strings and elements are pointed to, not copied: they must outlive the render. */
static inline struct liquid_value liquid_nil(void)
{
	return (struct liquid_value){0};
}
static inline struct liquid_value liquid_bool(bool b)
{
	return (struct liquid_value){.type = LIQUID_BOOL, .b = b};
}
static inline struct liquid_value liquid_int(int64_t i)
{
	return (struct liquid_value){.type = LIQUID_INT, .i = i};
}
static inline struct liquid_value liquid_float(double f)
{
	return (struct liquid_value){.type = LIQUID_FLOAT, .f = f};
}
struct liquid_value liquid_text(const char *s); /* NULL: nil */
struct liquid_value liquid_time(int64_t usec);  /* 0: nil */

/* A hash that grows. Owned by ctx; liquid_hash_value points into it and is valid until the next put. */
struct liquid_hash;
struct liquid_hash *liquid_hash_new(TALLOC_CTX *ctx);
/* A key that is there gets the new value. The key is not copied. */
void liquid_hash_put(struct liquid_hash *h, const char *key, struct liquid_value v);
struct liquid_value liquid_hash_value(const struct liquid_hash *h);

/* Templates -------------------------------------------------------------------------------------------- */
struct liquid_error {
	unsigned line, column; /* from 1; 0: not of a place */
	char text[256];        /* what is wrong, and what would be right */
};

struct liquid_template;
/* Parses source. NULL with *error set where it is no Liquid. The template owns all it needs and is immutable. */
struct liquid_template *liquid_parse(TALLOC_CTX *ctx, const char *source, size_t len, struct liquid_error *error);

struct liquid_env {
	const struct liquid_value *data; /* a hash: the global variables */
	int64_t now;                     /* microseconds: what "now" and "today" mean to the date filter */
	const char *locale;              /* "de", "pt-BR": how dates and sums are written; NULL: "en" */
	const char *zone;                /* IANA: where dates are read; NULL: UTC */
	const char *currency;            /* ISO 4217, for money without one; NULL: USD */
	/* The link filter: gives the short address of url, or NULL to leave it as it is. May be NULL. */
	const char *(*link)(void *arg, TALLOC_CTX *ctx, const char *url);
	void *link_arg;
	bool strict; /* an unknown variable or filter is an error; else nothing, and a filter that leaves its input */
	/* Bounds; 0: the default */
	size_t max_output;  /* bytes of the text, and of any one string on the way; default 16 KiB */
	unsigned max_steps; /* loop turns in all, default 10,000; 1,000 times as many steps of work of any kind */
};

/* Renders. A NUL-terminated string owned by ctx, NULL with *error set when a bound was broken, (strict) a name was
 * unknown, or a value was of no use where it stood (a division by zero, an order of things that have none). */
char *liquid_render(TALLOC_CTX *ctx, const struct liquid_template *t, const struct liquid_env *env,
		    struct liquid_error *error);

/* For the linter. Every variable path that the template reads from the outside ("order.items", "customer.first_name"),
 * once each, in order of appearance: as far as names go, so that order.items[0].title and order.items.size are both
 * order.items. Strings belong to the template. */
size_t liquid_variables(const struct liquid_template *t, const char *const **paths);
/* False with *error set where a filter is unknown: rendering finds only the ones it comes by. */
bool liquid_filters_known(const struct liquid_template *t, struct liquid_error *error);

/* Conditions: the language of {% if %} ("order.total > 50 and customer.tags contains 'vip'"), or a single output
 * expression with filters ("order.items.size | times: 2"). Unlike in Shopify's, a variable that holds a decimal string
 * ("49.90", as sums do) has an order beside numbers, and a time has one beside a string that reads as a date. An
 * unknown filter is always an error here. */
struct liquid_expr;
struct liquid_expr *liquid_parse_condition(TALLOC_CTX *ctx, const char *source, struct liquid_error *error);
struct liquid_expr *liquid_parse_value(TALLOC_CTX *ctx, const char *source, struct liquid_error *error);
/* False also where a bound was broken (error->text is then not empty). scratch is freed by the caller. */
bool liquid_test(TALLOC_CTX *scratch, const struct liquid_expr *e, const struct liquid_env *env,
		 struct liquid_error *error);
struct liquid_value liquid_value_of(TALLOC_CTX *scratch, const struct liquid_expr *e, const struct liquid_env *env,
				    struct liquid_error *error);
size_t liquid_expr_variables(const struct liquid_expr *e, const char *const **paths);

#endif
