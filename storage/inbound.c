#include "storage/inbound.h"

#include <stdlib.h>
#include <string.h>

#include "router/uuid.h"
#include "storage/consent.h"

/* open ------------------------------------------------------------------------------------------- */
static int by_key(const void *a, const void *b)
{
	const struct batch_text *x = *(struct batch_text *const *)a, *y = *(struct batch_text *const *)b;
	int c = uuid_compare(&x->key, &y->key);

	return c ? c : (x < y ? -1 : x > y);
}

/* The text whose insert made the key new: the first of its key within the batch. */
static void on_seen(void *arg, const struct db_rows *rows)
{
	struct inbound_batch *batch = arg;

	for (size_t i = 0; i < batch->n_texts; i++)
		batch->texts[i].fresh = false;
	for (int r = 0; r < rows->n; r++) {
		struct uuid key = db_uuid(rows, r, 0);
		for (size_t i = 0; i < batch->n_texts; i++) {
			struct batch_text *t = &batch->texts[i];
			if (!memcmp(t->key.b, key.b, 16)) {
				t->fresh = true;
				break;
			}
		}
	}
}

static void query_seen(struct db *db, struct inbound_batch *batch)
{
	struct batch_text **sorted = talloc_array(batch, struct batch_text *, (unsigned)batch->n_texts);
	struct params *p = params_new(batch);
	struct param_array *key = params_array(p, P_UUID), *id = params_array(p, P_UUID);

	for (size_t i = 0; i < batch->n_texts; i++)
		sorted[i] = &batch->texts[i];
	qsort(sorted, batch->n_texts, sizeof(*sorted), by_key);
	for (size_t i = 0; i < batch->n_texts; i++) {
		array_uuid(key, &sorted[i]->key);
		array_uuid(id, &sorted[i]->id);
	}
	talloc_free(sorted);
	db_query(db, Q_INBOUND_SEEN, p, on_seen, batch);
}

static void query_lock(struct db *db, struct inbound_batch *batch)
{
	struct params *p = params_new(batch);
	struct param_array *brand = params_array(p, P_UUID), *phone = params_array(p, P_TEXT);

	for (size_t i = 0; i < batch->n_persons; i++) {
		array_uuid(brand, &batch->persons[i].brand);
		array_text(phone, batch->persons[i].phone);
	}
	db_query(db, Q_INBOUND_LOCK, p, NULL, NULL);
}

static void read_person(struct inbound_batch *batch, struct person *who, const struct db_rows *rows, int r)
{
	who->known = true;
	who->customer = db_uuid(rows, r, 1);
	who->locale = talloc_strdup(batch, db_text(rows, r, 2));
	if (!db_is_null(rows, r, 3))
		who->country = talloc_strdup(batch, db_text(rows, r, 3));
	who->opted_out = db_bool(rows, r, 4);
	who->marketing_out = db_bool(rows, r, 5);
	who->on_hold = db_bool(rows, r, 6);
	who->marketing_granted = db_bool(rows, r, 7);
}

static void on_context(void *arg, const struct db_rows *rows)
{
	struct inbound_batch *batch = arg;

	for (int r = 0; r < rows->n; r++) {
		struct thread *t = &batch->threads[db_int(rows, r, 0)];
		struct router_memory *m = &t->memory;

		read_person(batch, t->person, rows, r);
		t->known = true;
		t->id = db_uuid(rows, r, 8);
		t->robot_off = db_bool(rows, r, 9);
		t->ticket_open = !db_is_null(rows, r, 10);
		t->ticket = db_uuid(rows, r, 10);
		t->ticket_human = db_bool(rows, r, 11);
		t->last_seq = db_int(rows, r, 12);
		m->last_in_at = db_time(rows, r, 13);
		m->last_in_hash = (uint64_t)db_int(rows, r, 14);
		m->same_in_count = (uint32_t)db_int(rows, r, 15);
		m->ack_at = db_time(rows, r, 16);
		m->robot_at = db_time(rows, r, 17);
		m->robot_count = (uint32_t)db_int(rows, r, 18);
		m->opt_out_confirmed_at = db_time(rows, r, 19);
		m->question = (enum question)db_int(rows, r, 20);
		m->question_expires_at = db_time(rows, r, 21);
		if (!db_is_null(rows, r, 22))
			memory_unpack_menu((const uint8_t *)db_text(rows, r, 22), db_length(rows, r, 22), &m->menu);
		m->has_order = !db_is_null(rows, r, 23);
		m->order = db_uuid(rows, r, 23);
	}
}

