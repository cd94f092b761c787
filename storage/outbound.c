#include "storage/outbound.h"

#include <stdlib.h>

#include "router/uuid.h"

/* claim ------------------------------------------------------------------------------------------- */
static void read_text(struct claim *claim, struct claimed_text *t, const struct db_rows *rows, int r)
{
	t->brand = db_uuid(rows, r, 0);
	t->sender = db_uuid(rows, r, 1);
	t->customer = db_uuid(rows, r, 2);
	t->message = db_uuid(rows, r, 3);
	t->cls = (enum message_class)db_int(rows, r, 4);
	t->queued_at = db_time(rows, r, 5);
	t->expires_at = db_time(rows, r, 6);
	t->confirms_opt_out = db_bool(rows, r, 7);
	t->attempts = (int)db_int(rows, r, 8);
	t->state = db_is_null(rows, r, 9) || db_is_null(rows, r, 12) ? -1 : (int)db_int(rows, r, 9);
	t->body = talloc_strdup(claim, db_text(rows, r, 10));
	t->segments = (int)db_int(rows, r, 11);
	t->phone = talloc_strdup(claim, db_text(rows, r, 12));
	t->opted_out = db_bool(rows, r, 13);
	t->marketing_out = db_bool(rows, r, 14);
	t->on_hold = db_bool(rows, r, 15);
	t->number_bad = db_bool(rows, r, 16);
	t->last_inbound_at = db_time(rows, r, 17);
	t->order_muted = db_bool(rows, r, 18);
}

static void on_claimed(void *arg, const struct db_rows *rows)
{
	struct claim *claim = arg;

	claim->n = (size_t)rows->n;
	claim->texts = talloc_zero_array(claim, struct claimed_text, (unsigned)rows->n + 1);
	if (!claim->texts)
		abort();
	for (int r = 0; r < rows->n; r++)
		read_text(claim, &claim->texts[r], rows, r);
}

void outbound_claim(struct db *db, struct claim *claim, const struct claim_lane *lanes, size_t n_lanes,
		    const struct uuid *holder, usec_t now, int most, db_end_fn *end, void *arg)
{
	struct params *p = params_new(claim);
	struct param_array *sender = params_array(p, P_UUID), *room = params_array(p, P_INT4),
			   *fence = params_array(p, P_INT8);

	for (size_t i = 0; i < n_lanes; i++) {
		array_uuid(sender, &lanes[i].sender);
		array_int(room, lanes[i].room);
		array_int(fence, lanes[i].fence);
	}
	params_uuid(p, holder);
	params_time(p, now);
	params_int(p, P_INT4, most);
	db_command(db, "BEGIN");
	db_query(db, Q_OUTBOUND_CLAIM, p, on_claimed, claim);
	db_unit(db, end, arg);
}

static void mark_sends(struct db *db, struct claim *claim)
{
	struct params *p = params_new(claim);
	struct param_array *brand = params_array(p, P_UUID), *customer = params_array(p, P_UUID),
			   *message = params_array(p, P_UUID), *fence = params_array(p, P_INT8);

	for (size_t i = 0; i < claim->n; i++) {
		const struct claimed_text *t = &claim->texts[i];
		if (t->verdict != CLAIM_SEND)
			continue;
		array_uuid(brand, &t->brand);
		array_uuid(customer, &t->customer);
		array_uuid(message, &t->message);
		array_int(fence, t->fence);
	}
	params_time(p, claim->claimed_at);
	if (array_count(brand))
		db_query(db, Q_OUTBOUND_MARK, p, NULL, NULL);
}

static void mark_defers(struct db *db, struct claim *claim)
{
	struct params *p = params_new(claim);
	struct param_array *customer = params_array(p, P_UUID), *message = params_array(p, P_UUID),
			   *due = params_array(p, P_TIME);

	for (size_t i = 0; i < claim->n; i++) {
		const struct claimed_text *t = &claim->texts[i];
		if (t->verdict != CLAIM_DEFER)
			continue;
		array_uuid(customer, &t->customer);
		array_uuid(message, &t->message);
		array_time(due, t->due_at);
	}
	if (array_count(due))
		db_query(db, Q_OUTBOUND_DEFER, p, NULL, NULL);
}

static void mark_suppressed(struct db *db, struct claim *claim)
{
	struct params *p = params_new(claim);
	struct param_array *brand = params_array(p, P_UUID), *message = params_array(p, P_UUID),
			   *state = params_array(p, P_INT2), *error = params_array(p, P_TEXT);

	for (size_t i = 0; i < claim->n; i++) {
		const struct claimed_text *t = &claim->texts[i];
		if (t->verdict != CLAIM_SUPPRESS)
			continue;
		array_uuid(brand, &t->brand);
		array_uuid(message, &t->message);
		array_int(state, MSG_SUPPRESSED);
		array_text(error, t->reason);
	}
	params_time(p, claim->claimed_at);
	if (array_count(brand))
		db_query(db, Q_OUTBOUND_SETTLE, p, NULL, NULL);
}

