/* Numbers as Liquid reckons with them: whole ones, and decimals that stay exact (10.1 + 2.2 is 12.3). A decimal is a
 * 64-bit count of its last place; what does not fit becomes a double. */
#include "templates/liquid_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCALE_MAX 18
#define WHOLE_DOUBLE 9007199254740992 /* 2^53: up to here doubles count one by one */

static const int64_t powers[SCALE_MAX + 1] = {1,
					      10,
					      100,
					      1000,
					      10000,
					      100000,
					      1000000,
					      10000000,
					      100000000,
					      1000000000,
					      10000000000,
					      100000000000,
					      1000000000000,
					      10000000000000,
					      100000000000000,
					      1000000000000000,
					      10000000000000000,
					      100000000000000000,
					      1000000000000000000};

static struct number inexact(double f)
{
	return (struct number){.f = f, .real = true};
}

/* digits / 10^scale; zeros at the end are dropped until it fits. */
static struct number made(__int128 digits, unsigned scale, bool real)
{
	while (scale > 0 && (scale > SCALE_MAX || digits > INT64_MAX || digits < -INT64_MAX) && digits % 10 == 0) {
		digits /= 10;
		scale--;
	}
	if (scale > SCALE_MAX || digits > INT64_MAX || digits < -INT64_MAX)
		return inexact((double)digits / pow(10, scale));
	return (struct number){.digits = (int64_t)digits, .scale = (uint8_t)scale, .exact = true, .real = real};
}

double number_double(struct number n)
{
	if (!n.exact)
		return n.f;
	if (n.scale == 0)
		return (double)n.digits;
	if (n.digits < WHOLE_DOUBLE && n.digits > -WHOLE_DOUBLE)
		return (double)n.digits / (double)powers[n.scale]; /* both exact: rounded once */
	char text[48];
	snprintf(text, sizeof text, "%llde-%u", (long long)n.digits, n.scale);
	return strtod(text, NULL);
}

/* Reading --------------------------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Sign, digits, and a point with digits behind it; returns how far it reads. */
static size_t read_decimal(struct span text, struct number *out)
{
	size_t i = 0, start;
	bool minus = false;

	*out = (struct number){.exact = true};
	if (i < text.len && (text.s[i] == '-' || text.s[i] == '+'))
		minus = text.s[i++] == '-';
	for (start = i; i < text.len && (is_digit(text.s[i]) || (text.s[i] == '.' && !out->real)); i++) {
		if (text.s[i] == '.') {
			if (i == start || i + 1 == text.len || !is_digit(text.s[i + 1]))
				break;
			out->real = true;
			continue;
		}
		int digit = text.s[i] - '0';
		if (out->scale == SCALE_MAX || __builtin_mul_overflow(out->digits, 10, &out->digits) ||
		    __builtin_add_overflow(out->digits, digit, &out->digits))
			out->exact = false;
		if (out->real && out->exact)
			out->scale++;
	}
	if (i == start)
		return 0;
	if (!out->exact) { /* rare: let the C library round */
		char copy[400];
		size_t n = i < sizeof copy ? i : sizeof copy - 1;

		memcpy(copy, text.s, n);
		copy[n] = '\0';
		*out = inexact(strtod(copy, NULL));
	} else if (minus) {
		out->digits = -out->digits;
	}
	return i;
}

static struct span stripped(struct span s)
{
	while (s.len > 0 && is_space(*s.s))
		s = (struct span){s.s + 1, s.len - 1};
	while (s.len > 0 && is_space(s.s[s.len - 1]))
		s.len--;
	return s;
}

bool number_read(struct span text, struct number *out)
{
	struct span s = stripped(text);

	return s.len > 0 && read_decimal(s, out) == s.len;
}

/* A double as the shortest decimal that reads back as it. */
static struct number of_double(double f)
{
	char text[40];
	struct number n;

