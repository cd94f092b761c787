#include "storage/events.h"

#include <stdlib.h>
#include <string.h>

#include "router/uuid.h"

/* open ------------------------------------------------------------------------------------------- */
static void on_seen(void *arg, const struct db_rows *rows)
{
	struct events_batch *b = arg;

	for (int r = 0; r < rows->n; r++) {
		struct uuid id = db_uuid(rows, r, 0);
		for (size_t i = 0; i < b->n_rows; i++)
			if (!uuid_compare(&b->rows[i].id, &id))
				b->rows[i].fresh = true;
	}
}

static void query_seen(struct db *db, struct events_batch *b)
{
	struct params *p = params_new(b);
	struct param_array *brand = params_array(p, P_UUID), *id = params_array(p, P_UUID),
			   *source = params_array(p, P_TEXT), *event = params_array(p, P_TEXT),
			   *type = params_array(p, P_TEXT), *at = params_array(p, P_TIME),
			   *body = params_array(p, P_TEXT);

	for (size_t i = 0; i < b->n_rows; i++) {
		const struct event_row *row = &b->rows[i];
		array_uuid(brand, &row->person->brand);
		array_uuid(id, &row->id);
		array_text(source, row->source);
		array_text(event, row->event_id);
		array_text(type, row->event->type->name);
		array_time(at, row->event->occurred_at);
		array_text(body, row->body);
	}
	db_query(db, Q_EVENTS_SEEN, p, on_seen, b);
}

static void on_admitted(void *arg, const struct db_rows *rows)
{
	struct events_batch *b = arg;

	for (int r = 0; r < rows->n; r++) {
		struct uuid id = db_uuid(rows, r, 0);
		for (size_t i = 0; i < b->n_rows; i++)
			if (!uuid_compare(&b->rows[i].new_customer, &id))
				b->rows[i].person->newcomer = true;
	}
}

static void query_admit(struct db *db, struct events_batch *b)
{
	struct params *p = params_new(b);
	struct param_array *brand = params_array(p, P_UUID), *event = params_array(p, P_UUID),
			   *id = params_array(p, P_UUID), *phone = params_array(p, P_TEXT),
			   *country = params_array(p, P_TEXT);

	for (size_t i = 0; i < b->n_rows; i++) {
		const struct event_row *row = &b->rows[i];
		array_uuid(brand, &row->person->brand);
		array_uuid(event, &row->id);
		array_uuid(id, &row->new_customer);
		array_text(phone, row->person->phone);
		array_text(country, row->person->country);
	}
	db_query(db, Q_EVENTS_ADMIT, p, on_admitted, b);
}

static void on_customers(void *arg, const struct db_rows *rows)
{
	struct events_batch *b = arg;

	for (int r = 0; r < rows->n; r++)
		b->persons[db_int(rows, r, 0)].customer = db_uuid(rows, r, 1);
}

/* The lock is the one under which inbound texts are decided, taken in the same order. */
static void query_customers(struct db *db, struct events_batch *b)
{
	struct params *lock = params_new(b), *p = params_new(b);
	struct param_array *lock_brand = params_array(lock, P_UUID), *lock_phone = params_array(lock, P_TEXT);
	struct param_array *ord = params_array(p, P_INT4), *brand = params_array(p, P_UUID),
			   *phone = params_array(p, P_TEXT);

	for (size_t i = 0; i < b->n_persons; i++) {
		array_uuid(lock_brand, &b->persons[i].brand);
		array_text(lock_phone, b->persons[i].phone);
		array_int(ord, (int64_t)i);
		array_uuid(brand, &b->persons[i].brand);
		array_text(phone, b->persons[i].phone);
	}
	db_query(db, Q_INBOUND_LOCK, lock, NULL, NULL);
	db_query(db, Q_EVENTS_CUSTOMERS, p, on_customers, b);
}