static void query_context(struct db *db, struct inbound_batch *batch)
{
	struct params *p = params_new(batch);
	struct param_array *ord = params_array(p, P_INT4), *brand = params_array(p, P_UUID),
			   *sender = params_array(p, P_UUID), *phone = params_array(p, P_TEXT);

	for (size_t i = 0; i < batch->n_threads; i++) {
		struct thread *t = &batch->threads[i];
		if (t->known)
			continue;
		array_int(ord, (int64_t)i);
		array_uuid(brand, &t->person->brand);
		array_uuid(sender, &t->sender);
		array_text(phone, t->person->phone);
	}
	db_query(db, Q_INBOUND_CONTEXT, p, on_context, batch);
}

static void on_orders(void *arg, const struct db_rows *rows)
{
	struct inbound_batch *batch = arg;

	for (int r = 0; r < rows->n; r++) {
		struct person *who = &batch->persons[db_int(rows, r, 0)];
		struct router_order *o;

		if (!who->orders)
			who->orders = talloc_array(batch, struct router_order, 12);
		if (who->n_orders == 12)
			continue;
		o = &who->orders[who->n_orders++];
		o->id = db_uuid(rows, r, 1);
		o->number = talloc_strdup(batch, db_text(rows, r, 2));
		o->state = (enum order_state)db_int(rows, r, 3);
		o->placed_at = db_time(rows, r, 4);
		o->state_at = db_time(rows, r, 5);
		o->expected_at = db_time(rows, r, 6);
		o->carrier = talloc_strdup(batch, db_text(rows, r, 7));
		o->tracking_number = talloc_strdup(batch, db_text(rows, r, 8));
		o->tracking_url = talloc_strdup(batch, db_text(rows, r, 9));
		o->title = talloc_strdup(batch, db_text(rows, r, 10));
		o->muted = db_bool(rows, r, 11);
	}
}

static void query_orders(struct db *db, struct inbound_batch *batch)
{
	struct params *p = params_new(batch);
	struct param_array *ord = params_array(p, P_INT4), *brand = params_array(p, P_UUID),
			   *phone = params_array(p, P_TEXT);

	for (size_t i = 0; i < batch->n_persons; i++) {
		if (!batch->persons[i].needs_orders)
			continue;
		array_int(ord, (int64_t)i);
		array_uuid(brand, &batch->persons[i].brand);
		array_text(phone, batch->persons[i].phone);
	}
	if (array_count(ord))
		db_query(db, Q_INBOUND_ORDERS, p, on_orders, batch);
	else
		talloc_free(p);
}

static void on_recent(void *arg, const struct db_rows *rows)
{
	struct inbound_batch *batch = arg;

	for (int r = 0; r < rows->n; r++) {
		struct thread *t = &batch->threads[db_int(rows, r, 0)];
		if (!t->recent)
			t->recent = talloc_array(batch, const char *, 8);
		if (t->n_recent < 8)
			t->recent[t->n_recent++] = talloc_strdup(batch, db_text(rows, r, 1));
	}
}

static void query_recent(struct db *db, struct inbound_batch *batch)
{
	struct params *p = params_new(batch);
	struct param_array *ord = params_array(p, P_INT4), *brand = params_array(p, P_UUID),
			   *sender = params_array(p, P_UUID), *phone = params_array(p, P_TEXT);

	for (size_t i = 0; i < batch->n_threads; i++) {
		struct thread *t = &batch->threads[i];
		if (!t->needs_recent)
			continue;
		array_int(ord, (int64_t)i);
		array_uuid(brand, &t->person->brand);
		array_uuid(sender, &t->sender);
		array_text(phone, t->person->phone);
	}
	if (array_count(ord))
		db_query(db, Q_INBOUND_RECENT, p, on_recent, batch);
	else
		talloc_free(p);
}

