#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/providers/common.h"
#include "router/uuid.h"
#include "tests/unit/gateway/hooks.h"

#define VECTORS "../shared/reference/vectors/twilio.json"
#define FORM "application/x-www-form-urlencoded"
#define SIG_EMPTY_BODY "VhkQbE1Ln2603b7dxQPd1YsRZGM="
#define SIG_V6_PORT_80 "4BF9yWvH+IQ0LPe6foFQUS6djlE="
#define SIG_V4_NO_PORT "OoJElrDlcAtEFUPzuO4wdRql65E="
#define SIG_ODD_BYTES "uqMwAZLFDMgKaHLg+W2MG061PQ0="

static const struct provider *twilio;
static struct channel channel;

static int setup(void **state)
{
	channel = make_channel("twilio", "AC1", "token", "https://api.twilio.com");
	twilio = channel.provider;
	return new_state(state);
}

/* Signatures ----------------------------------------------------------------------------------- */
static enum hook_verdict verify(TALLOC_CTX *ctx, const char *secret, const char *method, const char *url,
				const char *type, const char *body, size_t len, const char *signature)
{
	struct test_headers headers = {0};
	const char *why = NULL;

	channel.secret = secret;
	add_header(&headers, "x-twilio-signature", signature);
	struct hook hook = make_hook(method, url, type, body, len, &headers);
	enum hook_verdict verdict = twilio->verify(ctx, &channel, &hook, &why);
	if (verdict != HOOK_OK)
		assert_non_null(why);
	return verdict;
}

static void test_vectors(void **state)
{
	json_t *file = json_load_file(VECTORS, 0, NULL), *one;
	size_t i;

	if (!file) {
		print_message("no " VECTORS "\n");
		skip();
	}
	assert_true(json_array_size(json_object_get(file, "cases")) > 0);
	json_array_foreach(json_object_get(file, "cases"), i, one)
	{
		const json_t *request = json_object_get(one, "request"), *headers = json_object_get(request, "headers");
		const char *want = json_string_value(json_object_get(one, "strict"));
		const char *signature = NULL, *type = "", *name;
		const json_t *body = json_object_get(request, "body");
		json_t *value;

		if (!want)
			want = json_string_value(json_object_get(one, "expect"));
		json_object_foreach((json_t *)(uintptr_t)headers, name, value)
		{
			if (!strcasecmp(name, "X-Twilio-Signature"))
				signature = json_string_value(value);
			if (!strcasecmp(name, "Content-Type"))
				type = json_string_value(value);
		}
		assert_null(json_object_get(request, "body_base64"));
		enum hook_verdict got =
			verify(*state, json_string_value(json_object_get(one, "secret")),
			       json_string_value(json_object_get(request, "method")),
			       json_string_value(json_object_get(request, "url")), type,
			       body ? json_string_value(body) : "", body ? json_string_length(body) : 0, signature);
		if ((got == HOOK_OK) != !strcmp(want, "valid"))
			fail_msg("%s: want %s, got %d", json_string_value(json_object_get(one, "id")), want, got);
	}
	json_decref(file);
}