static void on_orders(void *arg, const struct db_rows *rows)
{
	struct events_batch *b = arg;

	for (int r = 0; r < rows->n; r++) {
		struct event_order *o = &b->orders[db_int(rows, r, 0)];
		struct order_facts *f = &o->facts;

		o->id = db_uuid(rows, r, 1);
		o->customer = db_uuid(rows, r, 3);
		f->known = true;
		f->number = talloc_strdup(b, db_text(rows, r, 2));
		f->state = (enum order_state)db_int(rows, r, 4);
		f->state_at = db_time(rows, r, 5);
		f->placed_at = db_time(rows, r, 6);
		f->expected_at = db_time(rows, r, 7);
		f->carrier = talloc_strdup(b, db_text(rows, r, 8));
		f->tracking_number = talloc_strdup(b, db_text(rows, r, 9));
		f->tracking_url = talloc_strdup(b, db_text(rows, r, 10));
		f->title = talloc_strdup(b, db_text(rows, r, 11));
		f->currency = talloc_strdup(b, db_text(rows, r, 12));
		f->total = talloc_strdup(b, db_text(rows, r, 13));
	}
}

static void on_shipments(void *arg, const struct db_rows *rows)
{
	struct events_batch *b = arg;

	for (int r = 0; r < rows->n; r++) {
		struct event_order *o = &b->orders[db_int(rows, r, 0)];
		struct shipment_facts *s;

		o->shipments = talloc_realloc(b, o->shipments, struct shipment_facts, (unsigned)o->n_shipments + 1);
		if (!o->shipments)
			abort();
		s = &o->shipments[o->n_shipments++];
		s->reference = talloc_strdup(b, db_text(rows, r, 1));
		s->carrier = talloc_strdup(b, db_text(rows, r, 2));
		s->tracking_number = talloc_strdup(b, db_text(rows, r, 3));
		s->tracking_url = talloc_strdup(b, db_text(rows, r, 4));
		s->expected_at = db_time(rows, r, 5);
		s->state = (enum order_state)db_int(rows, r, 6);
		s->state_at = db_time(rows, r, 7);
	}
}

static void query_orders(struct db *db, struct events_batch *b, enum query q, db_rows_fn *on_rows)
{
	struct params *p = params_new(b);
	struct param_array *ord = params_array(p, P_INT4), *brand = params_array(p, P_UUID),
			   *source = params_array(p, P_TEXT), *external = params_array(p, P_TEXT);

	for (size_t i = 0; i < b->n_orders; i++) {
		array_int(ord, (int64_t)i);
		array_uuid(brand, &b->orders[i].brand);
		array_text(source, b->orders[i].source);
		array_text(external, b->orders[i].external_id);
	}
	db_query(db, q, p, on_rows, b);
}

void events_open(struct db *db, struct events_batch *b, db_end_fn *end, void *arg)
{
	db_command(db, "BEGIN");
	query_seen(db, b);
	query_admit(db, b);
	query_customers(db, b);
	query_orders(db, b, Q_EVENTS_ORDERS, on_orders);
	query_orders(db, b, Q_EVENTS_SHIPMENTS, on_shipments);
	db_unit(db, end, arg);
}

/* write -------------------------------------------------------------------------------------------- */
static void put_orders(struct db *db, TALLOC_CTX *ctx, const struct event_order *orders, size_t n)
{
	static const enum param_type types[] = {P_UUID, P_UUID, P_TEXT, P_TEXT, P_TEXT, P_UUID, P_INT2, P_TIME,
						P_TIME, P_TIME, P_TEXT, P_TEXT, P_TEXT, P_TEXT, P_TEXT, P_TEXT};
	struct params *p = params_new(ctx);
	struct param_array *a[sizeof(types) / sizeof(*types)];

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		a[i] = params_array(p, types[i]);
	for (size_t i = 0; i < n; i++) {
		const struct event_order *o = &orders[i];
		const struct order_facts *f = &o->facts;
		if (!o->touched)
			continue;
		array_uuid(a[0], &o->brand);
		array_uuid(a[1], &o->id);
		array_text(a[2], o->source);
		array_text(a[3], o->external_id);
		array_text(a[4], f->number);
		array_uuid(a[5], &o->customer);
		array_int(a[6], f->state);
		array_time(a[7], f->state_at);
		array_time(a[8], f->placed_at);
		array_time(a[9], f->expected_at);
		array_text(a[10], f->carrier);
		array_text(a[11], f->tracking_number);
		array_text(a[12], f->tracking_url);
		array_text(a[13], f->title);
		array_text(a[14], f->currency);
		array_text(a[15], f->total);
	}
	db_query(db, Q_EVENTS_ORDERS_PUT, p, NULL, NULL);
}

