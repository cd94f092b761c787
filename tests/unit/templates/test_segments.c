/* Counting, cutting and the GSM-7 alphabet: 3GPP TS 23.038 and 23.040 9.2.3.24. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "templates/gsm7.h"
#include "templates/segments.h"

#define VECTORS "../shared/reference/vectors/segments.json"
#define PARTS 8

/* head, then unit repeated times times, then tail. */
struct part_case {
	const char *name, *head, *unit;
	size_t times;
	const char *tail;
	enum sms_encoding encoding;
	size_t units, parts[PARTS]; /* parts end at the first 0 */
};

static const struct part_case cases[] = {
	{"one letter", "", "a", 1, "", SMS_GSM7, 1, {1}},
	{"a full segment", "", "a", 160, "", SMS_GSM7, 160, {160}},
	{"one more", "", "a", 161, "", SMS_GSM7, 161, {153, 8}},
	{"two full", "", "a", 306, "", SMS_GSM7, 306, {153, 153}},
	{"two full and one", "", "a", 307, "", SMS_GSM7, 307, {153, 153, 1}},
	{"four full", "", "a", 612, "", SMS_GSM7, 612, {153, 153, 153, 153}},
	{"extension is two", "", "€", 1, "", SMS_GSM7, 2, {2}},
	{"80 euros", "", "€", 80, "", SMS_GSM7, 160, {160}},
	{"81 euros leave a gap", "", "€", 81, "", SMS_GSM7, 162, {152, 10}},
	{"159 and a euro: no escape at the end", "", "a", 159, "€", SMS_GSM7, 161, {153, 8}},
	{"158 and a euro", "", "a", 158, "€", SMS_GSM7, 160, {160}},
	{"euro would straddle 153", "", "a", 152, "€bbbbbbbbbb", SMS_GSM7, 164, {152, 12}},
	{"euro ends at 153", "", "a", 151, "€bbbbbbbbbb", SMS_GSM7, 163, {153, 10}},
	{"bracket would straddle the second", "a", "[", 153, "", SMS_GSM7, 307, {153, 152, 2}},
	{"CR and LF are one each", "", "\r\n", 80, "", SMS_GSM7, 160, {160}},
	{"form feed is an extension", "", "\f", 2, "", SMS_GSM7, 4, {4}},
	{"at sign is septet 0", "", "@", 160, "", SMS_GSM7, 160, {160}},
	{"capital C cedilla", "", "Ç", 161, "", SMS_GSM7, 161, {153, 8}},
	{"small c cedilla", "", "ç", 70, "", SMS_UCS2, 70, {70}},
	{"UCS-2 one more", "á", "a", 70, "", SMS_UCS2, 71, {67, 4}},
	{"UCS-2 two full", "", "á", 134, "", SMS_UCS2, 134, {67, 67}},
	{"UCS-2 two full and one", "", "á", 135, "", SMS_UCS2, 135, {67, 67, 1}},
	{"emoji is a pair", "", "📦", 1, "", SMS_UCS2, 2, {2}},
	{"35 emoji", "", "📦", 35, "", SMS_UCS2, 70, {70}},
	{"36 emoji leave a gap", "", "📦", 36, "", SMS_UCS2, 72, {66, 6}},
	{"69 and an emoji", "", "a", 69, "📦", SMS_UCS2, 71, {67, 4}},
	{"pair would straddle 67", "", "a", 66, "📦bbbbbbbbbb", SMS_UCS2, 78, {66, 12}},
	{"pair ends at 67", "", "a", 65, "📦bbbbbbbbbb", SMS_UCS2, 77, {67, 10}},
	{"in UCS-2 a euro is one", "á", "€", 66, "", SMS_UCS2, 67, {67}},
	{"late offender turns it all", "", "a", 160, "”", SMS_UCS2, 161, {67, 67, 27}},
	{"tab", "a", "\t", 1, "b", SMS_UCS2, 3, {3}},
	{"backtick", "", "`", 1, "", SMS_UCS2, 1, {1}},
	{"escape itself cannot be written", "", "\x1b", 1, "", SMS_UCS2, 1, {1}},
	{"Greek alpha is no A", "", "Α", 1, "", SMS_UCS2, 1, {1}},
	{"combining accent", "e", "\u0301", 1, "", SMS_UCS2, 2, {2}},
	{"family of eleven", "", "👨‍👩‍👧‍👦", 1, "", SMS_UCS2, 11, {11}},
};

