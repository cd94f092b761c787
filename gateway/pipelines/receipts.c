/* Delivery receipts: webhook → micro-batch → one statement → answer. State only rises (invariant 5); receipts may come
 * twice, out of order, or before the send has been answered. */
#include <stdlib.h>
#include <string.h>

#include "gateway/json.h"
#include "gateway/log.h"
#include "gateway/pipelines/batcher.h"
#include "gateway/pipelines/pipelines.h"
#include "gateway/pipelines/spool.h"
#include "router/decide.h"
#include "storage/receipts.h"

#define CODE_MAX 64

/* A receipt on its way through the pipeline. Owned by its request, or by the replay. */
struct item {
	struct receipts *receipts;
	struct request *rq; /* NULL: from the spool */
	struct hook_reply reply;
	struct uuid brand, message;
	enum message_state state;
	enum send_meaning meaning;
	char code[CODE_MAX]; /* "": none */
	size_t place;        /* in order of arrival */
};

struct receipts {
	struct worker *worker;
	struct dblink *link;
	struct batcher *batcher;
	/* the running batch */
	struct item **items;
	size_t n;
	struct item **sorted;
	/* a running replay */
	size_t replay_left;
	bool replay_failed;
	TALLOC_CTX *replay_ctx;
};

/* answering ------------------------------------------------------------------------------------------- */
static void replay_one_less(struct receipts *rc)
{
	bool ok;

	if (--rc->replay_left)
		return;
	ok = !rc->replay_failed;
	rc->replay_failed = false;
	TALLOC_FREE(rc->replay_ctx);
	spool_replayed(rc->worker, ok);
}

static void finish(struct item *it, bool ok)
{
	struct receipts *rc = it->receipts;

	if (!it->rq) {
		rc->replay_failed |= !ok;
		replay_one_less(rc);
	} else if (ok) {
		metric_add(rc->worker->metrics, M_RECEIPTS, message_state_name((int)it->state), 1);
		http_respond(it->rq, it->reply.status, it->reply.content_type, it->reply.body, strlen(it->reply.body));
	} else {
		http_unavailable(it->rq, "the receipt could not be stored; send it again");
	}
}

/* the spool ------------------------------------------------------------------------------------------- */
static void on_spooled(void *arg, bool ok)
{
	finish(arg, ok);
}

static void to_spool(struct item *it)
{
	char *text;
	json_t *j;

	if (!it->rq) { /* it is there already */
		finish(it, false);
		return;
	}
	j = json_pack("{s:o,s:o,s:i,s:i,s:s}", "brand", json_uuid(&it->brand), "message", json_uuid(&it->message),
		      "state", (int)it->state, "meaning", (int)it->meaning, "code", it->code);
	text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	json_decref(j);
	if (text)
		spool_append(it->receipts->worker, SPOOL_RECEIPT, text, strlen(text), on_spooled, it);
	else
		finish(it, false);
	free(text);
}

static bool unpack(const struct spool_record *rec, struct item *it)
{
	json_t *j = json_loadb(rec->bytes, rec->len, 0, NULL);
	const char *brand, *message, *code;
	int state, meaning;
	bool ok = j &&
		  !json_unpack(j, "{s:s,s:s,s:i,s:i,s:s}", "brand", &brand, "message", &message, "state", &state,
			       "meaning", &meaning, "code", &code) &&
		  uuid_parse(brand, &it->brand) && uuid_parse(message, &it->message);

	if (ok) {
		it->state = (enum message_state)state;
		it->meaning = (enum send_meaning)meaning;
		snprintf(it->code, sizeof(it->code), "%s", code);
	}
	json_decref(j);
	return ok;
}

static void replay(struct worker *w, const struct spool_record *records, size_t n)
{
	struct receipts *rc = w->receipts;
	struct item *items;

	rc->replay_ctx = talloc_new(rc);
	items = talloc_zero_array(rc->replay_ctx, struct item, (unsigned)n + 1);
	rc->replay_left = n + 1; /* one for us, so that it cannot end while we still add */
	for (size_t i = 0; i < n; i++) {
		items[i].receipts = rc;
		if (!unpack(&records[i], &items[i])) {
			log_error("spool_record_unreadable", LOG_I("bytes", records[i].len));
			rc->replay_left--;
		} else if (!batcher_add(rc->batcher, &items[i])) {
			rc->replay_failed = true;
			rc->replay_left--;
		}
	}
	replay_one_less(rc);
}

/* the batch --------------------------------------------------------------------------------------------- */
static int by_message(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
	int c = memcmp(x->message.b, y->message.b, sizeof(x->message.b));

	return c ? c : (x->place < y->place ? -1 : 1);
}

/* Does a later receipt of the same message win, as if they had been applied one by one? */
static bool wins(const struct item *later, const struct item *so_far)
{
	return so_far->state < MSG_FINAL && later->state > so_far->state;
}

static bool about_person(const struct item *it)
{
	return it->meaning == MEAN_OPTED_OUT || it->meaning == MEAN_BAD_NUMBER || it->meaning == MEAN_DISCONNECTED;
}

static struct provider_verdict verdict_of(struct receipts *rc, const struct item *it)
{
	struct provider_verdict v = {
		.brand = it->brand, .message = it->message, .code = it->code[0] ? it->code : "receipt"};

