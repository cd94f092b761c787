/* Filters that write text for somewhere else: HTML, addresses, base64. */
#include "templates/liquid_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#define FILTER(name)                                                                                                   \
	static struct liquid_value name(struct render *r, struct liquid_value in, const struct liquid_value *args,     \
					unsigned n)

/* HTML ------------------------------------------------------------------------------------------------------- */

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Does an entity stand here: &amp; or &#39; */
static bool is_entity(struct span s)
{
	uint32_t i = 1;
	bool number = s.len > 1 && s.s[1] == '#';

	if (number)
		i++;
	uint32_t start = i;
	while (i < s.len && (number ? is_digit(s.s[i]) : is_letter(s.s[i])))
		i++;
	return i > start && i < s.len && s.s[i] == ';';
}

static struct liquid_value escaped(struct render *r, struct span s, bool once)
{
	struct mark mark = render_mark(r);
	uint32_t from = 0;

	for (uint32_t i = 0; i < s.len; i++) {
		const char *entity = entity_of(s.s[i]);

		if (!entity || (once && s.s[i] == '&' && is_entity((struct span){s.s + i, s.len - i})))
			continue;
		render_emit(r, s.s + from, i - from);
		render_emit(r, entity, strlen(entity));
		from = i + 1;
	}
	render_emit(r, s.s + from, s.len - from);
	return render_take(r, mark);
}

FILTER(escape)
{
	(void)args, (void)n;
	return escaped(r, value_text(r, in), false);
}

FILTER(escape_once)
{
	(void)args, (void)n;
	return escaped(r, value_text(r, in), true);
}

static const char *find_fold(const char *from, const char *end, const char *what)
{
	size_t len = strlen(what);

	for (; (size_t)(end - from) >= len; from++)
		if (strncasecmp(from, what, len) == 0)
			return from;
	return NULL;
}

/* Where the tag, comment, script or style that begins at s ends; NULL where it never does. */
static const char *html_end(const char *s, const char *end)
{
	static const struct {
		const char *from, *to;
	} blocks[] = {{"<script", "</script>"}, {"<!--", "-->"}, {"<style", "</style>"}};

	for (size_t i = 0; i < LENGTH(blocks); i++) {
		size_t len = strlen(blocks[i].from);

		if ((size_t)(end - s) < len || strncmp(s, blocks[i].from, len) != 0)
			continue;
		const char *close = find_fold(s + len, end, blocks[i].to);
		if (close)
			return close + strlen(blocks[i].to);
	}
	const char *close = memchr(s, '>', (size_t)(end - s));
	return close ? close + 1 : NULL;
}

FILTER(strip_html)
{
	(void)args, (void)n;
	struct span s = value_text(r, in);
	const char *at = s.s, *end = s.s + s.len, *open;
	struct mark mark = render_mark(r);
	while (at < end && (open = memchr(at, '<', (size_t)(end - at)))) {
		const char *behind = html_end(open, end);

		if (!behind || !render_charge(r, (size_t)(end - open) / 16))
			break;
		render_emit(r, at, (size_t)(open - at));
		at = behind;
	}
	render_emit(r, at, (size_t)(end - at));
	return render_take(r, mark);
}

/* Addresses -------------------------------------------------------------------------------------------------- */

FILTER(url_encode)
{
	(void)args, (void)n;
	static const char hex[] = "0123456789ABCDEF";
	struct span s = value_text(r, in);
	struct mark mark = render_mark(r);
	for (uint32_t i = 0; i < s.len; i++) {
		char c = s.s[i], code[3] = {'%', hex[(unsigned char)c >> 4], hex[(unsigned char)c & 15]};

		if (is_letter(c) || is_digit(c) || (c && strchr("_.-~", c)))
			render_emit(r, &c, 1);
		else if (c == ' ')
			render_emit(r, "+", 1);
		else
			render_emit(r, code, 3);
	}
	return render_take(r, mark);
}