/* parts of long texts ------------------------------------------------------------------------------ */
static bool is_part(const struct batch_text *t)
{
	return t->part_total > 1;
}

static void on_joined(void *arg, const struct db_rows *rows)
{
	struct inbound_batch *batch = arg;

	for (int r = 0; r < rows->n; r++) {
		struct uuid channel = db_uuid(rows, r, 0);
		struct batch_text *last = NULL;

		for (size_t i = 0; i < batch->n_texts; i++) {
			struct batch_text *t = &batch->texts[i];
			if (is_part(t) && t->fresh && !memcmp(t->channel.b, channel.b, 16) &&
			    !strcmp(t->thread->person->phone, db_text(rows, r, 1)) &&
			    t->part_ref == (unsigned)db_int(rows, r, 2) &&
			    t->part_total == (unsigned)db_int(rows, r, 3))
				last = t;
		}
		if (last)
			last->text = talloc_strdup(batch, db_text(rows, r, 4));
	}
}

/* Repeats are given too: storing a part twice changes nothing. */
static void query_parts(struct db *db, struct inbound_batch *batch)
{
	struct params *p = params_new(batch), *j = params_new(batch);
	struct param_array *a[10], *g[4];
	static const enum param_type add[10] = {P_UUID, P_UUID, P_UUID, P_TEXT, P_INT4,
						P_INT2, P_INT2, P_TEXT, P_UUID, P_TIME};
	static const enum param_type group[4] = {P_UUID, P_TEXT, P_INT4, P_INT2};

	for (int i = 0; i < 10; i++)
		a[i] = params_array(p, add[i]);
	for (int i = 0; i < 4; i++)
		g[i] = params_array(j, group[i]);
	for (size_t i = 0; i < batch->n_texts; i++) {
		struct batch_text *t = &batch->texts[i];
		if (!is_part(t))
			continue;
		t->text = NULL;
		array_uuid(a[0], &t->thread->person->brand);
		array_uuid(a[1], &t->channel);
		array_uuid(a[2], &t->thread->sender);
		array_text(a[3], t->thread->person->phone);
		array_int(a[4], t->part_ref);
		array_int(a[5], t->part_total);
		array_int(a[6], t->part_seq);
		array_text(a[7], t->part_text);
		array_uuid(a[8], &t->id);
		array_time(a[9], t->at);
		array_uuid(g[0], &t->channel);
		array_text(g[1], t->thread->person->phone);
		array_int(g[2], t->part_ref);
		array_int(g[3], t->part_total);
	}
	db_query(db, Q_INBOUND_PART_ADD, p, NULL, NULL);
	db_query(db, Q_INBOUND_PART_JOIN, j, on_joined, batch);
}

/* Only numbers that nobody knew are looked for in the list of suppressions: whoever is known costs nothing. */
static void query_admit_customers(struct db *db, struct inbound_batch *batch, const bool *wanted,
				  const struct uuid *ids)
{
	struct params *p = params_new(batch);
	struct param_array *brand = params_array(p, P_UUID), *id = params_array(p, P_UUID),
			   *phone = params_array(p, P_TEXT), *country = params_array(p, P_TEXT);
	struct consent_newcomer *fresh = talloc_array(batch, struct consent_newcomer, (unsigned)batch->n_persons);
	size_t n = 0;

	for (size_t i = 0; i < batch->n_persons; i++) {
		if (!wanted[i])
			continue;
		array_uuid(brand, &batch->persons[i].brand);
		array_uuid(id, &ids[i]);
		array_text(phone, batch->persons[i].phone);
		array_text(country, batch->persons[i].country);
		fresh[n++] = (struct consent_newcomer){batch->persons[i].brand, batch->persons[i].phone};
	}
	db_query(db, Q_INBOUND_ADMIT_CUSTOMERS, p, NULL, NULL);
	if (n && batch->suppression_key)
		consent_suppressed(db, batch, batch->suppression_key, fresh, n);
}

