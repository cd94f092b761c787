/* The table of filters. */
#include "templates/liquid_private.h"

#include <string.h>

const struct filter *filter_find(struct span name)
{
	static const struct filter *const tables[] = {filters_string, filters_encode, filters_number, filters_array,
						      filters_locale};

	for (size_t i = 0; i < LENGTH(tables); i++)
		for (const struct filter *f = tables[i]; f->name; f++)
			if (strlen(f->name) == name.len && memcmp(f->name, name.s, name.len) == 0)
				return f;
	return NULL;
}