	for (unsigned scale = 0; scale <= 6; scale += 2) { /* sums of money and the like, fast */
		double digits = nearbyint(f * (double)powers[scale]);

		if (digits < WHOLE_DOUBLE && digits > -WHOLE_DOUBLE && digits / (double)powers[scale] == f)
			return made((__int128)digits, scale, true);
	}
	if (!isfinite(f) || fabs(f) >= 1e18 || fabs(f) < 1e-15)
		return inexact(f);
	size_t len = (size_t)snprintf(text, sizeof text, "%.15g", f);
	if (strtod(text, NULL) != f)
		len = (size_t)snprintf(text, sizeof text, "%.17g", f);
	if (read_decimal((struct span){text, (uint32_t)len}, &n) != len || !n.exact)
		return inexact(f);
	n.real = true;
	return n;
}

struct number number_of(struct liquid_value v)
{
	struct number n = {.exact = true};

	if (v.type == LIQUID_INT)
		return made(v.i, 0, false);
	if (v.type == LIQUID_FLOAT)
		return of_double(v.f);
	if (v.type == LIQUID_STRING && !number_read((struct span){v.s, v.len}, &n)) {
		/* "12 apples" are 12, "12.5 apples" too; Ruby's to_i */
		struct span s = stripped((struct span){v.s, v.len});
		uint32_t end = 0;

		while (end < s.len && (is_digit(s.s[end]) || (end == 0 && (s.s[0] == '-' || s.s[0] == '+'))))
			end++;
		if (read_decimal((struct span){s.s, end}, &n) == 0)
			n = (struct number){.exact = true};
	}
	if (v.type == LIQUID_TIME)
		return made(v.i / 1000000, 0, false);
	return n;
}

struct liquid_value number_value(struct number n)
{
	if (n.exact && !n.real && n.scale == 0)
		return liquid_int(n.digits);
	return liquid_float(number_double(n));
}

/* Reckoning ------------------------------------------------------------------------------------------------- */

/* Both counts at one scale; false where one is no exact decimal. Never more than 10^37: no overflow. */
static bool aligned(struct number a, struct number b, __int128 *x, __int128 *y, unsigned *scale)
{
	*scale = a.scale > b.scale ? a.scale : b.scale;
	*x = (__int128)a.digits * powers[*scale - a.scale];
	*y = (__int128)b.digits * powers[*scale - b.scale];
	return a.exact && b.exact;
}

struct number number_add(struct number a, struct number b)
{
	__int128 x, y;
	unsigned scale;

	if (!aligned(a, b, &x, &y, &scale))
		return inexact(number_double(a) + number_double(b));
	return made(x + y, scale, a.real || b.real);
}

struct number number_subtract(struct number a, struct number b)
{
	__int128 x, y;
	unsigned scale;

	if (!aligned(a, b, &x, &y, &scale))
		return inexact(number_double(a) - number_double(b));
	return made(x - y, scale, a.real || b.real);
}

struct number number_multiply(struct number a, struct number b)
{
	if (!a.exact || !b.exact)
		return inexact(number_double(a) * number_double(b));
	return made((__int128)a.digits * b.digits, a.scale + b.scale, a.real || b.real);
}

static __int128 floor_divide(__int128 x, __int128 y)
{
	__int128 q = x / y;

	return q - (x % y != 0 && (x < 0) != (y < 0));
}

struct number number_divide(struct number a, struct number b)
{
	if (a.exact && b.exact && !a.real && !b.real)
		return made(floor_divide(a.digits, b.digits), 0, false);
	return inexact((double)((long double)number_double(a) / (long double)number_double(b)));
}

struct number number_modulo(struct number a, struct number b)
{
	__int128 x, y;
	unsigned scale;

	if (aligned(a, b, &x, &y, &scale))
		return made(x - floor_divide(x, y) * y, scale, a.real || b.real);
	double d = number_double(b), rest = fmod(number_double(a), d);
	return inexact(rest != 0 && (rest < 0) != (d < 0) ? rest + d : rest);
}