/* The parts of one text may come on two workers at once: their customer must exist, so that its lock makes one wait. */
static bool admit_for_parts(struct db *db, struct inbound_batch *batch)
{
	bool *wanted = talloc_zero_array(batch, bool, (unsigned)batch->n_persons);
	struct uuid *ids = talloc_zero_array(batch, struct uuid, (unsigned)batch->n_persons);
	bool any = false;

	for (size_t i = 0; i < batch->n_texts; i++) {
		struct batch_text *t = &batch->texts[i];
		size_t who = (size_t)(t->thread->person - batch->persons);
		if (!is_part(t))
			continue;
		wanted[who] = any = true;
		ids[who] = t->event[0]; /* an id nobody else uses */
	}
	if (any)
		query_admit_customers(db, batch, wanted, ids);
	return any;
}

void inbound_open(struct db *db, struct inbound_batch *batch, db_end_fn *end, void *arg)
{
	bool parts;

	for (size_t i = 0; i < batch->n_persons; i++)
		batch->persons[i].known = false;
	for (size_t i = 0; i < batch->n_threads; i++)
		batch->threads[i].known = false;
	db_command(db, "BEGIN");
	query_seen(db, batch);
	parts = admit_for_parts(db, batch);
	query_lock(db, batch);
	if (parts)
		query_parts(db, batch);
	query_context(db, batch);
	query_orders(db, batch);
	query_recent(db, batch);
	db_unit(db, end, arg);
}

bool inbound_unknown(const struct inbound_batch *batch)
{
	for (size_t i = 0; i < batch->n_threads; i++)
		if (!batch->threads[i].known)
			return true;
	return false;
}

void inbound_admit(struct db *db, struct inbound_batch *batch, struct uuid (*new_id)(void *), void *id_arg,
		   db_end_fn *end, void *arg)
{
	struct params *p = params_new(batch);
	struct param_array *brand = params_array(p, P_UUID), *id = params_array(p, P_UUID),
			   *sender = params_array(p, P_UUID), *phone = params_array(p, P_TEXT);
	bool *wanted = talloc_zero_array(batch, bool, (unsigned)batch->n_persons);
	struct uuid *ids = talloc_zero_array(batch, struct uuid, (unsigned)batch->n_persons);

	for (size_t i = 0; i < batch->n_threads; i++) {
		struct thread *t = &batch->threads[i];
		size_t who = (size_t)(t->person - batch->persons);
		struct uuid made = new_id(id_arg);

		if (t->known)
			continue;
		if (!t->person->known) {
			wanted[who] = true;
			ids[who] = new_id(id_arg);
		}
		array_uuid(brand, &t->person->brand);
		array_uuid(id, &made);
		array_uuid(sender, &t->sender);
		array_text(phone, t->person->phone);
	}
	query_admit_customers(db, batch, wanted, ids);
	query_lock(db, batch);
	db_query(db, Q_INBOUND_ADMIT_CONVERSATIONS, p, NULL, NULL);
	query_context(db, batch);
	db_unit(db, end, arg);
}

/* write -------------------------------------------------------------------------------------------- */
static const char *const consent_names[] = {
	[CONSENT_REVOKE_ALL] = "revoke_all",
	[CONSENT_REVOKE_ENTITY] = "revoke_entity",
	[CONSENT_REVOKE_MARKETING] = "revoke_marketing",
	[CONSENT_REVOKE_ORDER] = "revoke_order",
	[CONSENT_HOLD_MARKETING] = "hold_marketing",
	[CONSENT_GRANT_SERVICE] = "grant_service",
	[CONSENT_GRANT_ALL] = "grant_all",
	[CONSENT_RELEASE_HOLD] = "release_hold",
};

static bool decided(const struct batch_text *t)
{
	return t->fresh && t->text;
}

/* What text i puts into the ledger; CONSENT_NONE where it puts nothing. */
static enum consent_action consent_of(const struct inbound_batch *batch, size_t i)
{
	return decided(&batch->texts[i]) ? batch->texts[i].decision.consent : CONSENT_NONE;
}

