#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/providers/common.h"
#include "router/uuid.h"
#include "tests/unit/gateway/hooks.h"

#define FORM "application/x-www-form-urlencoded"
#define URL "http://127.0.0.1:8080/webhooks/kannel/k/inbound?"
#define NUMBERS "from=%2B14155550123&to=12345&"
#define M "0190f5a0-1111-7abc-8def-001122334455"

static const struct provider *kannel;
static struct channel channel;

static int setup(void **state)
{
	channel = make_channel("kannel", "user", "pass word", "http://127.0.0.1:13013");
	kannel = channel.provider;
	return new_state(state);
}

static void test_secret(void **state)
{
	static const struct {
		const char *secret, *url;
		enum hook_verdict want;
	} cases[] = {
		{"", "http://x/?from=1", HOOK_OK},
		{"s3", "http://x/?from=1", HOOK_FORBIDDEN},
		{"s3", "http://x/", HOOK_FORBIDDEN},
		{"s3", "http://x/?secret=", HOOK_FORBIDDEN},
		{"s3", "http://x/?secret=s", HOOK_FORBIDDEN},
		{"s3", "http://x/?secret=s33", HOOK_FORBIDDEN},
		{"s3", "http://x/?secret=S3", HOOK_FORBIDDEN},
		{"s3", "http://x/?secret=s3%00", HOOK_FORBIDDEN},
		{"s3", "http://x/?secret=bad&secret=s3", HOOK_FORBIDDEN},
		{"s3", "http://x/?from=1&secret=s3", HOOK_OK},
		{"a+b &%", "http://x/?secret=a%2Bb+%26%25", HOOK_OK},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		/* a secret in the body counts for nothing */
		struct hook hook = make_hook("POST", cases[i].url, FORM, "secret=s3", 9, &(struct test_headers){0});
		const char *why = NULL;

		channel.hook_secret = cases[i].secret;
		if (kannel->verify(*state, &channel, &hook, &why) != cases[i].want)
			fail_msg("%s %s", cases[i].secret, cases[i].url);
		assert_int_equal(why == NULL, cases[i].want == HOOK_OK);
	}
}

static enum hook_verdict get(TALLOC_CTX *ctx, const char *query, struct inbound_text *out, const char **field)
{
	const char *url = talloc_asprintf(ctx, "%s%s", URL, query), *why = NULL;
	struct hook hook = make_hook("GET", url, "", "", 0, &(struct test_headers){0});

	return kannel->parse_inbound(ctx, &channel, &hook, out, field, &why);
}

static void test_get_url(void **state)
{
	struct inbound_text t;
	const char *field;

	assert_int_equal(get(*state,
			     NUMBERS "text=Where+is+my+order%3F&charset=UTF-8&coding=0&udh=&id=" M
				     "&time=2025-01-02+03:04:05&smsc=smpp1",
			     &t, &field),
			 HOOK_OK);
	assert_string_equal(t.from, "+14155550123");
	assert_string_equal(t.to, "12345");
	assert_string_equal(t.text, "Where is my order?");
	assert_string_equal(t.provider_id, M);
	assert_true(t.sent_at == (usec_t)1735787045 * USEC_SECOND);
	assert_int_equal(t.part_total, 0);
	assert_int_equal(t.n_media, 0);
	assert_int_equal(get(*state, NUMBERS "id=1", &t, &field), HOOK_OK);
	assert_string_equal(t.text, "");
	assert_int_equal(t.sent_at, 0);
}

static void test_times(void **state)
{
	static const struct {
		const char *time;
		usec_t want;
	} cases[] = {
		{"2025-01-02+03:04:05", 1735787045},
		{"2025-01-02+03:04", 1735787040},
		{"1735787045", 1735787045},
		{"", 0},
		{"yesterday", 0},
		{"2025-01-02+03:04:05Z", 0},
		{"1969-01-01+00:00:00", 0},
		{"999999999999", 0},
	};
	struct inbound_text t;
	const char *field;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *query = talloc_asprintf(*state, "%sid=1&time=%s", NUMBERS, cases[i].time);

		assert_int_equal(get(*state, query, &t, &field), HOOK_OK);
		if (t.sent_at != cases[i].want * USEC_SECOND)
			fail_msg("%s", cases[i].time);
	}
}

