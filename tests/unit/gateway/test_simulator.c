#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/providers/common.h"
#include "router/uuid.h"
#include "tests/unit/gateway/hooks.h"

#define JSON "application/json"
#define URL "http://127.0.0.1:8080/webhooks/simulator/k/inbound"
#define M "0190f5a0-1111-7abc-8def-001122334455"
/* printf '%s' BODY | openssl dgst -sha256 -hmac s3cret */
#define BODY "{\"id\":\"x1\",\"from\":\"+14155550123\",\"to\":\"+14155550100\",\"text\":\"hi\"}"
#define BODY_SIGNATURE "0f3ee8b44715f7646569a8c38e3da9a3de1f684fccfc8213b14eba7188f5b37d"

static const struct provider *simulator;
static struct channel channel;

static int setup(void **state)
{
	channel = make_channel("simulator", "", "s3cret", "http://127.0.0.1:8080");
	snprintf(channel.key, sizeof(channel.key), "k y");
	simulator = channel.provider;
	return new_state(state);
}

static void test_signatures(void **state)
{
	static const struct {
		const char *secret, *method, *body, *signature;
		enum hook_verdict want;
	} cases[] = {
		{"s3cret", "POST", BODY, BODY_SIGNATURE, HOOK_OK},
		{"s3cret", "POST", BODY " ", BODY_SIGNATURE, HOOK_FORBIDDEN},
		{"other", "POST", BODY, BODY_SIGNATURE, HOOK_FORBIDDEN},
		{"", "POST", BODY, BODY_SIGNATURE, HOOK_FORBIDDEN},
		{"s3cret", "GET", BODY, BODY_SIGNATURE, HOOK_FORBIDDEN},
		{"s3cret", "POST", BODY, BODY_SIGNATURE "0", HOOK_FORBIDDEN},
		{"s3cret", "POST", BODY, "0f3e", HOOK_FORBIDDEN},
		{"s3cret", "POST", BODY, "", HOOK_FORBIDDEN},
		{"s3cret", "POST", BODY, NULL, HOOK_FORBIDDEN},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct test_headers headers = {0};
		const char *why = NULL;

		channel.secret = cases[i].secret;
		add_header(&headers, "x-afterword-signature", cases[i].signature);
		struct hook hook =
			make_hook(cases[i].method, URL, JSON, cases[i].body, strlen(cases[i].body), &headers);
		assert_int_equal(simulator->verify(*state, &channel, &hook, &why), cases[i].want);
		if (cases[i].want != HOOK_OK)
			assert_non_null(why);
	}
}

static enum hook_verdict inbound(TALLOC_CTX *ctx, const char *body, struct inbound_text *out, const char **field)
{
	struct hook hook = make_hook("POST", URL, JSON, body, strlen(body), &(struct test_headers){0});
	const char *why;

	return simulator->parse_inbound(ctx, &channel, &hook, out, field, &why);
}

#define HEAD "{\"id\":\"x1\",\"from\":\"+14155550123\",\"to\":\"12345\""

static void test_inbound(void **state)
{
	struct inbound_text t;
	const char *field;

	assert_int_equal(inbound(*state,
				 HEAD ",\"text\":\"O\\u00f9\\u0000!\",\"part\":{\"ref\":7,\"total\":3,\"seq\":2},"
				      "\"media\":[{\"url\":\"https://a.test/1\",\"content_type\":\"image/png\"},"
				      "{\"url\":\"http://a.test/2\"}]}",
				 &t, &field),
			 HOOK_OK);
	assert_string_equal(t.provider_id, "x1");
	assert_string_equal(t.from, "+14155550123");
	assert_string_equal(t.to, "12345");
	assert_string_equal(t.text, "O\xc3\xb9!");
	assert_int_equal(t.part_ref, 7);
	assert_int_equal(t.part_total, 3);
	assert_int_equal(t.part_seq, 2);
	assert_int_equal(t.n_media, 2);
	assert_string_equal(t.media[0].url, "https://a.test/1");
	assert_string_equal(t.media[0].content_type, "image/png");
	assert_string_equal(t.media[1].content_type, "");

	assert_int_equal(inbound(*state, HEAD ",\"media\":null,\"part\":null}", &t, &field), HOOK_OK);
	assert_string_equal(t.text, "");
	assert_int_equal(t.n_media, 0);
	/* one of one is whole */
	assert_int_equal(inbound(*state, HEAD ",\"part\":{\"ref\":7,\"total\":1,\"seq\":1}}", &t, &field), HOOK_OK);
	assert_int_equal(t.part_total, 0);
}