static void test_signatures(void **state)
{
	static const char basic[] = "From=%2B14155550123&To=%2B14155550100&Body=&MessageSid=SM2";
	static const char url[] = "https://sms.example.test/webhooks/twilio/k/inbound";
	static const struct {
		const char *name, *secret, *method, *url, *type, *body, *signature;
		enum hook_verdict want;
	} cases[] = {
		/* the example of Twilio's documentation and libraries */
		{"documented", "12345", "POST", "https://mycompany.com/myapp.php?foo=1&bar=2", FORM,
		 "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212",
		 "RSOYDt4T1cUTdK1PDd93/VVr8B8=", HOOK_OK},
		{"empty body field", "token", "POST", url, FORM, basic, SIG_EMPTY_BODY, HOOK_OK},
		{"charset in the type", "token", "POST", url, FORM "; charset=UTF-8", basic, SIG_EMPTY_BODY, HOOK_OK},
		{"no type", "token", "POST", url, "", basic, SIG_EMPTY_BODY, HOOK_OK},
		{"another type", "token", "POST", url, "multipart/form-data", basic, SIG_EMPTY_BODY, HOOK_FORBIDDEN},
		{"another method", "token", "PUT", url, FORM, basic, SIG_EMPTY_BODY, HOOK_FORBIDDEN},
		{"GET signs no body", "token", "GET", url, FORM, basic, SIG_EMPTY_BODY, HOOK_FORBIDDEN},
		{"wrong token", "tokem", "POST", url, FORM, basic, SIG_EMPTY_BODY, HOOK_FORBIDDEN},
		{"no token", "", "POST", url, FORM, basic, SIG_EMPTY_BODY, HOOK_FORBIDDEN},
		{"empty signature", "token", "POST", url, FORM, basic, "", HOOK_FORBIDDEN},
		{"short signature", "token", "POST", url, FORM, basic, "aaaa", HOOK_FORBIDDEN},
		{"no signature", "token", "POST", url, FORM, basic, NULL, HOOK_FORBIDDEN},
		{"v6, :80 added", "token", "POST", "http://[2001:db8::1]/in", FORM, "From=%2B1415&Body=hi",
		 SIG_V6_PORT_80, HOOK_OK},
		{"v6, :80 seen", "token", "POST", "http://[2001:db8::1]:80/in", FORM, "From=%2B1415&Body=hi",
		 SIG_V6_PORT_80, HOOK_OK},
		{"v4, port removed", "token", "POST", "http://10.0.0.1:8080/in", FORM, "From=%2B1415&Body=hi",
		 SIG_V4_NO_PORT, HOOK_OK},
		{"v4, as it is", "token", "POST", "http://10.0.0.1/in", FORM, "From=%2B1415&Body=hi", SIG_V4_NO_PORT,
		 HOOK_OK},
		{"an escape is not what it escapes", "token", "POST", "https://sms.example.test/in", FORM,
		 "a=aa%bb&Body=1+%2B+1", SIG_ODD_BYTES, HOOK_FORBIDDEN},
		{"an escaped percent sign", "token", "POST", "https://sms.example.test/in", FORM,
		 "a=aa%25bb&Body=1+%2B+1", SIG_ODD_BYTES, HOOK_OK},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum hook_verdict got = verify(*state, cases[i].secret, cases[i].method, cases[i].url, cases[i].type,
					       cases[i].body, strlen(cases[i].body), cases[i].signature);

		if (got != cases[i].want)
			fail_msg("%s: got %d", cases[i].name, got);
	}
}

static void test_too_many_fields(void **state)
{
	char *body = talloc_strdup(*state, "");

	for (int i = 0; i <= FORM_FIELDS_MAX; i++)
		body = talloc_strdup_append(body, "a=1&");
	assert_int_equal(verify(*state, "token", "POST", "https://x.test/", FORM, body, strlen(body), "aaaa"),
			 HOOK_FORBIDDEN);
	struct hook hook = make_hook("POST", "https://x.test/", FORM, body, strlen(body), &(struct test_headers){0});
	struct inbound_text text;
	const char *field = NULL, *why = NULL;
	assert_int_equal(twilio->parse_inbound(*state, &channel, &hook, &text, &field, &why), HOOK_MALFORMED);
	assert_string_equal(field, "body");
}

/* Inbound -------------------------------------------------------------------------------------- */
#define OK_FIELDS "From=%2B14155550123&To=%2B14155550100&MessageSid=SM1&"

static enum hook_verdict inbound(TALLOC_CTX *ctx, const char *body, struct inbound_text *out, const char **field)
{
	struct hook hook = make_hook("POST", "https://x.test/webhooks/twilio/k/inbound", FORM, body, strlen(body),
				     &(struct test_headers){0});
	const char *why = NULL;
	enum hook_verdict verdict = twilio->parse_inbound(ctx, &channel, &hook, out, field, &why);

	if (verdict == HOOK_MALFORMED)
		assert_non_null(why);
	return verdict;
}