#define BAD "\xef\xbf\xbd"

static void test_charsets(void **state)
{
	static const struct {
		const char *query, *want; /* NULL: to be ignored */
	} cases[] = {
		{"text=O%C3%B9&charset=UTF-8", "O\xc3\xb9"},
		{"text=O%C3%B9&charset=utf-8&coding=2", "O\xc3\xb9"}, /* recoded by smsbox */
		{"text=%00O%00%F9%20%AC&charset=UTF-16BE", "O\xc3\xb9\xe2\x82\xac"},
		{"text=%00O%00%F9&coding=2", "O\xc3\xb9"},
		{"text=%00O%00%F9&coding=2&charset=UTF16-BE", "O\xc3\xb9"},
		{"text=%D8%3D%DC%E6&coding=2", "\xf0\x9f\x93\xa6"},
		{"text=%D8%3D%00a&coding=2", BAD "a"},
		{"text=%DC%E6&coding=2", BAD},
		{"text=%D8%3D&coding=2", BAD},
		{"text=%00a%00&coding=2", "a" BAD},
		{"text=%FE%FF%00a&coding=2", "a"},
		{"text=%00a%00%00%00b&coding=2", "ab"},
		{"text=O%F9&charset=ISO-8859-1", "O\xc3\xb9"},
		{"text=%80%F9&charset=windows-1252", "\xe2\x82\xac\xc3\xb9"},
		{"text=a%81b&charset=windows-1252", "a" BAD "b"},
		{"text=%A4&charset=ISO-8859-15", "\xe2\x82\xac"},
		{"text=&charset=ISO-8859-1", ""},
		{"text=O%F9&charset=UTF-8", "O" BAD},
		{"text=O%F9", "O" BAD},
		{"text=hi&charset=x-mac-klingon", "hi"},
		{"text=hi&charset=8-BIT&coding=1", "hi"},
		{"text=%06%05%04&charset=8-BIT&coding=1", NULL},
		{"text=%FF%D8&coding=1", NULL},
		{"text=%00&charset=binary", NULL},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *query = talloc_asprintf(*state, "%sid=1&%s", NUMBERS, cases[i].query);
		struct inbound_text t;
		const char *field;
		enum hook_verdict got = get(*state, query, &t, &field);

		if (got != (cases[i].want ? HOOK_OK : HOOK_IGNORE) || (cases[i].want && strcmp(t.text, cases[i].want)))
			fail_msg("%s: %d %s", cases[i].query, got, t.text);
	}
}

static void test_parts(void **state)
{
	static const struct {
		const char *udh;
		unsigned ref, total, seq;
	} cases[] = {
		{"%05%00%03%2A%03%02", 42, 3, 2},
		{"050003CC0201", 0xcc, 2, 1}, /* in hex digits */
		{"%06%08%04%12%34%02%02", 0x1234, 2, 2},
		{"06080412340202", 0x1234, 2, 2},
		{"%0B%05%04%0B%84%23%F0%00%03%07%02%01", 7, 2, 1}, /* after application ports */
		{"%0A%00%03%01%02%01%00%03%02%03%03", 2, 3, 3},    /* of two, the last */
		{"%05%00%03%01%01%01", 0, 0, 0},                   /* one of one is whole */
		{"%05%00%03%01%02%00", 0, 0, 0},
		{"%05%00%03%01%02%03", 0, 0, 0},
		{"%05%00%03%01%00%01", 0, 0, 0},
		{"%05%00%04%01%02%01", 0, 0, 0}, /* element runs past the end */
		{"%05%00%02%01%02%01", 0, 0, 0}, /* element too short */
		{"%06%00%03%01%02%01", 0, 0, 0}, /* header runs past the end */
		{"%00", 0, 0, 0},
		{"%01%00", 0, 0, 0},
		{"zz", 0, 0, 0},
		{"", 0, 0, 0},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct test_headers headers = {0};
		const char *why, *field,
			*query = talloc_asprintf(*state, "%sid=1&text=x&udh=%s", NUMBERS, cases[i].udh);
		struct inbound_text t;

		assert_int_equal(get(*state, query, &t, &field), HOOK_OK);
		if (t.part_ref != cases[i].ref || t.part_total != cases[i].total || t.part_seq != cases[i].seq)
			fail_msg("%s: %u %u %u", cases[i].udh, t.part_ref, t.part_total, t.part_seq);
		add_header(&headers, "X-Kannel-UDH", cases[i].udh);
		struct hook hook = make_hook("POST", URL NUMBERS "id=1", "text/plain", "x", 1, &headers);
		assert_int_equal(kannel->parse_inbound(*state, &channel, &hook, &t, &field, &why), HOOK_OK);
		if (t.part_ref != cases[i].ref || t.part_total != cases[i].total || t.part_seq != cases[i].seq)
			fail_msg("header %s", cases[i].udh);
	}
}

