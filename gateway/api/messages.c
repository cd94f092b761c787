#include <string.h>

#include "gateway/api/api.h"
#include "gateway/api/body.h"
#include "storage/consent.h"

#define STATES "received|queued|sending|sent|unknown|delivered|undelivered|failed|expired|suppressed"
static const short state_numbers[] = {
	MSG_RECEIVED,  MSG_QUEUED,      MSG_SENDING, MSG_SENT,    MSG_UNKNOWN,
	MSG_DELIVERED, MSG_UNDELIVERED, MSG_FAILED,  MSG_EXPIRED, MSG_SUPPRESSED,
};

void messages_list(struct request *rq)
{
	static const struct filter filters[] = {
		{.name = "conversation", .kind = FILTER_UUID},
		{.name = "order", .kind = FILTER_UUID},
		{.name = "state", .kind = FILTER_NUMBERED, .words = STATES, .numbers = state_numbers},
		{.name = NULL},
	};
	static const struct page page = {.query = Q_API_MESSAGES, .key = PAGE_BY_ID, .filters = filters};

	page_answer(rq, &page);
}

void messages_get(struct request *rq)
{
	resource_answer(rq, Q_API_MESSAGE);
}

/* an agent's text outside a ticket ------------------------------------------------------------------- */
struct text {
	struct uuid customer, new_customer, new_conversation, order;
	bool has_customer, has_order;
	const char *phone, *body, *author;
	enum message_class cls;
	int segments;
};

/* The customer is named by id or by number. */
static struct params *to_whom(const struct write *w)
{
	const struct text *t = w->data;
	struct params *p = params_new(w->rq);

	params_uuid(p, &w->rq->who.brand);
	params_uuid(p, t->has_customer ? &t->customer : NULL);
	params_text(p, t->phone);
	return p;
}

static void add_customer(const struct write *w, struct db *db)
{
	const struct text *t = w->data;
	struct params *p = params_new(w->rq);

	params_uuid(p, &w->rq->who.brand);
	params_uuid(p, &t->new_customer);
	params_text(p, t->phone);
	db_query(db, Q_API_CUSTOMER_ADD, p, NULL, NULL);
	if (t->phone)
		consent_suppressed(db, w->rq, w->rq->worker->suppression_key,
				   &(struct consent_newcomer){w->rq->who.brand, t->phone}, 1);
}

static void check(const struct write *w, struct db *db)
{
	const struct text *t = w->data;
	struct params *p = to_whom(w);

	params_uuid(p, &t->new_conversation);
	params_int(p, P_INT2, t->cls);
	params_time(p, w->at);
	params_uuid(p, t->has_order ? &t->order : NULL);
	db_query(db, Q_API_TEXT_CHECK, p, NULL, NULL);
}

static void add_text(const struct write *w, struct db *db)
{
	const struct text *t = w->data;
	struct params *p = to_whom(w);

	params_uuid(p, &w->id);
	params_int(p, P_INT2, t->cls);
	params_time(p, w->at);
	params_text(p, t->body);
	params_int(p, P_INT2, t->segments);
	params_text(p, t->author);
	params_uuid(p, t->has_order ? &t->order : NULL);
	db_query(db, Q_API_TEXT_ADD, p, NULL, NULL);
}

/* Locked first, then looked at: an opt-out that commits before the lock is seen, one that comes after finds the text in
 * the outbox and stops it. */
static void queue_text(struct write *w, struct db *db)
{
	add_customer(w, db);
	db_query(db, Q_API_CUSTOMER_LOCK, to_whom(w), NULL, NULL);
	check(w, db);
	add_text(w, db);
}

static struct text *read_text(struct request *rq, const json_t *body)
{
	struct text *t = talloc_zero(rq, struct text);

	t->has_customer = body_uuid(body, "customer", &t->customer);
	t->has_order = body_uuid(body, "order", &t->order);
	t->phone = body_text(body, "phone");
	t->body = body_text(body, "text");
	t->author = author_of(rq, body);
	t->cls = strcmp(body_text(body, "class"), "conversational") ? CLASS_TRANSACTIONAL : CLASS_CONVERSATIONAL;
	if (t->has_customer == !!t->phone) {
		http_problem(rq, 400, "invalid-field", "customer", "give either customer or phone");
		return NULL;
	}
	t->segments = text_segments(rq, t->body);
	if (!t->segments)
		return NULL;
	t->new_customer = worker_uuid(rq->worker);
	t->new_conversation = worker_uuid(rq->worker);
	return t;
}

void messages_post(struct request *rq)
{
	static const struct field fields[] = {
		{.name = "customer", .kind = FIELD_UUID},
		{.name = "phone", .kind = FIELD_PHONE},
		{.name = "text", .kind = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1, .max = 1600},
		{.name = "class", .kind = FIELD_WORD, .flags = FIELD_REQUIRED, .words = "conversational|transactional"},
		{.name = "order", .kind = FIELD_UUID},
		{.name = "author", .kind = FIELD_LINE, .min = 1, .max = 100},
		{.name = NULL},
	};
	json_t *body = body_checked(rq, fields);
	struct write w = {
		.rq = rq,
		.statements = queue_text,
		.read = Q_API_MESSAGE,
		.status = 201,
		.location = "/v1/messages/",
		.queues_text = true,
	};

	if (!body || !(w.data = read_text(rq, body)))
		return;
	w.id = worker_uuid(rq->worker);
	write_answer(&w);
}
