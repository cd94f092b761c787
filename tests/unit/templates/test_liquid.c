/* Liquid: the public conformance cases, and what goes beyond them: errors and their places, bounds, strictness,
 * locales, conditions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "templates/segments.h"
#include "tests/tools/liquid_json.h"

#define LENGTH(a) (sizeof(a) / sizeof *(a))
#define GOLDEN "../shared/reference/golden-liquid-part.json"
#define NOV_24_2026 (INT64_C(1795478400) * 1000000) /* a Tuesday, 00:00 UTC */
#define HOUR INT64_C(3600000000)

/* Renders source with data (JSON text, single quotes for double); NULL with *error set. */
static char *render_with(TALLOC_CTX *ctx, const char *source, const char *data, struct liquid_env env,
			 struct liquid_error *error)
{
	char *text = talloc_strdup(ctx, data && data[0] ? data : "{}");
	json_error_t where;

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	json_t *json = json_loads(text, 0, &where);
	if (!json)
		fail_msg("test data is no JSON: %s in %s", where.text, text);
	struct liquid_value value = liquid_from_json(ctx, json);
	json_decref(json);
	env.data = &value;
	struct liquid_template *t = liquid_parse(ctx, source, strlen(source), error);
	return t ? liquid_render(ctx, t, &env, error) : NULL;
}

struct sample {
	const char *source, *data, *want;
};

static unsigned check_samples(const struct sample *samples, size_t n, struct liquid_env env)
{
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		TALLOC_CTX *ctx = talloc_new(NULL);
		struct liquid_error error = {0};
		const char *got = render_with(ctx, samples[i].source, samples[i].data, env, &error);

		if (!got || strcmp(got, samples[i].want) != 0) {
			print_error("%s\n  want: %s\n  got:  %s%s\n", samples[i].source, samples[i].want,
				    got ? got : "error: ", got ? "" : error.text);
			wrong++;
		}
		talloc_free(ctx);
	}
	return wrong;
}

/* What the engine does ------------------------------------------------------------------------------------ */