static void test_inbound(void **state)
{
	struct inbound_text t;
	const char *field;

	assert_int_equal(inbound(*state,
				 OK_FIELDS "Body=O%C3%B9+%F0%9F%93%A6%00%FF&NumMedia=2&OptOutType=STOP&"
					   "MediaUrl0=https%3A%2F%2Fa.test%2F1&MediaContentType0=image%2Fpng&"
					   "MediaUrl1=https%3A%2F%2Fa.test%2F2",
				 &t, &field),
			 HOOK_OK);
	assert_string_equal(t.from, "+14155550123");
	assert_string_equal(t.to, "+14155550100");
	assert_string_equal(t.provider_id, "SM1");
	assert_string_equal(t.text, "O\xc3\xb9 \xf0\x9f\x93\xa6\xef\xbf\xbd");
	assert_int_equal(t.keyword, PK_STOP);
	assert_int_equal(t.n_media, 2);
	assert_string_equal(t.media[0].url, "https://a.test/1");
	assert_string_equal(t.media[0].content_type, "image/png");
	assert_string_equal(t.media[1].content_type, "");
	assert_int_equal(t.part_total, 0);
	assert_int_equal(t.sent_at, 0);

	/* an id by its older names; no Body at all */
	assert_int_equal(inbound(*state, "From=242&To=12345&SmsMessageSid=SM9", &t, &field), HOOK_OK);
	assert_string_equal(t.provider_id, "SM9");
	assert_string_equal(t.text, "");
	assert_int_equal(inbound(*state, "From=242&To=12345&MessageSid=&SmsSid=SM8", &t, &field), HOOK_OK);
	assert_string_equal(t.provider_id, "SM8");
	assert_int_equal(t.keyword, PK_NONE);
}

static void test_inbound_get(void **state)
{
	struct hook hook = make_hook("GET", "https://x.test/in?" OK_FIELDS "Body=hi", "", "Body=evil", 9,
				     &(struct test_headers){0});
	struct inbound_text t;
	const char *field, *why;

	assert_int_equal(twilio->parse_inbound(*state, &channel, &hook, &t, &field, &why), HOOK_OK);
	assert_string_equal(t.text, "hi");
}

static void test_inbound_media(void **state)
{
	char *body = talloc_strdup(*state, OK_FIELDS "NumMedia=4294967299");
	struct inbound_text t;
	const char *field;

	for (int i = 0; i < 12; i++)
		body = talloc_asprintf_append(body, "&MediaUrl%d=https%%3A%%2F%%2Fa.test%%2F%d", i, i);
	assert_int_equal(inbound(*state, body, &t, &field), HOOK_OK);
	assert_int_equal(t.n_media, 10);
	assert_string_equal(t.media[9].url, "https://a.test/9");
	/* announced and not there; not a web address */
	assert_int_equal(inbound(*state, OK_FIELDS "NumMedia=3&MediaUrl1=file%3A%2F%2F%2Fetc", &t, &field), HOOK_OK);
	assert_int_equal(t.n_media, 0);
}

static void test_keywords(void **state)
{
	static const struct {
		const char *value;
		enum provider_keyword want;
	} cases[] = {{"STOP", PK_STOP}, {"START", PK_START}, {"HELP", PK_HELP},
		     {"stop", PK_STOP}, {"", PK_NONE},       {"X", PK_NONE}};
	struct inbound_text t;
	const char *field;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *body = talloc_asprintf(*state, "%sOptOutType=%s", OK_FIELDS, cases[i].value);

		assert_int_equal(inbound(*state, body, &t, &field), HOOK_OK);
		assert_int_equal(t.keyword, cases[i].want);
	}
}

