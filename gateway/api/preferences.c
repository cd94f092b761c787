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
		consent_prefer(db, w->rq, &s->line, s->receive, NULL, NULL);
	consent_place(db, w->rq, &s->line.brand, &s->line.customer, s->locale, s->zone);
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

/* a link to the preference page -------------------------------------------------------------------------------- */
struct minting {
	struct request *rq;
	struct preference_token token;
	usec_t now;
	bool made;
};

char *preference_url(struct request *rq, const char *token)
{
	const char *base = rq->worker->settings->public_url, *host = http_header(rq, "Host");

	if (*base)
		return talloc_asprintf(rq, "%s/preferences/%s", base, token);
	return host ? talloc_asprintf(rq, "http://%s/preferences/%s", host, token)
		    : talloc_asprintf(rq, "%s/preferences/%s", rq->worker->self_url, token);
}

static void on_made(void *arg, const struct db_rows *rows)
{
	((struct minting *)arg)->made = rows->n > 0;
}

static void on_minted(void *arg, const struct db_end *end)
{
	struct minting *m = arg;
	char until[32];

	if (end->status != DB_OK) {
		http_unavailable(m->rq, "the link could not be made; try again");
		return;
	}
	if (!m->made) {
		http_problem(m->rq, 404, "not-found", NULL, "there is no such customer");
		return;
	}
	time_format(m->now + PREFERENCE_TOKEN_LIFE, until);
	http_respond_json(m->rq, 201,
			  json_pack("{s:s,s:s}", "url", preference_url(m->rq, m->token.text), "expires_at", until));
}

void preferences_link(struct request *rq)
{
	struct minting *m = talloc_zero(rq, struct minting);
	struct db *db = rq->worker->api_db->db;
	struct uuid customer;

	m->rq = rq;
	m->now = worker_now();
	if (!path_id(rq, &customer))
		return;
	preference_token_new(&m->token);
	consent_token_add(db, m, &rq->who.brand, &customer, &m->token, m->now, on_made, m);
	db_unit(db, on_minted, m);
}
