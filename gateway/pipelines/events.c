/* Order events: POST /v1/events → micro-batch → one transaction (take in once, merge, write) → answer. Not spooled: a
 * shop that is told 503 sends again. */
#include <stdlib.h>
#include <string.h>

#include "gateway/api/api.h"
#include "gateway/pipelines/batcher.h"
#include "gateway/pipelines/events_body.h"
#include "gateway/pipelines/pipelines.h"
#include "router/uuid.h"
#include "storage/events.h"

enum fate { STORED, REPEATED, LOST, REFUSED };

/* One event of a request. */
struct item {
	struct job *job;
	const struct event_body *body;
	enum fate fate;
};

/* A request; answered when the last of its events is settled. */
struct job {
	struct request *rq;
	bool many; /* came as an array */
	size_t n, left;
	struct item *items;
};

struct events {
	struct worker *worker;
	struct dblink *link;
	struct batcher *batcher;
	/* the running batch */
	struct item **items;
	size_t n;
	struct events_batch *batch;
};

/* answering ------------------------------------------------------------------------------------------- */
static json_t *answer_of(const struct item *it)
{
	return json_pack("{s:s,s:s}", "id", it->body->id, "status", it->fate == REPEATED ? "repeated" : "accepted");
}

static void respond(struct job *job)
{
	enum fate worst = STORED;
	json_t *list;

	for (size_t i = 0; i < job->n; i++)
		if (job->items[i].fate > worst)
			worst = job->items[i].fate;
	if (worst == LOST) {
		http_unavailable(job->rq, "the events could not be stored; send them again");
	} else if (worst == REFUSED) {
		http_problem(job->rq, 500, "internal", NULL, "the database refused an event; the log says why");
	} else if (!job->many) {
		http_respond_json(job->rq, 202, answer_of(&job->items[0]));
	} else {
		list = json_array();
		for (size_t i = 0; i < job->n; i++)
			json_array_append_new(list, answer_of(&job->items[i]));
		http_respond_json(job->rq, 202, json_pack("{s:o}", "events", list));
	}
}

static void settle(struct events *ev, struct item *it, enum fate fate)
{
	it->fate = fate;
	if (fate == STORED)
		metric_add(ev->worker->metrics, M_EVENTS, it->body->event.type->name, 1);
	else if (fate == REPEATED)
		metric_add(ev->worker->metrics, M_EVENTS, "repeated", 1);
	if (--it->job->left == 0)
		respond(it->job);
}

/* making a batch ---------------------------------------------------------------------------------------- */
static void say(const char **known, const char *said)
{
	if (!*known)
		*known = said;
}

static struct event_person *person_of(struct events_batch *b, const struct uuid *brand, const struct event_body *body)
{
	size_t i = 0;

	while (i < b->n_persons &&
	       (strcmp(b->persons[i].phone, body->phone) || uuid_compare(&b->persons[i].brand, brand)))
		i++;
	if (i == b->n_persons) {
		b->n_persons++;
		b->persons[i].brand = *brand;
		b->persons[i].phone = body->phone;
		b->persons[i].country = body->country;
	}
	return &b->persons[i];
}

static struct event_order *order_of(struct events_batch *b, const struct uuid *brand, const struct event_body *body,
				    struct worker *w)
{
	struct event_order *o;

	for (size_t i = 0; i < b->n_orders; i++) {
		o = &b->orders[i];
		if (!strcmp(o->external_id, body->order) && !strcmp(o->source, body->source) &&
		    !uuid_compare(&o->brand, brand))
			return o;
	}
	o = &b->orders[b->n_orders++];
	o->brand = *brand;
	o->id = worker_uuid(w);
	o->source = body->source;
	o->external_id = body->order;
	return o;
}

static const struct consent_words *words_of(struct events *ev, struct events_batch *b, size_t n,
					    const struct uuid *brand)
{
	for (size_t i = 0; i < n; i++)
		if (!uuid_compare(&b->questions[i].brand, brand))
			return b->questions[i].words;
	return consent_words(b, config_brand(ev->worker->config, brand));
}

/* What checkouts said of consent, with what a double opt-in may need. Most batches have none. */
static void add_consents(struct events *ev, struct events_batch *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n_rows; i++) {
		b->rows[i].consents = ev->items[i]->body->consents;
		b->rows[i].n_consents = ev->items[i]->body->n_consents;
		n += b->rows[i].n_consents;
	}
	if (!n)
		return;
	b->now = worker_now();
	b->questions = talloc_zero_array(b, struct consent_question, (unsigned)n);
	n = 0;
	for (size_t i = 0; i < b->n_rows; i++) {
		const struct uuid *brand = &b->rows[i].person->brand;
		for (size_t k = 0; k < b->rows[i].n_consents; k++, n++) {
			b->rows[i].consents[k].id = worker_uuid(ev->worker);
			b->questions[n] = (struct consent_question){.brand = *brand,
								    .conversation = worker_uuid(ev->worker),
								    .message = worker_uuid(ev->worker),
								    .words = words_of(ev, b, n, brand)};
		}
	}
}

static struct events_batch *make_batch(struct events *ev)
{
	struct events_batch *b = talloc_zero(ev, struct events_batch);

