#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "gateway/settings.h"

static TALLOC_CTX *ctx;
static struct settings s;
static int n_rest;
static char **rest, said[2048];

static int setup(void **state)
{
	(void)state;
	clearenv();
	ctx = talloc_new(NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	talloc_free(ctx);
	return 0;
}

/* Parses flags up to a NULL; what it says on standard error is in said. */
static bool parse(char *first, ...)
{
	static char program[] = "serve";
	static char *argv[16];
	int argc = 0, saved = dup(STDERR_FILENO);
	FILE *to = tmpfile();
	va_list args;
	bool ok;

	argv[argc++] = program;
	va_start(args, first);
	for (char *a = first; a; a = va_arg(args, char *))
		argv[argc++] = talloc_strdup(ctx, a);
	va_end(args);
	argv[argc] = NULL;
	assert_non_null(to);
	fflush(stderr);
	dup2(fileno(to), STDERR_FILENO);
	ok = settings_parse(ctx, argc, argv, &s, &n_rest, &rest);
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(to);
	said[fread(said, 1, sizeof(said) - 1, to)] = 0;
	fclose(to);
	return ok;
}
#define PARSE(...) parse(__VA_ARGS__ __VA_OPT__(, ) NULL)

static const char *printed(void)
{
	char *text = talloc_zero_size(ctx, 65536);
	FILE *to = fmemopen(text, 65535, "w");

	settings_print(to, &s);
	fclose(to);
	return text;
}

static void test_defaults(void **state)
{
	(void)state;
	assert_true(PARSE());
	assert_string_equal(said, "");
	assert_string_equal(s.database_url, "");
	assert_string_equal(s.listen, "127.0.0.1:8080");
	assert_string_equal(s.state_dir, "var");
	assert_string_equal(s.log_level, "info");
	assert_int_equal(s.workers, 0);
	assert_int_equal(s.body_max, 2 << 20);
	assert_int_equal(s.header_max, 16384);
	assert_int_equal(s.connections, 2000);
	assert_int_equal(s.spool_max, 256 << 20);
	assert_false(s.embedded);
	assert_false(s.demo);
	assert_true(s.outbound);
	assert_int_equal(n_rest, 0);
}

static void test_precedence(void **state)
{
	(void)state;
	setenv("AFTERWORD_WORKERS", "3", 1);
	setenv("AFTERWORD_STATE_DIR", "/srv/state", 1);
	setenv("AFTERWORD_EMBEDDED", "yes", 1);
	setenv("AFTERWORD_LISTEN", "", 1); /* empty is as absent */
	assert_true(PARSE("--workers", "5"));
	assert_int_equal(s.workers, 5);
	assert_string_equal(s.state_dir, "/srv/state");
	assert_string_equal(s.listen, "127.0.0.1:8080");
	assert_true(s.embedded);
	assert_true(PARSE("--no-embedded", "--state-dir=x"));
	assert_false(s.embedded);
	assert_string_equal(s.state_dir, "x");
}

static void test_flags(void **state)
{
	(void)state;
	assert_true(PARSE("--embedded", "alpha", "--workers=256", "--demo=off", "--no-outbound", "beta"));
	assert_true(s.embedded);
	assert_false(s.demo);
	assert_false(s.outbound);
	assert_int_equal(s.workers, 256);
	assert_int_equal(n_rest, 2);
	assert_string_equal(rest[0], "alpha");
	assert_string_equal(rest[1], "beta");
	assert_true(PARSE("--demo", "--", "--workers"));
	assert_int_equal(n_rest, 1);
	assert_string_equal(rest[0], "--workers");
	assert_true(PARSE("--listen", "[::1]:80", "--public-url", "https://x.example", "--log-level=debug"));
}

static void test_bad_values(void **state)
{
	static const struct {
		char flag[32], value[32];
		const char *says;
	} cases[] = {
		{"--workers", "x", "afterword: --workers: \"x\" is not a whole number from 0 to 256\n"},
		{"--workers", "257", "afterword: --workers: \"257\" is not a whole number from 0 to 256\n"},
		{"--workers", "-1", "afterword: --workers: \"-1\" is not a whole number from 0 to 256\n"},
		{"--workers", "", "afterword: --workers: \"\" is not a whole number from 0 to 256\n"},
		{"--workers", "3 ", "afterword: --workers: \"3 \" is not a whole number from 0 to 256\n"},
		{"--workers", " 3", "afterword: --workers: \" 3\" is not a whole number from 0 to 256\n"},
		{"--workers", "99999999999999999999", NULL},
		{"--body-max", "0", "afterword: --body-max: \"0\" is not a whole number from 1024 to 268435456\n"},
		{"--embedded=maybe", "", "afterword: --embedded: \"maybe\" is not true or false\n"},
		{"--log-level", "loud", "afterword: --log-level: \"loud\" is not debug, info, warn or error\n"},
		{"--listen", "8080", "afterword: --listen: \"8080\" is not an address and a port, as 127.0.0.1:8080\n"},
		{"--listen", "host:", NULL},
		{"--listen", "host:65536", NULL},
		{"--listen", "host:http", NULL},
		{"--public-url", "sms.shop.example", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (PARSE((char *)(uintptr_t)cases[i].flag, (char *)(uintptr_t)cases[i].value))
			fail_msg("%s %s was taken", cases[i].flag, cases[i].value);
		if (cases[i].says)
			assert_string_equal(said, cases[i].says);
		assert_true(strchr(said, '\n') == said + strlen(said) - 1); /* one line */
	}
}

static void test_bad_environment(void **state)
{
	(void)state;
	setenv("AFTERWORD_REQUEST_SECONDS", "soon", 1);
	assert_false(PARSE());
	assert_string_equal(said,
			    "afterword: AFTERWORD_REQUEST_SECONDS: \"soon\" is not a whole number from 1 to 3600\n");
}

static void test_unknown(void **state)
{
	(void)state;
	assert_false(PARSE("--no-such"));
	assert_string_equal(said, "afterword: --no-such: no such flag; see --help\n");
	assert_false(PARSE("--workers"));
	assert_string_equal(said, "afterword: --workers: needs a value\n");
	assert_false(PARSE("-x"));
	assert_non_null(strstr(said, "-x: no such flag"));
	assert_false(PARSE("--no-workers"));
	assert_false(PARSE("--no-demo=1"));
}

static void test_print(void **state)
{
	const char *text, *second;

	(void)state;
	setenv("AFTERWORD_CONNECTIONS", "77", 1);
	assert_true(PARSE());
	text = printed();
	assert_memory_equal(text, "flag ", 5);
	assert_non_null(strstr(text, "\n--connections "));
	assert_non_null(strstr(text, " AFTERWORD_CONNECTIONS "));
	assert_non_null(strstr(text, " 77 "));
	assert_non_null(strstr(text, " 2000 "));
	/* aligned: every environment name begins in the same column */
	second = strchr(text, '\n') + 1;
	assert_int_equal(strstr(second, "AFTERWORD_") - second, strstr(text, "environment") - text);
}

static void test_password(void **state)
{
	static const struct {
		char url[96];
		const char *shown;
	} cases[] = {
		{"postgres://shop:s3cret@db.example/afterword", "postgres://shop:***@db.example/afterword"},
		{"postgres://shop:s3c@ret@db/afterword", "postgres://shop:***@db/afterword"},
		{"postgres://shop@db/afterword", "postgres://shop@db/afterword"},
		{"postgres://db/afterword?password=s3cret&user=x", "postgres://db/afterword?password=***&user=x"},
		{"postgres://a:s3cret@db/x?sslpassword=s3cret", "postgres://a:***@db/x?sslpassword=***"},
		{"host=db password=s3cret user=x", "host=db password=*** user=x"},
		{"host=db password='s3cret s3cret' user=x", "host=db password=*** user=x"},
		{"host=db password = 's3\\'cret s3cret'", "host=db password = ***"},
		{"password=s3cret\\ s3cret host=db", "password=*** host=db"},
		{"host=db user=password", "host=db user=password"},
		{"host=a://b password=s3cret", "host=a://b password=***"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text;
		assert_true(PARSE("--database-url", (char *)(uintptr_t)cases[i].url));
		text = printed();
		if (!strstr(text, cases[i].shown) || strstr(text, "s3c"))
			fail_msg("%s:\n%s", cases[i].url, text);
	}
}

static void test_help(void **state)
{
	char *text = talloc_zero_size(ctx, 65536);
	FILE *to = fmemopen(text, 65535, "w");

	(void)state;
	settings_help(to);
	fclose(to);
	assert_non_null(strstr(text, "--drain-seconds"));
	assert_non_null(strstr(text, "(default: 127.0.0.1:8080)"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_defaults), T(test_precedence), T(test_flags),    T(test_bad_values), T(test_bad_environment),
		T(test_unknown),  T(test_print),      T(test_password), T(test_help),
	};

	return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