static char *build(const struct part_case *c)
{
	char *text = calloc(1, strlen(c->head) + strlen(c->unit) * c->times + strlen(c->tail) + 1);
	char *to = stpcpy(text, c->head);

	for (size_t i = 0; i < c->times; i++)
		to = stpcpy(to, c->unit);
	stpcpy(to, c->tail);
	return text;
}

static void each_edge_counts_as_the_standard_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct part_case *c = &cases[i];
		char *text = build(c);
		size_t len = strlen(text), parts = 0;
		struct sms_segments count = sms_count(text, len);

		while (parts < PARTS && c->parts[parts])
			parts++;
		if (count.encoding != c->encoding || count.units != c->units || count.segments != parts)
			fail_msg("%s: encoding %d, %zu units, %zu segments", c->name, (int)count.encoding, count.units,
				 count.segments);
		for (size_t p = 0; p < parts; p++)
			if (sms_segment_units(text, len, p) != c->parts[p])
				fail_msg("%s: part %zu has %zu units", c->name, p, sms_segment_units(text, len, p));
		assert_int_equal(sms_segment_end(text, len, parts - 1), len);
		free(text);
	}
}

static void an_empty_text_is_one_empty_segment(void **state)
{
	struct sms_segments count = sms_count("", 0);

	(void)state;
	assert_int_equal(count.encoding, SMS_GSM7);
	assert_int_equal(count.units, 0);
	assert_int_equal(count.segments, 1);
	assert_int_equal(count.forces_ucs2, 0);
	assert_int_equal(sms_segment_end("", 0, 0), 0);
	assert_int_equal(sms_segment_units("", 0, 0), 0);
}

static void the_first_offender_is_named(void **state)
{
	struct sms_segments count = sms_count("é “á”", strlen("é “á”"));

	(void)state;
	assert_int_equal(count.forces_ucs2, 0x201C);
	assert_int_equal(count.forces_at, 3); /* é is two bytes, the space one */
	assert_int_equal(sms_count("plain", 5).forces_ucs2, 0);
}

static void past_the_last_segment_there_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(sms_segment_units("abc", 3, 1), 0);
	assert_int_equal(sms_segment_units("abc", 3, 1000), 0);
	assert_int_equal(sms_segment_end("abc", 3, 1000), 3);
}

static void only_len_bytes_are_read(void **state)
{
	(void)state;
	assert_int_equal(sms_count("abc📦", 3).encoding, SMS_GSM7);
	assert_int_equal(sms_count("a\0b", 3).units, 3); /* NUL is a character like others, outside the alphabet */
	assert_int_equal(sms_count("a\0b", 3).encoding, SMS_UCS2);
}

/* xorshift: the same texts each run. */
static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static const char *const gsm_letters[] = {"a", "Z", " ", "\n", "@", "é", "Ω", "€", "[", "^", "\\", "ñ"};
static const char *const all_letters[] = {"a", "Z", " ", "€", "á", "“", "字", "📦", "👍", "\u0301", "é", "{"};
#define LETTERS (sizeof gsm_letters / sizeof *gsm_letters)

static size_t units_of_letter(const char *letter, enum sms_encoding encoding)
{
	if (encoding == SMS_UCS2)
		return (unsigned char)letter[0] >= 0xF0 ? 2 : 1;
	return strcmp(letter, "€") == 0 || strchr("[^\\{", letter[0]) ? 2 : 1;
}

