#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "gateway/providers/common.h"
#include "gateway/providers/signing.h"

static int setup(void **state)
{
	*state = talloc_new(NULL);
	return 0;
}

static int teardown(void **state)
{
	talloc_free(*state);
	return 0;
}

/* Fields joined as "name=value|", as the URL standard reads them. */
static void test_parse(void **state)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{"", ""},
		{"&", ""},
		{"&&a=1&&", "a=1|"},
		{"a", "a=|"},
		{"=", "=|"},
		{"=v", "=v|"},
		{"a=b=c", "a=b=c|"},
		{"a=1&a=2", "a=1|a=2|"},
		{"a+b=c+d", "a b=c d|"},
		{"a%2Bb=%2b", "a+b=+|"},
		{"a=%", "a=%|"},
		{"a=%4", "a=%4|"},
		{"a=%4g", "a=%4g|"},
		{"a=%%41", "a=%A|"},
		{"a=%2541", "a=%41|"},
		{"a=%41%42", "a=AB|"},
		{"a=1;b=2", "a=1;b=2|"},
		{"%61=%C3%A9", "a=\xc3\xa9|"},
		{"a%26b=%3D%26", "a&b==&|"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct form *form = form_parse(*state, cases[i].in, strlen(cases[i].in));
		char *got = talloc_strdup(*state, "");

		assert_non_null(form);
		for (size_t j = 0; j < form->n; j++)
			got = talloc_asprintf_append(got, "%s=%s|", form->field[j].name, form->field[j].value);
		assert_string_equal(got, cases[i].want);
	}
}

static void test_get(void **state)
{
	struct form *form = form_parse(*state, "a=1&b=&a=2&c", 12);

	assert_string_equal(form_get(form, "a"), "1");
	assert_string_equal(form_get(form, "b"), "");
	assert_string_equal(form_get(form, "c"), "");
	assert_null(form_get(form, "A"));
	assert_null(form_get(form, ""));
	/* a name with a NUL in it is not the name before the NUL */
	form = form_parse(*state, "a%00b=1", 7);
	assert_null(form_get(form, "a"));
	assert_int_equal(form->field[0].name_len, 3);
	assert_null(form_get(NULL, "a"));
}

static void test_limit(void **state)
{
	char many[2 * (FORM_FIELDS_MAX + 1) + 1];

	for (size_t i = 0; i <= FORM_FIELDS_MAX; i++)
		memcpy(many + 2 * i, "a&", 3);
	struct form *form = form_parse(*state, many, 2 * FORM_FIELDS_MAX);
	assert_non_null(form);
	assert_int_equal(form->n, FORM_FIELDS_MAX);
	assert_null(form_parse(*state, many, 2 * (FORM_FIELDS_MAX + 1)));
	memset(many, '&', sizeof(many)); /* empty ones count for nothing */
	form = form_parse(*state, many, sizeof(many));
	assert_int_equal(form->n, 0);
}

static void test_encode(void **state)
{
	assert_string_equal(form_encode(*state, ""), "");
	assert_string_equal(form_encode(*state, "Az09-._~"), "Az09-._~");
	assert_string_equal(form_encode(*state, "a b+c&d=e/%\xc3\xa9\n"), "a%20b%2Bc%26d%3De%2F%25%C3%A9%0A");
}

/* Random bytes, mostly of the alphabet that matters. */
static size_t random_bytes(char *out, size_t max)
{
	static const char special[] = "&=+%%%0aF2\0\xc3\xa9\xed\xf0\xff";
	size_t len = (size_t)rand() % max;

	for (size_t i = 0; i < len; i++)
		out[i] = rand() % 3 ? special[(size_t)rand() % (sizeof(special) - 1)] : (char)rand();
	return len;
}

static void test_parse_any_bytes(void **state)
{
	char in[400];

	srand(20250101);
	for (int round = 0; round < 20000; round++) {
		size_t len = random_bytes(in, sizeof(in)), fields = 0, sum = 0;
		char *exact = malloc(len ? len : 1); /* so that a sanitizer sees a step past the end */

		memcpy(exact, in, len);
		for (size_t i = 0; i < len; i++)
			fields += in[i] != '&' && (i == 0 || in[i - 1] == '&');
		struct form *form = form_parse(*state, exact, len);
		free(exact);
		assert_non_null(form);
		assert_int_equal(form->n, fields);
		for (size_t i = 0; i < form->n; i++) {
			const struct form_field *f = &form->field[i];

			sum += f->name_len + f->value_len;
			assert_int_equal(f->name[f->name_len], 0);
			assert_int_equal(f->value[f->value_len], 0);
		}
		assert_true(sum <= len);
		talloc_free(form);
	}
}

/* What is encoded is read back the same. */
static void test_round_trip(void **state)
{
	char in[200];

	srand(20250102);
	for (int round = 0; round < 5000; round++) {
		TALLOC_CTX *ctx = talloc_new(*state);
		size_t len = random_bytes(in, sizeof(in) - 1);

		in[len] = 0;
		char *pair = talloc_asprintf(ctx, "k=%s&%s=v", form_encode(ctx, in), form_encode(ctx, in));
		struct form *form = form_parse(ctx, pair, strlen(pair));
		assert_string_equal(form_get(form, "k"), in);
		assert_string_equal(form->field[1].name, in);
		assert_string_equal(form->field[1].value, "v");
		talloc_free(ctx);
	}
}

#define BAD "\xef\xbf\xbd"

