#include "router/stop_scope.h"

#include <string.h>

#define UTC_2027_02_01 ((usec_t)1801440000 * USEC_SECOND) /* UTC: hours before that day begins in any state */

const struct stop_scope_rule stop_scope_rules[] = {
	{"US", UTC_2027_02_01, SCOPE_ENTITY,
	 "47 CFR 64.1200(a)(10), revoke-all; waived until 31 January 2027 by the order of 6 January 2026"},
};

const size_t stop_scope_rules_count = sizeof stop_scope_rules / sizeof stop_scope_rules[0];

enum optout_scope stop_scope_at(const struct router_brand *brand, const char *country, usec_t at)
{
	enum optout_scope scope = SCOPE_BRAND;

	if (brand->stop_scope != STOP_SCOPE_RULES)
		return brand->stop_scope == STOP_SCOPE_ENTITY ? SCOPE_ENTITY : SCOPE_BRAND;
	for (size_t i = 0; country && i < stop_scope_rules_count; i++)
		if (strcmp(stop_scope_rules[i].country, country) == 0 && at >= stop_scope_rules[i].from)
			scope = stop_scope_rules[i].scope;
	return scope;
}