static void write_ledger(struct db *db, struct inbound_batch *batch)
{
	static const enum param_type types[12] = {P_UUID, P_UUID, P_UUID, P_TEXT, P_TIME, P_TEXT,
						  P_UUID, P_TEXT, P_TEXT, P_TEXT, P_INT4, P_UUID};
	struct params *p = params_new(batch);
	struct param_array *a[12];

	for (int i = 0; i < 12; i++)
		a[i] = params_array(p, types[i]);
	for (size_t i = 0; i < batch->n_texts; i++) {
		struct batch_text *t = &batch->texts[i];
		struct person *who = t->thread->person;
		enum consent_action c = consent_of(batch, i);

		if (c == CONSENT_NONE)
			continue;
		array_uuid(a[0], &who->brand);
		array_uuid(a[1], &t->ledger);
		array_uuid(a[2], &who->customer);
		array_text(a[3], who->phone);
		array_time(a[4], t->at);
		array_text(a[5], consent_names[c]);
		array_uuid(a[6], &t->id);
		array_text(a[7], t->decision.tier);
		array_text(a[8], t->decision.phrase);
		array_text(a[9], t->text);
		array_int(a[10], t->decision.rule_version);
		array_uuid(a[11], c == CONSENT_REVOKE_ORDER ? &t->decision.order : NULL);
	}
	if (array_count(a[0]))
		db_query(db, Q_INBOUND_LEDGER, p, NULL, NULL);
}

/* Opt-outs that reach other brands: STOP ALL, and a number that is somebody else's. */
static void write_elsewhere(struct db *db, struct inbound_batch *batch)
{
	struct params *p = params_new(batch);
	struct param_array *brand = params_array(p, P_UUID), *phone = params_array(p, P_TEXT),
			   *at = params_array(p, P_TIME), *message = params_array(p, P_UUID),
			   *wrong = params_array(p, P_BOOL);

	for (size_t i = 0; i < batch->n_texts; i++) {
		struct batch_text *t = &batch->texts[i];
		bool number_wrong = decided(t) && t->decision.number_wrong;

		if (consent_of(batch, i) != CONSENT_REVOKE_ENTITY && !number_wrong)
			continue;
		array_uuid(brand, &t->thread->person->brand);
		array_text(phone, t->thread->person->phone);
		array_time(at, t->at);
		array_uuid(message, &t->id);
		array_bool(wrong, number_wrong);
	}
	if (array_count(brand))
		db_query(db, Q_INBOUND_CONSENTS_ELSEWHERE, p, NULL, NULL);
}

/* Is the order muted now that the whole batch is decided? A START behind it undoes a mute. */
static bool still_muted(const struct person *who, const struct uuid *order)
{
	for (size_t i = 0; i < who->n_orders; i++)
		if (!uuid_compare(&who->orders[i].id, order))
			return who->orders[i].muted;
	return true;
}

static void write_unmuted(struct db *db, struct inbound_batch *batch)
{
	struct params *p = params_new(batch);
	struct param_array *brand = params_array(p, P_UUID), *customer = params_array(p, P_UUID);

	for (size_t i = 0; i < batch->n_texts; i++) {
		enum consent_action c = consent_of(batch, i);

		if (c != CONSENT_GRANT_SERVICE && c != CONSENT_GRANT_ALL)
			continue;
		array_uuid(brand, &batch->texts[i].thread->person->brand);
		array_uuid(customer, &batch->texts[i].thread->person->customer);
	}
	if (array_count(brand))
		db_query(db, Q_INBOUND_UNMUTE, p, NULL, NULL);
}