static const struct sample samples[] = {
	/* numbers */
	{"{{ '49.90' | plus: '0.10' }}", "", "50.0"},
	{"{{ '49.90' | times: 3 }}", "", "149.7"},
	{"{{ 0.1 | plus: 0.2 }}", "", "0.3"},
	{"{{ 1000000.1 | minus: 1000000 }}", "", "0.1"},
	{"{{ 1.005 | round: 2 }}", "", "1.01"},
	{"{{ 2.5 | round }} {{ -2.5 | round }} {{ 2.4 | round }} {{ -2.4 | round }}", "", "3 -3 2 -2"},
	{"{{ 1234 | round: -2 }} {{ 1250 | round: -2 }} {{ -1250 | round: -2 }}", "", "1200 1300 -1300"},
	{"{{ -5 | divided_by: 2 }} {{ 5 | divided_by: -2 }} {{ -4 | divided_by: 2 }}", "", "-3 -3 -2"},
	{"{{ 5.0 | divided_by: 2 }} {{ '7' | divided_by: 2.0 }}", "", "2.5 3.5"},
	{"{{ -5 | modulo: 3 }} {{ 5 | modulo: -3 }} {{ -5.5 | modulo: 3 }}", "", "1 -1 0.5"},
	{"{{ 9223372036854775807 | plus: 1 }}", "", "9.223372036854776e+18"},
	{"{{ 9223372036854775807 }} {{ -9223372036854775807 }}", "", "9223372036854775807 -9223372036854775807"},
	{"{{ 123456789012345678901234567890 }}", "", "1.2345678901234568e+29"},
	{"{{ 10000000000000000.0 | times: 1.0 }} {{ 0.00001 | times: 1 }}", "", "1.0e+16 1.0e-05"},
	{"{{ '12 apples' | plus: 1 }} {{ ' 12.5 ' | plus: 1 }} {{ 'x' | plus: 1 }}", "", "13 13.5 1"},
	{"{{ n | times: 2 }} {{ n }}", "{'n': 0.1}", "0.2 0.1"},
	{"{{ a | sum }} {{ b | sum: 'p' }}", "{'a': ['49.90', '0.10', 5], 'b': [{'p': '1.10'}, {'p': 2}]}", "55.0 3.1"},
	{"{{ 3.7 | floor }} {{ -3.2 | floor }} {{ -3.7 | ceil }} {{ '3.01' | ceil }}", "", "3 -4 -3 4"},
	{"{{ -7 | abs }} {{ '-4.20' | abs }} {{ 3 | at_least: 5.5 }} {{ '9.5' | at_most: 9 }}", "", "7 4.2 5.5 9"},
	/* text */
	{"{{ 'straße' | upcase }} {{ 'ÉCOLE' | downcase }} {{ 'élan VITAL' | capitalize }}", "",
	 "STRASSE école Élan vital"},
	{"{{ 'Zoë' | size }} {{ 'Zoë' | slice: -1 }} {{ 'Zoëlle' | truncate: 4, '.' }}", "", "3 ë Zoë."},
	{"{{ s[2] }} {{ s[-3] }}{{ s[9] }}", "{'s': 'Zoë'}", "ë Z"},
	{"{{ ' a  b ' | split: ' ' | join: '|' }} {{ 'a,,b,,' | split: ',' | join: '|' }}", "", "a|b a||b"},
	{"{{ 'aXbX' | replace: 'X', '' }} {{ 'abc' | replace: '', '-' }}", "", "ab -a-b-c-"},
	{"{{ 'a b&c/ü' | url_encode }} {{ 'a+b%26%C3%BC%' | url_decode }}", "", "a+b%26c%2F%C3%BC a b&ü%"},
	{"{{ \"<b> & 'x'\" | escape }} {{ '1 &lt; 2 & 3 &#39; &' | escape_once }}", "",
	 "&lt;b&gt; &amp; &#39;x&#39; 1 &lt; 2 &amp; 3 &#39; &amp;"},
	{"{{ 'a < b' | strip_html }} {{ 'a<br' | strip_html }}", "", "a < b a<br"},
	{"{{ 'Ada Maria Lovelace' | first_name }}{{ '  Bo ' | first_name }}{{ nil | first_name }}", "", "AdaBo"},
	{"{{ 'one two three' | truncatewords: 2 }} {{ 'one two' | truncatewords }}", "", "one two... one two"},
	{"{{ \"a\nb\r\nc\" | newline_to_br }}|{{ \"a\r\nb\" | strip_newlines }}", "", "a<br />\nb<br />\nc|ab"},
	/* lists */
	{"{{ a | sort | join: ' ' }} {{ b | sort | join }}", "{'a': [3, null, 1, 2.5], 'b': ['b', 'C', 'a']}",
	 "1 2.5 3  C a b"},
	{"{{ a | sort: 'n' | map: 't' | join }}", "{'a': [{'n': 2, 't': 'b'}, {'n': 1, 't': 'a'}, {'n': 2, 't': 'c'}]}",
	 "a b c"},
	{"{{ a | reverse | first }}{{ a | last }}{{ a.size }}{{ a.first }}{{ a.last }}{{ a[-1] }}{{ a[9] }}",
	 "{'a': [1, 2, 3]}", "333133"},
	{"{{ a | slice: 1, 2 | join }} {{ a | slice: -1 | join }}", "{'a': [1, 2, 3]}", "2 3 3"},
	{"{{ h }} {{ a }}", "{'h': {'a': 1, 'b': ['x', null]}, 'a': [1, [2, 'x']]}",
	 "{\"a\":1,\"b\":[\"x\",null]} 12x"},
	{"{{ h.size }} {{ h.first }} {% for p in h %}{{ p[0] }}={{ p[1] }};{% endfor %}", "{'h': {'a': 1, 'b': 2}}",
	 "2 a1 a=1;b=2;"},
	{"{{ (1..3) }} {{ (1..3) | join }} {% assign r = (1..3) %}{{ r.last }}{{ r[1] }}{{ r.size }}", "",
	 "1..3 1 2 3 323"},
	/* truth */
	{"{% if '' %}a{% endif %}{% if 0 %}b{% endif %}{% if nil %}c{% endif %}{% if x %}d{% endif %}", "", "ab"},
	{"{% if x == blank %}a{% endif %}{% if '  ' == blank %}b{% endif %}{% if '  ' == empty %}c{% endif %}", "",
	 "ab"},
	{"{{ nil | default: 'a' }}{{ '' | default: 'b' }}{{ a | default: 'c' }}{{ 0 | default: 'd' }}", "{'a': []}",
	 "abc0"},
	{"{% if a contains 'x' and h contains 'k' and 'xyz' contains 'y' %}y{% endif %}", "{'a': ['x'], 'h': {'k': 1}}",
	 "y"},
	{"{% if total > 50 %}big{% elsif total >= '49.90' %}fair{% else %}small{% endif %}", "{'total': '49.90'}",
	 "fair"},
	{"{% if 1 < nil %}a{% elsif nil > 1 %}b{% else %}c{% endif %}", "", "c"},
	/* loops */
	{"{% for i in a reversed limit: 2 offset: 1 %}{{ i }}{{ forloop.rindex }}{{ forloop.rindex0 }} {% endfor %}",
	 "{'a': [1, 2, 3, 4]}", "321 210 "},
	{"{% for i in (1..3) %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}", "", "13"},
	{"{% for i in (1..3) %}{% for j in (1..3) %}{% if j == 2 %}{% break %}{% endif %}{{ i }}{{ j }} {% endfor %}{% "
	 "endfor %}",
	 "", "11 21 31 "},
	{"{% for x in a %}{% assign x = 5 %}{{ x }}{% endfor %}{{ x }}", "{'a': [1]}", "15"},
	{"{% for x in (1..2) %}{% for x in (8..9) %}{{ x }}{% endfor %}{{ x }}{% endfor %}{{ x }}", "{'x': 'out'}",
	 "891892out"},
	{"{% for i in (1..3) %}{% cycle 'a', 'b' %}{% increment n %}{% endfor %}{{ n }}{% decrement m %}", "",
	 "a0b1a23-1"},
	{"{% increment n %}{% increment n %}", "{'n': 5}", "56"},
	{"{% break %}not reached", "", ""},
	/* tags */
	{"{% capture x %}a{{ 1 }}{% endcapture %}{% capture 'y' %}b{% endcapture %}{{ x }}{{ y }}", "", "a1b"},
	{"a {%- assign x = 1 -%} b {{- x -}} c", "", "ab1c"},
	{"a \n{%- if true -%} \n b \n {%- endif -%} \n c", "", "abc"},
	{"{% liquid\n  assign x = 3\n  if x > 2\n    echo 'big'\n  else\n    echo 'small'\n  endif\n%}!", "", "big!"},
	{"{% comment %}{% raw %}{% endcomment %}{% endraw %} {{ bad | }}{% endcomment %}ok", "", "ok"},
	{"{% raw -%}  {{ x }} {%- endraw %}", "", "{{ x }}"},
	{"{% case x %}{% when 1, 2 %}a{% when 'b' or 'c' %}d{% else %}e{% endcase %}", "{'x': 'c'}", "d"},
	{"{{ x.y.z }}{{ x['y'].z }}{{ x[k].z }}{{ ['x'].y.z }}", "{'x': {'y': {'z': 1}}, 'k': 'y'}", "1111"},
	{"{{ h.first }} {{ h.size }} {{ h['size'] }}", "{'h': {'first': 'f', 'size': 's'}}", "f s s"},
	{"{{ x | nosuchfilter: 1, y: 2 | upcase }}", "{'x': 'a'}", "A"},
	{"{{ }}{% echo %}{{-}}", "", ""},
	/* link without a shortener, money and date of nothing */
	{"{{ 'https://a.example/x' | link }}{{ nil | link }}{{ nil | money }}{{ nil | date: 'short' }}", "",
	 "https://a.example/x"},
	{"{{ 'not a date' | date: '%Y' }}", "", "not a date"},
};