void outbound_mark(struct db *db, struct claim *claim, db_end_fn *end, void *arg)
{
	mark_sends(db, claim);
	mark_defers(db, claim);
	mark_suppressed(db, claim);
	db_command(db, "COMMIT");
	db_unit(db, end, arg);
}

void outbound_rollback(struct db *db)
{
	db_command(db, "ROLLBACK");
	db_unit(db, NULL, NULL);
}

/* lost answers ------------------------------------------------------------------------------------ */
static void on_lost(void *arg, const struct db_rows *rows)
{
	struct lost *lost = arg;

	lost->n = (size_t)rows->n;
	lost->texts = talloc_zero_array(lost, struct lost_text, (unsigned)rows->n + 1);
	if (!lost->texts)
		abort();
	for (int r = 0; r < rows->n; r++) {
		struct lost_text *t = &lost->texts[r];
		t->brand = db_uuid(rows, r, 0);
		t->customer = db_uuid(rows, r, 1);
		t->message = db_uuid(rows, r, 2);
		t->cls = (enum message_class)db_int(rows, r, 3);
		t->queued_at = db_time(rows, r, 4);
		t->confirms_opt_out = db_bool(rows, r, 5);
		t->lost_before = db_bool(rows, r, 7);
	}
}

void outbound_find_lost(struct db *db, struct lost *lost, const struct claim_lane *lanes, size_t n_lanes,
			const struct uuid *holder, usec_t before, db_end_fn *end, void *arg)
{
	struct params *p = params_new(lost);
	struct param_array *sender = params_array(p, P_UUID), *fence = params_array(p, P_INT8);

	for (size_t i = 0; i < n_lanes; i++) {
		array_uuid(sender, &lanes[i].sender);
		array_int(fence, lanes[i].fence);
	}
	params_uuid(p, holder);
	params_time(p, before);
	db_command(db, "BEGIN");
	db_query(db, Q_OUTBOUND_LOST, p, on_lost, lost);
	db_unit(db, end, arg);
}

void outbound_settle_lost(struct db *db, struct lost *lost, usec_t now, db_end_fn *end, void *arg)
{
	struct params *again = params_new(lost), *settle = params_new(lost);
	struct param_array *a_brand = params_array(again, P_UUID), *a_customer = params_array(again, P_UUID),
			   *a_message = params_array(again, P_UUID), *s_brand = params_array(settle, P_UUID),
			   *s_message = params_array(settle, P_UUID), *s_state = params_array(settle, P_INT2),
			   *s_error = params_array(settle, P_TEXT);

	for (size_t i = 0; i < lost->n; i++) {
		const struct lost_text *t = &lost->texts[i];
		if (t->resend) {
			array_uuid(a_brand, &t->brand);
			array_uuid(a_customer, &t->customer);
			array_uuid(a_message, &t->message);
		} else {
			array_uuid(s_brand, &t->brand);
			array_uuid(s_message, &t->message);
			array_int(s_state, MSG_UNKNOWN);
			array_text(s_error, "answer_lost");
		}
	}
	params_time(again, now);
	params_time(settle, now);
	if (array_count(a_brand))
		db_query(db, Q_OUTBOUND_RESEND, again, NULL, NULL);
	if (array_count(s_brand))
		db_query(db, Q_OUTBOUND_SETTLE, settle, NULL, NULL);
	db_command(db, "COMMIT");
	db_unit(db, end, arg);
}

/* What agents read on the open ticket. */
static const char bad_number_note[] = "The customer's number cannot be reached by text";

/* answers ----------------------------------------------------------------------------------------- */
/* Which verdicts a statement is for, and the id of what it writes. */
static const struct uuid *verdict_id(enum query q, const struct provider_verdict *v)
{
	if (q == Q_OUTBOUND_VOID) /* blocked and bad at once: disconnected */
		return uuid_is_null(&v->alert) ? &v->alert : &v->revocation;
	return q == Q_OUTBOUND_REVOKE ? &v->revocation : &v->alert;
}

static void query_verdicts(struct db *db, TALLOC_CTX *ctx, enum query q, const struct provider_verdict *v, size_t n,
			   usec_t now)
{
	struct params *p = params_new(ctx);
	struct param_array *brand = params_array(p, P_UUID), *message = params_array(p, P_UUID),
			   *event = params_array(p, P_UUID), *code = params_array(p, P_TEXT);

	for (size_t i = 0; i < n; i++) {
		const struct uuid *id = verdict_id(q, &v[i]);
		if (uuid_is_null(id))
			continue;
		array_uuid(brand, &v[i].brand);
		array_uuid(message, &v[i].message);
		array_uuid(event, id);
		array_text(code, v[i].code);
	}
	params_time(p, now);
	if (q == Q_OUTBOUND_BAD_NUMBER)
		params_text(p, bad_number_note);
	if (array_count(brand))
		db_query(db, q, p, NULL, NULL);
	else
		talloc_free(p);
}

