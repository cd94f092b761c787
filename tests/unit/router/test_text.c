/* Normalising (NM-1): idempotent, valid UTF-8, and no disguise hides a STOP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "router/decide.h"
#include "router/text.h"

#define NOW ((usec_t)1764000000 * USEC_SECOND)

static uint64_t seed = 20261124;

static uint32_t draw(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (uint32_t)(seed >> 33) % below;
}

static size_t random_text(char *out, size_t chars)
{
	static const uint32_t blocks[] = {0x20,   0x41,   0x61,   0xc0,   0x300,  0x370,  0x400,
					  0x5d0,  0x620,  0x900,  0xe00,  0x1100, 0x2000, 0x2460,
					  0x3040, 0x4e00, 0xac00, 0xfb00, 0xff00, 0x1f600};
	size_t n = 0;

	for (size_t i = 0; i < chars; i++) {
		int32_t cp = (int32_t)(blocks[draw(sizeof blocks / sizeof blocks[0])] + draw(64));
		if (utf8proc_codepoint_valid(cp))
			n += (size_t)utf8proc_encode_char(cp, (uint8_t *)out + n);
	}
	out[n] = '\0';
	return n;
}

static void test_idempotent(void **state)
{
	char raw[512], once[TEXT_BYTES], twice[TEXT_BYTES];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		random_text(raw, draw(40));
		text_normalise(raw, once);
		text_normalise(once, twice);
		if (strcmp(once, twice) != 0)
			print_error("[%s] -> [%s] -> [%s]\n", raw, once, twice);
		assert_string_equal(once, twice);
		for (const uint8_t *s = (const uint8_t *)once; *s;) {
			int32_t cp;
			utf8proc_ssize_t len = utf8proc_iterate(s, -1, &cp);
			assert_true(len > 0);
			s += len;
		}
	}
}

static void test_disguises(void **state)
{
	static const char *const around[] = {"", " ", "!", "...", "\"", "*", "\n", "🙏", "(", "-"};
	struct router_brand brand = {.playbook = playbook_shipped(NULL), .name = "Acme", .locale = "en"};
	struct router_context in = {.brand = &brand, .locale = "en"};

	(void)state;
	for (int i = 0; i < 5000; i++) {
		char raw[128] = "";
		strcat(raw, around[draw(10)]);
		for (const char *s = "stop"; *s; s++) {
			char c[8] = {(char)(draw(2) ? *s : *s - 32), '\0'};
			if (draw(4) == 0)
				c[utf8proc_encode_char(0xff21 + (*s - 'a'), (uint8_t *)c)] = '\0';
			strcat(raw, c);
			if (draw(8) == 0)
				strcat(raw, "\xe2\x80\x8b"); /* zero-width space */
		}
		strcat(raw, around[draw(10)]);
		struct router_input input = {.text = raw, .at = NOW};
		struct router_decision out;
		TALLOC_CTX *ctx = talloc_new(NULL);
		router_decide(ctx, &in, &input, &out);
		if (out.kind != DECIDE_OPT_OUT)
			print_error("[%s]\n", raw);
		assert_int_equal(out.kind, DECIDE_OPT_OUT);
		talloc_free(ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_idempotent), cmocka_unit_test(test_disguises)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
