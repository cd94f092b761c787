/* How far a plain STOP reaches: compliance.md OO-2. Law changes it on a date, so it is dated data, not code. */
#ifndef AFTERWORD_ROUTER_STOP_SCOPE_H
#define AFTERWORD_ROUTER_STOP_SCOPE_H

#include "router/types.h"

struct stop_scope_rule {
	const char *country; /* of the customer's number, alpha-2 */
	usec_t from;
	enum optout_scope scope; /* SCOPE_BRAND or SCOPE_ENTITY */
	const char *source;
};

/* By country, then by date: of a country's rules the last that has begun holds. */
extern const struct stop_scope_rule stop_scope_rules[];
extern const size_t stop_scope_rules_count;

/* SCOPE_ENTITY or SCOPE_BRAND for an opt-out of everything that came at that time from a number of that country (NULL
 * unknown). The brand's own setting, where it has one, wins over the rules. */
enum optout_scope stop_scope_at(const struct router_brand *brand, const char *country, usec_t at);

#endif
