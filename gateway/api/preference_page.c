/* The preference page: /preferences/{token}. Works without script; reading it changes nothing, so that link previews
 * and scanners do no harm; what is chosen is a line of the ledger that says what was shown. */
#include <string.h>

#include "gateway/api/api.h"
#include "gateway/api/body.h"
#include "gateway/api/preference_html.h"
#include "gateway/log.h"
#include "gateway/providers/provider.h"
#include "gateway/zones.h"
#include "router/uuid.h"
#include "storage/consent.h"
#include "templates/pages.h"

#define TRIES 3
#define AGENT_MOST 500 /* bytes kept of a User-Agent */

enum act { ACT_NONE, ACT_RECEIVE, ACT_PLACE, ACT_UNDO, ACT_WRONG };

struct visit {
	struct request *rq;
	struct preference_token token;
	const char *accept, *address, *agent; /* read while the client is surely there */
	/* what is wanted */
	enum act act;
	const char *receive, *locale, *zone;
	struct uuid undo;
	/* what was found */
	bool found, gone;
	struct uuid brand, customer;
	struct preference_view view;
	const char *brand_locale;
	/* what was done */
	struct uuid line;
	bool acted, changed, was_stopped;
	int tries;
};

/* The language of somebody whom we do not know: the browser's first. */
static const char *browsers(const struct visit *v)
{
	char first[36];

	snprintf(first, sizeof(first), "%.*s", (int)strcspn(v->accept, ",; "), v->accept);
	return page_language(first);
}

static char *copy(struct visit *v, const struct db_rows *rows, int col)
{
	return db_is_null(rows, 0, col) ? NULL : talloc_strdup(v, db_text(rows, 0, col));
}

static void on_token(void *arg, const struct db_rows *rows)
{
	struct visit *v = arg;
	struct preference_view *s = &v->view;

	v->found = rows->n > 0;
	if (!v->found)
		return;
	v->brand = db_uuid(rows, 0, 0);
	v->customer = db_uuid(rows, 0, 1);
	v->gone = db_bool(rows, 0, 2);
	s->receives = copy(v, rows, 3);
	s->locale = copy(v, rows, 4);
	s->zone = copy(v, rows, 5);
	s->country = copy(v, rows, 6);
	s->digits = copy(v, rows, 7);
	s->brand = copy(v, rows, 8);
	v->brand_locale = copy(v, rows, 9);
	s->contact = copy(v, rows, 10);
	s->language = page_language(s->locale ? s->locale : v->brand_locale);
}

static void query_token(struct visit *v, struct db *db)
{
	struct params *p = params_new(v);

	params_bytea(p, v->token.hash, sizeof(v->token.hash));
	db_query(db, Q_CONSENT_TOKEN, p, on_token, v);
}

/* what was done -------------------------------------------------------------------------------------------------- */
static void tell_receive(struct visit *v)
{
	struct preference_view *s = &v->view;

	s->notice = !strcmp(v->receive, "all")    ? "saved_all"
		    : !strcmp(v->receive, "none") ? "saved_none"
						  : "saved_orders";
	s->start_hint = v->was_stopped && strcmp(v->receive, "none") != 0;
	if (!v->changed)
		return;
	s->undo = talloc_size(v, 37);
	uuid_format(&v->line, (char *)(uintptr_t)s->undo);
}

static void show(struct visit *v)
{
	struct preference_view *s = &v->view;

	switch (v->act) {
	case ACT_NONE:
		break;
	case ACT_RECEIVE:
		tell_receive(v);
		break;
	case ACT_PLACE:
		s->notice = "saved_place";
		break;
	case ACT_UNDO:
		s->notice = v->changed ? "undone" : "undo_late";
		s->wrong = !v->changed;
		break;
	case ACT_WRONG:
		s->notice = "choose";
		s->wrong = true;
		break;
	}
	preference_show(v->rq, v->act == ACT_WRONG ? 400 : v->act == ACT_UNDO && s->wrong ? 409 : 200, s);
}

/* doing --------------------------------------------------------------------------------------------------------------
 */
static void begin(struct visit *v);

static void on_changed(void *arg, const struct db_rows *rows)
{
	((struct visit *)arg)->changed = rows->n > 0;
}

static struct consent_line line_of(struct visit *v)
{
	const char *language = v->view.language;

