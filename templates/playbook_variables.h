/* What a text may speak of: every variable, where it is known, and what it looks like. */
#ifndef AFTERWORD_TEMPLATES_PLAYBOOK_VARIABLES_H
#define AFTERWORD_TEMPLATES_PLAYBOOK_VARIABLES_H

#include "templates/playbook.h"

/* Where a text is rendered: bits. */
enum pb_where {
	PB_IN_REPLY = 1,        /* by the router, to a customer's text */
	PB_IN_JOURNEY = 2,      /* by a step; conditions too */
	PB_IN_ITEM = 4,         /* of a journey that runs once an item */
	PB_IN_SUBSCRIPTION = 8, /* of a journey that a subscription's event starts */
	PB_ANYWHERE = 15,
};

/* Is path ("order.items", "order.items.size") known where one of these bits holds? pb: for brand.urls. */
bool pb_variable_known(const struct playbook *pb, const char *path, unsigned where);
/* The name that may be meant; NULL: none is near. Static. */
const char *pb_variable_near(const char *path);

/* Sample values of all that is known at where, for previews and for counting: long, yet not absurd. A hash; owned by
 * ctx. */
struct liquid_value pb_sample(TALLOC_CTX *ctx, const struct playbook *pb, const char *locale, unsigned where);
/* The link filter of samples. */
const char *pb_sample_link(void *arg, TALLOC_CTX *ctx, const char *url);
#define PB_SAMPLE_NOW INT64_C(1795514400000000) /* 2026-11-24T10:00:00Z, a Tuesday */

#endif