static void write_muted(struct db *db, struct inbound_batch *batch)
{
	struct params *p = params_new(batch);
	struct param_array *brand = params_array(p, P_UUID), *order = params_array(p, P_UUID),
			   *at = params_array(p, P_TIME);

	for (size_t i = 0; i < batch->n_texts; i++) {
		const struct batch_text *t = &batch->texts[i];
		const struct person *who = t->thread->person;

		if (consent_of(batch, i) != CONSENT_REVOKE_ORDER || !still_muted(who, &t->decision.order))
			continue;
		array_uuid(brand, &who->brand);
		array_uuid(order, &t->decision.order);
		array_time(at, t->at);
	}
	if (array_count(brand))
		db_query(db, Q_INBOUND_MUTE, p, NULL, NULL);
}

/* Orders first: whoever locks both takes them in that order. */
static void write_consents(struct db *db, struct inbound_batch *batch)
{
	write_unmuted(db, batch);
	write_muted(db, batch);
	write_ledger(db, batch);
	write_elsewhere(db, batch);
}

static void write_wrong_numbers(struct db *db, struct inbound_batch *batch)
{
	struct params *p = params_new(batch);
	struct param_array *phone = params_array(p, P_TEXT);

	for (size_t i = 0; i < batch->n_persons; i++)
		if (batch->persons[i].number_wrong)
			array_text(phone, batch->persons[i].phone);
	if (array_count(phone))
		db_query(db, Q_INBOUND_WRONG_NUMBERS, p, NULL, NULL);
}

static const enum param_type message_types[22] = {P_UUID, P_UUID, P_UUID, P_UUID, P_INT8, P_BOOL, P_INT2, P_INT2,
						  P_TIME, P_UUID, P_UUID, P_TEXT, P_TEXT, P_INT2, P_TEXT, P_TEXT,
						  P_INT2, P_TEXT, P_TEXT, P_INT2, P_UUID, P_TEXT};

/* What both directions share: brand … at, order, ticket, body. */
static void message_head(struct param_array *a[22], struct batch_text *t, const struct uuid *id, bool inbound,
			 const char *body)
{
	struct thread *th = t->thread;

	array_uuid(a[0], &th->person->brand);
	array_uuid(a[1], id);
	array_uuid(a[2], &th->id);
	array_uuid(a[3], &th->person->customer);
	array_int(a[4], ++th->last_seq);
	array_bool(a[5], inbound);
	array_int(a[6], inbound ? MSG_RECEIVED : MSG_QUEUED);
	array_time(a[8], t->at);
	array_uuid(a[9], t->decision.has_order ? &t->decision.order : NULL);
	array_uuid(a[10], t->decision.ticket != TICKET_NONE ? &t->ticket : NULL);
	array_text(a[11], body);
}

static void message_in(struct param_array *a[22], struct batch_text *t)
{
	message_head(a, t, &t->id, true, t->text);
	array_null(a[7]);
	array_text(a[12], t->media);
	array_null(a[13]);
	array_null(a[14]);
	array_null(a[15]);
	array_int(a[16], t->decision.kind);
	array_text(a[17], t->decision.tier);
	array_text(a[18], t->decision.phrase);
	array_int(a[19], t->decision.rule_version);
	array_null(a[20]);
	array_text(a[21], t->provider_id);
}

static void message_out(struct param_array *a[22], struct batch_text *t, size_t i)
{
	message_head(a, t, &t->reply[i].id, false, t->decision.reply[i].text);
	array_int(a[7], t->decision.reply[i].cls);
	array_null(a[12]);
	array_int(a[13], t->reply[i].segments);
	array_text(a[14], t->decision.reply[i].template_name);
	array_text(a[15], "robot");
	array_null(a[16]);
	array_null(a[17]);
	array_null(a[18]);
	array_null(a[19]);
	array_uuid(a[20], &t->id);
	array_null(a[21]);
}

static bool confirms_opt_out(const struct batch_text *t, size_t i)
{
	enum decision_kind k = t->decision.kind;

	return (k == DECIDE_OPT_OUT || k == DECIDE_OPT_OUT_MARKETING || k == DECIDE_OPT_OUT_ORDER) &&
	       t->decision.reply[i].cls == CLASS_COMPLIANCE;
}