static void renders(void **state)
{
	(void)state;
	assert_int_equal(check_samples(samples, LENGTH(samples), (struct liquid_env){0}), 0);
}

/* Locales, zones ------------------------------------------------------------------------------------------ */

static struct liquid_env env_of(const char *locale, const char *zone, const char *currency)
{
	return (struct liquid_env){
		.locale = locale, .zone = zone, .currency = currency, .now = NOV_24_2026 + 23 * HOUR};
}

static const struct {
	const char *locale, *zone, *currency;
	struct sample sample;
} localised[] = {
	/* the reader's zone turns 23:00 UTC into the next day, or the same one */
	{"en", "UTC", NULL, {"{{ 'now' | date: 'short' }}", "", "Tue, Nov 24"}},
	{"en-US", "Europe/Berlin", NULL, {"{{ 'today' | date: 'short' }}", "", "Wed, Nov 25"}},
	{"de", "Europe/Berlin", NULL, {"{{ 'now' | date: 'short' }}", "", "Mi, 25. Nov."}},
	{"fr-CA", "America/Toronto", NULL, {"{{ 'now' | date: 'short' }}", "", "mar. 24 nov."}},
	{"es", NULL, NULL, {"{{ '2026-08-01' | date: 'short' }}", "", "sab 1 ago"}},
	{"pl", NULL, NULL, {"{{ '2026-10-01' | date: 'short' }}", "", "czw., 1 paz"}},
	{"en-US", NULL, NULL, {"{{ 'now' | date: 'long' }}", "", "Tuesday, November 24, 2026"}},
	{"de", NULL, NULL, {"{{ 'now' | date: 'long' }}", "", "Dienstag, 24. November 2026"}},
	{"fr", NULL, NULL, {"{{ '2026-08-01' | date: 'long' }}", "", "samedi 1 aout 2026"}},
	{"es-MX", NULL, NULL, {"{{ '2026-08-01' | date: 'long' }}", "", "sabado, 1 de agosto de 2026"}},
	{"en-US", NULL, NULL, {"{{ 'now' | date: 'time' }}", "", "11:00 PM"}},
	{"de", "Europe/Berlin", NULL, {"{{ 'now' | date: 'time' }}", "", "00:00"}},
	{"en",
	 "America/New_York",
	 NULL,
	 {"{{ 'now' | date: '%A %-d %B %Y %H:%M %Z %z %:z' }}", "", "Tuesday 24 November 2026 18:00 EST -0500 -05:00"}},
	{"en",
	 "America/New_York",
	 NULL,
	 {"{{ 'now' | date: '%s' }} {{ '2026-07-01' | date: '%s' }}", "", "1795561200 1782878400"}},
	{"fr",
	 NULL,
	 NULL,
	 {"{{ '2026-02-01' | date: '%a %A %b %B %^b %10B|' }}", "", "dim. dimanche févr. février FÉVR.    février|"}},
	{"pt-BR", NULL, NULL, {"{{ '2026-03-01' | date: '%B' }}", "", "marco"}},
	{"en",
	 NULL,
	 NULL,
	 {"{{ '2026-11-04T03:05:06.789Z' | date: '%e|%k|%l|%I%p|%P|%j|%L|%3N|%N|%D|%F|%T|%R|%y|%C|%u|%w|%V|%%|%q|%' }}",
	  "", " 4| 3| 3|03AM|am|308|789|789|789000000|11/04/26|2026-11-04|03:05:06|03:05|26|20|3|3|45|%|%q|%"}},
	{"en",
	 NULL,
	 NULL,
	 {"{{ '2026-11-04 10:00 +0200' | date: '%H' }}{{ '2026-11-04T10:00:00+02:00' | date: ' %H' }}", "", "08 08"}},
	{"en",
	 NULL,
	 NULL,
	 {"{{ 'Nov 4, 2026 3:05 PM' | date: '%FT%R' }} {{ 'Wed, 4 Nov 2026 10:00:00 GMT' | date: '%FT%R' }}", "",
	  "2026-11-04T15:05 2026-11-04T10:00"}},
	{"en",
	 NULL,
	 NULL,
	 {"{{ 1795478400 | date: '%F' }} {{ '1795478400' | date: '%F' }} {{ 1795478400.5 | date: '%L' }}", "",
	  "2026-11-24 2026-11-24 500"}},
	{"en", NULL, NULL, {"{{ 'now' | date: '%c' }} {{ 'now' | date: '' }}", "", "Tue Nov 24 23:00:00 2026 now"}},
	{"en-US",
	 NULL,
	 NULL,
	 {"{{ '49.90' | money }} {{ 49 | money }} {{ 1234.5 | money }} {{ '-3.10' | money }}", "",
	  "$49.90 $49.00 $1,234.50 -$3.10"}},
	{"de", NULL, "EUR", {"{{ '49.90' | money }} {{ '1234.50' | money }}", "", "49,90 € 1.234,50 €"}},
	{"fr", NULL, "EUR", {"{{ '1234.50' | money }}", "", "1 234,50 €"}},
	{"en-US", NULL, "JPY", {"{{ 4990 | money }}", "", "¥4,990"}},
	{"en-GB",
	 NULL,
	 "GBP",
	 {"{{ 9.9 | money }} {{ 9.9 | money: 'USD' }} {{ 9.9 | money: c }}", "{'c': 'EUR'}", "£9.90 US$9.90 €9.90"}},
	{"en-IN", NULL, "INR", {"{{ '123456.70' | money }}", "", "INR 1,23,456.70"}},
	{"pl", NULL, "PLN", {"{{ '9.90' | money }}", "", "9,90 zl"}},
	{"xx-nonsense",
	 "Nowhere/Else",
	 NULL,
	 {"{{ '9.90' | money }} {{ 'now' | date: '%B %H' }}", "", "$ 9.90 November 23"}},
};

