/* The bytes that PostgreSQL reads: its binary formats, to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "storage/params.h"

struct finished {
	const char *const *value;
	const int *length, *format;
	int n;
};

static struct finished finish(struct params *p)
{
	struct finished f;

	f.n = params_finish(p, &f.value, &f.length, &f.format);
	return f;
}

#define assert_bytes(f, i, text)                                                                                       \
	do {                                                                                                           \
		assert_int_equal((f).length[i], sizeof(text) - 1);                                                     \
		assert_memory_equal((f).value[i], text, sizeof(text) - 1);                                             \
		assert_int_equal((f).format[i], 1);                                                                    \
	} while (0)

static void scalars(void **state)
{
	struct params *p = params_new(NULL);
	struct uuid u = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
	struct finished f;

	(void)state;
	params_int(p, P_INT2, -2);
	params_int(p, P_INT4, 258);
	params_int(p, P_INT8, -1);
	params_bool(p, true);
	params_text(p, "h\xc3\xa9");
	params_text(p, "");
	params_text(p, NULL);
	params_uuid(p, &u);
	params_uuid(p, NULL);
	params_time(p, (usec_t)946684800 * USEC_SECOND + 1); /* one microsecond into PostgreSQL's epoch */
	params_time(p, 0);
	params_double(p, 1.0);
	params_bytea(p, "\0\xff", 2);
	params_bytea(p, "", 0);
	params_bytea(p, NULL, 0);
	f = finish(p);
	assert_int_equal(f.n, 15);
	assert_bytes(f, 0, "\xff\xfe");
	assert_bytes(f, 1, "\0\0\1\2");
	assert_bytes(f, 2, "\xff\xff\xff\xff\xff\xff\xff\xff");
	assert_bytes(f, 3, "\1");
	assert_bytes(f, 4, "h\xc3\xa9");
	assert_non_null(f.value[5]); /* empty is not null */
	assert_int_equal(f.length[5], 0);
	assert_null(f.value[6]);
	assert_bytes(f, 7, "\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\x10");
	assert_null(f.value[8]);
	assert_bytes(f, 9, "\0\0\0\0\0\0\0\1");
	assert_null(f.value[10]);
	assert_bytes(f, 11, "\x3f\xf0\0\0\0\0\0\0");
	assert_bytes(f, 12, "\0\xff");
	assert_non_null(f.value[13]);
	assert_null(f.value[14]);
	talloc_free(p);
}

static void arrays(void **state)
{
	struct params *p = params_new(NULL);
	struct param_array *i = params_array(p, P_INT2), *t = params_array(p, P_TEXT), *b = params_array(p, P_BOOL);
	struct finished f;

	(void)state;
	array_int(i, 1);
	array_int(i, -1);
	array_text(t, "ab");
	array_text(t, NULL);
	array_text(t, "");
	assert_int_equal(array_count(t), 3);
	f = finish(p);
	(void)b; /* nothing in it: no dimension */
	assert_bytes(f, 0,
		     "\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\2\0\0\0\1"
		     "\0\0\0\2\0\1"
		     "\0\0\0\2\xff\xff");
	assert_bytes(f, 1,
		     "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1"
		     "\0\0\0\2"
		     "ab"
		     "\xff\xff\xff\xff"
		     "\0\0\0\0");
	assert_bytes(f, 2, "\0\0\0\0\0\0\0\0\0\0\0\x10");
	talloc_free(p);
}

static void arrays_of_ids_and_times(void **state)
{
	struct params *p = params_new(NULL);
	struct param_array *u = params_array(p, P_UUID), *t = params_array(p, P_TIME), *y = params_array(p, P_BYTEA);
	struct uuid id = {{0xab}};
	struct finished f;

	(void)state;
	array_uuid(u, &id);
	array_time(t, (usec_t)946684800 * USEC_SECOND + 256);
	array_time(t, 0);
	array_bytea(y, "\1", 1);
	f = finish(p);
	assert_bytes(f, 0,
		     "\0\0\0\1\0\0\0\0\0\0\x0b\x86\0\0\0\1\0\0\0\1"
		     "\0\0\0\x10\xab\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	assert_bytes(f, 1,
		     "\0\0\0\1\0\0\0\1\0\0\x04\xa0\0\0\0\2\0\0\0\1"
		     "\0\0\0\x8\0\0\0\0\0\0\1\0"
		     "\xff\xff\xff\xff");
	assert_bytes(f, 2,
		     "\0\0\0\1\0\0\0\0\0\0\0\x11\0\0\0\1\0\0\0\1"
		     "\0\0\0\1\1");
	talloc_free(p);
}

static void large_arrays_grow(void **state)
{
	struct params *p = params_new(NULL);
	struct param_array *a = params_array(p, P_INT8);
	struct finished f;

	(void)state;
	for (int k = 0; k < 10000; k++)
		array_int(a, k);
	f = finish(p);
	assert_int_equal(f.length[0], 20 + 10000 * 12);
	assert_memory_equal(f.value[0] + 20 + 9999 * 12, "\0\0\0\x8\0\0\0\0\0\0\x27\x0f", 12);
	talloc_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars),
		cmocka_unit_test(arrays),
		cmocka_unit_test(arrays_of_ids_and_times),
		cmocka_unit_test(large_arrays_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
