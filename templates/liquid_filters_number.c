/* Filters that reckon. Decimal strings ("49.90") are numbers to them; what is no number is 0. */
#include "templates/liquid_private.h"

#include <math.h>

#define FILTER(name)                                                                                                   \
	static struct liquid_value name(struct render *r, struct liquid_value in, const struct liquid_value *args,     \
					unsigned n)

FILTER(plus)
{
	(void)r, (void)n;
	return number_value(number_add(number_of(in), number_of(args[0])));
}

FILTER(minus)
{
	(void)r, (void)n;
	return number_value(number_subtract(number_of(in), number_of(args[0])));
}

FILTER(times)
{
	(void)r, (void)n;
	return number_value(number_multiply(number_of(in), number_of(args[0])));
}

static bool is_zero(struct number n)
{
	return n.exact ? n.digits == 0 : n.f == 0 || isnan(n.f);
}

FILTER(divided_by)
{
	(void)n;
	struct number by = number_of(args[0]);
	if (is_zero(by)) {
		render_fail(r, "divided by 0");
		return liquid_nil();
	}
	return number_value(number_divide(number_of(in), by));
}

FILTER(modulo)
{
	(void)n;
	struct number by = number_of(args[0]);
	if (is_zero(by)) {
		render_fail(r, "divided by 0");
		return liquid_nil();
	}
	return number_value(number_modulo(number_of(in), by));
}

FILTER(absolute)
{
	(void)r, (void)args, (void)n;
	struct number x = number_of(in);
	x.digits = x.digits < 0 ? -x.digits : x.digits;
	x.f = fabs(x.f);
	return number_value(x);
}

FILTER(at_least)
{
	(void)r, (void)n;
	struct number a = number_of(in), b = number_of(args[0]);
	return number_value(number_order(a, b) < 0 ? b : a);
}

FILTER(at_most)
{
	(void)r, (void)n;
	struct number a = number_of(in), b = number_of(args[0]);
	return number_value(number_order(a, b) > 0 ? b : a);
}

FILTER(ceiling)
{
	(void)r, (void)args, (void)n;
	return number_value(number_round(number_of(in), 0, ROUND_CEIL));
}

FILTER(flooring)
{
	(void)r, (void)args, (void)n;
	return number_value(number_round(number_of(in), 0, ROUND_FLOOR));
}

FILTER(rounding)
{
	(void)r, (void)n;
	struct number places = number_round(number_of(args[0]), 0, ROUND_FLOOR);
	return number_value(number_round(number_of(in), places.exact ? places.digits : 0, ROUND_HALF_UP));
}

const struct filter filters_number[] = {
	{"plus", plus, 1, 1, NULL},         {"minus", minus, 1, 1, NULL},
	{"times", times, 1, 1, NULL},       {"divided_by", divided_by, 1, 1, NULL},
	{"modulo", modulo, 1, 1, NULL},     {"abs", absolute, 0, 0, NULL},
	{"at_least", at_least, 1, 1, NULL}, {"at_most", at_most, 1, 1, NULL},
	{"ceil", ceiling, 0, 0, NULL},      {"floor", flooring, 0, 0, NULL},
	{"round", rounding, 0, 1, NULL},    {0},
};