static void writes_dates_and_sums_as_the_reader_does(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(localised); i++)
		wrong += check_samples(&localised[i].sample, 1,
				       env_of(localised[i].locale, localised[i].zone, localised[i].currency));
	assert_int_equal(wrong, 0);
}

/* Round the clocks' changes: what a zone shows for each hour of a year is a date of that year, and ICU's offset is what
 * zdump says of the days of change. */
static void knows_the_changes_of_the_clocks(void **state)
{
	static const struct sample changes[] = {
		{"{{ '2026-03-29T00:59:59Z' | date: '%H:%M %Z' }} {{ '2026-03-29T01:00:00Z' | date: '%H:%M' }}", "",
		 "01:59 GMT+1 03:00"},
		{"{{ '2026-10-25T00:59:59Z' | date: '%H:%M' }} {{ '2026-10-25T01:00:00Z' | date: '%H:%M' }}", "",
		 "02:59 02:00"},
		{"{{ '2026-07-01 12:00' | date: '%s' }} {{ '2026-01-01 12:00' | date: '%s' }}", "",
		 "1782900000 1767265200"},
	};

	(void)state;
	assert_int_equal(check_samples(changes, LENGTH(changes), env_of("en", "Europe/Berlin", NULL)), 0);
}

/* No month, weekday or sum makes a text dear in the languages whose letters GSM-7 has. */
static void spells_within_gsm7(void **state)
{
	static const char *const locales[] = {"de", "en", "es", "fr", "it", "nl", "pt", "pl",
					      "cs", "sv", "da", "nb", "fi", "hu", "tr"};
	static const char *const currencies[] = {"EUR", "USD", "GBP", "JPY", "PLN", "CZK",
						 "SEK", "INR", "TRY", "ILS", "KRW", "VND"};

	(void)state;
	for (size_t i = 0; i < LENGTH(locales); i++) {
		for (unsigned month = 1; month <= 12; month++) {
			TALLOC_CTX *ctx = talloc_new(NULL);
			struct liquid_error error;
			char *source = talloc_asprintf(
				ctx,
				"{%% assign d = '2026-%02u-%02u' %%}{{ d | date: 'short' }} {{ d | date: 'long' }} "
				"{{ d | date: 'time' }} {{ d | date: '%%A %%a %%B %%b' }} {{ '1234.50' | money: '%s' "
				"}}",
				month, month + 6, currencies[month - 1]);
			char *text = render_with(ctx, source, "", env_of(locales[i], "Europe/Paris", NULL), &error);

			assert_non_null(text);
			struct sms_segments count = sms_count(text, strlen(text));
			if (count.encoding != SMS_GSM7)
				fail_msg("%s: U+%04X in %s", locales[i], count.forces_ucs2, text);
			talloc_free(ctx);
		}
	}
}

/* Errors ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char *source;
	unsigned line, column;
	const char *text; /* part of it */
} errors[] = {
	{"a\n{{ x", 2, 1, "'{{' is never closed"},
	{"a {% if x", 1, 3, "'{%' is never closed"},
	{"é{% if x %}", 1, 5, "'if' is never closed: end it with {% endif %}"},
	{"{% unless x %}{% endif %}", 1, 18, "'endif' has no open block"},
	{"{% else %}", 1, 4, "'else' has no open block"},
	{"{% nosuch %}", 1, 4, "unknown tag 'nosuch'"},
	{"{%  %}", 1, 5, "a tag without a name"},
	{"{% include 'x' %}", 1, 4, "'include' reads another file"},
	{"{% render 'x' %}", 1, 4, "'render' reads another file"},
	{"{% layout 'x' %}", 1, 4, "'layout' reads another file"},
	{"{{ x | }}", 1, 7, "the name of a filter is missing"},
	{"{{ x y }}", 1, 6, "'y' where a filter"},
	{"{{ x.'y' }}", 1, 7, "'y' where a name"},
	{"{{ 'abc }}", 1, 4, "never ends"},
	{"{{ 1e3 }}", 1, 5, "'e3' where"},
	{"{{ 'Zo'[2] }}", 1, 8, "'[' where"},
	{"{{ x | upcase: 1 }}", 1, 8, "the filter upcase takes no arguments, not 1"},
	{"{{ x | append }}", 1, 8, "the filter append takes 1 argument, not 0"},
	{"{{ x | replace: 1, 2, 3 }}", 1, 8, "the filter replace takes 1 to 2 arguments, not 3"},
	{"{{ x | default: 1, allow: true }}", 1, 20, "no argument called allow"},
	{"{% assign x 1 %}", 1, 13, "'1' where '='"},
	{"{% assign %}", 1, 10, "the name of a variable is missing"},
	{"{% for x of y %}{% endfor %}", 1, 10, "'of' where 'in'"},
	{"{% for x in y limit 3 %}{% endfor %}", 1, 21, "'3' where ':'"},
	{"{% for x in y cols: 3 %}{% endfor %}", 1, 15, "'cols' where reversed, limit or offset"},
	{"{% if %}{% endif %}", 1, 6, "a value is missing"},
	{"{% if (a or b) %}{% endif %}", 1, 10, "parentheses hold ranges"},
	{"{% if a === b %}{% endif %}", 1, 11, "'=' where a value"},
	{"{% if '2' > 1 %}{% endif %}", 1, 8, "take the quotes off the number"},
	{"{% case x %}{% when %}{% endcase %}", 1, 20, "a value is missing"},
	{"{% break now %}", 1, 10, "nothing may follow break"},
	{"{% raw %}x", 1, 4, "'raw' is never closed"},
	{"{% comment %}x", 1, 4, "'comment' is never closed"},
	{"{% # a\nb %}", 2, 1, "each line of a # comment begins with #"},
	{"{% liquid\n if x\n echo x %}", 2, 2, "'if' is never closed"},
	/* found when it is rendered */
	{"a\n {{ 1 | divided_by: zero }}", 2, 9, "divided by 0"},
	{"{{ 1 | modulo: 0.0 }}", 1, 8, "divided by 0"},
	{"{% for i in (1..2) limit: 'x' %}{% endfor %}", 1, 4, "'x' where a whole number should be"},
	{"{% if n > s %}{% endif %}", 1, 7, "no order between them"},
	{"{{ a | sort }}", 1, 8, "cannot be sorted"},
	{"{{ s | concat: s }}", 1, 8, "concat takes an array"},
	{"{{ 'x' | money }}", 1, 10, "money takes a number, not 'x'"},
	{"{{ 1 | money: 'euro' }}", 1, 8, "a currency such as 'EUR', not 'euro'"},
	{"{{ '%FF' | url_decode }}", 1, 12, "no UTF-8"},
};