static void outbox_row(struct param_array *o[9], struct batch_text *t, size_t i)
{
	struct thread *th = t->thread;
	bool confirms = confirms_opt_out(t, i);

	array_uuid(o[0], &th->person->brand);
	array_uuid(o[1], &th->sender);
	array_uuid(o[2], &th->person->customer);
	array_uuid(o[3], &t->reply[i].id);
	array_uuid(o[4], &th->id);
	array_int(o[5], t->decision.reply[i].cls);
	array_time(o[6], t->at);
	/* OO-4: the confirmation leaves within 5 minutes or not at all */
	array_time(o[7], confirms ? t->at + 5 * USEC_MINUTE : 0);
	array_bool(o[8], confirms);
}

static void write_messages(struct db *db, struct inbound_batch *batch)
{
	struct params *p = params_new(batch), *q = params_new(batch);
	static const enum param_type outbox_types[9] = {P_UUID, P_UUID, P_UUID, P_UUID, P_UUID,
							P_INT2, P_TIME, P_TIME, P_BOOL};
	struct param_array *a[22], *o[9];

	for (int i = 0; i < 22; i++)
		a[i] = params_array(p, message_types[i]);
	for (int i = 0; i < 9; i++)
		o[i] = params_array(q, outbox_types[i]);
	for (size_t i = 0; i < batch->n_texts; i++) {
		struct batch_text *t = &batch->texts[i];
		if (!decided(t))
			continue;
		message_in(a, t);
		for (size_t r = 0; r < t->decision.n_replies; r++) {
			message_out(a, t, r);
			outbox_row(o, t, r);
		}
	}
	if (array_count(a[0]))
		db_query(db, Q_INBOUND_MESSAGES, p, NULL, NULL);
	if (array_count(o[0]))
		db_query(db, Q_INBOUND_OUTBOX, q, NULL, NULL);
}

static void write_threads(struct db *db, struct inbound_batch *batch)
{
	static const enum param_type types[16] = {P_UUID, P_UUID, P_INT8, P_TIME, P_UUID, P_TIME, P_INT8,  P_INT4,
						  P_TIME, P_TIME, P_INT4, P_TIME, P_INT2, P_TIME, P_BYTEA, P_UUID};
	struct params *p = params_new(batch);
	struct param_array *a[16];
	uint8_t menu[256];

	for (int i = 0; i < 16; i++)
		a[i] = params_array(p, types[i]);
	for (size_t i = 0; i < batch->n_threads; i++) {
		struct thread *t = &batch->threads[i];
		struct router_memory *m = &t->memory;

		if (!t->touched)
			continue;
		array_uuid(a[0], &t->person->brand);
		array_uuid(a[1], &t->id);
		array_int(a[2], t->last_seq);
		array_time(a[3], t->last_at);
		array_uuid(a[4], t->ticket_open ? &t->ticket : NULL);
		array_time(a[5], m->last_in_at);
		array_int(a[6], (int64_t)m->last_in_hash);
		array_int(a[7], m->same_in_count);
		array_time(a[8], m->ack_at);
		array_time(a[9], m->robot_at);
		array_int(a[10], m->robot_count);
		array_time(a[11], m->opt_out_confirmed_at);
		array_int(a[12], m->question);
		array_time(a[13], m->question_expires_at);
		if (m->menu.kind == MENU_NONE)
			array_null(a[14]);
		else
			array_bytea(a[14], menu, memory_pack_menu(&m->menu, menu));
		array_uuid(a[15], m->has_order ? &m->order : NULL);
	}
	if (array_count(a[0]))
		db_query(db, Q_INBOUND_CONVERSATIONS, p, NULL, NULL);
}

