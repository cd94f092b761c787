/* The hours in which people answer: brand.yaml's support hours and holidays, in the brand's zone. */
#ifndef AFTERWORD_TEMPLATES_HOURS_H
#define AFTERWORD_TEMPLATES_HOURS_H

#include "templates/playbook.h"

/* Do people answer at now (microseconds)? A brand without hours: always. *opens_at (may be NULL): when they begin next,
 * 0 where they are running or do not begin within two weeks. */
bool hours_open(const struct pb_brand *brand, int64_t now, int64_t *opens_at);

#endif
