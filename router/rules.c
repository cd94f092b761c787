#include "router/rules.h"

#include <string.h>

static int find(const char *name, const void *table, size_t n, size_t size)
{
	size_t low = 0, high = n;

	while (low < high) { /* each row begins with its name */
		size_t mid = (low + high) / 2;
		const char *const *at = (const char *const *)((const char *)table + mid * size);
		int c = strcmp(name, *at);
		if (c == 0)
			return (int)mid;
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}

int rules_place(const char *code)
{
	return find(code, rules.places, rules.n_places, sizeof rules.places[0]);
}

int rules_zone(const char *name)
{
	int i = find(name, rules.zones, rules.n_zones, sizeof rules.zones[0]);

	if (i >= 0)
		return i;
	i = find(name, rules.aliases, rules.n_aliases, sizeof rules.aliases[0]);
	return i < 0 ? -1 : rules.aliases[i].zone;
}