	return (struct consent_line){
		.brand = v->brand,
		.customer = v->customer,
		.id = v->line,
		.source = "page",
		.at = worker_now(),
		.shown = v->receive ? preference_wording(v, language, v->view.brand, v->receive)
				    : page_word(language, "undo"),
		.shown_version = talloc_asprintf(v, "preferences %s %s", language, page_word(language, "version")),
		.reply = v->receive ? talloc_asprintf(v, "receive=%s", v->receive) : "undo",
		.ip = *v->address ? v->address : NULL,
		.user_agent = v->agent,
	};
}

/* The same language as before leaves a region as it is: "es-MX" stays. */
static const char *new_locale(const struct visit *v)
{
	return v->locale && strcmp(v->locale, v->view.language) ? v->locale : NULL;
}

static void act(struct visit *v, struct db *db)
{
	struct consent_line line = line_of(v);
	struct params *lock = params_new(v);

	params_uuid(lock, &v->brand);
	params_uuid(lock, &v->customer);
	params_text(lock, NULL);
	db_query(db, Q_API_CUSTOMER_LOCK, lock, NULL, NULL);
	if (v->act == ACT_RECEIVE)
		consent_prefer(db, v, &line, v->receive, on_changed, v);
	else if (v->act == ACT_UNDO)
		consent_undo(db, v, &line, &v->undo, on_changed, v);
	else
		consent_place(db, v, &v->brand, &v->customer, new_locale(v), v->zone);
}

/* the steps
 * --------------------------------------------------------------------------------------------------------------- */
static void on_end(void *arg, const struct db_end *end)
{
	struct visit *v = arg;

	if (end->status == DB_RETRY && ++v->tries < TRIES) {
		begin(v);
		return;
	}
	if (end->status != DB_OK) {
		if (end->status == DB_ERROR)
			log_error("preference_page_refused", LOG_S("sqlstate", end->sqlstate));
		preference_say(v->rq, 503, browsers(v), NULL, "away");
		return;
	}
	if (!v->found) {
		preference_say(v->rq, 404, browsers(v), NULL, "unknown");
	} else if (v->gone) {
		preference_say(v->rq, 410, v->view.language, v->view.brand, "expired");
	} else if (v->acted || v->act == ACT_NONE || v->act == ACT_WRONG) {
		show(v);
	} else { /* now it is known whose preferences they are */
		v->acted = true;
		v->was_stopped = !strcmp(v->view.receives, "none");
		begin(v);
	}
}

static void begin(struct visit *v)
{
	struct db *db = v->rq->worker->api_db->db;

	if (v->acted)
		act(v, db);
	query_token(v, db); /* once more: how they stand now */
	db_unit(db, on_end, v);
}

static struct visit *visit_new(struct request *rq)
{
	struct visit *v = talloc_zero(rq, struct visit);
	const char *accept = http_header(rq, "Accept-Language"), *agent = http_header(rq, "User-Agent");

	v->rq = rq;
	v->accept = accept ? talloc_strdup(v, accept) : "";
	v->address = http_client_address(rq);
	v->agent = agent ? utf8_clean(v, agent, strnlen(agent, AGENT_MOST)) : NULL;
	v->line = worker_uuid(rq->worker);
	return v;
}

static void enter(struct visit *v)
{
	if (preference_token_read(v->rq->param[0], &v->token))
		begin(v);
	else
		preference_say(v->rq, 404, browsers(v), NULL, "unknown");
}

void preference_page_get(struct request *rq)
{
	enter(visit_new(rq));
}

static const char *field(const struct form *form, const char *name)
{
	return form ? form_get(form, name) : NULL;
}

static enum act read_form(struct visit *v, const struct form *form)
{
	const char *undo = field(form, "undo");

	v->receive = field(form, "receive");
	v->locale = field(form, "locale");
	v->zone = field(form, "zone");
	if (undo)
		return uuid_parse(undo, &v->undo) ? ACT_UNDO : ACT_WRONG;
	if (v->receive)
		return word_among("all|transactional_only|none", v->receive, NULL) ? ACT_RECEIVE : ACT_WRONG;
	if (!v->locale && !v->zone)
		return ACT_WRONG;
	if ((v->zone && *v->zone && !zone_known(v->zone)) || (v->locale && strcmp(page_language(v->locale), v->locale)))
		return ACT_WRONG;
	return ACT_PLACE;
}

void preference_page_post(struct request *rq)
{
	struct visit *v = visit_new(rq);
	const char *type = http_header(rq, "Content-Type");
	bool form = type && !strncasecmp(type, "application/x-www-form-urlencoded", 33);

	v->act = read_form(v, form ? form_parse(rq, rq->body, rq->body_len) : NULL);
	if (v->act != ACT_RECEIVE)
		v->receive = NULL;
	enter(v);
}
