/* What the law lets a person ask for: a copy of everything, and to be forgotten (RE-1, RE-2), unless it must be kept
 * (RE-3). All of it is in the audit log. */
#include <string.h>

#include "gateway/api/api.h"
#include "gateway/api/body.h"
#include "router/uuid.h"
#include "storage/consent.h"

static struct params *about(const struct write *w)
{
	struct params *p = params_new(w->rq);

	params_uuid(p, &w->rq->who.brand);
	params_uuid(p, &w->id);
	return p;
}

static void lock(const struct write *w, struct db *db)
{
	struct params *p = about(w);

	params_text(p, NULL);
	db_query(db, Q_API_CUSTOMER_LOCK, p, NULL, NULL);
}

static void audit(const struct write *w, struct db *db, const char *action, const char *detail)
{
	struct audit_line line = {.brand = w->rq->who.brand,
				  .id = worker_uuid(w->rq->worker),
				  .actor = w->rq->who.name,
				  .action = action,
				  .detail = detail,
				  .at = w->at};
	char subject[37];

	uuid_format(&w->id, subject);
	line.subject = subject;
	consent_audit(db, w->rq, &line);
}

/* a copy of everything -------------------------------------------------------------------------------------- */
static void export_all(struct write *w, struct db *db)
{
	struct params *p = about(w);

	params_bool(p, false);
	params_bool(p, false);
	db_query(db, Q_CONSENT_CHECK, p, NULL, NULL);
	audit(w, db, "customer.export", NULL);
}

void customers_export(struct request *rq)
{
	struct write w = {.rq = rq, .statements = export_all, .read = Q_CONSENT_EXPORT, .status = 200};

	if (path_id(rq, &w.id))
		write_answer(&w);
}

/* to be forgotten --------------------------------------------------------------------------------------------- */
struct erasing {
	struct request *rq;
	struct uuid customer;
	const char *scope;
	char *phone;
};

static void erase(struct write *w, struct db *db)
{
	const struct erasing *e = w->data;
	struct consent_erasure what = {.brand = w->rq->who.brand,
				       .customer = e->customer,
				       .phone = e->phone ? e->phone : "",
				       .scope = e->scope,
				       .source = "erasure",
				       .at = w->at};

	lock(w, db);
	db_query(db, Q_CONSENT_ERASE_CHECK, about(w), NULL, NULL);
	if (!e->phone)
		return; /* the check says why */
	consent_erase(db, w->rq, w->rq->worker->suppression_key, &what);
	audit(w, db, "customer.erase", talloc_asprintf(w->rq, "{\"suppressed\":\"%s\"}", e->scope));
}

static void on_phone(void *arg, const struct db_rows *rows)
{
	struct erasing *e = arg;

	e->phone = rows->n ? talloc_strdup(e, db_text(rows, 0, 0)) : NULL;
}

/* The HMAC is of the number and is made here: the key never goes to the database. */
static void on_read(void *arg, const struct db_end *end)
{
	struct erasing *e = arg;
	struct write w = {.rq = e->rq,
			  .statements = erase,
			  .data = e,
			  .read = Q_CONSENT_ERASED,
			  .id = e->customer,
			  .status = 200};

	if (end->status == DB_OK)
		write_answer(&w);
	else
		http_unavailable(e->rq, "the database is away; try again");
}

void customers_erase(struct request *rq)
{
	struct erasing *e = talloc_zero(rq, struct erasing);
	struct db *db = rq->worker->api_db->db;
	struct params *p = params_new(rq);

	e->rq = rq;
	e->scope = http_query(rq, "suppress") ? http_query(rq, "suppress") : "all";
	if (!path_id(rq, &e->customer))
		return;
	if (!word_among("all|marketing", e->scope, NULL)) {
		http_problem(rq, 400, "invalid-parameter", "suppress", "must be all or marketing");
		return;
	}
	params_uuid(p, &rq->who.brand);
	params_uuid(p, &e->customer);
	db_query(db, Q_CONSENT_PHONE, p, on_phone, e);
	db_unit(db, on_read, e);
}

/* unless it must be kept ---------------------------------------------------------------------------------------- */
static void hold(struct write *w, struct db *db)
{
	const json_t *body = w->data;
	const char *reason = json_is_true(json_object_get(body, "on")) ? body_text(body, "reason") : NULL;
	struct params *check = about(w), *p = about(w);

	params_bool(check, false);
	params_bool(check, false);
	params_text(p, reason);
	params_time(p, w->at);
	lock(w, db);
	db_query(db, Q_CONSENT_CHECK, check, NULL, NULL);
	db_query(db, Q_CONSENT_LEGAL_HOLD, p, NULL, NULL);
	audit(w, db, reason ? "customer.hold" : "customer.hold_end", NULL);
}

void customers_hold(struct request *rq)
{
	static const struct field fields[] = {
		{.name = "on", .kind = FIELD_BOOL, .flags = FIELD_REQUIRED},
		{.name = "reason", .kind = FIELD_LINE, .min = 1, .max = 500},
		{.name = NULL},
	};
	struct write w = {.rq = rq, .statements = hold, .read = Q_API_CUSTOMER, .status = 200};
	json_t *body;

	if (!path_id(rq, &w.id) || !(body = body_checked(rq, fields)))
		return;
	if (json_is_true(json_object_get(body, "on")) && !body_text(body, "reason")) {
		http_problem(rq, 400, "invalid-field", "reason", "say what the data must be kept for");
		return;
	}
	w.data = body;
	write_answer(&w);
}