static int hex_of(char c)
{
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What bytes were made into must be text. */
static struct liquid_value checked(struct render *r, struct liquid_value v, const char *from)
{
	for (uint32_t i = 0; i < v.len;) {
		utf8proc_int32_t cp;
		utf8proc_ssize_t len = utf8proc_iterate((const uint8_t *)v.s + i, v.len - i, &cp);

		if (len <= 0 || cp == 0) {
			render_fail(r, "the %s holds bytes that are no UTF-8 text", from);
			return liquid_nil();
		}
		i += (uint32_t)len;
	}
	return v;
}

FILTER(url_decode)
{
	(void)args, (void)n;
	struct span s = value_text(r, in);
	struct mark mark = render_mark(r);
	for (uint32_t i = 0; i < s.len; i++) {
		char c = s.s[i] == '+' ? ' ' : s.s[i];

		if (c == '%' && i + 2 < s.len && hex_of(s.s[i + 1]) >= 0 && hex_of(s.s[i + 2]) >= 0) {
			c = (char)(hex_of(s.s[i + 1]) * 16 + hex_of(s.s[i + 2]));
			i += 2;
		}
		render_emit(r, &c, 1);
	}
	return checked(r, render_take(r, mark), "address");
}

/* base64: RFC 4648 ------------------------------------------------------------------------------------------- */

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static struct liquid_value encode64(struct render *r, struct span s, const char *alphabet)
{
	struct mark mark = render_mark(r);

	for (uint32_t i = 0; i < s.len; i += 3) {
		uint32_t left = s.len - i, bits = (uint32_t)(unsigned char)s.s[i] << 16;
		char out[4];

		if (left > 1)
			bits |= (uint32_t)(unsigned char)s.s[i + 1] << 8;
		if (left > 2)
			bits |= (unsigned char)s.s[i + 2];
		for (unsigned k = 0; k < 4; k++)
			out[k] = k > left ? '=' : alphabet[bits >> (18 - 6 * k) & 63];
		render_emit(r, out, 4);
	}
	return render_take(r, mark);
}

/* Whole groups of four, padded, as RFC 4648 wants it. */
static struct liquid_value decode64(struct render *r, struct span s, const char *alphabet)
{
	struct mark mark = render_mark(r);
	bool ok = s.len % 4 == 0;

	for (uint32_t i = 0; ok && i < s.len; i += 4) {
		uint32_t bits = 0, pad = 0;

		for (uint32_t k = 0; k < 4; k++) {
			const char *at = s.s[i + k] ? strchr(alphabet, s.s[i + k]) : NULL;

			if (s.s[i + k] == '=' && i + 4 == s.len && k >= 2)
				pad++;
			else if (!at || pad > 0)
				ok = false;
			bits = bits << 6 | (at ? (uint32_t)(at - alphabet) : 0);
		}
		char out[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
		render_emit(r, out, 3 - pad);
	}
	struct liquid_value v = render_take(r, mark);
	if (ok)
		return checked(r, v, "base64");
	render_fail(r, "'%.*s' is no base64", s.len < 60 ? (int)s.len : 60, s.s);
	return liquid_nil();
}

FILTER(base64_encode)
{
	(void)args, (void)n;
	return encode64(r, value_text(r, in), standard);
}

FILTER(base64_url_safe_encode)
{
	(void)args, (void)n;
	return encode64(r, value_text(r, in), url_safe);
}

FILTER(base64_decode)
{
	(void)args, (void)n;
	return decode64(r, value_text(r, in), standard);
}

FILTER(base64_url_safe_decode)
{
	(void)args, (void)n;
	return decode64(r, value_text(r, in), url_safe);
}

const struct filter filters_encode[] = {
	{"escape", escape, 0, 0, NULL},
	{"h", escape, 0, 0, NULL},
	{"escape_once", escape_once, 0, 0, NULL},
	{"strip_html", strip_html, 0, 0, NULL},
	{"url_encode", url_encode, 0, 0, NULL},
	{"url_decode", url_decode, 0, 0, NULL},
	{"base64_encode", base64_encode, 0, 0, NULL},
	{"base64_decode", base64_decode, 0, 0, NULL},
	{"base64_url_safe_encode", base64_url_safe_encode, 0, 0, NULL},
	{"base64_url_safe_decode", base64_url_safe_decode, 0, 0, NULL},
	{0},
};
