/* Single resources, and writes: once for each Idempotency-Key, answered with the resource as it stands after the
 * commit. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/api.h"
#include "gateway/api/body.h"
#include "gateway/log.h"
#include "router/uuid.h"
#include "templates/segments.h"

#define TRIES 3
#define SEGMENTS_MOST 10
#define KEY_MOST 255

bool path_id(struct request *rq, struct uuid *out)
{
	if (uuid_parse(rq->param[0], out))
		return true;
	http_problem(rq, 404, "not-found", NULL, "the id in the path is not a UUID, so nothing can be there");
	return false;
}

/* reading ---------------------------------------------------------------------------------------- */
struct resource {
	char *json;      /* NULL: there is none */
	int64_t version; /* 0: has none */
};

static void on_resource(void *arg, const struct db_rows *rows)
{
	struct resource *r = arg;

	if (!rows->n)
		return;
	r->json = talloc_strndup(r, db_text(rows, 0, 0), db_length(rows, 0, 0));
	r->version = db_int(rows, 0, 1);
}

static void ask_resource(struct db *db, struct resource *r, const struct request *rq, enum query query,
			 const struct uuid *id)
{
	struct params *p = params_new(r);

	r->json = NULL;
	params_uuid(p, &rq->who.brand);
	params_uuid(p, id);
	db_query(db, query, p, on_resource, r);
}

static void respond(struct request *rq, unsigned status, const struct resource *r)
{
	char etag[32];

	if (!r->json) {
		http_problem(rq, 404, "not-found", NULL, "there is no such resource");
		return;
	}
	if (r->version) {
		snprintf(etag, sizeof(etag), "\"%lld\"", (long long)r->version);
		http_add_header(rq, "ETag", etag);
	}
	http_respond(rq, status, "application/json", r->json, strlen(r->json));
}

struct reading {
	struct request *rq;
	enum query query;
	struct uuid id;
	unsigned status;
	struct resource *resource;
	int tries;
};

static void read_now(struct reading *r);

static void on_read(void *arg, const struct db_end *end)
{
	struct reading *r = arg;

	if (end->status == DB_OK)
		respond(r->rq, r->status, r->resource);
	else if (end->status == DB_RETRY && ++r->tries < TRIES)
		read_now(r);
	else if (end->status == DB_ERROR) {
		log_error("api_read_refused", LOG_S("route", r->rq->route->label), LOG_S("sqlstate", end->sqlstate));
		http_problem(r->rq, 500, "internal", NULL, "the resource could not be read");
	} else
		http_unavailable(r->rq, "the database is away; try again");
}

static void read_now(struct reading *r)
{
	struct db *db = r->rq->worker->api_db->db;

	ask_resource(db, r->resource, r->rq, r->query, &r->id);
	db_unit(db, on_read, r);
}

static void answer_with(struct request *rq, enum query query, const struct uuid *id, unsigned status)
{
	struct reading *r = talloc_zero(rq, struct reading);

	r->rq = rq;
	r->query = query;
	r->id = *id;
	r->status = status;
	r->resource = talloc_zero(r, struct resource);
	read_now(r);
}

void resource_answer(struct request *rq, enum query query)
{
	struct uuid id;

	if (path_id(rq, &id))
		answer_with(rq, query, &id, 200);
}

