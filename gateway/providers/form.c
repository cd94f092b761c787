/* application/x-www-form-urlencoded (https://url.spec.whatwg.org/#urlencoded-parsing) and UTF-8 repair. */
#include "gateway/providers/provider.h"

#include <stdint.h>
#include <string.h>

#include "gateway/providers/common.h"

static int hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A percent sign that no two hex digits follow stands for itself, as the standard has it. Gives the end of out, after
 * the NUL written there. */
static char *decode(char *out, const char *in, size_t len, size_t *decoded)
{
	char *start = out;

	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (in[i] == '%' && len - i > 2 && (high = hex_digit((unsigned char)in[i + 1])) >= 0 &&
		    (low = hex_digit((unsigned char)in[i + 2])) >= 0) {
			*out++ = (char)(high << 4 | low);
			i += 2;
		} else {
			*out++ = in[i] == '+' ? ' ' : in[i];
		}
	}
	*decoded = (size_t)(out - start);
	*out++ = 0;
	return out;
}

struct form *form_parse(TALLOC_CTX *ctx, const char *bytes, size_t len)
{
	const char *end = bytes + len, *next;
	size_t n = 0;

	for (const char *p = bytes; p < end; p = next + 1) {
		next = memchr(p, '&', (size_t)(end - p));
		if (!next)
			next = end;
		if (next > p && ++n > FORM_FIELDS_MAX)
			return NULL;
	}

	/* One block for all: decoding never lengthens, and each field adds at most two NULs. */
	size_t head = sizeof(struct form) + n * sizeof(struct form_field);
	struct form *form = talloc_size(ctx, head + len + 2 * n + 1);
	if (!form)
		return NULL;
	form->field = (struct form_field *)(void *)(form + 1);
	form->n = 0;
	char *out = (char *)form + head;
	for (const char *p = bytes; p < end; p = next + 1) {
		next = memchr(p, '&', (size_t)(end - p));
		if (!next)
			next = end;
		if (next == p)
			continue;
		struct form_field *field = &form->field[form->n++];
		const char *equals = memchr(p, '=', (size_t)(next - p));
		const char *name_end = equals ? equals : next, *value = equals ? equals + 1 : next;

		field->name = out;
		out = decode(out, p, (size_t)(name_end - p), &field->name_len);
		field->value = out;
		out = decode(out, value, (size_t)(next - value), &field->value_len);
	}
	return form;
}

const char *form_get(const struct form *form, const char *name)
{
	const struct form_field *field = form_find(form, name);

	return field ? field->value : NULL;
}

char *form_encode(TALLOC_CTX *ctx, const char *value)
{
	static const char digits[] = "0123456789ABCDEF";
	char *encoded = talloc_size(ctx, 3 * strlen(value) + 1), *out = encoded;

	if (!encoded)
		return NULL;
	/* RFC 3986's unreserved characters alone stay; a space becomes %20, which paths understand too. */
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
		    c == '.' || c == '_' || c == '~') {
			*out++ = (char)c;
		} else {
			*out++ = '%';
			*out++ = digits[c >> 4];
			*out++ = digits[c & 15];
		}
	}
	*out = 0;
	return encoded;
}

/* Length of the well-formed sequence at p (Unicode 15, table 3-7), with *good set; else the length of the maximal
 * subpart of an ill-formed one, which becomes one U+FFFD (section 3.9, as browsers do). */
static size_t sequence(const uint8_t *p, size_t left, bool *good)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t need;

	*good = false;
	if (p[0] < 0x80) {
		*good = true;
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		need = 2;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		need = 3;
		if (p[0] == 0xe0)
			low = 0xa0; /* overlong */
		if (p[0] == 0xed)
			high = 0x9f; /* surrogates */
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		need = 4;
		if (p[0] == 0xf0)
			low = 0x90;
		if (p[0] == 0xf4)
			high = 0x8f; /* past U+10FFFF */
	} else {
		return 1;
	}
	for (size_t i = 1; i < need; i++) {
		if (i == left || p[i] < low || p[i] > high)
			return i;
		low = 0x80;
		high = 0xbf;
	}
	*good = true;
	return need;
}

char *utf8_clean(TALLOC_CTX *ctx, const char *bytes, size_t len)
{
	const uint8_t *p = (const uint8_t *)bytes;
	size_t size = 0, step;
	bool good;

	/* Measured first: almost every text is already clean and is copied whole. */
	for (size_t i = 0; i < len; i += step) {
		step = sequence(p + i, len - i, &good);
		size += !good ? 3 : p[i] ? step : 0;
	}
	char *clean = talloc_size(ctx, size + 1), *out = clean;
	if (!clean)
		return NULL;
	for (size_t i = 0; i < len; i += step) {
		step = sequence(p + i, len - i, &good);
		if (!good) {
			memcpy(out, "\xef\xbf\xbd", 3);
			out += 3;
		} else if (p[i]) {
			memcpy(out, p + i, step);
			out += step;
		}
	}
	*out = 0;
	return clean;
}
