/* Where a message is sent from, and so which variables it may speak of. */
#include <string.h>

#include "templates/lint_private.h"

unsigned lint_where(const struct pb_journey *j)
{
	unsigned where = PB_IN_JOURNEY;

	if (j && j->once == PB_ONCE_ITEM)
		where |= PB_IN_ITEM;
	if (j && j->trigger && !strncmp(j->trigger, "subscription.", 13))
		where |= PB_IN_SUBSCRIPTION;
	return where;
}

unsigned lint_uses(const struct loader *l, const char *name, void (*each)(void *arg, unsigned where), void *arg)
{
	unsigned uses = pb_program_name(name) ? PB_USED_BY_PROGRAM : 0, told = 0; /* bits of 1 << where */

	for (size_t i = 0; i < l->n_refs; i++)
		if (!l->refs[i].menu && !strcmp(l->refs[i].name, name)) {
			unsigned where =
				l->refs[i].use == PB_USED_IN_JOURNEY ? lint_where(l->refs[i].journey) : PB_IN_REPLY;

			uses |= l->refs[i].use;
			if (each && !(told & 1u << where))
				each(arg, where);
			told |= 1u << where;
		}
	if (each && (uses & PB_USED_BY_PROGRAM) && !(told & 1u << PB_IN_REPLY))
		each(arg, PB_IN_REPLY);
	if (each && !uses)
		each(arg, PB_ANYWHERE);
	return uses;
}
