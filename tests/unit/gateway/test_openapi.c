/* The API's description says what the routes are: every route is in it, with its method and the problems it may answer
 * with, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/http/assets.h"
#include "gateway/http/http.h"

#define OPERATIONS_MAX 200
#define STATUSES_MAX 16

struct operation {
	char method[8], path[128];
	int statuses[STATUSES_MAX];
	size_t n_statuses;
};

static struct operation operations[OPERATIONS_MAX];
static size_t n_operations;

/* Under "paths:", a path stands at two spaces, a method at four, and an answer's status at eight. */
static void read_line(const char *line, size_t len, char path[128])
{
	char word[128];

	if (!len || line[len - 1] != ':' || len >= sizeof(word))
		return;
	if (!strncmp(line, "        '", 9) && n_operations) {
		struct operation *o = &operations[n_operations - 1];
		assert_true(o->n_statuses < STATUSES_MAX);
		o->statuses[o->n_statuses++] = atoi(line + 9);
	} else if (!strncmp(line, "  /", 3)) {
		snprintf(path, 128, "%.*s", (int)len - 3, line + 2);
	} else if (!strncmp(line, "    ", 4) && line[4] != ' ') {
		snprintf(word, sizeof(word), "%.*s", (int)len - 5, line + 4);
		assert_true(n_operations < OPERATIONS_MAX);
		snprintf(operations[n_operations].path, sizeof(operations->path), "%s", path);
		for (size_t i = 0; i < 7 && word[i]; i++)
			operations[n_operations].method[i] = (char)(word[i] - 'a' + 'A');
		n_operations++;
	}
}

static int read_document(void **state)
{
	const struct asset *a = assets;
	const char *s, *end;
	char path[128] = "";

	(void)state;
	while (a->path && strcmp(a->path, "/openapi.yaml"))
		a++;
	s = a->path ? strstr(a->bytes, "\npaths:\n") : NULL;
	if (!s)
		return -1;
	for (s += strlen("\npaths:\n"); *s == ' '; s = end + 1) {
		end = strchr(s, '\n');
		read_line(s, (size_t)(end - s), path);
	}
	return 0;
}

static const struct operation *described(const struct route *r)
{
	for (size_t i = 0; i < n_operations; i++)
		if (!strcmp(operations[i].path, r->pattern) && !strcmp(operations[i].method, r->method))
			return &operations[i];
	return NULL;
}

static bool routed(const struct operation *o)
{
	for (const struct route *r = http_routes; r->method; r++)
		if (!strcmp(o->path, r->pattern) && !strcmp(o->method, r->method))
			return true;
	return false;
}

static void test_every_route_is_described(void **state)
{
	(void)state;
	for (const struct route *r = http_routes; r->method; r++)
		if (!described(r))
			fail_msg("%s %s is not in openapi.yaml", r->method, r->pattern);
}

static void test_every_operation_is_routed(void **state)
{
	(void)state;
	assert_true(n_operations > 20);
	for (size_t i = 0; i < n_operations; i++)
		if (!routed(&operations[i]))
			fail_msg("%s %s of openapi.yaml is no route", operations[i].method, operations[i].path);
}

static bool of_the_api(const struct route *r)
{
	return r->scope != SCOPE_NONE_NEEDED;
}

static bool has_body(const struct route *r)
{
	return r->body_max && strcmp(r->method, "GET") != 0;
}

static bool has_json(const struct route *r)
{
	return of_the_api(r) && has_body(r);
}

static bool has_parameter(const struct route *r)
{
	return strchr(r->pattern, '{');
}

static bool has_key(const struct route *r)
{
	return r->flags & ROUTE_IDEMPOTENT;
}

/* gateway/api/README.md, "what is wrong": each kind of fault has one status, on every route. */
static void test_problems_are_described(void **state)
{
	static const struct {
		int status;
		bool (*may_be)(const struct route *r);
	} rules[] = {
		{400, has_body}, {401, of_the_api}, {403, of_the_api}, {404, has_parameter},
		{413, has_body}, {415, has_json},   {422, has_key},    {503, of_the_api},
	};

	(void)state;
	for (const struct route *r = http_routes; r->method; r++) {
		const struct operation *o = described(r);
		for (size_t i = 0; o && i < sizeof(rules) / sizeof(rules[0]); i++) {
			size_t k = 0;
			while (k < o->n_statuses && o->statuses[k] != rules[i].status)
				k++;
			if (rules[i].may_be(r) && k == o->n_statuses)
				fail_msg("%s %s may answer %d, and openapi.yaml does not say so", r->method, r->pattern,
					 rules[i].status);
		}
	}
}

static void test_public_means_no_scope(void **state)
{
	(void)state;
	for (const struct route *r = http_routes; r->method; r++)
		assert_int_equal(!!(r->flags & ROUTE_PUBLIC), r->scope == SCOPE_NONE_NEEDED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_route_is_described),
		cmocka_unit_test(test_every_operation_is_routed),
		cmocka_unit_test(test_problems_are_described),
		cmocka_unit_test(test_public_means_no_scope),
	};

	return cmocka_run_group_tests(tests, read_document, NULL);
}