static void says_what_is_wrong_and_where(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(errors); i++) {
		TALLOC_CTX *ctx = talloc_new(NULL);
		struct liquid_error error = {0};
		char *got = render_with(ctx, errors[i].source, "{'zero': 0, 'n': 1, 's': 'x', 'a': [1, 'x', {}]}",
					(struct liquid_env){0}, &error);

		if (got || error.line != errors[i].line || error.column != errors[i].column ||
		    !strstr(error.text, errors[i].text)) {
			print_error("%s\n  want: %u:%u %s\n  got:  %u:%u %s\n", errors[i].source, errors[i].line,
				    errors[i].column, errors[i].text, error.line, error.column, got ? got : error.text);
			wrong++;
		}
		talloc_free(ctx);
	}
	assert_int_equal(wrong, 0);
}

/* Strictness ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *source;
	unsigned column;  /* of the error; 0: there is none */
	const char *text; /* of the error, or what is rendered */
} strict[] = {
	{"{{ order.nosuch }}", 4, "unknown variable 'order.nosuch'"},
	{"{{ nosuch.id }}", 4, "unknown variable 'nosuch'"},
	{"{{ order.lines[0].nosuch }}", 4, "unknown variable 'order.lines.[...].nosuch'"},
	{"{{ order['nosuch'] }}", 4, "unknown variable 'order.nosuch'"},
	{"{{ order[key] }}", 4, "unknown variable 'order.[...]'"},
	{"{{ order.id.x }}", 4, "unknown variable 'order.id.x'"},
	{"{% if nosuch %}{% endif %}", 7, "unknown variable 'nosuch'"},
	{"{{ nosuch | default: 'x' }}", 4, "unknown variable 'nosuch'"},
	{"{{ order.id | nosuch }}", 15, "unknown filter 'nosuch'"},
	{"{% for l in order.lines %}{% endfor %}{{ l }}", 42, "unknown variable 'l'"},
	{"{{ order.none }}|{{ order.none.deeper }}|{{ order.lines[7].title }}", 0, "||"},
	{"{{ order.lines.size }}{{ order.lines.first.title }}{{ order.id.size }}", 0, "1Mug4"},
	{"{% if false %}{% assign x = 1 %}{% endif %}{{ x }}{% increment n %}{{ n }}", 0, "01"},
	{"{% for l in order.lines %}{{ l.title }}{{ forloop.parentloop.index }}{% endfor %}{{ forloop.index }}", 0,
	 "Mug"},
	{"{% if false %}{{ nosuch }}{% endif %}ok", 0, "ok"},
};

static void knows_its_names_when_strict(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < LENGTH(strict); i++) {
		TALLOC_CTX *ctx = talloc_new(NULL);
		struct liquid_error error = {0};
		char *got =
			render_with(ctx, strict[i].source,
				    "{'key': 'k', 'order': {'id': '1001', 'none': null, 'lines': [{'title': 'Mug'}]}}",
				    (struct liquid_env){.strict = true}, &error);
		const char *said = got ? got : error.text;

		if (strcmp(said, strict[i].text) != 0 || error.column != strict[i].column ||
		    !got != !!strict[i].column) {
			print_error("%s\n  want: %u %s\n  got:  %u %s\n", strict[i].source, strict[i].column,
				    strict[i].text, error.column, said);
			wrong++;
		}
		talloc_free(ctx);
	}
	assert_int_equal(wrong, 0);
}

/* Bounds ---------------------------------------------------------------------------------------------------- */

static char *repeated(TALLOC_CTX *ctx, const char *open, unsigned n, const char *close)
{
	char *text = talloc_strdup(ctx, "");

	for (unsigned i = 0; i < n; i++)
		text = talloc_strdup_append_buffer(text, open);
	for (unsigned i = 0; i < n; i++)
		text = talloc_strdup_append_buffer(text, close);
	return text;
}

/* Renders: "" where it worked, else the error. */
static const char *outcome(TALLOC_CTX *ctx, const char *source, struct liquid_env env)
{
	struct liquid_error *error = talloc_zero(ctx, struct liquid_error);

	return render_with(ctx, source, "{}", env, error) ? "" : error->text;
}

