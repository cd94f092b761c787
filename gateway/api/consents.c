/* A customer's consent: the ledger that a court would ask for, and what is added to it (OO-11, OO-12). */
#include <string.h>

#include "gateway/api/api.h"
#include "gateway/api/body.h"
#include "gateway/api/evidence.h"
#include "router/replies.h"
#include "templates/segments.h"

void consents_get(struct request *rq)
{
	resource_answer(rq, Q_CONSENT_CUSTOMER);
}

/* the double opt-in question ---------------------------------------------------------------------------- */
#define QUESTION "opt_in_double"

static void add_words(struct consent_words *words, const struct router_brand *brand, const char *language,
		      const struct pb_message *m)
{
	const struct reply_maker maker = {.ctx = words, .brand = brand, .locale = m->locale, .now = worker_now()};
	struct consent_wording *w;

	words->in = talloc_realloc(words, words->in, struct consent_wording, (unsigned)words->n + 1);
	w = &words->in[words->n++];
	w->language = language;
	w->text = reply_message(&maker, m, NULL, 0);
	w->segments = (int)sms_count(w->text, strlen(w->text)).segments;
}

/* In every language that the playbook has; "en" stands for all others. */
const struct consent_words *consent_words(TALLOC_CTX *ctx, const struct router_brand *brand)
{
	struct consent_words *words = talloc_zero(ctx, struct consent_words);
	const struct playbook *pb = brand ? brand->playbook : NULL;
	bool english = false;

	for (size_t i = 0; pb && i < pb->n_messages; i++)
		if (!strcmp(pb->messages[i].name, QUESTION)) {
			add_words(words, brand, pb->messages[i].locale, &pb->messages[i]);
			english |= !strcmp(pb->messages[i].locale, "en");
		}
	if (pb && !english)
		add_words(words, brand, "en", playbook_message(pb, brand->locale, QUESTION));
	return words;
}

/* adding a line -------------------------------------------------------------------------------------------- */
struct addition {
	struct consent_line line;
	struct consent_question question;
	bool may_ask, foreign;
};

static struct params *about(const struct write *w, const struct uuid *id)
{
	struct params *p = params_new(w->rq);

	params_uuid(p, &w->rq->who.brand);
	params_uuid(p, id);
	return p;
}

void consent_lock(struct request *rq, struct db *db, const struct uuid *customer, bool foreign, bool may_ask)
{
	struct params *lock = params_new(rq), *check = params_new(rq);

	params_uuid(lock, &rq->who.brand);
	params_uuid(lock, customer);
	params_text(lock, NULL);
	params_uuid(check, &rq->who.brand);
	params_uuid(check, customer);
	params_bool(check, foreign);
	params_bool(check, may_ask);
	db_query(db, Q_API_CUSTOMER_LOCK, lock, NULL, NULL);
	db_query(db, Q_CONSENT_CHECK, check, NULL, NULL);
}

static void add(struct write *w, struct db *db)
{
	struct addition *a = w->data;

	consent_lock(w->rq, db, &a->line.customer, a->foreign, a->line.ask == DOUBLE_YES);
	consent_append(db, w->rq, &a->line, 1);
	db_query(db, Q_CONSENT_KNOWN, about(w, &w->id), NULL, NULL);
	if (a->may_ask)
		consent_ask(db, w->rq, &a->question, 1, w->at);
}

static bool wrong(struct request *rq, const char *field, const char *detail)
{
	http_problem(rq, 400, "invalid-field", field, "%s", detail);
	return false;
}

static bool is(const char *a, const char *b)
{
	return !strcmp(a, b);
}

/* What the table of fields cannot say. */
static bool fits(struct request *rq, const json_t *body, const struct consent_line *l)
{
	bool pauses = is(l->action, "hold") || is(l->action, "release");

	if (pauses && (is(l->purpose, "all") || is(l->purpose, "transactional")))
		return wrong(rq, "purpose",
			     "only marketing is paused: promotional, relationship, or marketing for both");
	if (is(l->action, "release") && !is(l->source, "agent"))
		return wrong(rq, "source", "must be agent: a person ends a pause");
	if (body_has(body, "double_opt_in") && (!is(l->action, "grant") || is(l->purpose, "transactional")))
		return wrong(rq, "double_opt_in", "goes with a grant of marketing only");
	return true;
}

static struct addition *read_addition(struct request *rq, const json_t *body, const struct uuid *customer)
{
	struct addition *a = talloc_zero(rq, struct addition);
	struct consent_line *l = &a->line;
	const json_t *twice = json_object_get(body, "double_opt_in");
	bool grants;

	l->customer = *customer;
	l->id = worker_uuid(rq->worker);
	l->action = body_text(body, "action");
	l->purpose = body_text(body, "purpose");
	l->kind = body_text(body, "kind");
	l->ask = !twice ? DOUBLE_AS_BRAND : json_is_true(twice) ? DOUBLE_YES : DOUBLE_NO;
	grants = is(l->action, "grant");
	if (!evidence_read(rq, body, grants, l) || !fits(rq, body, l))
		return NULL;
	a->foreign = grants && evidence_foreign(l);
	a->may_ask = grants && l->ask != DOUBLE_NO;
	if (a->may_ask)
		a->question = (struct consent_question){
			.brand = l->brand,
			.event = l->id,
			.conversation = worker_uuid(rq->worker),
			.message = worker_uuid(rq->worker),
			.words = consent_words(a, config_brand(rq->worker->config, &l->brand))};
	return a;
}

void consents_post(struct request *rq)
{
	static const struct field fields[] = {
		{.name = "action",
		 .kind = FIELD_WORD,
		 .flags = FIELD_REQUIRED,
		 .words = "grant|refuse|revoke|hold|release"},
		{.name = "purpose",
		 .kind = FIELD_WORD,
		 .flags = FIELD_REQUIRED,
		 .words = "transactional|relationship|promotional|marketing|all"},
		{.name = "kind", .kind = FIELD_WORD, .words = "written|double_opt_in|claimed"},
		{.name = "double_opt_in", .kind = FIELD_BOOL},
		EVIDENCE_FIELDS,
		{.name = NULL},
	};
	struct write w = {.rq = rq, .statements = add, .read = Q_CONSENT_EVENT, .status = 201};
	struct addition *a;
	struct uuid customer;
	json_t *body;

	if (!path_id(rq, &customer) || !(body = body_checked(rq, fields)) || !(a = read_addition(rq, body, &customer)))
		return;
	w.data = a;
	w.id = a->line.id;
	w.queues_text = a->may_ask;
	write_answer(&w);
}
