/* What a customer wants to receive, and where and in what language: as an agent or a shop's account page sets it. */
#include <string.h>

#include "gateway/api/api.h"
#include "gateway/api/body.h"
#include "gateway/api/evidence.h"
#include "gateway/zones.h"

struct wish {
	struct consent_line line;
	const char *receive, *locale, *zone; /* NULL: not said; locale and zone "": no longer */
};

static void query_wish(struct db *db, TALLOC_CTX *ctx, const struct wish *s)
{
	const struct consent_line *l = &s->line;
	struct params *p = params_new(ctx);

	params_uuid(p, &l->brand);
	params_uuid(p, &l->customer);
	params_uuid(p, &l->id);
	params_text(p, s->receive);
	params_time(p, l->at);
	params_text(p, l->source);
	params_text(p, l->shown);
	params_text(p, l->shown_version);
	params_text(p, l->reply);
	params_text(p, l->ip);
	params_text(p, l->user_agent);
	params_text(p, l->actor);
	params_text(p, l->reference);
	db_query(db, Q_CONSENT_PREFER, p, NULL, NULL);
}

static void query_place(struct db *db, TALLOC_CTX *ctx, const struct wish *s)
{
	struct params *p = params_new(ctx);

	params_uuid(p, &s->line.brand);
	params_uuid(p, &s->line.customer);
	params_text(p, s->locale);
	params_text(p, s->zone);
	db_query(db, Q_CONSENT_PLACE, p, NULL, NULL);
}

/* A STOP is lifted by whatever is more than "none" (OO-12). */
static bool lifts(const struct wish *s)
{
	return s->receive && strcmp(s->receive, "none") != 0;
}

static void put(struct write *w, struct db *db)
{
	const struct wish *s = w->data;

	consent_lock(w->rq, db, &w->id, lifts(s) && evidence_foreign(&s->line), false);
	if (s->receive)
		query_wish(db, w->rq, s);
	query_place(db, w->rq, s);
}

static bool wrong(struct request *rq, const char *field, const char *detail)
{
	http_problem(rq, 400, "invalid-field", field, "%s", detail);
	return false;
}

/* null takes back what was stated. */
static const char *stated(const json_t *body, const char *name)
{
	const char *text = body_text(body, name);

	return text ? text : body_has(body, name) ? "" : NULL;
}

static bool read_wish(struct request *rq, const json_t *body, struct wish *s)
{
	s->line.id = worker_uuid(rq->worker);
	s->receive = body_text(body, "receive");
	s->locale = stated(body, "locale");
	s->zone = stated(body, "zone");
	if (!s->receive && !s->locale && !s->zone)
		return wrong(rq, "receive", "give receive, zone or locale");
	if (s->locale && *s->locale && !locale_valid(s->locale))
		return wrong(rq, "locale", "must be a language such as en or pt-BR");
	if (s->zone && *s->zone && !zone_known(s->zone))
		return wrong(rq, "zone", "must be a time zone of the IANA database, such as America/New_York");
	return evidence_read(rq, body, lifts(s), &s->line);
}

void preferences_put(struct request *rq)
{
	static const struct field fields[] = {
		{.name = "receive", .kind = FIELD_WORD, .words = "all|transactional_only|none"},
		{.name = "zone", .kind = FIELD_LINE, .flags = FIELD_NULLABLE, .min = 1, .max = 64},
		{.name = "locale", .kind = FIELD_LINE, .flags = FIELD_NULLABLE, .min = 2, .max = 35},
		EVIDENCE_FIELDS,
		{.name = NULL},
	};
	struct write w = {.rq = rq, .statements = put, .read = Q_CONSENT_PREFERENCES, .status = 200};
	struct wish *s = talloc_zero(rq, struct wish);
	json_t *body;

	if (!path_id(rq, &w.id) || !(body = body_checked(rq, fields)) || !read_wish(rq, body, s))
		return;
	s->line.customer = w.id;
	w.data = s;
	write_answer(&w);
}