/* Checks one random text against a plain re-count of its letters. */
static void check_random(uint32_t *seed, const char *const *letters)
{
	char text[4 * 700 + 1];
	bool boundary[sizeof text] = {true};
	const char *chosen[700];
	size_t n = next_random(seed) % 700, len = 0, units = 0;

	for (size_t i = 0; i < n; i++) {
		chosen[i] = letters[next_random(seed) % LETTERS];
		len += (size_t)(stpcpy(text + len, chosen[i]) - (text + len));
		boundary[len] = true;
	}
	text[len] = '\0';
	struct sms_segments count = sms_count(text, len);
	for (size_t i = 0; i < n; i++)
		units += units_of_letter(chosen[i], count.encoding);
	assert_int_equal(count.units, units);

	size_t limit = count.encoding == SMS_GSM7 ? 153 : 67, sum = 0, start = 0;
	if (count.segments == 1)
		limit = count.encoding == SMS_GSM7 ? 160 : 70;
	for (size_t p = 0; p < count.segments; p++) {
		size_t part = sms_segment_units(text, len, p), end = sms_segment_end(text, len, p);
		struct sms_segments alone = sms_count(text + start, end - start);

		assert_true(part <= limit);
		if (p + 1 < count.segments)
			assert_true(part >= limit - 1); /* greedy: one unit is left at most */
		assert_true(boundary[end]);
		assert_true(end > start || len == 0);
		if (alone.encoding == count.encoding)
			assert_int_equal(alone.units, part);
		sum += part;
		start = end;
	}
	assert_int_equal(sum, units);
	assert_int_equal(start, len);
}

static void parts_add_up_and_never_split_a_character(void **state)
{
	uint32_t seed = 2463534242u;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		check_random(&seed, gsm_letters);
		check_random(&seed, all_letters);
	}
}

static void round_trip(const uint8_t *septets, size_t n)
{
	char utf8[16];
	uint8_t back[16];
	long len = gsm7_to_utf8(septets, n, utf8, sizeof utf8);

	assert_true(len > 0);
	assert_int_equal(sms_count(utf8, (size_t)len).encoding, SMS_GSM7);
	assert_int_equal(sms_count(utf8, (size_t)len).units, n);
	assert_int_equal(utf8_to_gsm7(utf8, (size_t)len, back, sizeof back), n);
	assert_memory_equal(back, septets, n);
}

static void every_character_survives_the_round_trip(void **state)
{
	static const uint8_t extension[] = {0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65};

	(void)state;
	for (unsigned septet = 0; septet < 128; septet++)
		if (septet != GSM7_ESCAPE)
			round_trip(&(uint8_t){(uint8_t)septet}, 1);
	for (size_t i = 0; i < sizeof extension; i++)
		round_trip((uint8_t[]){GSM7_ESCAPE, extension[i]}, 2);
}

static void the_alphabet_holds_137_characters(void **state)
{
	unsigned one = 0, two = 0;

	(void)state;
	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		one += gsm7_septets(cp) == 1;
		two += gsm7_septets(cp) == 2;
	}
	assert_int_equal(one, 127); /* 128 septets without the escape */
	assert_int_equal(two, 10);
}

static void an_unknown_escape_shows_the_base_character(void **state)
{
	static const uint8_t in[] = {GSM7_ESCAPE, 'A', GSM7_ESCAPE, 0x0D, GSM7_ESCAPE, GSM7_ESCAPE, 'b', GSM7_ESCAPE};
	char out[16];
	long len = gsm7_to_utf8(in, sizeof in, out, sizeof out);

	(void)state;
	assert_int_equal(len, 5);
	assert_memory_equal(out, "A\r b ", 5); /* TS 23.038 6.2.1.1: a second escape, or one at the end, is a space */
}