static void put_items(struct db *db, TALLOC_CTX *ctx, const struct event_order *orders, size_t n)
{
	struct params *old = params_new(ctx), *p = params_new(ctx);
	struct param_array *old_brand = params_array(old, P_UUID), *old_order = params_array(old, P_UUID);
	struct param_array *brand = params_array(p, P_UUID), *order = params_array(p, P_UUID),
			   *position = params_array(p, P_INT2), *sku = params_array(p, P_TEXT),
			   *title = params_array(p, P_TEXT), *quantity = params_array(p, P_INT4),
			   *price = params_array(p, P_TEXT);

	for (size_t i = 0; i < n; i++) {
		const struct event_order *o = &orders[i];
		if (!o->touched || !o->items_told)
			continue;
		array_uuid(old_brand, &o->brand);
		array_uuid(old_order, &o->id);
		for (size_t k = 0; k < o->n_items; k++) {
			array_uuid(brand, &o->brand);
			array_uuid(order, &o->id);
			array_int(position, (int64_t)k + 1);
			array_text(sku, o->items[k].sku);
			array_text(title, o->items[k].title);
			array_int(quantity, o->items[k].quantity);
			array_text(price, o->items[k].price);
		}
	}
	if (!array_count(old_order)) {
		talloc_free(old);
		talloc_free(p);
		return;
	}
	db_query(db, Q_EVENTS_ITEMS_CLEAR, old, NULL, NULL);
	db_query(db, Q_EVENTS_ITEMS_ADD, p, NULL, NULL);
}

static void put_shipments(struct db *db, TALLOC_CTX *ctx, const struct event_order *orders, size_t n)
{
	static const enum param_type types[] = {P_UUID, P_UUID, P_TEXT, P_TEXT, P_TEXT, P_TEXT, P_TIME, P_INT2, P_TIME};
	struct params *p = params_new(ctx);
	struct param_array *a[sizeof(types) / sizeof(*types)];

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		a[i] = params_array(p, types[i]);
	for (size_t i = 0; i < n; i++) {
		const struct event_order *o = &orders[i];
		for (size_t k = 0; o->touched && k < o->n_shipments; k++) {
			const struct shipment_facts *s = &o->shipments[k];
			array_uuid(a[0], &o->brand);
			array_uuid(a[1], &o->id);
			array_text(a[2], s->reference);
			array_text(a[3], s->carrier);
			array_text(a[4], s->tracking_number);
			array_text(a[5], s->tracking_url);
			array_time(a[6], s->expected_at);
			array_int(a[7], s->state);
			array_time(a[8], s->state_at);
		}
	}
	if (array_count(a[0]))
		db_query(db, Q_EVENTS_SHIPMENTS_PUT, p, NULL, NULL);
	else
		talloc_free(p);
}

void events_put_orders(struct db *db, TALLOC_CTX *ctx, const struct event_order *orders, size_t n)
{
	put_orders(db, ctx, orders, n);
	put_items(db, ctx, orders, n);
	put_shipments(db, ctx, orders, n);
}

static void put_customers(struct db *db, struct events_batch *b)
{
	struct params *p = params_new(b);
	struct param_array *brand = params_array(p, P_UUID), *id = params_array(p, P_UUID),
			   *name = params_array(p, P_TEXT), *email = params_array(p, P_TEXT),
			   *locale = params_array(p, P_TEXT), *country = params_array(p, P_TEXT);

	for (size_t i = 0; i < b->n_persons; i++) {
		const struct event_person *who = &b->persons[i];
		if (!who->touched)
			continue;
		array_uuid(brand, &who->brand);
		array_uuid(id, &who->customer);
		array_text(name, who->name);
		array_text(email, who->email);
		array_text(locale, who->locale);
		array_text(country, who->country);
	}
	db_query(db, Q_EVENTS_FILL, p, NULL, NULL);
}

static bool same_ref(const struct event_row *a, const struct event_row *b)
{
	return a->fresh && a->external_customer && !uuid_compare(&a->person->brand, &b->person->brand) &&
	       !strcmp(a->source, b->source) && !strcmp(a->external_customer, b->external_customer);
}