static void test_malformed(void **state)
{
	static const struct {
		const char *body, *field;
	} cases[] = {
		{"", "body"},
		{"[]", "body"},
		{"{\"id\":\"a\",\"id\":\"b\"}", "body"},
		{"{\"id\":\"\xff\"}", "body"},
		{"{}", "id"},
		{"{\"id\":5}", "id"},
		{"{\"id\":\"a b\"}", "id"},
		{"{\"id\":\"a\",\"to\":\"123\"}", "from"},
		{"{\"id\":\"a\",\"from\":\"Bank\",\"to\":\"123\"}", "from"},
		{"{\"id\":\"a\",\"from\":\"123\"}", "to"},
		{HEAD ",\"text\":5}", "text"},
		{HEAD ",\"media\":5}", "media"},
		{HEAD ",\"media\":[5]}", "media"},
		{HEAD ",\"media\":[{\"url\":\"file:///etc\"}]}", "media"},
		{HEAD ",\"media\":[0,0,0,0,0,0,0,0,0,0,0]}", "media"},
		{HEAD ",\"part\":5}", "part"},
		{HEAD ",\"part\":{\"ref\":1,\"total\":2}}", "part"},
		{HEAD ",\"part\":{\"ref\":1,\"total\":2,\"seq\":3}}", "part"},
		{HEAD ",\"part\":{\"ref\":1,\"total\":2,\"seq\":0}}", "part"},
		{HEAD ",\"part\":{\"ref\":65536,\"total\":2,\"seq\":1}}", "part"},
		{HEAD ",\"part\":{\"ref\":-1,\"total\":2,\"seq\":1}}", "part"},
		{HEAD ",\"part\":{\"ref\":1,\"total\":256,\"seq\":1}}", "part"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct inbound_text t;
		const char *field = NULL;

		if (inbound(*state, cases[i].body, &t, &field) != HOOK_MALFORMED || strcmp(field, cases[i].field))
			fail_msg("%s: %s", cases[i].body, field);
	}
}

static enum hook_verdict receipt(TALLOC_CTX *ctx, const char *url, const char *body, struct receipt *out,
				 const char **field)
{
	struct hook hook = make_hook("POST", url, JSON, body, strlen(body), &(struct test_headers){0});
	const char *why;

	return simulator->parse_receipt(ctx, &channel, &hook, out, field, &why);
}

static void test_receipts(void **state)
{
	static const struct {
		const char *rest;
		enum message_state want;
		enum send_meaning meaning;
	} cases[] = {
		{"\"status\":\"queued\"", MSG_QUEUED, MEAN_OK},
		{"\"status\":\"sent\"", MSG_SENT, MEAN_OK},
		{"\"status\":\"delivered\",\"code\":\"filtered\"", MSG_DELIVERED, MEAN_OK},
		{"\"status\":\"undelivered\"", MSG_UNDELIVERED, MEAN_UNKNOWN},
		{"\"status\":\"undelivered\",\"code\":\"unreachable\"", MSG_UNDELIVERED, MEAN_UNREACHABLE},
		{"\"status\":\"failed\",\"code\":\"opted_out\"", MSG_FAILED, MEAN_OPTED_OUT},
		{"\"status\":\"failed\",\"code\":\"never heard of\"", MSG_FAILED, MEAN_UNKNOWN},
		{"\"status\":\"failed\",\"code\":\"expired\"", MSG_EXPIRED, MEAN_EXPIRED},
		{"\"status\":\"failed\",\"code\":\"\"", MSG_FAILED, MEAN_UNKNOWN},
		{"\"status\":\"expired\"", MSG_EXPIRED, MEAN_EXPIRED},
	};
	struct receipt r;
	const char *field;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *body = talloc_asprintf(*state, "{\"m\":\"" M "\",\"id\":\"c1\",%s}", cases[i].rest), id[37];

		assert_int_equal(receipt(*state, URL, body, &r, &field), HOOK_OK);
		assert_int_equal(r.state, cases[i].want);
		assert_int_equal(r.meaning, cases[i].meaning);
		assert_true(r.has_message);
		uuid_format(&r.message, id);
		assert_string_equal(id, M);
		assert_string_equal(r.provider_id, "c1");
	}
	/* m from the status URL */
	assert_int_equal(receipt(*state, URL "?m=" M, "{\"status\":\"sent\"}", &r, &field), HOOK_OK);
	assert_true(r.has_message);
	assert_null(r.provider_id);

	assert_int_equal(receipt(*state, URL, "{\"status\":\"sent\"}", &r, &field), HOOK_MALFORMED);
	assert_string_equal(field, "m");
	assert_int_equal(receipt(*state, URL, "{\"m\":\"x\",\"status\":\"sent\"}", &r, &field), HOOK_MALFORMED);
	assert_string_equal(field, "m");
	assert_int_equal(receipt(*state, URL "?m=" M, "{}", &r, &field), HOOK_MALFORMED);
	assert_string_equal(field, "status");
	assert_int_equal(receipt(*state, URL "?m=" M, "{\"status\":\"eaten\"}", &r, &field), HOOK_MALFORMED);
	assert_string_equal(field, "status");
	assert_int_equal(receipt(*state, URL "?m=" M, "nil", &r, &field), HOOK_MALFORMED);
	assert_string_equal(field, "body");
}