	b->persons = talloc_zero_array(b, struct event_person, (unsigned)ev->n);
	b->orders = talloc_zero_array(b, struct event_order, (unsigned)ev->n);
	b->rows = talloc_zero_array(b, struct event_row, (unsigned)ev->n);
	b->n_rows = ev->n;
	for (size_t i = 0; i < ev->n; i++) {
		const struct item *it = ev->items[i];
		const struct event_body *body = it->body;
		const struct uuid *brand = &it->job->rq->who.brand;

		b->rows[i] = (struct event_row){
			.id = worker_uuid(ev->worker),
			.new_customer = worker_uuid(ev->worker),
			.person = person_of(b, brand, body),
			.order = order_of(b, brand, body, ev->worker),
			.source = body->source,
			.event_id = body->id,
			.external_customer = body->external_customer,
			.body = body->json,
			.event = &body->event,
		};
	}
	b->suppression_key = ev->worker->suppression_key;
	add_consents(ev, b);
	return b;
}

/* merging ------------------------------------------------------------------------------------------------- */
static void merge_shipment(struct events_batch *b, struct event_order *o, const struct order_event *e)
{
	size_t i = 0;

	while (i < o->n_shipments && strcmp(o->shipments[i].reference, e->shipment.reference))
		i++;
	if (i == o->n_shipments) {
		o->shipments = talloc_realloc(b, o->shipments, struct shipment_facts, (unsigned)++o->n_shipments);
		if (!o->shipments)
			abort();
		o->shipments[i] = (struct shipment_facts){.reference = e->shipment.reference};
		event_merge_shipment(&o->shipments[i], true, e);
	} else {
		event_merge_shipment(&o->shipments[i], false, e);
	}
}

static void merge_row(struct events_batch *b, struct event_row *row, const struct event_body *body)
{
	struct event_order *o = row->order;
	const struct order_event *e = row->event;
	struct merge_result r = event_merge_order(&o->facts, e);

	o->touched = row->person->touched = true;
	row->changed_state = r.changed_state;
	if (r.take_customer)
		o->customer = row->person->customer;
	if (r.take_items) {
		o->items_told = true;
		o->items = e->items;
		o->n_items = e->n_items;
	}
	if (e->has_shipment)
		merge_shipment(b, o, e);
	say(&row->person->name, body->name);
	say(&row->person->email, body->email);
	say(&row->person->locale, body->locale);
}

/* the steps of a batch --------------------------------------------------------------------------------------------- */
/* Stored or not: a repeat makes that right. */
static void lost(void *arg, void *item)
{
	settle(arg, item, LOST);
}

static void failed(struct events *ev, const struct db_end *end)
{
	TALLOC_FREE(ev->batch);
	if (end->status == DB_LOST) {
		batcher_lost(ev->batcher);
		return;
	}
	events_rollback(ev->link->db);
	if (batcher_failed(ev->batcher, end, events_again(end)))
		return;
	settle(ev, ev->items[0], end->status == DB_RETRY ? LOST : REFUSED);
	batcher_done(ev->batcher);
}

static void on_written(void *arg, const struct db_end *end)
{
	struct events *ev = arg;
	struct events_batch *b = ev->batch;

	if (end->status != DB_OK) {
		failed(ev, end);
		return;
	}
	ev->batch = NULL;
	if (b->questions)
		worker_texts_queued(ev->worker);
	for (size_t i = 0; i < ev->n; i++)
		settle(ev, ev->items[i], b->rows[i].fresh ? STORED : REPEATED);
	talloc_free(b);
	batcher_done(ev->batcher);
}

static void on_opened(void *arg, const struct db_end *end)
{
	struct events *ev = arg;

	if (end->status != DB_OK) {
		failed(ev, end);
		return;
	}
	for (size_t i = 0; i < ev->n; i++)
		if (ev->batch->rows[i].fresh)
			merge_row(ev->batch, &ev->batch->rows[i], ev->items[i]->body);
	events_write(ev->link->db, ev->batch, on_written, ev);
}

static void run(void *arg, void **items, size_t n)
{
	struct events *ev = arg;

	ev->items = (struct item **)items;
	ev->n = n;
	ev->batch = make_batch(ev);
	events_open(ev->link->db, ev->batch, on_opened, ev);
}

/* requests -----------------------------------------------------------------------------------------------------------
 */
static void queue(struct events *ev, struct job *job)
{
	size_t n = job->n;

	job->left = n;
	/* the job may be answered, and gone, as soon as its last event is settled: no look at it after that */
	for (size_t i = 0; i < n; i++) {
		struct item *it = &job->items[i];
		if (!db_ready(ev->link->db) || !batcher_add(ev->batcher, it))
			settle(ev, it, LOST);
	}
}

void events_handle(struct request *rq)
{
	const struct router_brand *brand = config_brand(rq->worker->config, &rq->who.brand);
	struct job *job = talloc_zero(rq, struct job);
	struct event_body *bodies;

	job->rq = rq;
	bodies = events_body_read(rq, brand ? brand->country : "", worker_now(), &job->n, &job->many);
	if (!bodies)
		return;
	job->items = talloc_zero_array(job, struct item, (unsigned)job->n);
	for (size_t i = 0; i < job->n; i++)
		job->items[i] = (struct item){.job = job, .body = &bodies[i]};
	queue(rq->worker->events, job);
}

static void on_state(void *arg, bool ready)
{
	batcher_ready(((struct events *)arg)->batcher, ready);
}

bool events_idle(const struct worker *w)
{
	return batcher_idle(w->events->batcher);
}

void events_start(struct worker *w)
{
	struct events *ev = w->events = talloc_zero(w, struct events);

	ev->worker = w;
	ev->batcher =
		batcher_new(w, "events", (size_t)w->settings->batch_max, (size_t)w->settings->queue_max, run, lost, ev);
	ev->link = dblink_new(w, "events", on_state, ev);
}