/* what a statement refuses -------------------------------------------------------------------------- */
static const struct refusal {
	const char *reason; /* as refuse() in SQL says it */
	unsigned status;
	const char *type, *field, *detail;
} refusals[] = {
	{"ticket_unknown", 404, "not-found", NULL, "there is no such ticket"},
	{"ticket_closed", 409, "ticket-closed", NULL, "the ticket is closed; open a new one"},
	{"opted_out", 409, "opted-out", NULL, "the customer has opted out: no text may go there"},
	{"number_bad", 409, "number-bad", NULL, "texts do not reach the customer's number"},
	{"not_conversing", 409, "not-conversing", "class",
	 "the customer has not written in the last 24 hours: the class must be transactional"},
	{"order_muted", 409, "order-muted", "order", "the customer wants no texts about this order"},
	{"no_sender", 409, "no-sender", NULL, "the brand has no sender to send from"},
	{"version_conflict", 412, "version-conflict", NULL, "the ticket has changed since it was read; read it again"},
	{"no_customer", 404, "not-found", NULL, "there is no such customer"},
	{"erased", 410, "erased", NULL, "the customer's data was erased at their request; nothing can be recorded for them"},
	{"stopped", 409, "opted-out", NULL,
	 "the customer said STOP, and only the customer takes that back: by texting START, on the preference page, or by a request in "
	 "their own words that an agent records (source agent, email or phone, with reply)"},
	{"legal_hold", 409, "legal-hold", NULL,
	 "the customer's data is kept for a legal claim and may not be erased (GDPR 17(3)(e)): say so to whoever asks, and ask again when "
	 "the hold has ended"},
	{"evidence_known", 409, "already-recorded", NULL, "the ledger has this very evidence already"},
	{"customer_unknown", 422, "unknown-reference", "customer", "there is no such customer"},
	{"conversation_unknown", 422, "unknown-reference", "conversation", "there is no such conversation"},
	{"order_of_another", 422, "unknown-reference", "order", "the customer has no such order"},
};

static void refuse(struct request *rq, const char *reason)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (!strcmp(refusals[i].reason, reason)) {
			http_problem(rq, refusals[i].status, refusals[i].type, refusals[i].field, "%s",
				     refusals[i].detail);
			return;
		}
	http_problem(rq, 409, "refused", NULL, "%s", reason);
}

bool if_match(struct request *rq, int64_t *version)
{
	const char *s = http_header(rq, "If-Match");
	char *end = NULL;

	*version = 0;
	if (!s || !strcmp(s, "*"))
		return true;
	if (s[0] == '"' && strspn(s + 1, "0123456789") > 0)
		*version = strtoll(s + 1, &end, 10);
	if (*version > 0 && !strcmp(end, "\""))
		return true;
	refuse(rq, "version_conflict"); /* no version of ours looks like it */
	return false;
}

/* writing ------------------------------------------------------------------------------------------- */
struct writing {
	struct write w;
	const char *key; /* NULL: none */
	uint8_t hash[32];
	struct resource *resource;
	int tries;
	/* a repeat */
	bool made, same;
	struct uuid made_id;
};

static void begin(struct writing *r);
static void look_up(struct writing *r);

static void add_location(const struct write *w, const struct uuid *id)
{
	char text[37];

	if (!w->location)
		return;
	uuid_format(id, text);
	http_add_header(w->rq, "Location", talloc_asprintf(w->rq, "%s%s", w->location, text));
}

static void on_written(void *arg, const struct db_end *end)
{
	struct writing *r = arg;
	struct request *rq = r->w.rq;

	if (end->status == DB_RETRY && ++r->tries < TRIES) {
		begin(r);
	} else if (end->status == DB_OK) {
		if (r->w.queues_text)
			worker_texts_queued(rq->worker);
		if (r->resource->json)
			add_location(&r->w, &r->w.id);
		respond(rq, r->w.status, r->resource);
	} else if (end->status == DB_ERROR && !strcmp(end->constraint, "idempotency_keys_pkey")) {
		look_up(r);
	} else if (end->status == DB_ERROR && !strcmp(end->sqlstate, "AW001")) {
		refuse(rq, end->message);
	} else if (end->status == DB_ERROR) {
		log_error("api_write_refused", LOG_S("route", rq->route->label), LOG_S("sqlstate", end->sqlstate),
			  LOG_S("constraint", end->constraint));
		http_problem(rq, 500, "internal", NULL, "nothing was changed: the database refused");
	} else if (r->key) {
		http_unavailable(rq, "the database went away; send the request again with the same Idempotency-Key");
	} else {
		http_unavailable(
			rq,
			"the database went away and may or may not have taken the change; read before trying again");
	}
}