static void test_inbound_malformed(void **state)
{
	static const struct {
		const char *body, *field;
	} cases[] = {
		{"", "MessageSid"},
		{"From=%2B14155550123&To=%2B14155550100", "MessageSid"},
		{"MessageSid=SM1&To=%2B14155550100", "From"},
		{"MessageSid=SM1&From=&To=%2B14155550100", "From"},
		{"MessageSid=SM1&From=%2B14155550123", "To"},
		{"MessageSid=SM1&From=Amazon&To=%2B14155550100", "From"},
		{"MessageSid=SM1&From=whatsapp%3A%2B14155550123&To=whatsapp%3A%2B14155550100", "From"},
		{"MessageSid=SM1&From=%2B14155550123&To=whatsapp%3A%2B14155550100", "To"},
		{"MessageSid=SM1&From=%2B12&To=%2B14155550100", "From"},
		{"MessageSid=SM1&From=%2B1234567890123456&To=%2B14155550100", "From"},
		{"MessageSid=a+b&From=%2B14155550123&To=%2B14155550100", "MessageSid"},
		{"SmsSid=a%00b%01&MessageSid=%80&From=%2B14155550123&To=%2B14155550100", "MessageSid"},
		{"MessageSid=SM345678901234567890123456789012345678901234567890123456789012345&From=%2B14155550123&"
		 "To=%2B14155550100",
		 "MessageSid"},
		{OK_FIELDS "NumMedia=x", "NumMedia"},
		{OK_FIELDS "NumMedia=-1", "NumMedia"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct inbound_text t;
		const char *field = NULL;

		if (inbound(*state, cases[i].body, &t, &field) != HOOK_MALFORMED)
			fail_msg("%s", cases[i].body);
		assert_string_equal(field, cases[i].field);
	}
	struct hook hook = make_hook("POST", "https://x.test/", "application/json", "{}", 2, &(struct test_headers){0});
	struct inbound_text t;
	const char *field, *why;
	assert_int_equal(twilio->parse_inbound(*state, &channel, &hook, &t, &field, &why), HOOK_MALFORMED);
	assert_string_equal(field, "Content-Type");
}

/* Receipts ------------------------------------------------------------------------------------- */
#define M "0190f5a0-1111-7abc-8def-001122334455"

static enum hook_verdict receipt(TALLOC_CTX *ctx, const char *query, const char *body, struct receipt *out,
				 const char **field)
{
	const char *url = talloc_asprintf(ctx, "https://x.test/webhooks/twilio/k/status%s%s", *query ? "?" : "", query);
	struct hook hook = make_hook("POST", url, FORM, body, strlen(body), &(struct test_headers){0});
	const char *why;

	return twilio->parse_receipt(ctx, &channel, &hook, out, field, &why);
}

static void test_receipts(void **state)
{
	static const struct {
		const char *body;
		enum message_state want;
		enum send_meaning meaning;
		const char *code;
	} cases[] = {
		{"MessageStatus=accepted", MSG_QUEUED, MEAN_OK, NULL},
		{"MessageStatus=scheduled", MSG_QUEUED, MEAN_OK, NULL},
		{"MessageStatus=queued", MSG_QUEUED, MEAN_OK, NULL},
		{"MessageStatus=sending", MSG_QUEUED, MEAN_OK, NULL},
		{"MessageStatus=sent", MSG_SENT, MEAN_OK, NULL},
		{"MessageStatus=delivered", MSG_DELIVERED, MEAN_OK, NULL},
		{"MessageStatus=read", MSG_DELIVERED, MEAN_OK, NULL},
		{"MessageStatus=some_new_one", MSG_QUEUED, MEAN_OK, NULL},
		{"SmsStatus=delivered", MSG_DELIVERED, MEAN_OK, NULL},
		{"MessageStatus=failed", MSG_FAILED, MEAN_UNKNOWN, NULL},
		{"MessageStatus=failed&ErrorCode=0", MSG_FAILED, MEAN_UNKNOWN, NULL},
		{"MessageStatus=canceled", MSG_FAILED, MEAN_UNKNOWN, NULL},
		{"MessageStatus=undelivered&ErrorCode=30003", MSG_UNDELIVERED, MEAN_UNREACHABLE, "30003"},
		{"MessageStatus=undelivered&ErrorCode=30007", MSG_UNDELIVERED, MEAN_FILTERED, "30007"},
		{"MessageStatus=failed&ErrorCode=21610", MSG_FAILED, MEAN_OPTED_OUT, "21610"},
		{"MessageStatus=failed&ErrorCode=30036", MSG_EXPIRED, MEAN_EXPIRED, "30036"},
		{"MessageStatus=failed&ErrorCode=99999", MSG_FAILED, MEAN_UNKNOWN, "99999"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *body = talloc_asprintf(*state, "MessageSid=SM1&%s", cases[i].body), id[37];
		struct receipt r;
		const char *field;

		assert_int_equal(receipt(*state, "m=" M, body, &r, &field), HOOK_OK);
		assert_int_equal(r.state, cases[i].want);
		assert_int_equal(r.meaning, cases[i].meaning);
		if (cases[i].code)
			assert_string_equal(r.code, cases[i].code);
		else
			assert_null(r.code);
		assert_true(r.has_message);
		uuid_format(&r.message, id);
		assert_string_equal(id, M);
		assert_string_equal(r.provider_id, "SM1");
	}
}

static void test_receipts_malformed(void **state)
{
	struct receipt r;
	const char *field = NULL;

	assert_int_equal(receipt(*state, "m=x", "MessageSid=SM1&MessageStatus=sent", &r, &field), HOOK_MALFORMED);
	assert_string_equal(field, "m");
	assert_int_equal(receipt(*state, "", "MessageStatus=sent", &r, &field), HOOK_MALFORMED);
	assert_string_equal(field, "MessageSid");
	assert_int_equal(receipt(*state, "m=" M, "MessageSid=SM1", &r, &field), HOOK_MALFORMED);
	assert_string_equal(field, "MessageStatus");
	/* either name of the message is enough */
	assert_int_equal(receipt(*state, "", "MessageSid=SM1&MessageStatus=sent", &r, &field), HOOK_OK);
	assert_false(r.has_message);
	assert_int_equal(receipt(*state, "m=" M, "MessageStatus=sent", &r, &field), HOOK_OK);
	assert_null(r.provider_id);
	assert_int_equal(receipt(*state, "m=" M, "MessageSid=SM1&SmsStatus=received", &r, &field), HOOK_IGNORE);
}

/* compliance.md section 11, Twilio's column, whole. */
static void test_codes(void **state)
{
	static const struct {
		const char *code;
		enum send_meaning want;
	} cases[] = {
		{"21610", MEAN_OPTED_OUT},
		{"21211", MEAN_BAD_NUMBER},
		{"21614", MEAN_BAD_NUMBER},
		{"30006", MEAN_BAD_NUMBER},
		{"30003", MEAN_UNREACHABLE},
		{"30005", MEAN_UNKNOWN},
		{"30008", MEAN_UNKNOWN},
		{"30410", MEAN_UNKNOWN},
		{"20429", MEAN_TOO_FAST},
		{"30022", MEAN_TOO_FAST},
		{"30023", MEAN_TOO_FAST},
		{"14107", MEAN_TOO_FAST},
		{"30007", MEAN_FILTERED},
		{"30034", MEAN_UNREGISTERED},
		{"30032", MEAN_UNREGISTERED},
		{"30036", MEAN_EXPIRED},
		{"30610", MEAN_QUIET_HOURS},
		{"30047", MEAN_QUIET_HOURS},
		{"20003", MEAN_REJECTED},
		{"20404", MEAN_REJECTED},
		{"21212", MEAN_REJECTED},
		{"21408", MEAN_REJECTED},
		{"21602", MEAN_REJECTED},
		{"21603", MEAN_REJECTED},
		{"21604", MEAN_REJECTED},
		{"21606", MEAN_REJECTED},
		{"21611", MEAN_TOO_FAST},
		{"21617", MEAN_REJECTED},
		{"30001", MEAN_TOO_FAST},
		{"30002", MEAN_UNREGISTERED},
		{"1", MEAN_UNKNOWN},
		{"216100", MEAN_UNKNOWN},
		{"", MEAN_OK},
		{"0", MEAN_OK},
		{NULL, MEAN_OK},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (twilio->meaning_of(cases[i].code) != cases[i].want)
			fail_msg("%s", cases[i].code);
		if (i < 30) { /* and the same from the answer to a send */
			char *body = talloc_asprintf(*state, "{\"code\": %s, \"message\": \"x\", \"status\": 400}",
						     cases[i].code);
			struct send_answer a;

			twilio->parse_answer(*state, &channel, 400, body, strlen(body), NULL, &a);
			assert_int_equal(a.meaning, cases[i].want);
			assert_string_equal(a.code, cases[i].code);
		}
	}
}

/* Sends ---------------------------------------------------------------------------------------- */
static void test_build_send(void **state)
{
	struct outbound_text text = {
		.from = "+14155550100", .to = "+14155550123", .text = "A&B \xc3\xa9+1", .status_url = ""};
	struct send_request r;

	channel.account = "AC/1";
	channel.base_url = "https://api.twilio.com/";
	twilio->build_send(*state, &channel, &text, &r);
	assert_string_equal(r.method, "POST");
	assert_string_equal(r.url, "https://api.twilio.com/2010-04-01/Accounts/AC%2F1/Messages.json");
	assert_string_equal(r.body, "To=%2B14155550123&From=%2B14155550100&Body=A%26B%20%C3%A9%2B1");
	assert_int_equal(r.body_len, strlen(r.body));
	assert_string_equal(r.content_type, FORM);
	assert_string_equal(r.user, "AC/1");
	assert_string_equal(r.password, "token");

	text = (struct outbound_text){
		.from = "MG1", .to = "+1", .text = "", .status_url = "https://x.test/s?m=1", .validity = 600};
	twilio->build_send(*state, &channel, &text, &r);
	assert_string_equal(r.body,
			    "To=%2B1&MessagingServiceSid=MG1&Body=&StatusCallback=https%3A%2F%2Fx.test%2Fs%3Fm%3D1"
			    "&ValidityPeriod=600");
	text.validity = 1000000;
	twilio->build_send(*state, &channel, &text, &r);
	assert_non_null(strstr(r.body, "&ValidityPeriod=36000"));
}

static void test_answers(void **state)
{
	static const struct {
		long status;
		const char *body, *retry_after;
		enum send_meaning want;
		const char *id, *code;
		long seconds;
	} cases[] = {
		{201, "{\"sid\": \"SM1\", \"status\": \"queued\", \"error_code\": null}", NULL, MEAN_OK, "SM1", NULL,
		 0},
		{201, "not json", NULL, MEAN_OK, NULL, NULL, 0},
		{201, "{\"sid\": 5}", NULL, MEAN_OK, NULL, NULL, 0},
		{400, "{\"code\": 21211, \"message\": \"x\", \"status\": 400}", NULL, MEAN_BAD_NUMBER, NULL, "21211",
		 0},
		{400, "{\"code\": \"21610\"}", NULL, MEAN_OPTED_OUT, NULL, "21610", 0},
		{400, "{\"code\": 99999}", NULL, MEAN_REJECTED, NULL, "99999", 0},
		{400, "[]", NULL, MEAN_REJECTED, NULL, NULL, 0},
		{401, "{\"code\": 20003}", NULL, MEAN_REJECTED, NULL, "20003", 0},
		{403, "", NULL, MEAN_REJECTED, NULL, NULL, 0},
		{429, "{\"code\": 20429}", "7", MEAN_TOO_FAST, NULL, "20429", 7},
		{429, "", "soon", MEAN_TOO_FAST, NULL, NULL, 0},
		{500, "{\"code\": 20500}", NULL, MEAN_LOST, NULL, "20500", 0},
		{502, "<html>", NULL, MEAN_LOST, NULL, NULL, 0},
		{503, "", "30", MEAN_UNREACHABLE, NULL, NULL, 30},
		{504, "{\"code\": 21610}", NULL, MEAN_LOST, NULL, "21610", 0},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct send_answer a;

		twilio->parse_answer(*state, &channel, cases[i].status, cases[i].body, strlen(cases[i].body),
				     cases[i].retry_after, &a);
		assert_int_equal(a.meaning, cases[i].want);
		assert_int_equal(!a.provider_id, !cases[i].id);
		if (cases[i].id)
			assert_string_equal(a.provider_id, cases[i].id);
		assert_int_equal(!a.code, !cases[i].code);
		if (cases[i].code)
			assert_string_equal(a.code, cases[i].code);
		assert_int_equal(a.retry_after, cases[i].seconds);
	}
	struct send_answer a;
	twilio->parse_answer(*state, &channel, 201, NULL, 0, NULL, &a);
	assert_int_equal(a.meaning, MEAN_OK);
}

static void test_replies(void **state)
{
	(void)state;
	assert_int_equal(twilio->inbound_reply.status, 200);
	assert_string_equal(twilio->inbound_reply.content_type, "text/xml");
	assert_string_equal(twilio->inbound_reply.body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, free_state)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_vectors),         TEST(test_signatures),
		TEST(test_too_many_fields), TEST(test_inbound),
		TEST(test_inbound_get),     TEST(test_inbound_media),
		TEST(test_keywords),        TEST(test_inbound_malformed),
		TEST(test_receipts),        TEST(test_receipts_malformed),
		TEST(test_codes),           TEST(test_build_send),
		TEST(test_answers),         TEST(test_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