/* One row a name: the batch's last word on it. */
static void put_refs(struct db *db, struct events_batch *b)
{
	struct params *p = params_new(b);
	struct param_array *brand = params_array(p, P_UUID), *source = params_array(p, P_TEXT),
			   *external = params_array(p, P_TEXT), *customer = params_array(p, P_UUID);

	for (size_t i = 0; i < b->n_rows; i++) {
		const struct event_row *row = &b->rows[i];
		size_t later = i + 1;

		if (!row->fresh || !row->external_customer)
			continue;
		while (later < b->n_rows && !same_ref(&b->rows[later], row))
			later++;
		if (later < b->n_rows)
			continue;
		array_uuid(brand, &row->person->brand);
		array_text(source, row->source);
		array_text(external, row->external_customer);
		array_uuid(customer, &row->person->customer);
	}
	if (array_count(brand))
		db_query(db, Q_EVENTS_REFS, p, NULL, NULL);
	else
		talloc_free(p);
}

/* RE-2. Whoever was known costs nothing. */
static void put_suppressed(struct db *db, struct events_batch *b)
{
	struct consent_newcomer *fresh = talloc_array(b, struct consent_newcomer, (unsigned)b->n_persons);
	size_t n = 0;

	for (size_t i = 0; i < b->n_persons; i++)
		if (b->persons[i].newcomer)
			fresh[n++] = (struct consent_newcomer){b->persons[i].brand, b->persons[i].phone};
	if (n && b->suppression_key)
		consent_suppressed(db, b, b->suppression_key, fresh, n);
}

/* Only what fresh events said: a repeat has said it before. */
static void put_consents(struct db *db, struct events_batch *b)
{
	struct consent_line *lines = NULL;
	unsigned n = 0;
	size_t at = 0; /* among the questions */

	for (size_t i = 0; i < b->n_rows; i++) {
		const struct event_row *row = &b->rows[i];
		for (size_t k = 0; k < row->n_consents; k++, at++) {
			if (!row->fresh)
				continue;
			lines = talloc_realloc(b, lines, struct consent_line, n + 1);
			if (!lines)
				abort();
			lines[n] = row->consents[k];
			lines[n].brand = row->person->brand;
			lines[n].customer = row->person->customer;
			b->questions[n] = b->questions[at]; /* never ahead of where it is read */
			b->questions[n].brand = lines[n].brand;
			b->questions[n].event = lines[n].id;
			n++;
		}
	}
	if (!n)
		return;
	consent_append(db, b, lines, n);
	consent_ask(db, b, b->questions, n, b->now);
}

static void put_done(struct db *db, struct events_batch *b)
{
	struct params *p = params_new(b);
	struct param_array *brand = params_array(p, P_UUID), *id = params_array(p, P_UUID),
			   *order = params_array(p, P_UUID), *changed = params_array(p, P_BOOL);

	for (size_t i = 0; i < b->n_rows; i++) {
		if (!b->rows[i].fresh)
			continue;
		array_uuid(brand, &b->rows[i].person->brand);
		array_uuid(id, &b->rows[i].id);
		array_uuid(order, &b->rows[i].order->id);
		array_bool(changed, b->rows[i].changed_state);
	}
	db_query(db, Q_EVENTS_DONE, p, NULL, NULL);
}

void events_write(struct db *db, struct events_batch *b, db_end_fn *end, void *arg)
{
	bool any = false;

	for (size_t i = 0; i < b->n_rows; i++)
		any |= b->rows[i].fresh;
	if (any) {
		put_customers(db, b);
		put_refs(db, b);
		put_suppressed(db, b);
		put_consents(db, b);
		events_put_orders(db, b, b->orders, b->n_orders);
		put_done(db, b);
	}
	db_command(db, "COMMIT");
	db_unit(db, end, arg);
}

void events_rollback(struct db *db)
{
	db_command(db, "ROLLBACK");
	db_unit(db, NULL, NULL);
}

bool events_again(const struct db_end *end)
{
	return end->status == DB_RETRY ||
	       (end->status == DB_ERROR && !strcmp(end->constraint, "orders_brand_id_source_external_id_key"));
}
