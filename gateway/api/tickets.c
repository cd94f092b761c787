#include "gateway/api/api.h"
#include "gateway/api/body.h"

#define STATUSES "open|pending|solved|closed"
#define PRIORITIES "low|normal|high|urgent"
#define INTENTS                                                                                                        \
	"order_status|cancel_order|change_delivery|return|refund|damaged|missing|agent|subscription|opt_out_doubt|"    \
	"other"

void tickets_list(struct request *rq)
{
	static const struct filter filters[] = {
		{.name = "status", .kind = FILTER_WORD, .words = STATUSES},
		{.name = "assignee", .kind = FILTER_TEXT},
		{.name = "customer", .kind = FILTER_UUID},
		{.name = "order", .kind = FILTER_UUID},
		{.name = NULL},
	};
	static const struct page page = {.query = Q_API_TICKETS, .key = PAGE_BY_UPDATE, .filters = filters};

	page_answer(rq, &page);
}

void tickets_get(struct request *rq)
{
	resource_answer(rq, Q_API_TICKET);
}

/* Every write locks the ticket's customer, then looks, then writes. */
struct change {
	struct request *rq;
	json_t *body;
	struct uuid ticket;
	struct uuid event[4]; /* ids of what is told on the ticket */
	const char *author;
	int segments;
	int64_t version; /* that the caller saw; 0 any */
};

static struct change *new_change(struct request *rq, json_t *body)
{
	struct change *c = talloc_zero(rq, struct change);

	c->rq = rq;
	c->body = body;
	c->author = author_of(rq, body);
	for (size_t i = 0; i < sizeof(c->event) / sizeof(c->event[0]); i++)
		c->event[i] = worker_uuid(rq->worker);
	return c;
}

static struct params *about(const struct change *c, const struct uuid *id)
{
	struct params *p = params_new(c->rq);

	params_uuid(p, &c->rq->who.brand);
	params_uuid(p, id);
	return p;
}

static void add_optional_id(struct params *p, const json_t *body, const char *name)
{
	struct uuid id;

	params_uuid(p, body_uuid(body, name, &id) ? &id : NULL);
}

static void lock_and_check(const struct change *c, struct db *db, bool texts)
{
	struct params *p = about(c, &c->ticket);

	db_query(db, Q_TICKET_LOCK, about(c, &c->ticket), NULL, NULL);
	params_bool(p, texts);
	db_query(db, Q_TICKET_CHECK, p, NULL, NULL);
}

/* open --------------------------------------------------------------------------------------------- */
static const char *word_or(const json_t *body, const char *name, const char *otherwise)
{
	const char *s = body_text(body, name);

	return s ? s : otherwise;
}

static void open_ticket(struct write *w, struct db *db)
{
	const struct change *c = w->data;
	struct uuid conversation = {{0}};
	struct params *p;

	body_uuid(c->body, "conversation", &conversation);
	db_query(db, Q_API_CONVERSATION_LOCK, about(c, &conversation), NULL, NULL);
	p = about(c, &conversation);
	add_optional_id(p, c->body, "order");
	db_query(db, Q_TICKET_OPEN_CHECK, p, NULL, NULL);
	p = about(c, &conversation);
	params_uuid(p, &w->id);
	params_uuid(p, &c->event[0]);
	params_time(p, w->at);
	params_text(p, c->author);
	params_text(p, body_text(c->body, "subject"));
	add_optional_id(p, c->body, "order");
	params_text(p, word_or(c->body, "priority", "normal"));
	params_text(p, word_or(c->body, "intent", "other"));
	params_text(p, body_text(c->body, "assignee"));
	db_query(db, Q_TICKET_OPEN, p, NULL, NULL);
}

void tickets_post(struct request *rq)
{
	static const struct field fields[] = {
		{.name = "conversation", .kind = FIELD_UUID, .flags = FIELD_REQUIRED},
		{.name = "subject", .kind = FIELD_LINE, .flags = FIELD_REQUIRED, .min = 1, .max = 200},
		{.name = "intent", .kind = FIELD_WORD, .words = INTENTS},
		{.name = "priority", .kind = FIELD_WORD, .words = PRIORITIES},
		{.name = "order", .kind = FIELD_UUID, .flags = FIELD_NULLABLE},
		{.name = "assignee", .kind = FIELD_LINE, .flags = FIELD_NULLABLE, .min = 1, .max = 100},
		{.name = "author", .kind = FIELD_LINE, .min = 1, .max = 100},
		{.name = NULL},
	};
	json_t *body = body_checked(rq, fields);
	struct write w = {
		.rq = rq, .statements = open_ticket, .read = Q_API_TICKET, .status = 201, .location = "/v1/tickets/"};

	if (!body)
		return;
	w.data = new_change(rq, body);
	w.id = worker_uuid(rq->worker);
	write_answer(&w);
}

