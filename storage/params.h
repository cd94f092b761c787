/* Parameters of a prepared statement, in PostgreSQL's binary format: no quoting, no parsing on either side.
 * Scalars and one-dimensional arrays. Values are copied. Everything belongs to one talloc context. */
#ifndef AFTERWORD_STORAGE_PARAMS_H
#define AFTERWORD_STORAGE_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

#include "router/types.h"

#define PARAMS_MAX 48

/* PostgreSQL counts time in microseconds from 2000-01-01. */
#define PG_EPOCH ((int64_t)946684800 * 1000000)

enum param_type {
	P_UUID = 2950,
	P_TEXT = 25,
	P_INT2 = 21,
	P_INT4 = 23,
	P_INT8 = 20,
	P_BOOL = 16,
	P_TIME = 1184, /* timestamptz */
	P_BYTEA = 17,
	P_FLOAT8 = 701,
};

struct params;
struct params *params_new(TALLOC_CTX *ctx);

void params_null(struct params *p);
void params_uuid(struct params *p, const struct uuid *v);           /* NULL: SQL null */
void params_text(struct params *p, const char *v);                  /* NULL: SQL null */
void params_int(struct params *p, enum param_type type, int64_t v); /* P_INT2, P_INT4, P_INT8 */
void params_bool(struct params *p, bool v);
void params_time(struct params *p, usec_t v);                 /* 0: SQL null */
void params_bytea(struct params *p, const void *v, size_t n); /* NULL: SQL null */
void params_double(struct params *p, double v);

/* Array columns: start one (it takes the next parameter's place), then push n values to each. */
struct param_array;
struct param_array *params_array(struct params *p, enum param_type type);
void array_null(struct param_array *a);
void array_uuid(struct param_array *a, const struct uuid *v);
void array_text(struct param_array *a, const char *v);
void array_int(struct param_array *a, int64_t v); /* written with the array's width */
void array_bool(struct param_array *a, bool v);
void array_time(struct param_array *a, usec_t v);
void array_bytea(struct param_array *a, const void *v, size_t n);
size_t array_count(const struct param_array *a);

/* For db.c: finished values. */
int params_finish(struct params *p, const char *const **values, const int **lengths, const int **formats);

#endif
