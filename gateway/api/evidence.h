/* What goes with every word on consent: where it was said, and how that can be proven (CO-1). */
#ifndef AFTERWORD_API_EVIDENCE_H
#define AFTERWORD_API_EVIDENCE_H

#include <jansson.h>

#include "gateway/http/http.h"
#include "storage/consent.h"

/* For a table of fields. */
/* clang-format off */
#define EVIDENCE_FIELDS \
	{.name = "at", .kind = FIELD_TIME}, \
	{.name = "source", .kind = FIELD_WORD, .words = "api|form|checkout|agent|email|phone|carrier"}, \
	{.name = "wording", .kind = FIELD_TEXT, .min = 1, .max = 4000}, \
	{.name = "wording_version", .kind = FIELD_LINE, .min = 1, .max = 100}, \
	{.name = "reply", .kind = FIELD_TEXT, .min = 1, .max = 2000}, \
	{.name = "ip", .kind = FIELD_LINE, .min = 2, .max = 45}, \
	{.name = "user_agent", .kind = FIELD_LINE, .min = 1, .max = 500}, \
	{.name = "reference", .kind = FIELD_LINE, .min = 1, .max = 500}, \
	{.name = "author", .kind = FIELD_LINE, .min = 1, .max = 100}
/* clang-format on */

/* Fills in source, time, evidence and who recorded it. grants: it permits something, and then who writes down what a
 * customer said must write down the customer's words (OO-12). False: refused, and rq is answered. */
bool evidence_read(struct request *rq, const json_t *body, bool grants, struct consent_line *line);
/* Is it more than the customer's own word? Only that lifts a STOP (OO-12). */
bool evidence_foreign(const struct consent_line *line);
/* Is a time that was said possible? Not before the year 2000, not ahead of the clock. */
bool evidence_time(usec_t at, usec_t now);
bool evidence_ip(const char *ip);

#endif
