#include "gateway/api/evidence.h"

#include <arpa/inet.h>
#include <string.h>

#include "gateway/api/api.h"
#include "gateway/api/body.h"

#define OLDEST ((usec_t)946684800 * USEC_SECOND) /* the year 2000 */
#define CLOCK_SKEW (5 * USEC_MINUTE)

static bool wrong(struct request *rq, const char *field, const char *detail)
{
	http_problem(rq, 400, "invalid-field", field, "%s", detail);
	return false;
}

bool evidence_time(usec_t at, usec_t now)
{
	return at >= OLDEST && at <= now + CLOCK_SKEW;
}

bool evidence_ip(const char *ip)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, ip, bytes) == 1 || inet_pton(AF_INET6, ip, bytes) == 1;
}

/* Somebody writes down what a customer said elsewhere. */
static bool noted(const char *source)
{
	return !strcmp(source, "agent") || !strcmp(source, "email") || !strcmp(source, "phone");
}

bool evidence_foreign(const struct consent_line *line)
{
	return !noted(line->source) || !line->reply;
}

bool evidence_read(struct request *rq, const json_t *body, bool grants, struct consent_line *line)
{
	usec_t now = worker_now();

	line->brand = rq->who.brand;
	line->source = body_text(body, "source") ? body_text(body, "source") : "api";
	line->at = body_time(body, "at") ? body_time(body, "at") : now;
	line->shown = body_text(body, "wording");
	line->shown_version = body_text(body, "wording_version");
	line->reply = body_text(body, "reply");
	line->ip = body_text(body, "ip");
	line->user_agent = body_text(body, "user_agent");
	line->reference = body_text(body, "reference");
	line->actor = author_of(rq, body);
	if (!evidence_time(line->at, now))
		return wrong(rq, "at", "must lie between the year 2000 and now");
	if (line->ip && !evidence_ip(line->ip))
		return wrong(rq, "ip", "must be an IPv4 or IPv6 address");
	if (grants && noted(line->source) && !line->reply)
		return wrong(
			rq, "reply",
			"say in the customer's own words what was asked for: only the customer's own request counts");
	return true;
}