static void keeps_within_its_bounds_when_it_parses(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct liquid_env env = {0};
	char *text;

	(void)state;
	assert_string_equal(outcome(ctx, repeated(ctx, "{% if true %}", 64, "{% endif %}"), env), "");
	assert_string_equal(outcome(ctx, repeated(ctx, "{% if true %}", 65, "{% endif %}"), env),
			    "blocks more than 64 deep");
	assert_string_equal(outcome(ctx, talloc_asprintf(ctx, "{%% %s %%}", repeated(ctx, "liquid ", 64, "")), env),
			    "");
	assert_string_equal(outcome(ctx, talloc_asprintf(ctx, "{%% %s %%}", repeated(ctx, "liquid ", 65, "")), env),
			    "blocks more than 64 deep");
	assert_string_equal(
		outcome(ctx,
			talloc_asprintf(ctx, "{{ %s1%s }}", repeated(ctx, "x[", 15, ""), repeated(ctx, "]", 15, "")),
			env),
		"");
	assert_string_equal(
		outcome(ctx,
			talloc_asprintf(ctx, "{{ %s1%s }}", repeated(ctx, "x[", 16, ""), repeated(ctx, "]", 16, "")),
			env),
		"brackets more than 16 deep");
	assert_string_equal(outcome(ctx, talloc_asprintf(ctx, "{{ x%s }}", repeated(ctx, ".y", 16, "")), env), "");
	assert_string_equal(outcome(ctx, talloc_asprintf(ctx, "{{ x%s }}", repeated(ctx, ".y", 17, "")), env),
			    "a path of more than 16 members");
	assert_string_equal(outcome(ctx, talloc_asprintf(ctx, "{{ x%s }}", repeated(ctx, "|strip", 64, "")), env), "");
	assert_string_equal(outcome(ctx, talloc_asprintf(ctx, "{{ x%s }}", repeated(ctx, "|strip", 65, "")), env),
			    "more than 64 filters on one value");
	assert_string_equal(
		outcome(ctx, talloc_asprintf(ctx, "{%% if x%s %%}{%% endif %%}", repeated(ctx, " or x", 63, "")), env),
		"");
	assert_string_equal(
		outcome(ctx, talloc_asprintf(ctx, "{%% if x%s %%}{%% endif %%}", repeated(ctx, " or x", 64, "")), env),
		"more than 64 comparisons in one condition");
	env.max_output = 1000000;
	text = repeated(ctx, "x", 64 * 1024, "");
	assert_string_equal(outcome(ctx, text, env), "");
	assert_string_equal(outcome(ctx, talloc_asprintf(ctx, "%sx", text), env),
			    "65537 bytes are too long: at most 65536");
	struct liquid_error error;
	assert_null(liquid_parse(ctx, "a\0b", 3, &error));
	assert_int_equal(error.column, 2);
	talloc_free(ctx);
}

static void keeps_within_its_bounds_when_it_renders(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct liquid_env env = {.max_output = 10, .max_steps = 6}, roomy = {0};

	(void)state;
	assert_string_equal(outcome(ctx, "1234567890", env), "");
	assert_string_equal(outcome(ctx, "12345678901", env), "longer than 10 bytes");
	assert_string_equal(outcome(ctx, "{% capture x %}12345678901{% endcapture %}", env), "longer than 10 bytes");
	/* what is on its way has a bound of its own: it may be longer than what is left of the text's */
	assert_string_equal(outcome(ctx, "12345{{ '1234567' | append: '8' | slice: 1 }}", env), "");
	assert_string_equal(outcome(ctx, "{{ '123456' | append: '12345' | size }}", env), "longer than 10 bytes");
	assert_string_equal(outcome(ctx, "{% for i in (1..6) %}{% endfor %}", env), "");
	assert_string_equal(outcome(ctx, "{% for i in (1..7) %}{% endfor %}", env),
			    "more turns of loops than a text may have");
	assert_string_equal(outcome(ctx, "{% for i in (1..2) %}{% for i in (1..2) %}{% endfor %}{% endfor %}", env),
			    "");
	assert_string_equal(outcome(ctx, "{% for i in (1..3) %}{% for i in (1..2) %}{% endfor %}{% endfor %}", env),
			    "more turns of loops than a text may have");
	assert_string_equal(
		outcome(ctx, "{% tablerow i in (1..7) %}{% endtablerow %}", (struct liquid_env){.max_steps = 6}),
		"more turns of loops than a text may have");
	assert_string_equal(outcome(ctx, "{% for i in (1..99999999999) %}{% endfor %}", roomy),
			    "more turns of loops than a text may have");
	assert_string_equal(outcome(ctx, "{{ (1..99999999999) | join }}", roomy), "too much work for one text");
	assert_string_equal(outcome(ctx, "{{ (-9223372036854775807..9223372036854775807) | size }}", roomy),
			    "a range of too many numbers");
	/* doubling: strings by their bound, arrays by memory or work */
	assert_string_equal(
		outcome(ctx, "{% assign x = 'x' %}{% for i in (1..99) %}{% assign x = x | append: x %}{% endfor %}",
			roomy),
		"longer than 16384 bytes");
	assert_string_equal(
		outcome(ctx, "{% assign x = (1..9) %}{% for i in (1..99) %}{% assign x = x | concat: x %}{% endfor %}",
			roomy),
		"too much memory for one text");
	assert_string_equal(outcome(ctx,
				    "{% assign x = (1..900) | join %}{% for i in (1..9000) %}{% assign a = x | split: "
				    "'' %}{% endfor %}",
				    roomy),
			    "too much memory for one text");
	assert_string_equal(outcome(ctx,
				    "{% for i in (1..10000) %}{% assign x = (1..2000) | size %}{% if (1..2000) "
				    "contains 0 %}{% endif %}"
				    "{% endfor %}",
				    roomy),
			    "too much work for one text");
	talloc_free(ctx);
}

static void keeps_deep_data_from_the_stack(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct liquid_error error;
	char *deep = repeated(ctx, "[", 32, "]"), *deeper = repeated(ctx, "[", 40, "]");

	(void)state;
	char *data = talloc_asprintf(ctx, "{'x': %s, 'y': %s, 'h': {'y': %s}}", deep, deeper, deeper);
	assert_non_null(render_with(ctx, "{{ x }}{{ x | join }}", data, (struct liquid_env){0}, &error));
	assert_null(render_with(ctx, "{{ y }}", data, (struct liquid_env){0}, &error));
	assert_string_equal(error.text, "arrays more than 32 deep");
	assert_null(render_with(ctx, "{{ y | join }}", data, (struct liquid_env){0}, &error));
	assert_string_equal(error.text, "arrays more than 32 deep");
	assert_null(render_with(ctx, "{{ h }}", data, (struct liquid_env){0}, &error));
	assert_string_equal(error.text, "values more than 32 deep");
	talloc_free(ctx);
}

