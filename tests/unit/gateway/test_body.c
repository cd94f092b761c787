/* What the API takes as a body, and how it names what is wrong. The answers of the server are caught here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "gateway/api/body.h"

static struct {
	unsigned status;
	char type[64], field[64];
} got;

static const char *content_type = "application/json; charset=utf-8";

/* In place of the server's. */
const char *http_header(const struct request *rq, const char *name)
{
	(void)rq;
	return strcmp(name, "Content-Type") ? NULL : content_type;
}

void http_problem(struct request *rq, unsigned status, const char *type, const char *field, const char *detail, ...)
{
	(void)rq;
	(void)detail;
	got.status = status;
	snprintf(got.type, sizeof(got.type), "%s", type);
	snprintf(got.field, sizeof(got.field), "%s", field ? field : "");
}

static const struct field item_fields[] = {
	{.name = "title", .kind = FIELD_LINE, .flags = FIELD_REQUIRED, .min = 1, .max = 5},
	{.name = NULL},
};
static const struct field fields[] = {
	{.name = "text", .kind = FIELD_TEXT, .min = 1, .max = 10},
	{.name = "line", .kind = FIELD_LINE, .flags = FIELD_NULLABLE, .max = 10},
	{.name = "word", .kind = FIELD_WORD, .words = "on|off"},
	{.name = "id", .kind = FIELD_UUID},
	{.name = "phone", .kind = FIELD_PHONE},
	{.name = "time", .kind = FIELD_TIME},
	{.name = "int", .kind = FIELD_INT, .min = 1, .max = 9},
	{.name = "number", .kind = FIELD_NUMBER},
	{.name = "bool", .kind = FIELD_BOOL},
	{.name = "items", .kind = FIELD_ARRAY, .fields = item_fields, .min = 1, .max = 2},
	{.name = "item", .kind = FIELD_OBJECT, .fields = item_fields},
	{.name = NULL},
};

static void give(const char *body, size_t len)
{
	struct request *rq = talloc_zero(NULL, struct request);

	memset(&got, 0, sizeof(got));
	rq->body = body;
	rq->body_len = len;
	if (body_checked(rq, fields))
		got.status = 200;
	talloc_free(rq);
}

static void expect(const char *body, unsigned status, const char *type, const char *field)
{
	give(body, strlen(body));
	if (got.status != status || strcmp(got.type, type) || strcmp(got.field, field))
		fail_msg("%s: %u %s %s instead of %u %s %s", body, got.status, got.type, got.field, status, type,
			 field);
}

static void good(const char *body)
{
	expect(body, 200, "", "");
}

static void bad(const char *body, const char *field)
{
	expect(body, 400, "invalid-field", field);
}

static void test_good(void **state)
{
	(void)state;
	good("{}");
	good("{\"text\":\"a\\nb\"}");
	good("{\"text\":\"\u00e4\u00f6\u00fc\u00df\u00e9\u00e8\u00ea\u00e0\u00e1\u00e2\"}"); /* ten characters, twenty
												bytes */
	good("{\"line\":null}");
	good("{\"word\":\"off\",\"id\":\"0190A000-0000-7000-8000-000000000001\",\"phone\":\"+14155550123\"}");
	good("{\"int\":9,\"number\":1.5e3,\"bool\":false}");
	good("{\"items\":[{\"title\":\"a\"},{\"title\":\"b\"}],\"item\":{\"title\":\"c\"}}");
}

static void test_bad(void **state)
{
	(void)state;
	bad("{\"other\":1}", "other");
	bad("{\"text\":1}", "text");
	bad("{\"text\":null}", "text");
	bad("{\"text\":\"\"}", "text");
	bad("{\"text\":\" \\n \"}", "text");
	bad("{\"text\":\"12345678901\"}", "text");
	bad("{\"text\":\"a\\tb\"}", "text");
	bad("{\"text\":\"a\\u0085b\"}", "text");
	bad("{\"line\":\"a\\nb\"}", "line");
	bad("{\"word\":\"of\"}", "word");
	bad("{\"word\":\"\"}", "word");
	bad("{\"word\":\"on|off\"}", "word");
	bad("{\"id\":\"1\"}", "id");
	bad("{\"phone\":\"4155550123\"}", "phone");
	bad("{\"phone\":\"+04155550123\"}", "phone");
	bad("{\"phone\":\"+1415555012345678\"}", "phone");
	bad("{\"int\":10}", "int");
	bad("{\"int\":1.0}", "int");
	bad("{\"bool\":0}", "bool");
	bad("{\"items\":[]}", "items");
	bad("{\"items\":[{\"title\":\"a\"},{}]}", "items[1].title");
	bad("{\"items\":[1]}", "items[0]");
	bad("{\"item\":{\"title\":\"a\",\"x\":1}}", "item.x");
}

static void test_not_json(void **state)
{
	char deep[] = "{\"text\":[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]}";

	(void)state;
	expect("", 400, "invalid-json", "");
	expect("{", 400, "invalid-json", "");
	expect("[]", 400, "invalid-json", "");
	expect("{\"int\":1,\"int\":2}", 400, "invalid-json", "");
	expect("{\"text\":\"\\u0000\"}", 400, "invalid-json", "");
	expect("{\"text\":\"\xff\"}", 400, "invalid-json", "");
	expect("{} {}", 400, "invalid-json", "");
	expect(deep, 400, "invalid-json", "");
	bad("{\"text\":\"[[[[[[[[[[[[[[[[[[\"}", "text"); /* brackets in a string are no depth: it is only too long */
	content_type = "text/plain";
	expect("{}", 415, "unsupported-media-type", "");
	content_type = NULL;
	expect("{}", 415, "unsupported-media-type", "");
	content_type = "application/json";
	good("{}");
}

static void test_times(void **state)
{
	usec_t t;

	(void)state;
	assert_true(time_parse("2026-03-01T12:00:00Z", &t));
	assert_int_equal(t, (usec_t)1772366400 * USEC_SECOND);
	assert_true(time_parse("2026-03-01T14:00:00.250+02:00", &t));
	assert_int_equal(t, (usec_t)1772366400 * USEC_SECOND + 250000);
	assert_true(time_parse("2024-02-29t23:59:59.123456789z", &t));
	assert_false(time_parse("2026-02-30T12:00:00Z", &t));
	assert_false(time_parse("2026-02-29T12:00:00Z", &t));
	assert_false(time_parse("2026-13-01T12:00:00Z", &t));
	assert_false(time_parse("2026-03-00T12:00:00Z", &t));
	assert_false(time_parse("2026-03-01T12:00:00", &t));
	assert_false(time_parse("2026-03-01", &t));
	assert_false(time_parse("2026-03-01T12:00:00.Z", &t));
	assert_false(time_parse("2026-03-01T24:00:00Z", &t));
	assert_false(time_parse("2026-03-01T12:00:00Z ", &t));
	assert_false(time_parse("", &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_not_json),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