/* reply ---------------------------------------------------------------------------------------------- */

static void add_reply(struct write *w, struct db *db)
{
	const struct change *c = w->data;
	struct params *p = about(c, &c->ticket);

	lock_and_check(c, db, true);
	params_uuid(p, &w->id);
	params_uuid(p, &c->event[0]);
	params_time(p, w->at);
	params_text(p, body_text(c->body, "text"));
	params_int(p, P_INT2, c->segments);
	params_text(p, c->author);
	db_query(db, Q_TICKET_REPLY, p, NULL, NULL);
}

void tickets_reply(struct request *rq)
{
	static const struct field fields[] = {
		{.name = "text", .kind = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1, .max = 1600},
		{.name = "author", .kind = FIELD_LINE, .min = 1, .max = 100},
		{.name = NULL},
	};
	struct write w = {
		.rq = rq,
		.statements = add_reply,
		.read = Q_API_MESSAGE,
		.status = 201,
		.location = "/v1/messages/",
		.queues_text = true,
	};
	struct uuid ticket;
	struct change *c;
	json_t *body;

	if (!path_id(rq, &ticket) || !(body = body_checked(rq, fields)))
		return;
	w.data = c = new_change(rq, body);
	c->ticket = ticket;
	c->segments = text_segments(rq, body_text(body, "text"));
	if (!c->segments)
		return;
	w.id = worker_uuid(rq->worker);
	write_answer(&w);
}

/* note ----------------------------------------------------------------------------------------------- */
static void add_note(struct write *w, struct db *db)
{
	const struct change *c = w->data;
	struct params *p = about(c, &c->ticket);

	lock_and_check(c, db, false);
	params_uuid(p, &w->id);
	params_time(p, w->at);
	params_text(p, c->author);
	params_text(p, body_text(c->body, "text"));
	db_query(db, Q_TICKET_NOTE, p, NULL, NULL);
}

void tickets_note(struct request *rq)
{
	static const struct field fields[] = {
		{.name = "text", .kind = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1, .max = 10000},
		{.name = "author", .kind = FIELD_LINE, .min = 1, .max = 100},
		{.name = NULL},
	};
	struct write w = {.rq = rq, .statements = add_note, .read = Q_API_TICKET_EVENT, .status = 201};
	struct uuid ticket;
	struct change *c;
	json_t *body;

	if (!path_id(rq, &ticket) || !(body = body_checked(rq, fields)))
		return;
	w.data = c = new_change(rq, body);
	c->ticket = ticket;
	w.id = worker_uuid(rq->worker);
	write_answer(&w);
}

/* change --------------------------------------------------------------------------------------------- */
static void check_change(const struct change *c, struct db *db)
{
	struct params *p = about(c, &c->ticket);

	params_int(p, P_INT8, c->version);
	add_optional_id(p, c->body, "order");
	db_query(db, Q_TICKET_CHANGE_CHECK, p, NULL, NULL);
}

static void change_ticket(struct write *w, struct db *db)
{
	const struct change *c = w->data;
	struct params *p = about(c, &c->ticket);

	lock_and_check(c, db, false);
	check_change(c, db);
	params_time(p, w->at);
	params_text(p, c->author);
	params_uuid(p, &c->event[0]);
	params_text(p, body_text(c->body, "status"));
	params_uuid(p, &c->event[1]);
	params_text(p, body_text(c->body, "priority"));
	params_uuid(p, &c->event[2]);
	params_bool(p, body_has(c->body, "assignee"));
	params_text(p, body_text(c->body, "assignee"));
	params_uuid(p, &c->event[3]);
	params_bool(p, body_has(c->body, "order"));
	add_optional_id(p, c->body, "order");
	db_query(db, Q_TICKET_CHANGE, p, NULL, NULL);
}

void tickets_patch(struct request *rq)
{
	static const struct field fields[] = {
		{.name = "status", .kind = FIELD_WORD, .words = STATUSES},
		{.name = "priority", .kind = FIELD_WORD, .words = PRIORITIES},
		{.name = "assignee", .kind = FIELD_LINE, .flags = FIELD_NULLABLE, .min = 1, .max = 100},
		{.name = "order", .kind = FIELD_UUID, .flags = FIELD_NULLABLE},
		{.name = "author", .kind = FIELD_LINE, .min = 1, .max = 100},
		{.name = NULL},
	};
	struct write w = {.rq = rq, .statements = change_ticket, .read = Q_API_TICKET, .status = 200};
	struct change *c;
	json_t *body;

	if (!path_id(rq, &w.id) || !(body = body_checked(rq, fields)))
		return;
	w.data = c = new_change(rq, body);
	c->ticket = w.id;
	if (if_match(rq, &c->version))
		write_answer(&w);
}