/* The rest of the contract ---------------------------------------------------------------------------------- */

static const char *shorten(void *arg, TALLOC_CTX *ctx, const char *url)
{
	if (strcmp(url, "https://shop.example/keep") == 0)
		return NULL;
	return talloc_asprintf(ctx, "%s%zu", (const char *)arg, strlen(url));
}

static void asks_for_short_links(void **state)
{
	static const struct sample links[] = {
		{"{{ url | link }} {{ 'https://shop.example/keep' | link }}{{ '' | link }}",
		 "{'url': 'https://shop.example/a'}", "https://s.example/l/22 https://shop.example/keep"}};
	struct liquid_env env = {.link = shorten, .link_arg = (void *)(uintptr_t) "https://s.example/l/"};

	(void)state;
	assert_int_equal(check_samples(links, LENGTH(links), env), 0);
}

static void check_paths(size_t n, const char *const *paths, const char *want)
{
	char got[400] = "";

	for (size_t i = 0; i < n; i++) {
		strcat(got, i ? " " : "");
		strcat(got, paths[i]);
	}
	assert_string_equal(got, want);
}

static void tells_what_a_template_reads(void **state)
{
	static const char source[] =
		"{{ order.id }}{% assign a = order.total | times: rate %}{{ a }}{{ order.id }}"
		"{% for i in order.items limit: most %}{{ i.title }}{{ forloop.index }}{% else %}{{ none.at.all }}{% "
		"endfor %}"
		"{{ i }}{% capture c %}{{ customer['first_name'] }}{% endcapture %}{{ c }}{{ order.items[0].title }}"
		"{{ list[index.of].x }}{{ order.items.size }}{% if b == blank or nil %}{% increment n %}{{ n }}{% "
		"endif %}";
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct liquid_error error;
	const char *const *paths;

	(void)state;
	struct liquid_template *t = liquid_parse(ctx, source, strlen(source), &error);
	assert_non_null(t);
	size_t n = liquid_variables(t, &paths);
	check_paths(n, paths,
		    "order.id order.total rate order.items most none.at.all i customer.first_name index.of list b");
	assert_true(liquid_filters_known(t, &error));
	struct liquid_expr *e = liquid_parse_value(ctx, "order.items.size | times: x.y", &error);
	assert_non_null(e);
	n = liquid_expr_variables(e, &paths);
	check_paths(n, paths, "order.items x.y");
	static const char misspelt[] = "a\n{% if x %}{{ x | upcase | upcse }}{% endif %}";
	t = liquid_parse(ctx, misspelt, strlen(misspelt), &error);
	assert_non_null(t);
	assert_false(liquid_filters_known(t, &error));
	assert_string_equal(error.text, "unknown filter 'upcse'");
	assert_int_equal(error.line, 2);
	talloc_free(ctx);
}

static const char conditions_data[] =
	"{'order': {'total': '149.90', 'items': [1, 2, 3], 'note': '', 'gone': null}, 'customer': {'tags': ['vip']}}";

static const struct {
	const char *source;
	bool want;
} conditions[] = {
	{"order.total > 50 and customer.tags contains 'vip'", true},
	{"order.total < 50 or order.items.size == 3", true},
	{"order.total > 149.90", false},
	{"order.total >= 149.9", true},
	{"order.total > 1000", false}, /* as numbers: '1' is not before '149' */
	{"order.note == blank and order.gone == nil", true},
	{"order.gone", false},
	{"placed < '2026-11-24' and placed >= '2026-11-23'", true},
	{"placed < 'now'", true},
	{"false and false or true", false},
};

static struct liquid_value conditions_value(TALLOC_CTX *ctx)
{
	char *text = talloc_strdup(ctx, conditions_data);

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	json_t *json = json_loads(text, 0, NULL);
	struct liquid_hash *hash = liquid_hash_new(ctx);
	liquid_hash_put(hash, "order", liquid_nil());
	liquid_hash_put(hash, "order", liquid_from_json(ctx, json_object_get(json, "order")));
	liquid_hash_put(hash, "customer", liquid_from_json(ctx, json_object_get(json, "customer")));
	liquid_hash_put(hash, "placed", liquid_time(NOV_24_2026 - HOUR));
	json_decref(json);
	return liquid_hash_value(hash);
}

static void tests_conditions(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct liquid_value data = conditions_value(ctx);
	struct liquid_env env = {.data = &data, .now = NOV_24_2026, .strict = true};
	struct liquid_error error;

	(void)state;
	for (size_t i = 0; i < LENGTH(conditions); i++) {
		struct liquid_expr *e = liquid_parse_condition(ctx, conditions[i].source, &error);

		assert_non_null(e);
		if (liquid_test(ctx, e, &env, &error) != conditions[i].want || error.text[0])
			fail_msg("%s: %s", conditions[i].source, error.text);
	}
	assert_false(liquid_test(ctx, liquid_parse_condition(ctx, "order.nosuch", &error), &env, &error));
	assert_string_equal(error.text, "unknown variable 'order.nosuch'");
	assert_false(
		liquid_test(ctx, liquid_parse_condition(ctx, "order.items.size > order.note", &error), &env, &error));
	assert_string_equal(error.text, "text, numbers and times have no order between them");
	assert_null(liquid_parse_condition(ctx, "order.total >", &error));
	assert_string_equal(error.text, "a value is missing at the end");
	assert_null(liquid_parse_condition(ctx, "order.total | plus: 1", &error));
	assert_string_equal(error.text, "'|' where 'and', 'or' or the end should be");
	assert_null(liquid_parse_condition(ctx, "", &error));
	talloc_free(ctx);
}

