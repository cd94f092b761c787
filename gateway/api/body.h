/* The JSON that comes in: parsed strictly, then held against a table of fields. What is wrong is answered at once with
 * a problem that names the field, and nothing else happens. */
#ifndef AFTERWORD_BODY_H
#define AFTERWORD_BODY_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>

#include "gateway/http/http.h"
#include "router/types.h"

#define BODY_DEPTH_MAX 16

enum field_kind {
	FIELD_LINE, /* a string of one line: no control characters; min, max characters */
	FIELD_TEXT, /* may have line feeds; min, max characters; not blank if min > 0 */
	FIELD_WORD, /* one of the words in .words, parted by '|' */
	FIELD_UUID,
	FIELD_PHONE,  /* E.164: +14155550123 */
	FIELD_TIME,   /* RFC 3339 with a zone: 2026-03-01T12:00:00Z */
	FIELD_INT,    /* min, max */
	FIELD_NUMBER, /* min, max */
	FIELD_BOOL,
	FIELD_OBJECT, /* .fields; NULL: any object */
	FIELD_ARRAY,  /* of objects of .fields, or (.fields NULL) of anything; min, max elements */
};

enum field_flags {
	FIELD_REQUIRED = 1 << 0,
	FIELD_NULLABLE = 1 << 1, /* null may stand for the value */
};

struct field {
	const char *name;
	enum field_kind kind;
	unsigned flags;
	long min, max; /* max 0: no limit */
	const char *words;
	const struct field *fields; /* ends with a NULL name */
};

/* The body as a JSON object; it lives as long as rq. NULL: refused, and rq is answered. */
json_t *body_read(struct request *rq);
/* Holds an object against its fields. path: how the object is named in problems ("" at the top, "order.items[2]").
 * False: refused, and rq is answered. */
bool body_check(struct request *rq, const char *path, const json_t *object, const struct field *fields);
/* Both in one. */
json_t *body_checked(struct request *rq, const struct field *fields);

/* Values of a checked object. */
bool body_has(const json_t *object, const char *name);         /* there, be it null */
const char *body_text(const json_t *object, const char *name); /* NULL: absent or null */
bool body_uuid(const json_t *object, const char *name, struct uuid *out);
usec_t body_time(const json_t *object, const char *name); /* 0: absent or null */

/* The same checks for values that come in a URL. */
bool phone_valid(const char *s);
bool time_parse(const char *s, usec_t *out);
/* 2026-03-01T12:00:00.000Z */
void time_format(usec_t t, char out[32]);
bool locale_valid(const char *s); /* en, pt-BR */
bool word_among(const char *words, const char *s, size_t *index);

#endif