static void test_utf8_clean(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		const char *want;
	} cases[] = {
		{"", 0, ""},
		{"abc", 3, "abc"},
		{"a\0b", 3, "ab"},
		{"\0", 1, ""},
		{"\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa6", 9, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa6"},
		{"\x80", 1, BAD},
		{"\xc3", 1, BAD},
		{"\xc3(", 2, BAD "("},
		{"\xc0\xaf", 2, BAD BAD},                 /* overlong */
		{"\xe0\x80\xaf", 3, BAD BAD BAD},         /* overlong */
		{"\xed\xa0\x80", 3, BAD BAD BAD},         /* surrogate */
		{"\xf4\x90\x80\x80", 4, BAD BAD BAD BAD}, /* past U+10FFFF */
		{"\xe2\x82", 2, BAD},                     /* truncated: one maximal subpart */
		{"\xf0\x9f\x93z", 4, BAD "z"},
		{"\xff\xfe", 2, BAD BAD},
		{"\xef\xbf\xbf", 3, "\xef\xbf\xbf"}, /* a noncharacter is well-formed */
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(utf8_clean(*state, cases[i].in, cases[i].len), cases[i].want);
}

/* The result is UTF-8 by another library's judgement, and cleaning it again changes nothing. */
static void test_utf8_clean_any_bytes(void **state)
{
	char in[200];

	srand(20250103);
	for (int round = 0; round < 20000; round++) {
		TALLOC_CTX *ctx = talloc_new(*state);
		size_t len = random_bytes(in, sizeof(in));
		char *clean = utf8_clean(ctx, in, len);
		utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(clean), step;

		for (const uint8_t *p = (const uint8_t *)clean; left; p += step, left -= step) {
			utf8proc_int32_t c;

			step = utf8proc_iterate(p, left, &c);
			assert_true(step > 0);
		}
		assert_string_equal(utf8_clean(ctx, clean, strlen(clean)), clean);
		talloc_free(ctx);
	}
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; provider_at(i); i++)
		assert_ptr_equal(provider_find(provider_at(i)->name), provider_at(i));
	assert_non_null(provider_find("twilio"));
	assert_non_null(provider_find("kannel"));
	assert_non_null(provider_find("simulator"));
	assert_null(provider_find("Twilio"));
	assert_null(provider_find(""));
	assert_null(provider_at(3));
	assert_null(provider_at((size_t)-1));
}

static void test_numbers_and_ids(void **state)
{
	static const struct {
		const char *number;
		bool good;
	} cases[] = {
		{"+14155550123", true},
		{"14155550123", true},
		{"00491711234567", true},
		{"242", true},
		{"12", false},
		{"+123456789012345", true},
		{"+1234567890123456", false},
		{"00123456789012345", true},
		{"+", false},
		{"", false},
		{NULL, false},
		{"Amazon", false},
		{"+1415555012a", false},
		{"+1 415", false},
		{"++1415", false},
	};
	char id[PROVIDER_ID_MAX + 2];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(!number_trouble(cases[i].number), cases[i].good);
	memset(id, 'x', sizeof(id));
	id[PROVIDER_ID_MAX + 1] = 0;
	assert_non_null(id_trouble(id));
	id[PROVIDER_ID_MAX] = 0;
	assert_null(id_trouble(id));
	assert_non_null(id_trouble("a b"));
	assert_non_null(id_trouble("a\x80"));
	assert_non_null(id_trouble(""));
	assert_non_null(id_trouble(NULL));
}

static void test_statuses(void **state)
{
	static const struct {
		long status;
		enum send_meaning meaning;
	} cases[] = {
		{0, MEAN_LOST},       {200, MEAN_OK},          {201, MEAN_OK},       {202, MEAN_OK},
		{302, MEAN_REJECTED}, {400, MEAN_REJECTED},    {401, MEAN_REJECTED}, {403, MEAN_REJECTED},
		{404, MEAN_REJECTED}, {408, MEAN_LOST},        {429, MEAN_TOO_FAST}, {500, MEAN_LOST},
		{502, MEAN_LOST},     {503, MEAN_UNREACHABLE}, {504, MEAN_LOST},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(meaning_of_status(cases[i].status), cases[i].meaning);
	assert_int_equal(retry_after_seconds("30"), 30);
	assert_int_equal(retry_after_seconds("99999999999999999999"), 86400);
	assert_int_equal(retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT"), 0);
	assert_int_equal(retry_after_seconds("-1"), 0);
	assert_int_equal(retry_after_seconds(""), 0);
	assert_int_equal(retry_after_seconds(NULL), 0);
}

/* RFC 2202 (SHA-1) and RFC 4231 (SHA-256), test case 2, in one piece and in several. */
static void test_hmac(void **state)
{
	const char *text = "what do ya want for nothing?";
	char hex[2 * HMAC_MAX + 1];
	uint8_t out[HMAC_MAX];

	(void)state;
	for (size_t cut = 0; cut <= strlen(text); cut++) {
		struct bytes piece[] = {{text, cut}, {text + cut, strlen(text) - cut}};

		assert_int_equal(hmac_sign(HMAC_SHA1, "Jefe", piece, 2, out), 20);
		hex_lower(out, 20, hex);
		assert_string_equal(hex, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
		assert_int_equal(hmac_sign(HMAC_SHA256, "Jefe", piece, 2, out), 32);
		hex_lower(out, 32, hex);
		assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	}
	sha256_hex("abc", 3, hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(same_secret("ab", 2, "ab", 2));
	assert_false(same_secret("ab", 2, "abc", 3));
	assert_false(same_secret("abd", 3, "abc", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_parse, setup, teardown),
		cmocka_unit_test_setup_teardown(test_get, setup, teardown),
		cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_encode, setup, teardown),
		cmocka_unit_test_setup_teardown(test_parse_any_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(test_utf8_clean, setup, teardown),
		cmocka_unit_test_setup_teardown(test_utf8_clean_any_bytes, setup, teardown),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_numbers_and_ids),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_hmac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