/* A subject an agent can tell tickets by: the first words of the text. */
static const char *subject_of(TALLOC_CTX *ctx, const char *text)
{
	size_t n = strcspn(text, "\r\n");

	if (!*text)
		return "(picture)";
	if (n > 80)
		for (n = 80; n && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
			;
	return talloc_strndup(ctx, text, n);
}

static void write_tickets(struct db *db, struct inbound_batch *batch)
{
	static const enum param_type ticket[9] = {P_UUID, P_UUID, P_UUID, P_UUID, P_UUID,
						  P_TEXT, P_TEXT, P_TEXT, P_TIME};
	static const enum param_type event[8] = {P_UUID, P_UUID, P_UUID, P_TIME, P_TEXT, P_TEXT, P_TEXT, P_UUID};
	struct params *p = params_new(batch), *q = params_new(batch);
	struct param_array *a[9], *e[8];

	for (int i = 0; i < 9; i++)
		a[i] = params_array(p, ticket[i]);
	for (int i = 0; i < 8; i++)
		e[i] = params_array(q, event[i]);
	for (size_t i = 0; i < batch->n_texts; i++) {
		struct batch_text *t = &batch->texts[i];
		struct router_decision *d = &t->decision;
		struct person *who = t->thread->person;

		if (!decided(t) || d->ticket == TICKET_NONE)
			continue;
		if (d->ticket == TICKET_OPEN) {
			array_uuid(a[0], &who->brand);
			array_uuid(a[1], &t->ticket);
			array_uuid(a[2], &t->thread->id);
			array_uuid(a[3], &who->customer);
			array_uuid(a[4], d->has_order ? &d->order : NULL);
			array_text(a[5], d->urgent ? "urgent" : "normal");
			array_text(a[6], intent_name(d->intent));
			array_text(a[7], subject_of(batch, t->text));
			array_time(a[8], t->at);
		}
		array_uuid(e[0], &who->brand);
		array_uuid(e[1], &t->event[0]);
		array_uuid(e[2], &t->ticket);
		array_time(e[3], t->at);
		array_text(e[4], d->ticket == TICKET_OPEN ? "opened" : "message");
		array_text(e[5], "customer");
		array_null(e[6]);
		array_uuid(e[7], &t->id);
		if (!d->ticket_note)
			continue;
		array_uuid(e[0], &who->brand);
		array_uuid(e[1], &t->event[1]);
		array_uuid(e[2], &t->ticket);
		array_time(e[3], t->at);
		array_text(e[4], "note");
		array_text(e[5], "robot");
		array_text(e[6], d->ticket_note);
		array_uuid(e[7], &t->id);
	}
	if (array_count(a[0]))
		db_query(db, Q_INBOUND_TICKETS, p, NULL, NULL);
	if (array_count(e[0]))
		db_query(db, Q_INBOUND_TICKET_EVENTS, q, NULL, NULL);
}

void inbound_write(struct db *db, struct inbound_batch *batch, db_end_fn *end, void *arg)
{
	write_consents(db, batch);
	write_wrong_numbers(db, batch);
	write_messages(db, batch);
	write_threads(db, batch);
	write_tickets(db, batch);
	db_command(db, "COMMIT");
	db_unit(db, end, arg);
}

struct late_reader {
	void (*each)(void *, const struct late_text *);
	void *arg;
};

static void on_late(void *arg, const struct db_rows *rows)
{
	struct late_reader *rd = arg;

	for (int r = 0; r < rows->n; r++) {
		struct late_text late = {db_uuid(rows, r, 0), db_uuid(rows, r, 1), db_uuid(rows, r, 4),
					 db_text(rows, r, 2), db_text(rows, r, 3), db_time(rows, r, 5)};
		rd->each(rd->arg, &late);
	}
}

static void end_late(void *arg, const struct db_end *end)
{
	(void)end; /* asked again soon */
	talloc_free(arg);
}

void inbound_late(struct db *db, TALLOC_CTX *ctx, double wait, void (*each)(void *arg, const struct late_text *late),
		  void *arg)
{
	struct late_reader *rd = talloc(ctx, struct late_reader);
	struct params *p = params_new(rd);

	*rd = (struct late_reader){each, arg};
	params_double(p, wait);
	db_query(db, Q_INBOUND_PART_PURGE, NULL, NULL, NULL);
	db_query(db, Q_INBOUND_PART_LATE, p, on_late, rd);
	db_unit(db, end_late, rd);
}

void inbound_rollback(struct db *db)
{
	db_command(db, "ROLLBACK");
	db_unit(db, NULL, NULL);
}