static void test_build_send(void **state)
{
	struct outbound_text text = {.from = "12345",
				     .to = "+14155550123",
				     .text = "\"\xc3\xa9\"",
				     .segments = 2,
				     .status_url = "http://x/s?m=" M};
	struct send_request r;

	assert_true(uuid_parse(M, &text.message));
	simulator->build_send(*state, &channel, &text, &r);
	assert_string_equal(r.method, "POST");
	assert_string_equal(r.url, "http://127.0.0.1:8080/sim/k%20y/messages");
	assert_string_equal(r.content_type, JSON);
	assert_string_equal(r.body,
			    "{\"id\":\"" M "\",\"from\":\"12345\",\"to\":\"+14155550123\","
			    "\"text\":\"\\\"\xc3\xa9\\\"\",\"segments\":2,\"status_url\":\"http://x/s?m=" M "\"}");
	assert_int_equal(r.body_len, strlen(r.body));
}

/* Every code of the table, as an answer and as a meaning. */
static void test_answers(void **state)
{
	static const struct {
		const char *code;
		enum send_meaning want;
	} codes[] = {
		{"opted_out", MEAN_OPTED_OUT},       {"bad_number", MEAN_BAD_NUMBER},
		{"disconnected", MEAN_DISCONNECTED}, {"unreachable", MEAN_UNREACHABLE},
		{"unknown", MEAN_UNKNOWN},           {"too_fast", MEAN_TOO_FAST},
		{"filtered", MEAN_FILTERED},         {"unregistered", MEAN_UNREGISTERED},
		{"expired", MEAN_EXPIRED},           {"quiet_hours", MEAN_QUIET_HOURS},
		{"rejected", MEAN_REJECTED},         {"lost", MEAN_LOST},
		{"not_sent", MEAN_NOT_SENT},
	};
	static const struct {
		long status;
		const char *body, *id;
		enum send_meaning want;
	} cases[] = {
		{201, "{\"id\":\"c1\"}", "c1", MEAN_OK},
		{201, "", NULL, MEAN_OK},
		{201, "{\"id\":5}", NULL, MEAN_OK},
		{400, "{\"code\":\"odd\"}", NULL, MEAN_REJECTED},
		{400, "{}", NULL, MEAN_REJECTED},
		{429, "{\"code\":\"opted_out\"}", NULL, MEAN_TOO_FAST},
		{500, "{\"code\":\"filtered\"}", NULL, MEAN_LOST},
		{503, "", NULL, MEAN_UNREACHABLE},
	};
	struct send_answer a;

	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		char *body = talloc_asprintf(*state, "{\"code\":\"%s\"}", codes[i].code);

		assert_int_equal(simulator->meaning_of(codes[i].code), codes[i].want);
		simulator->parse_answer(*state, &channel, 422, body, strlen(body), NULL, &a);
		assert_int_equal(a.meaning, codes[i].want);
		assert_string_equal(a.code, codes[i].code);
	}
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		simulator->parse_answer(*state, &channel, cases[i].status, cases[i].body, strlen(cases[i].body), "9",
					&a);
		assert_int_equal(a.meaning, cases[i].want);
		assert_int_equal(a.retry_after, 9);
		assert_int_equal(!a.provider_id, !cases[i].id);
		if (cases[i].id)
			assert_string_equal(a.provider_id, cases[i].id);
	}
	assert_int_equal(simulator->meaning_of(NULL), MEAN_OK);
	assert_int_equal(simulator->meaning_of("odd"), MEAN_UNKNOWN);
	assert_string_equal(simulator->inbound_reply.body, "{}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, free_state)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_signatures), TEST(test_inbound),    TEST(test_malformed),
		TEST(test_receipts),   TEST(test_build_send), TEST(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
