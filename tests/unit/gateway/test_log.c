#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <unistd.h>

#include "gateway/log.h"

static int saved, ends[2];
static char line[8192];

/* What is logged goes to a pipe meanwhile. */
static int setup(void **state)
{
	(void)state;
	saved = dup(STDERR_FILENO);
	if (saved < 0 || pipe2(ends, O_NONBLOCK))
		return -1;
	dup2(ends[1], STDERR_FILENO);
	log_setup(LOG_INFO_, -1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

/* The one line that was logged; NULL: none. */
static json_t *logged(void)
{
	ssize_t n = read(ends[0], line, sizeof(line) - 1);
	json_error_t error;
	json_t *json;

	if (n <= 0)
		return NULL;
	line[n] = 0;
	assert_true(strchr(line, '\n') == line + n - 1);
	json = json_loads(line, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%s: %s", error.text, line);
	return json;
}

static const char *text(const json_t *json, const char *name)
{
	return json_string_value(json_object_get(json, name));
}

static void test_line(void **state)
{
	json_t *json;
	int year;

	(void)state;
	log_warn("send_failed", LOG_S("code", "30003"), LOG_I("attempt", -2), LOG_F("seconds", 0.125),
		 LOG_S("none", NULL));
	json = logged();
	assert_string_equal(text(json, "level"), "warn");
	assert_string_equal(text(json, "event"), "send_failed");
	assert_string_equal(text(json, "code"), "30003");
	assert_int_equal(json_integer_value(json_object_get(json, "attempt")), -2);
	assert_true(json_real_value(json_object_get(json, "seconds")) == 0.125);
	assert_true(json_is_null(json_object_get(json, "none")));
	assert_null(json_object_get(json, "worker"));
	assert_int_equal(strlen(text(json, "t")), 24);
	assert_int_equal(sscanf(text(json, "t"), "%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*3dZ", &year), 1);
	assert_true(year >= 2024);
	json_decref(json);
}

static void test_levels(void **state)
{
	json_t *json;

	(void)state;
	log_debug("quiet");
	assert_null(logged());
	log_setup(LOG_ERROR_, 4);
	log_warn("quiet");
	assert_null(logged());
	log_error("loud");
	json = logged();
	assert_int_equal(json_integer_value(json_object_get(json, "worker")), 4);
	json_decref(json);
	log_setup(LOG_DEBUG_, -1);
	log_debug("heard");
	json_decref(logged());
}

static void test_escapes(void **state)
{
	static const char *const hard[] = {"\"\\/\b\f\n\r\t\x01\x1f\x7f", "é ü 漢 😀", "", "{\"a\":1}\n"};
	json_t *json;

	(void)state;
	for (size_t i = 0; i < sizeof(hard) / sizeof(hard[0]); i++) {
		log_info("x", LOG_S("value", hard[i]));
		json = logged();
		assert_string_equal(text(json, "value"), hard[i]);
		json_decref(json);
	}
}

static void test_not_utf8(void **state)
{
	static const char *const bad[] = {
		"\xff", "\xc3", "a\xe2\x82", "\xed\xa0\x80", "\xc0\x80", "\xf4\x90\x80\x80", "\xf0\x9f\x98"};
	json_t *json;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		log_info("x", LOG_S("value", bad[i]), LOG_I("after", 1));
		json = logged();
		assert_non_null(strstr(text(json, "value"), "\xef\xbf\xbd"));
		assert_int_equal(json_integer_value(json_object_get(json, "after")), 1);
		json_decref(json);
	}
}

static void test_numbers(void **state)
{
	json_t *json;

	(void)state;
	log_info("x", LOG_F("nan", NAN), LOG_F("inf", -INFINITY), LOG_I("low", INT64_MIN), LOG_I("high", INT64_MAX));
	json = logged();
	assert_true(json_is_null(json_object_get(json, "nan")));
	assert_true(json_is_null(json_object_get(json, "inf")));
	assert_true(json_integer_value(json_object_get(json, "low")) == INT64_MIN);
	assert_true(json_integer_value(json_object_get(json, "high")) == INT64_MAX);
	json_decref(json);
}

/* Whatever its length, a line is one write of whole JSON. */
static void test_long(void **state)
{
	static char value[20000];
	json_t *json;

	(void)state;
	for (size_t n = 0; n < 1200; n++) {
		memset(value, n % 3 ? 'x' : '"', n);
		value[n] = 0;
		log_info("x", LOG_S("a", value), LOG_S("b", value), LOG_S("c", value), LOG_S("d", value),
			 LOG_I("n", n));
		json = logged();
		assert_non_null(text(json, "a"));
		json_decref(json);
	}
	for (size_t i = 0; i + 3 < sizeof(value); i += 3)
		memcpy(value + i, "漢", 3);
	log_info("x", LOG_S("a", value), LOG_I("after", 1));
	json = logged();
	assert_int_equal(json_integer_value(json_object_get(json, "after")), 1);
	assert_non_null(strstr(text(json, "a"), "…"));
	json_decref(json);
}

static void test_phones(void **state)
{
	static const struct {
		const char *phone, *masked;
	} cases[] = {
		{"+14155550123", "+1415***0123"},
		{"14155550123", "1415***0123"},
		{"+4915112345678", "+4915***5678"},
		{"+3531234567", "+3531***67"},
		{"+299123456", "+2991***56"},
		{"+29912345", "***"},
		{"12345", "***"},
		{"", "***"},
		{"hello at 14155550123", "***"},
		{"+1415555012x", "***"},
		{"+", "***"},
		{"+1234567890123456789012345", "+1234***2345"},
	};
	json_t *json;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		log_info("x", LOG_PHONE("phone", cases[i].phone));
		json = logged();
		assert_string_equal(text(json, "phone"), cases[i].masked);
		json_decref(json);
	}
	log_info("x", LOG_PHONE("phone", NULL));
	json = logged();
	assert_true(json_is_null(json_object_get(json, "phone")));
	json_decref(json);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_line),    T(test_levels), T(test_escapes), T(test_not_utf8),
		T(test_numbers), T(test_long),   T(test_phones),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