void outbound_verdicts(struct db *db, TALLOC_CTX *ctx, const struct provider_verdict *v, size_t n, usec_t now)
{
	struct params *p = params_new(ctx);
	struct param_array *brand = params_array(p, P_UUID), *message = params_array(p, P_UUID);

	for (size_t i = 0; i < n; i++) {
		array_uuid(brand, &v[i].brand);
		array_uuid(message, &v[i].message);
	}
	db_query(db, Q_OUTBOUND_VERDICT_LOCK, p, NULL, NULL);
	query_verdicts(db, ctx, Q_OUTBOUND_REVOKE, v, n, now);
	query_verdicts(db, ctx, Q_OUTBOUND_BAD_NUMBER, v, n, now);
	query_verdicts(db, ctx, Q_OUTBOUND_VOID, v, n, now);
}

static void record_verdicts(struct db *db, TALLOC_CTX *ctx, struct outcome *const *o, size_t n, usec_t now)
{
	struct provider_verdict *v = talloc_array(ctx, struct provider_verdict, (unsigned)n);
	size_t m = 0;

	for (size_t i = 0; i < n; i++)
		if (!uuid_is_null(&o[i]->verdict.revocation) || !uuid_is_null(&o[i]->verdict.alert))
			v[m++] = o[i]->verdict;
	if (m)
		outbound_verdicts(db, ctx, v, m, now);
	talloc_free(v);
}

static void record_accepted(struct db *db, TALLOC_CTX *ctx, struct outcome *const *o, size_t n)
{
	struct params *p = params_new(ctx);
	struct param_array *brand = params_array(p, P_UUID), *message = params_array(p, P_UUID),
			   *provider = params_array(p, P_TEXT), *at = params_array(p, P_TIME);

	for (size_t i = 0; i < n; i++) {
		if (o[i]->kind != OUTCOME_ACCEPTED)
			continue;
		array_uuid(brand, &o[i]->brand);
		array_uuid(message, &o[i]->message);
		array_text(provider, o[i]->provider_id);
		array_time(at, o[i]->at);
	}
	if (array_count(brand))
		db_query(db, Q_OUTBOUND_ACCEPT, p, NULL, NULL);
	else
		talloc_free(p);
}

static void record_again(struct db *db, TALLOC_CTX *ctx, struct outcome *const *o, size_t n)
{
	struct params *p = params_new(ctx);
	struct param_array *customer = params_array(p, P_UUID), *message = params_array(p, P_UUID),
			   *claimed = params_array(p, P_TIME), *due = params_array(p, P_TIME),
			   *free_attempt = params_array(p, P_INT2);

	for (size_t i = 0; i < n; i++) {
		if (o[i]->kind != OUTCOME_AGAIN)
			continue;
		array_uuid(customer, &o[i]->customer);
		array_uuid(message, &o[i]->message);
		array_time(claimed, o[i]->claimed_at);
		array_time(due, o[i]->due_at);
		array_int(free_attempt, o[i]->free_attempt);
	}
	if (array_count(due))
		db_query(db, Q_OUTBOUND_RETRY, p, NULL, NULL);
	else
		talloc_free(p);
}

static void record_settled(struct db *db, TALLOC_CTX *ctx, struct outcome *const *o, size_t n, usec_t now)
{
	struct params *p = params_new(ctx);
	struct param_array *brand = params_array(p, P_UUID), *message = params_array(p, P_UUID),
			   *state = params_array(p, P_INT2), *error = params_array(p, P_TEXT);

	for (size_t i = 0; i < n; i++) {
		if (o[i]->kind != OUTCOME_SETTLED)
			continue;
		array_uuid(brand, &o[i]->brand);
		array_uuid(message, &o[i]->message);
		array_int(state, o[i]->state);
		array_text(error, o[i]->error);
	}
	params_time(p, now);
	if (array_count(brand))
		db_query(db, Q_OUTBOUND_SETTLE, p, NULL, NULL);
	else
		talloc_free(p);
}

static void record_pauses(struct db *db, TALLOC_CTX *ctx, struct outcome *const *o, size_t n)
{
	struct params *p = params_new(ctx);
	struct param_array *brand = params_array(p, P_UUID), *sender = params_array(p, P_UUID),
			   *reason = params_array(p, P_TEXT);

	for (size_t i = 0; i < n; i++) {
		if (!o[i]->pause_sender)
			continue;
		array_uuid(brand, &o[i]->brand);
		array_uuid(sender, &o[i]->sender);
		array_text(reason, o[i]->pause_sender);
	}
	if (array_count(brand))
		db_query(db, Q_OUTBOUND_PAUSE, p, NULL, NULL);
	else
		talloc_free(p);
}

void outbound_record(struct db *db, TALLOC_CTX *ctx, struct outcome *const *outcomes, size_t n, usec_t now,
		     db_end_fn *end, void *arg)
{
	record_verdicts(db, ctx, outcomes, n, now);
	record_accepted(db, ctx, outcomes, n);
	record_again(db, ctx, outcomes, n);
	record_settled(db, ctx, outcomes, n, now);
	record_pauses(db, ctx, outcomes, n);
	db_unit(db, end, arg);
}