int number_order(struct number a, struct number b)
{
	__int128 x, y;
	unsigned scale;

	if (aligned(a, b, &x, &y, &scale))
		return (x > y) - (x < y);
	double f = number_double(a), g = number_double(b);
	return (f > g) - (f < g);
}

static struct number round_double(double f, enum rounding how)
{
	f = how == ROUND_FLOOR ? floor(f) : how == ROUND_CEIL ? ceil(f) : round(f);
	if (f < 9e18 && f > -9e18)
		return made((__int128)f, 0, false);
	return inexact(f);
}

struct number number_round(struct number n, int64_t places, enum rounding how)
{
	if (!n.exact)
		return places > 0 ? n : round_double(n.f, how);
	if (places >= n.scale)
		return n;
	if (places < -SCALE_MAX || n.scale - places > 2 * SCALE_MAX)
		return made(0, 0, false);
	unsigned drop = (unsigned)(n.scale - places);
	__int128 unit = drop > SCALE_MAX ? (__int128)powers[SCALE_MAX] * powers[drop - SCALE_MAX] : powers[drop];
	__int128 down = floor_divide(n.digits, unit), rest = n.digits - down * unit;
	if (how == ROUND_CEIL)
		down += rest != 0;
	else if (how == ROUND_HALF_UP) /* away from zero: -2.5 is -3 */
		down += rest * 2 > unit || (rest * 2 == unit && n.digits > 0);
	if (places <= 0)
		return made(down * powers[-places], 0, false);
	return made(down, (unsigned)places, n.real);
}

/* Writing ---------------------------------------------------------------------------------------------------- */

/* digits with its point, as "8.0" or "-0.05". */
static size_t plain_text(struct number n, char *out)
{
	uint64_t size = n.digits < 0 ? -(uint64_t)n.digits : (uint64_t)n.digits;

	while (n.scale > 1 && size % 10 == 0) {
		size /= 10;
		n.scale--;
	}
	if (n.scale == 0)
		return (size_t)snprintf(out, FLOAT_TEXT, "%lld.0", (long long)n.digits);
	uint64_t unit = (uint64_t)powers[n.scale];
	return (size_t)snprintf(out, FLOAT_TEXT, "%s%llu.%0*llu", n.digits < 0 ? "-" : "",
				(unsigned long long)(size / unit), n.scale, (unsigned long long)(size % unit));
}

/* "1e+20" as Ruby writes it: 100000000000000000000.0 up to 10^16, then 1.0e+20. */
static size_t exponent_text(double f, char *out)
{
	char text[32], *e;

	snprintf(text, sizeof text, "%.16e", f);
	for (int digits = 0; digits < 17; digits++) {
		snprintf(text, sizeof text, "%.*e", digits, f);
		if (strtod(text, NULL) == f)
			break;
	}
	e = strchr(text, 'e');
	int exponent = atoi(e + 1);
	*e = '\0';
	return (size_t)snprintf(out, FLOAT_TEXT, "%s%se%c%02d", text, strchr(text, '.') ? "" : ".0",
				exponent < 0 ? '-' : '+', abs(exponent));
}

size_t float_text(double f, char out[FLOAT_TEXT])
{
	if (isnan(f))
		return (size_t)snprintf(out, FLOAT_TEXT, "NaN");
	if (isinf(f))
		return (size_t)snprintf(out, FLOAT_TEXT, f < 0 ? "-Infinity" : "Infinity");
	if (f == 0)
		return (size_t)snprintf(out, FLOAT_TEXT, signbit(f) ? "-0.0" : "0.0");
	if (fabs(f) >= 1e16 || fabs(f) < 1e-4)
		return exponent_text(f, out);
	struct number n = of_double(f);
	if (n.exact)
		return plain_text(n, out);
	for (int digits = 15;; digits++) {
		int len = snprintf(out, FLOAT_TEXT, "%.*g", digits, f);
		if (digits == 17 || strtod(out, NULL) == f)
			return (size_t)len;
	}
}