static void gives_values(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct liquid_value data = conditions_value(ctx), v;
	struct liquid_env env = {.data = &data};
	struct liquid_error error;

	(void)state;
	v = liquid_value_of(ctx, liquid_parse_value(ctx, "order.items.size | times: 2", &error), &env, &error);
	assert_int_equal(v.type, LIQUID_INT);
	assert_int_equal(v.i, 6);
	v = liquid_value_of(ctx, liquid_parse_value(ctx, "customer.tags | join: ',' | upcase", &error), &env, &error);
	assert_int_equal(v.type, LIQUID_STRING);
	assert_memory_equal(v.s, "VIP", 3);
	v = liquid_value_of(ctx, liquid_parse_value(ctx, "(2..4)", &error), &env, &error);
	assert_int_equal(v.type, LIQUID_ARRAY);
	assert_int_equal(v.len, 3);
	assert_int_equal(v.array[2].i, 4);
	v = liquid_value_of(ctx, liquid_parse_value(ctx, "empty", &error), &env, &error);
	assert_int_equal(v.type, LIQUID_NIL);
	v = liquid_value_of(ctx, liquid_parse_value(ctx, "1 | divided_by: 0", &error), &env, &error);
	assert_int_equal(v.type, LIQUID_NIL);
	assert_string_equal(error.text, "divided by 0");
	assert_null(liquid_parse_value(ctx, "order | nosuch", &error));
	assert_string_equal(error.text, "unknown filter 'nosuch'");
	v = liquid_value_of(ctx, liquid_parse_value(ctx, "placed | date: '%H' | plus: 0", &error), &env, &error);
	assert_int_equal(v.i, 23);
	talloc_free(ctx);
}

/* A kept template renders the same any number of times: nothing of a render stays in it. */
static void renders_again_and_again(void **state)
{
	static const char source[] =
		"{% increment n %}{% assign x = x | append: 'a' %}{{ x }}{% for i in (1..4) limit: 2 %}"
		"{% cycle 'a', 'b', 'c' %}{% endfor %}{% for i in (1..4) offset: continue %}{{ i }}{% endfor %}";
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct liquid_value data = liquid_hash_value(liquid_hash_new(ctx));
	struct liquid_env env = {.data = &data};
	struct liquid_error error;

	(void)state;
	struct liquid_template *t = liquid_parse(ctx, source, strlen(source), &error);
	assert_non_null(t);
	for (int i = 0; i < 3; i++) {
		char *text = liquid_render(ctx, t, &env, &error);

		assert_string_equal(text, "0aab34");
		assert_int_equal(talloc_total_blocks(text), 1); /* and nothing but the text is kept */
		talloc_free(text);
	}
	talloc_free(ctx);
}

/* The public conformance cases ------------------------------------------------------------------------------- */

/* Cases left out, by the beginning of their name. */
static const struct {
	const char *name, *why;
} left_out[] = {
	{"tags, include,", "reads another template: a text is whole in itself"},
	{"tags, render,", "reads another template: a text is whole in itself"},
};

static bool is_left_out(const char *name)
{
	for (size_t i = 0; i < LENGTH(left_out); i++)
		if (strncmp(name, left_out[i].name, strlen(left_out[i].name)) == 0)
			return true;
	return false;
}

/* A case passes by its result, by one of its results, or by an error where it is invalid. */
static bool passes(const json_t *test, const char *got)
{
	const json_t *result = json_object_get(test, "result"), *results = json_object_get(test, "results"), *one;
	size_t i;

	if (json_is_true(json_object_get(test, "invalid")))
		return !got;
	if (!got)
		return false;
	json_array_foreach(results, i, one) if (strcmp(json_string_value(one), got) == 0) return true;
	return result && strcmp(json_string_value(result), got) == 0;
}

static bool run_golden(const json_t *test)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	const char *source = json_string_value(json_object_get(test, "template"));
	struct liquid_value data = liquid_from_json(ctx, json_object_get(test, "data"));
	struct liquid_env env = {.data = &data};
	struct liquid_error error = {0};
	struct liquid_template *t = liquid_parse(ctx, source, strlen(source), &error);
	char *got = t ? liquid_render(ctx, t, &env, &error) : NULL;
	bool ok = passes(test, got);

	if (!ok)
		print_error("%s\n  %s\n  got: %s%s\n", json_string_value(json_object_get(test, "name")), source,
			    got ? got : "error: ", got ? "" : error.text);
	talloc_free(ctx);
	return ok;
}

static void golden_cases_pass_or_skip_where_absent(void **state)
{
	json_t *golden = json_load_file(GOLDEN, 0, NULL), *test;
	unsigned passed = 0, failed = 0, out = 0;
	size_t i;

	(void)state;
	if (!golden)
		skip();
	json_array_foreach(json_object_get(golden, "tests"), i, test)
	{
		if (is_left_out(json_string_value(json_object_get(test, "name"))))
			out++;
		else if (run_golden(test))
			passed++;
		else
			failed++;
	}
	json_decref(golden);
	print_message("golden: %u passed, %u failed, %u left out\n", passed, failed, out);
	assert_int_equal(failed, 0);
	assert_true(passed > 600 && out < 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renders),
		cmocka_unit_test(writes_dates_and_sums_as_the_reader_does),
		cmocka_unit_test(knows_the_changes_of_the_clocks),
		cmocka_unit_test(spells_within_gsm7),
		cmocka_unit_test(says_what_is_wrong_and_where),
		cmocka_unit_test(knows_its_names_when_strict),
		cmocka_unit_test(keeps_within_its_bounds_when_it_parses),
		cmocka_unit_test(keeps_within_its_bounds_when_it_renders),
		cmocka_unit_test(keeps_deep_data_from_the_stack),
		cmocka_unit_test(asks_for_short_links),
		cmocka_unit_test(tells_what_a_template_reads),
		cmocka_unit_test(tests_conditions),
		cmocka_unit_test(gives_values),
		cmocka_unit_test(renders_again_and_again),
		cmocka_unit_test(golden_cases_pass_or_skip_where_absent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
