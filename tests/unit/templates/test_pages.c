/* The words of pages: every language says the same things with the same variables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "templates/pages.h"

extern const struct page_word page_words_data[];
extern const size_t page_words_count;

static size_t keys_of(const char *language)
{
	size_t n = 0;

	for (size_t i = 0; i < page_words_count; i++)
		n += !strcmp(page_words_data[i].locale, language);
	return n;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		n++;
		text++;
	}
	return n;
}

static void every_language_has_the_same_words(void **state)
{
	static const char *const languages[] = {"de", "en", "es", "fr", "it", "nl", "pt"};
	static const char *const variables[] = {"{{ brand.name }}", "{{ digits }}", "{{ support.contact }}", "{{"};

	(void)state;
	for (size_t i = 0; i < 7; i++)
		assert_string_equal(page_language_at(i), languages[i]);
	assert_null(page_language_at(7));
	assert_true(keys_of("en") > 30);
	for (size_t i = 0; i < page_words_count; i++) {
		const struct page_word *w = &page_words_data[i];
		const char *english = page_word("en", w->key);
		if (!english)
			fail_msg("%s: %s is not in en.yaml", w->locale, w->key);
		assert_int_equal(keys_of(w->locale), keys_of("en"));
		for (size_t v = 0; v < 4; v++)
			if (count(w->text, variables[v]) != count(english, variables[v]))
				fail_msg("%s: %s: not the same variables as in English", w->locale, w->key);
		assert_ptr_equal(page_word(w->locale, w->key), w->text);
	}
}

/* CO-2: whoever agrees to everything has read who, what, that it is no condition, and how to end it. */
static void agreeing_says_how_to_end_it(void **state)
{
	const char *language;

	(void)state;
	for (size_t i = 0; (language = page_language_at(i)); i++) {
		assert_non_null(strstr(page_word(language, "all_more"), "{{ brand.name }}"));
		assert_non_null(strstr(page_word(language, "all_more"), "STOP"));
		assert_non_null(strstr(page_word(language, "unknown_more"), "STOP"));
		assert_non_null(strstr(page_word(language, "expired_more"), "STOP"));
	}
}

static void the_best_language_is_found(void **state)
{
	static const struct {
		const char *locale, *language;
	} cases[] = {{"es-MX", "es"}, {"pt_BR", "pt"}, {"DE", "de"}, {"en", "en"}, {"ja", "en"},
		     {"", "en"},      {NULL, "en"},    {"e", "en"},  {"est", "en"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(page_language(cases[i].locale), cases[i].language);
}

static void variables_are_filled_in_once(void **state)
{
	struct page_var vars[] = {{"brand.name", "{{ digits }}"}, {"digits", "0123"}};
	TALLOC_CTX *ctx = talloc_new(NULL);

	(void)state;
	assert_string_equal(page_text(ctx, "en", "intro", vars, 2),
			    "What may {{ digits }} send to your phone ending in 0123?");
	assert_null(page_text(ctx, "en", "no such key", vars, 2));
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_language_has_the_same_words),
		cmocka_unit_test(agreeing_says_how_to_end_it),
		cmocka_unit_test(the_best_language_is_found),
		cmocka_unit_test(variables_are_filled_in_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
