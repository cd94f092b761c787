#include "router/uuid.h"

#include <string.h>

struct uuid uuid_v7(usec_t now, const uint8_t random[8])
{
	struct uuid u;
	uint64_t ms = (uint64_t)(now / 1000);
	/* 12 bits: RFC 9562 6.2 method 3, fraction of the millisecond scaled to 0..4095 */
	unsigned sub = (unsigned)(now % 1000) * 4096 / 1000;

	for (int i = 0; i < 6; i++)
		u.b[i] = (uint8_t)(ms >> (40 - 8 * i));
	u.b[6] = (uint8_t)(0x70 | (sub >> 8));
	u.b[7] = (uint8_t)sub;
	memcpy(u.b + 8, random, 8);
	u.b[8] = (uint8_t)((u.b[8] & 0x3f) | 0x80);
	return u;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool uuid_parse(const char *s, struct uuid *out)
{
	struct uuid u;

	for (int i = 0; i < 16; i++) {
		if ((i == 4 || i == 6 || i == 8 || i == 10) && *s++ != '-')
			return false;
		int high = hex_digit(s[0]);
		int low = high < 0 ? -1 : hex_digit(s[1]);
		if (low < 0)
			return false;
		u.b[i] = (uint8_t)(high << 4 | low);
		s += 2;
	}
	if (*s)
		return false;
	*out = u;
	return true;
}

void uuid_format(const struct uuid *u, char out[37])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = digits[u->b[i] >> 4];
		*out++ = digits[u->b[i] & 15];
	}
	*out = 0;
}

int uuid_compare(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

bool uuid_is_null(const struct uuid *u)
{
	static const struct uuid null;
	return !memcmp(u->b, null.b, sizeof(null.b));
}

usec_t uuid_time(const struct uuid *u)
{
	uint64_t ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | u->b[i];
	return (usec_t)ms * 1000;
}