static void what_does_not_fit_is_refused(void **state)
{
	char out[3];
	uint8_t septets[3];

	(void)state;
	assert_int_equal(gsm7_to_utf8((const uint8_t[]){0x05, 0x05}, 2, out, 3), -1);
	assert_int_equal(gsm7_to_utf8((const uint8_t[]){GSM7_ESCAPE, 0x65}, 2, out, 3), 3);
	assert_int_equal(utf8_to_gsm7("ab€", 5, septets, 3), -1);
	assert_int_equal(utf8_to_gsm7("a€", 4, septets, 3), 3);
	assert_int_equal(utf8_to_gsm7("á", 2, septets, 3), -1);
	assert_int_equal(utf8_to_gsm7("\x1b", 1, septets, 3), -1);
	assert_int_equal(utf8_to_gsm7("", 0, septets, 0), 0);
}

static void broken_utf8_never_reads_past_the_end(void **state)
{
	static const char *const broken[] = {"\xC3",     "\xE2\x82",     "\xF0\x9F\x93", "\x80",
					     "\xC0\x80", "\xED\xA0\x80", "\xFF"};
	uint8_t out[8];

	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		size_t len = strlen(broken[i]);
		char *exact = malloc(len); /* so that a sanitizer sees the end */

		memcpy(exact, broken[i], len);
		assert_int_equal(sms_count(exact, len).forces_ucs2, 0xFFFD);
		assert_int_equal(utf8_to_gsm7(exact, len, out, sizeof out), -1);
		assert_int_equal(sms_segment_end(exact, len, 0), len);
		free(exact);
	}
}

static void check_vector(const json_t *vector)
{
	const json_t *text = json_object_get(vector, "text"), *expect = json_object_get(vector, "expect");
	const json_t *parts = json_object_get(expect, "parts");
	const char *id = json_string_value(json_object_get(vector, "id"));
	const char *encoding = json_string_value(json_object_get(expect, "encoding"));
	size_t len = json_string_length(text);
	struct sms_segments count = sms_count(json_string_value(text), len);

	if (strcmp(encoding, count.encoding == SMS_GSM7 ? "gsm7" : "ucs2") != 0 ||
	    (size_t)json_integer_value(json_object_get(expect, "units")) != count.units ||
	    (size_t)json_integer_value(json_object_get(expect, "segments")) != count.segments ||
	    json_array_size(parts) != count.segments)
		fail_msg("%s: encoding %d, %zu units, %zu segments", id, (int)count.encoding, count.units,
			 count.segments);
	for (size_t p = 0; p < count.segments; p++)
		if ((size_t)json_integer_value(json_array_get(parts, p)) !=
		    sms_segment_units(json_string_value(text), len, p))
			fail_msg("%s: part %zu", id, p);
}

static void shared_vectors_agree_or_skip_where_absent(void **state)
{
	json_t *root, *vector;
	size_t i;

	(void)state;
	if (!(root = json_load_file(VECTORS, JSON_ALLOW_NUL, NULL))) {
		print_message("skipped: no %s from here\n", VECTORS);
		skip();
	}
	assert_true(json_array_size(json_object_get(root, "cases")) > 40);
	json_array_foreach(json_object_get(root, "cases"), i, vector) check_vector(vector);
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_edge_counts_as_the_standard_says),
		cmocka_unit_test(an_empty_text_is_one_empty_segment),
		cmocka_unit_test(the_first_offender_is_named),
		cmocka_unit_test(past_the_last_segment_there_is_nothing),
		cmocka_unit_test(only_len_bytes_are_read),
		cmocka_unit_test(parts_add_up_and_never_split_a_character),
		cmocka_unit_test(every_character_survives_the_round_trip),
		cmocka_unit_test(the_alphabet_holds_137_characters),
		cmocka_unit_test(an_unknown_escape_shows_the_base_character),
		cmocka_unit_test(what_does_not_fit_is_refused),
		cmocka_unit_test(broken_utf8_never_reads_past_the_end),
		cmocka_unit_test(shared_vectors_agree_or_skip_where_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