static void begin(struct writing *r)
{
	struct request *rq = r->w.rq;
	struct db *db = rq->worker->api_db->db;
	struct params *p;

	if (r->key) {
		p = params_new(r);
		params_uuid(p, &rq->who.brand);
		params_uuid(p, &rq->who.token);
		params_text(p, r->key);
		params_bytea(p, r->hash, sizeof(r->hash));
		params_uuid(p, &r->w.id);
		db_query(db, Q_API_KEY_ADD, p, NULL, NULL);
	}
	r->w.statements(&r->w, db);
	ask_resource(db, r->resource, rq, r->w.read, &r->w.id);
	db_unit(db, on_written, r);
}

/* repeats ------------------------------------------------------------------------------------------- */
static void on_key(void *arg, const struct db_rows *rows)
{
	struct writing *r = arg;

	r->made = rows->n > 0;
	if (!r->made)
		return;
	r->same = db_bool(rows, 0, 0);
	r->made_id = db_uuid(rows, 0, 1);
}

static void on_looked_up(void *arg, const struct db_end *end)
{
	struct writing *r = arg;
	struct request *rq = r->w.rq;

	if (end->status != DB_OK) {
		http_unavailable(rq, "the database is away; send the request again with the same Idempotency-Key");
	} else if (!r->made) { /* the key ran out between the two units */
		http_unavailable(rq, "send the request again");
	} else if (!r->same) {
		http_problem(rq, 422, "idempotency-key-reused", NULL,
			     "the Idempotency-Key was used for another request; choose a fresh one");
	} else {
		http_add_header(rq, "Idempotent-Replayed", "true");
		add_location(&r->w, &r->made_id);
		answer_with(rq, r->w.read, &r->made_id, r->w.status);
	}
}

static void look_up(struct writing *r)
{
	struct db *db = r->w.rq->worker->api_db->db;
	struct params *p = params_new(r);

	params_uuid(p, &r->w.rq->who.brand);
	params_uuid(p, &r->w.rq->who.token);
	params_text(p, r->key);
	params_bytea(p, r->hash, sizeof(r->hash));
	db_query(db, Q_API_KEY_GET, p, on_key, r);
	db_unit(db, on_looked_up, r);
}

/* What makes two requests the same: method, path, body. */
static void hash_request(const struct request *rq, uint8_t hash[32])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	if (!md || !EVP_DigestInit_ex(md, EVP_sha256(), NULL) ||
	    !EVP_DigestUpdate(md, rq->method, strlen(rq->method)) || !EVP_DigestUpdate(md, "\n", 1) ||
	    !EVP_DigestUpdate(md, rq->path, strlen(rq->path)) || !EVP_DigestUpdate(md, "\n", 1) ||
	    !EVP_DigestUpdate(md, rq->body, rq->body_len) || !EVP_DigestFinal_ex(md, hash, NULL))
		abort(); /* out of memory */
	EVP_MD_CTX_free(md);
}

static bool read_key(struct request *rq, const char **key)
{
	const char *s = rq->route->flags & ROUTE_IDEMPOTENT ? http_header(rq, "Idempotency-Key") : NULL;
	size_t n = 0;

	*key = s;
	if (!s)
		return true;
	while (s[n] > 0x20 && s[n] < 0x7f)
		n++;
	if (n && !s[n] && n <= KEY_MOST)
		return true;
	http_problem(rq, 400, "invalid-header", "Idempotency-Key", "must be 1 to %d visible ASCII characters",
		     KEY_MOST);
	return false;
}

void write_answer(const struct write *w)
{
	struct writing *r = talloc_zero(w->rq, struct writing);

	r->w = *w;
	r->w.at = worker_now();
	r->resource = talloc_zero(r, struct resource);
	if (!read_key(w->rq, &r->key))
		return;
	if (r->key)
		hash_request(w->rq, r->hash);
	begin(r);
}

/* agents' texts --------------------------------------------------------------------------------------- */
int text_segments(struct request *rq, const char *text)
{
	size_t n = sms_count(text, strlen(text)).segments;

	if (n <= SEGMENTS_MOST)
		return (int)n;
	http_problem(rq, 400, "invalid-field", "text", "takes %zu segments; at most %d can be sent", n, SEGMENTS_MOST);
	return 0;
}

const char *author_of(const struct request *rq, const json_t *body)
{
	const char *author = body_text(body, "author");

	return author ? author : rq->who.name;
}