static void test_post_url(void **state)
{
	static const struct {
		const char *type, *coding, *body;
		size_t len;
		const char *want;
	} cases[] = {
		{"text/plain; charset=\"UTF-8\"", "0", "O\xc3\xb9", 3, "O\xc3\xb9"},
		{"text/plain; charset=\"UTF-16BE\"", "2", "\0O\0\xf9", 4, "O\xc3\xb9"},
		{"text/plain; charset=ISO-8859-1", "0", "O\xf9", 2, "O\xc3\xb9"},
		{"text/plain;charset=windows-1252;x=y", "0", "\x80", 1, "\xe2\x82\xac"},
		{"text/plain", "2", "\0O\0\xf9", 4, "O\xc3\xb9"},
		{"text/plain", "0", "a&b=c%20", 8, "a&b=c%20"},
		{"application/octet-stream", "1", "hello", 5, "hello"},
		{"application/octet-stream", NULL, "\1\2", 2, NULL},
		{FORM, NULL, "text=a%26b&id=9", 15, "a&b"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct test_headers headers = {0};
		struct inbound_text t;
		const char *field, *why;

		add_header(&headers, "X-Kannel-From", "+14155550123");
		add_header(&headers, "X-Kannel-To", "12345");
		add_header(&headers, "X-Kannel-Time", "2025-01-02 03:04:05");
		add_header(&headers, "X-Kannel-Coding", cases[i].coding);
		struct hook hook =
			make_hook("POST", "http://x/in?secret=1", cases[i].type, cases[i].body, cases[i].len, &headers);
		enum hook_verdict got = kannel->parse_inbound(*state, &channel, &hook, &t, &field, &why);
		if (got != (cases[i].want ? HOOK_OK : HOOK_IGNORE) || (cases[i].want && strcmp(t.text, cases[i].want)))
			fail_msg("%s: %d %s", cases[i].type, got, t.text);
		assert_string_equal(t.from, "+14155550123");
		assert_string_equal(t.to, "12345");
		assert_true(t.sent_at == (usec_t)1735787045 * USEC_SECOND);
		assert_int_equal(strlen(t.provider_id), strcmp(cases[i].type, FORM) ? 64 : 1);
	}
}

/* Without id=%I: the same webhook twice has one id; anything else has another. */
static void test_hashed_ids(void **state)
{
	static const char *const queries[] = {
		"from=123&to=456&text=a&time=2025-01-02+03:04:05",
		"from=1234&to=456&text=a&time=2025-01-02+03:04:05",
		"from=123&to=4567&text=a&time=2025-01-02+03:04:05",
		"from=123&to=456&text=b&time=2025-01-02+03:04:05",
		"from=123&to=456&text=a&time=2025-01-02+03:04:06",
		"from=123&to=456&text=a&time=2025-01-02+03:04:05&udh=050003CC0201",
		"from=123&to=456&text=a&time=2025-01-02+03:04:05&udh=050003CC0202",
		"from=123&to=456&text=a&time=2025-01-02+03:04:05&smsc=x",
	};
	const char *id[COUNT_OF(queries)];
	struct inbound_text t;
	const char *field;

	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		assert_int_equal(get(*state, queries[i], &t, &field), HOOK_OK);
		id[i] = t.provider_id;
		assert_int_equal(get(*state, queries[i], &t, &field), HOOK_OK);
		assert_string_equal(t.provider_id, id[i]);
		assert_null(id_trouble(id[i]));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(id[i], id[j]);
	}
}

