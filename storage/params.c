#include "storage/params.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <endian.h>
#include <string.h>

struct buffer {
	uint8_t *bytes;
	size_t len, cap;
};

struct param_array {
	enum param_type type;
	int32_t count;
	int32_t has_null;
	struct buffer data;
};

struct params {
	int n;
	struct param_array *array[PARAMS_MAX]; /* set: still growing */
	const char *value[PARAMS_MAX];
	int length[PARAMS_MAX];
	int format[PARAMS_MAX];
};

static uint8_t *grow(TALLOC_CTX *ctx, struct buffer *b, size_t n)
{
	if (b->len + n > b->cap) {
		b->cap = (b->len + n) * 2 < 256 ? 256 : (b->len + n) * 2;
		b->bytes = talloc_realloc_size(ctx, b->bytes, b->cap);
		if (!b->bytes)
			abort();
	}
	b->len += n;
	return b->bytes + b->len - n;
}

static void put32(TALLOC_CTX *ctx, struct buffer *b, uint32_t v)
{
	v = htonl(v);
	memcpy(grow(ctx, b, 4), &v, 4);
}

struct params *params_new(TALLOC_CTX *ctx)
{
	struct params *p = talloc_zero(ctx, struct params);

	if (!p)
		abort();
	return p;
}

static int next(struct params *p)
{
	if (p->n >= PARAMS_MAX)
		abort(); /* a programming error, caught by the first test that runs the statement */
	p->format[p->n] = 1;
	return p->n++;
}

static void put(struct params *p, const void *bytes, size_t n)
{
	int i = next(p);
	/* never NULL for a value: NULL means SQL null to libpq */
	char *copy = talloc_size(p, n + 1);

	if (!copy)
		abort();
	if (n)
		memcpy(copy, bytes, n);
	copy[n] = 0;
	p->value[i] = copy;
	p->length[i] = (int)n;
}

void params_null(struct params *p)
{
	p->value[next(p)] = NULL;
}

void params_uuid(struct params *p, const struct uuid *v)
{
	if (v)
		put(p, v->b, 16);
	else
		params_null(p);
}

void params_text(struct params *p, const char *v)
{
	if (v)
		put(p, v, strlen(v));
	else
		params_null(p);
}

static size_t integer(enum param_type type, int64_t v, uint8_t out[8])
{
	uint64_t be = htobe64((uint64_t)v);
	size_t n = type == P_INT2 ? 2 : type == P_INT4 ? 4 : 8;

	memcpy(out, (uint8_t *)&be + 8 - n, n);
	return n;
}

void params_int(struct params *p, enum param_type type, int64_t v)
{
	uint8_t b[8];

	put(p, b, integer(type, v, b));
}

void params_bool(struct params *p, bool v)
{
	put(p, v ? "\1" : "\0", 1);
}

void params_time(struct params *p, usec_t v)
{
	if (v)
		params_int(p, P_INT8, v - PG_EPOCH);
	else
		params_null(p);
}

void params_bytea(struct params *p, const void *v, size_t n)
{
	if (v)
		put(p, v, n);
	else
		params_null(p);
}

void params_double(struct params *p, double v)
{
	uint64_t u;

	memcpy(&u, &v, 8);
	u = htobe64(u);
	put(p, &u, 8);
}

struct param_array *params_array(struct params *p, enum param_type type)
{
	struct param_array *a = talloc_zero(p, struct param_array);
	int i = next(p);

	if (!a)
		abort();
	a->type = type;
	/* header: dimensions, has-null flag, element type, length, lower bound; filled in at the end */
	memset(grow(a, &a->data, 20), 0, 20);
	p->array[i] = a;
	return a;
}

void array_null(struct param_array *a)
{
	a->has_null = 1;
	a->count++;
	put32(a, &a->data, 0xffffffffu);
}

static void push(struct param_array *a, const void *bytes, size_t n)
{
	a->count++;
	put32(a, &a->data, (uint32_t)n);
	uint8_t *at = grow(a, &a->data, n);
	if (n)
		memcpy(at, bytes, n);
}

void array_uuid(struct param_array *a, const struct uuid *v)
{
	if (v)
		push(a, v->b, 16);
	else
		array_null(a);
}

void array_text(struct param_array *a, const char *v)
{
	if (v)
		push(a, v, strlen(v));
	else
		array_null(a);
}

void array_int(struct param_array *a, int64_t v)
{
	uint8_t b[8];

	push(a, b, integer(a->type, v, b));
}

void array_bool(struct param_array *a, bool v)
{
	push(a, v ? "\1" : "\0", 1);
}

void array_time(struct param_array *a, usec_t v)
{
	uint8_t b[8];

	if (v)
		push(a, b, integer(P_INT8, v - PG_EPOCH, b));
	else
		array_null(a);
}

void array_bytea(struct param_array *a, const void *v, size_t n)
{
	if (v)
		push(a, v, n);
	else
		array_null(a);
}

size_t array_count(const struct param_array *a)
{
	return (size_t)a->count;
}

static void finish_array(struct param_array *a)
{
	uint32_t header[5] = {htonl(a->count ? 1 : 0), htonl((uint32_t)a->has_null), htonl((uint32_t)a->type),
			      htonl((uint32_t)a->count), htonl(1)};

	if (!a->count)
		a->data.len = 12; /* an empty array has no dimension */
	memcpy(a->data.bytes, header, a->count ? 20 : 12);
}

int params_finish(struct params *p, const char *const **values, const int **lengths, const int **formats)
{
	for (int i = 0; i < p->n; i++) {
		if (!p->array[i])
			continue;
		finish_array(p->array[i]);
		p->value[i] = (const char *)p->array[i]->data.bytes;
		p->length[i] = (int)p->array[i]->data.len;
	}
	*values = p->value;
	*lengths = p->length;
	*formats = p->format;
	return p->n;
}