	if (it->meaning != MEAN_BAD_NUMBER)
		v.revocation = worker_uuid(rc->worker);
	if (it->meaning != MEAN_OPTED_OUT)
		v.alert = worker_uuid(rc->worker);
	return v;
}

/* Applied or not: applying again does no harm. */
static void lost(void *arg, void *item)
{
	(void)arg;
	to_spool(item);
}

static void on_applied(void *arg, const struct db_end *end)
{
	struct receipts *rc = arg;

	if (end->status == DB_LOST) {
		batcher_lost(rc->batcher);
		return;
	}
	if (end->status != DB_OK && batcher_failed(rc->batcher, end, end->status == DB_RETRY))
		return;
	for (size_t i = 0; i < rc->n; i++) /* a spooled one that is refused would stand in the way of all behind it */
		finish(rc->items[i], end->status == DB_OK || !rc->items[i]->rq);
	batcher_done(rc->batcher);
}

static void apply(struct receipts *rc)
{
	TALLOC_CTX *ctx = talloc_new(rc);
	struct receipt_row *rows = talloc_array(ctx, struct receipt_row, (unsigned)rc->n);
	struct provider_verdict *verdicts = talloc_array(ctx, struct provider_verdict, (unsigned)rc->n);
	size_t n = 0, n_verdicts = 0;

	for (size_t i = 0; i < rc->n; i++) {
		rc->sorted[i] = rc->items[i];
		rc->sorted[i]->place = i;
	}
	qsort(rc->sorted, rc->n, sizeof(*rc->sorted), by_message);
	for (size_t i = 0; i < rc->n;) {
		const struct item *it = rc->sorted[i];
		const struct uuid *id = &it->message;

		for (; i < rc->n && !memcmp(rc->sorted[i]->message.b, id->b, sizeof(id->b)); i++) {
			if (about_person(rc->sorted[i]))
				verdicts[n_verdicts++] = verdict_of(rc, rc->sorted[i]);
			if (wins(rc->sorted[i], it))
				it = rc->sorted[i];
		}
		rows[n++] = (struct receipt_row){it->brand, it->message, (int)it->state,
						 it->state != MSG_DELIVERED && it->code[0] ? it->code : NULL};
	}
	receipts_apply(rc->link->db, ctx, rows, n, verdicts, n_verdicts, worker_now(), on_applied, rc);
	talloc_free(ctx);
}

static void run(void *arg, void **items, size_t n)
{
	struct receipts *rc = arg;

	rc->items = (struct item **)items;
	rc->n = n;
	apply(rc);
}

/* webhooks ------------------------------------------------------------------------------------------------ */
static struct item *item_of(struct request *rq, const struct channel *ch, const struct receipt *r)
{
	struct item *it = talloc_zero(rq, struct item);

	it->receipts = rq->worker->receipts;
	it->rq = rq;
	it->reply = ch->provider->receipt_reply;
	it->brand = ch->brand;
	it->message = r->message;
	it->state = r->state;
	it->meaning = r->meaning;
	if (r->code)
		snprintf(it->code, sizeof(it->code), "%s", r->code);
	return it;
}

/* Well-formed, and nothing to do. */
static void answer_at_once(struct request *rq, const struct channel *ch, const char *label)
{
	struct hook_reply r = ch->provider->receipt_reply;

	metric_add(rq->worker->metrics, M_RECEIPTS, label, 1);
	http_respond(rq, r.status, r.content_type, r.body, strlen(r.body));
}

void receipts_handle(struct request *rq)
{
	struct receipts *rc = rq->worker->receipts;
	struct hook hook;
	const struct channel *ch = hook_channel(rq, &hook);
	struct receipt receipt = {0};
	const char *field = NULL, *why = "";
	enum hook_verdict verdict;
	struct item *it;

	if (!ch)
		return;
	verdict = ch->provider->parse_receipt(rq, ch, &hook, &receipt, &field, &why);
	if (verdict == HOOK_MALFORMED) {
		metric_add(rq->worker->metrics, M_RECEIPTS, "malformed", 1);
		http_problem(rq, 400, "invalid-field", field, "%s", why);
	} else if (verdict == HOOK_IGNORE || receipt.state <= MSG_SENDING) {
		answer_at_once(rq, ch, "nothing_new");
	} else if (!receipt.has_message) {
		/* not called by the URL we gave: which text is meant cannot be looked up cheaply, and none of ours
		 * depends on it */
		answer_at_once(rq, ch, "without_message");
	} else {
		it = item_of(rq, ch, &receipt);
		if (spool_needed(rq->worker, db_ready(rc->link->db)))
			to_spool(it);
		else if (!batcher_add(rc->batcher, it))
			http_unavailable(rq, "too many receipts wait; send it again");
	}
}

static void on_state(void *arg, bool ready)
{
	batcher_ready(((struct receipts *)arg)->batcher, ready);
}

bool receipts_idle(const struct worker *w)
{
	return batcher_idle(w->receipts->batcher);
}

void receipts_start(struct worker *w)
{
	struct receipts *rc = w->receipts = talloc_zero(w, struct receipts);

	rc->worker = w;
	rc->sorted = talloc_array(rc, struct item *, (unsigned)w->settings->batch_max);
	rc->batcher = batcher_new(w, "receipts", (size_t)w->settings->batch_max, (size_t)w->settings->queue_max, run,
				  lost, rc);
	rc->link = dblink_new(w, "receipts", on_state, rc);
	spool_replayer(w, SPOOL_RECEIPT, replay);
}