static void test_malformed(void **state)
{
	static const struct {
		const char *query, *field;
	} cases[] = {
		{"", "from"},
		{"to=123&text=x", "from"},
		{"from=&to=123", "from"},
		{"from=Bank&to=123", "from"},
		{"from=12&to=123", "from"},
		{"from=123", "to"},
		{"from=123&to=Shop", "to"},
		{"from=123&to=123&id=a+b", "id"},
		{"from=123&to=123&id=12345678901234567890123456789012345678901234567890123456789012345", "id"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct inbound_text t;
		const char *field = NULL;

		assert_int_equal(get(*state, cases[i].query, &t, &field), HOOK_MALFORMED);
		assert_string_equal(field, cases[i].field);
	}
	char *many = talloc_strdup(*state, "");
	for (int i = 0; i <= FORM_FIELDS_MAX; i++)
		many = talloc_strdup_append(many, "a&");
	struct inbound_text t;
	const char *field = NULL;
	assert_int_equal(get(*state, many, &t, &field), HOOK_MALFORMED);
	assert_string_equal(field, "query");
}

static enum hook_verdict receipt(TALLOC_CTX *ctx, const char *query, struct receipt *out, const char **field)
{
	const char *url = talloc_asprintf(ctx, "http://x/webhooks/kannel/k/status?%s", query), *why;
	struct hook hook = make_hook("GET", url, "", "", 0, &(struct test_headers){0});

	return kannel->parse_receipt(ctx, &channel, &hook, out, field, &why);
}

static void test_receipts(void **state)
{
	static const struct {
		const char *query;
		enum message_state want;
		enum send_meaning meaning;
		const char *code;
	} cases[] = {
		{"status=1", MSG_DELIVERED, MEAN_OK, NULL},
		{"status=1&reply=id:1+sub:001+stat:DELIVRD+err:000", MSG_DELIVERED, MEAN_OK, NULL},
		{"status=4", MSG_QUEUED, MEAN_OK, NULL},
		{"status=8&reply=ACK%2F", MSG_SENT, MEAN_OK, NULL},
		{"status=2", MSG_UNDELIVERED, MEAN_UNKNOWN, NULL},
		{"status=2&reply=id:1+stat:UNDELIV+err:001", MSG_UNDELIVERED, MEAN_UNKNOWN, "UNDELIV"},
		{"status=2&reply=id:1+stat:expired+err:001", MSG_EXPIRED, MEAN_EXPIRED, "EXPIRED"},
		{"status=2&reply=id:1+stat:DELIVRD", MSG_UNDELIVERED, MEAN_UNKNOWN, "DELIVRD"},
		{"status=2&reply=nonsense", MSG_UNDELIVERED, MEAN_UNKNOWN, NULL},
		{"status=16", MSG_FAILED, MEAN_UNKNOWN, NULL},
		{"status=16&reply=NACK%2F0x0000000B%2FInvalid+Destination", MSG_FAILED, MEAN_BAD_NUMBER, "0x0000000b"},
		{"status=16&reply=NACK%2F0x00000058%2FThrottling", MSG_FAILED, MEAN_TOO_FAST, "0x00000058"},
		{"status=16&reply=NACK%2F", MSG_FAILED, MEAN_UNKNOWN, NULL},
		{"status=16&reply=NACK%2F%01%02", MSG_FAILED, MEAN_UNKNOWN, NULL},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *query = talloc_asprintf(*state, "m=" M "&%s&smsc=77ab", cases[i].query), id[37];
		struct receipt r;
		const char *field;

		assert_int_equal(receipt(*state, query, &r, &field), HOOK_OK);
		if (r.state != cases[i].want || r.meaning != cases[i].meaning || !r.code != !cases[i].code ||
		    (r.code && strcmp(r.code, cases[i].code)))
			fail_msg("%s: %d %d %s", cases[i].query, r.state, r.meaning, r.code);
		assert_true(r.has_message);
		uuid_format(&r.message, id);
		assert_string_equal(id, M);
		assert_string_equal(r.provider_id, "77ab");
	}
}

static void test_receipts_malformed(void **state)
{
	static const struct {
		const char *query, *field;
	} cases[] = {
		{"", "m"},
		{"status=1", "m"},
		{"m=1&status=1", "m"},
		{"m=" M, "status"},
		{"m=" M "&status=3", "status"},
		{"m=" M "&status=delivered", "status"},
		{"m=" M "&status=%25d", "status"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct receipt r;
		const char *field = NULL;

		assert_int_equal(receipt(*state, cases[i].query, &r, &field), HOOK_MALFORMED);
		assert_string_equal(field, cases[i].field);
	}
}

/* As smsbox fills a dlr-url in: a doubled percent sign is one, %d, %A and %F are values. */
static char *fill(TALLOC_CTX *ctx, const char *pattern, const char *d, const char *a, const char *f)
{
	char *out = talloc_strdup(ctx, "");

	for (; *pattern; pattern++) {
		const char *value = NULL;

		if (*pattern == '%') {
			pattern++;
			value = *pattern == 'd' ? d : *pattern == 'A' ? a : *pattern == 'F' ? f : "%";
			assert_non_null(strchr("dAF%", *pattern));
		}
		out = value ? talloc_strdup_append(out, value) : talloc_asprintf_append(out, "%c", *pattern);
	}
	return out;
}

static void test_build_send(void **state)
{
	struct outbound_text text = {
		.from = "+1415", .to = "+14155550123", .text = "A&B \xc3\xa9", .ucs2 = false, .status_url = ""};
	struct send_request r;

	kannel->build_send(*state, &channel, &text, &r);
	assert_string_equal(r.method, "GET");
	assert_null(r.body);
	assert_null(r.user);
	assert_string_equal(r.url, "http://127.0.0.1:13013/cgi-bin/sendsms?username=user&password=pass%20word"
				   "&from=%2B1415&to=%2B14155550123&text=A%26B%20%C3%A9&charset=UTF-8&coding=0");
	text.from = "";
	text.ucs2 = true;
	text.validity = 61;
	kannel->build_send(*state, &channel, &text, &r);
	assert_null(strstr(r.url, "from="));
	assert_non_null(strstr(r.url, "&coding=2&validity=2"));
}

/* The report URL survives the way through Kannel, odd characters and the secret included. */
static void test_report_url(void **state)
{
	static const char *const secrets[] = {"", "plain", "100%d & more+\xc3\xa9"};

	for (size_t i = 0; i < COUNT_OF(secrets); i++) {
		struct outbound_text text = {.from = "1234",
					     .to = "+1",
					     .text = "",
					     .status_url = "https://x.test/webhooks/kannel/a%20k/status?m=" M};
		struct send_request r;
		struct receipt got;
		const char *field, *why;

		channel.hook_secret = secrets[i];
		kannel->build_send(*state, &channel, &text, &r);
		const char *query = strchr(r.url, '?') + 1;
		struct form *form = form_parse(*state, query, strlen(query));
		assert_string_equal(form_get(form, "dlr-mask"), "31");
		char *url = fill(*state, form_get(form, "dlr-url"), "16", "NACK%2F0x0000000b%2Fx", "f1");
		assert_non_null(strstr(url, "https://x.test/webhooks/kannel/a%20k/status?m=" M "&"));
		struct hook hook = make_hook("GET", url, "", "", 0, &(struct test_headers){0});
		assert_int_equal(kannel->verify(*state, &channel, &hook, &why), HOOK_OK);
		assert_int_equal(kannel->parse_receipt(*state, &channel, &hook, &got, &field, &why), HOOK_OK);
		assert_int_equal(got.meaning, MEAN_BAD_NUMBER);
		assert_string_equal(got.provider_id, "f1");
		assert_true(got.has_message);
	}
}

static void test_answers(void **state)
{
	static const struct {
		long status;
		const char *body;
		enum send_meaning want;
	} cases[] = {
		{202, "0: Accepted for delivery", MEAN_OK},
		{202, "3: Queued for later delivery", MEAN_OK},
		{202, "Sent.", MEAN_OK},
		{400, "Missing receiver number, rejected", MEAN_REJECTED},
		{403, "Authorization failed for sendsms", MEAN_REJECTED},
		{403, "Not routable. Do not try again.", MEAN_REJECTED},
		{404, "", MEAN_REJECTED},
		{500, "Sending failed.", MEAN_UNREACHABLE},
		{500, "<html>", MEAN_LOST},
		{502, "", MEAN_LOST},
		{503, "Temporal failure, try again later.", MEAN_UNREACHABLE},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct send_answer a;

		kannel->parse_answer(*state, &channel, cases[i].status, cases[i].body, strlen(cases[i].body), NULL, &a);
		assert_int_equal(a.meaning, cases[i].want);
		assert_null(a.provider_id);
		assert_int_equal(a.code == NULL, a.meaning == MEAN_OK);
	}
}

static void test_codes(void **state)
{
	static const struct {
		const char *code;
		enum send_meaning want;
	} cases[] = {
		{"0x00000001", MEAN_REJECTED},
		{"0x00000008", MEAN_UNREACHABLE},
		{"0x0000000a", MEAN_UNREGISTERED},
		{"0x0000000b", MEAN_BAD_NUMBER},
		{"0x0000000d", MEAN_REJECTED},
		{"0x0000000e", MEAN_REJECTED},
		{"0x0000000f", MEAN_REJECTED},
		{"0x00000014", MEAN_TOO_FAST},
		{"0x00000045", MEAN_UNKNOWN},
		{"0x00000058", MEAN_TOO_FAST},
		{"0x00000062", MEAN_REJECTED},
		{"0x00000064", MEAN_UNREACHABLE},
		{"0x00000065", MEAN_REJECTED},
		{"0x00000066", MEAN_REJECTED},
		{"0x000000fe", MEAN_UNKNOWN},
		{"0x000000ff", MEAN_UNKNOWN},
		{"DELIVRD", MEAN_OK},
		{"ACCEPTD", MEAN_OK},
		{"ENROUTE", MEAN_OK},
		{"EXPIRED", MEAN_EXPIRED},
		{"DELETED", MEAN_UNKNOWN},
		{"UNDELIV", MEAN_UNKNOWN},
		{"UNKNOWN", MEAN_UNKNOWN},
		{"REJECTD", MEAN_UNKNOWN},
		{"400", MEAN_REJECTED},
		{"403", MEAN_REJECTED},
		{"404", MEAN_REJECTED},
		{"415", MEAN_REJECTED},
		{"503", MEAN_UNREACHABLE},
		{"else", MEAN_UNKNOWN},
		{"", MEAN_OK},
		{NULL, MEAN_OK},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(kannel->meaning_of(cases[i].code), cases[i].want);
	assert_int_equal(kannel->inbound_reply.status, 200);
	assert_string_equal(kannel->inbound_reply.content_type, "text/plain");
	assert_string_equal(kannel->inbound_reply.body, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, free_state)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_secret),     TEST(test_get_url),
		TEST(test_times),      TEST(test_charsets),
		TEST(test_parts),      TEST(test_post_url),
		TEST(test_hashed_ids), TEST(test_malformed),
		TEST(test_receipts),   TEST(test_receipts_malformed),
		TEST(test_build_send), TEST(test_report_url),
		TEST(test_answers),    TEST(test_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
