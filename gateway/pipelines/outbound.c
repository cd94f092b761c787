/* Texts on their way out. One worker holds a sender (a lease with a fencing number) and paces it; it claims due texts
 * in a transaction of two round trips, asks the router text by text, and calls the provider only once the claim has
 * committed. Answers are recorded a batch a unit, on a connection of their own. What must hold: no text is claimed
 * after an opt-out has committed (invariant 3), a text whose answer was lost goes again only if its class allows it. */
#include <stdlib.h>
#include <string.h>

#include "gateway/http/client.h"
#include "gateway/log.h"
#include "gateway/pipelines/batcher.h"
#include "gateway/pipelines/pipelines.h"
#include "router/backoff.h"
#include "router/maysend.h"
#include "router/uuid.h"
#include "storage/leases.h"
#include "storage/outbound.h"
#include "templates/segments.h"

#define POLL_MS 250 /* how late a text is noticed if no wake-up came */
#define PACED_MS 20 /* while a paced sender has more */
#define LEASE_EVERY USEC_SECOND
#define LEASE_LIFE (4 * USEC_SECOND) /* as the database gives it, less a margin for the way */
#define LOST_EVERY (5 * USEC_SECOND)
#define LOST_GRACE 60                  /* seconds */
#define SETTLE_TIME (10 * USEC_SECOND) /* after a reconnection others first record the answers they hold */
#define STALE_CLAIM (30 * USEC_SECOND) /* a claim this old is not handed over: others may soon take it for lost */
#define CLAIM_MOST 1000

/* A sender, as long as the process lives. */
struct lane {
	struct uuid id;
	const struct sender *sender; /* in the present config; NULL: gone */
	int64_t fence;
	usec_t held_until; /* the lease; 0: not ours */
	usec_t pause_until;
	bool stopped;      /* the provider refused the sender; until the config says paused, then again not paused */
	unsigned refusals; /* in a row without reaching the provider */
	double tokens, mean_segments;
	usec_t refilled_at;
	bool more; /* the last claim took all the room it was given */
	int asked, got;
};

/* A claimed text until its answer is recorded. */
struct flight {
	struct outbound *outbound;
	struct flight_batch *batch;
	struct flight *next;
	struct lane *lane;
	const struct channel *channel;
	const struct claimed_text *text;
	struct outcome outcome;
	usec_t claimed_at;
};

/* Lives until the last of its flights has ended; strings of all of them hang on the claim. */
struct flight_batch {
	struct claim *claim;
	size_t left;
	struct flight flights[];
};

enum phase { IDLE, LEASING, CLAIMING, MARKING, FINDING_LOST, SETTLING_LOST, RELEASING };

struct outbound {
	struct worker *worker;
	struct dblink *link, *answers;
	uv_timer_t timer;
	enum phase phase;
	bool draining, released, wanted, ready, pumping;
	usec_t poll_at, lease_at, lost_at, ready_since, lost_grace;
	struct lane **lanes;
	size_t n_lanes, turn;
	uint64_t config_version;
	/* the step on the wire */
	struct claim *claim;
	struct lost *lost;
	struct held_leases *held;
	struct claim_lane *claim_lanes;
	struct lane **claim_of;
	size_t n_claim_lanes;
	int asked;
	/* committed, not handed over yet */
	struct flight *first, *last;
	size_t n_ready;
	unsigned in_flight, unrecorded;
	TALLOC_CTX *scratch;
	/* how fast answers come: sets how much is claimed ahead */
	usec_t window_at;
	unsigned window_n, rate;
	/* answers */
	struct batcher *batcher;
	struct flight **batch;
	size_t batch_n;
	struct outcome **batch_rows;
	bool batch_waits;
};

static void pump(struct outbound *ob);

/* lanes --------------------------------------------------------------------------------------------- */
static struct lane *lane_of(struct outbound *ob, const struct uuid *id)
{
	for (size_t i = 0; i < ob->n_lanes; i++)
		if (!memcmp(ob->lanes[i]->id.b, id->b, sizeof(id->b)))
			return ob->lanes[i];
	return NULL;
}

static void follow_config(struct outbound *ob)
{
	const struct config *c = ob->worker->config;

	for (size_t i = 0; i < ob->n_lanes; i++)
		ob->lanes[i]->sender = NULL;
	for (size_t i = 0; i < c->n_senders; i++) {
		struct lane *l = lane_of(ob, &c->senders[i].id);
		if (!l) {
			l = talloc_zero(ob, struct lane);
			l->id = c->senders[i].id;
			l->mean_segments = 1;
			l->tokens = 1;
			ob->lanes = talloc_realloc(ob, ob->lanes, struct lane *, (unsigned)ob->n_lanes + 1);
			ob->lanes[ob->n_lanes++] = l;
		}
		l->sender = &c->senders[i];
		if (l->sender->paused)
			l->stopped = false; /* the config knows by now; an operator's release counts again */
	}
	ob->config_version = c->version;
}

/* The bucket holds a tenth of a second's segments, at least one: short bursts, exact on average. */
static void refill(struct lane *l, usec_t now)
{
	double depth = l->sender->mps * 0.1 < 1 ? 1 : l->sender->mps * 0.1;

	l->tokens += l->sender->mps * (double)(now - l->refilled_at) / 1e6;
	if (l->tokens > depth)
		l->tokens = depth;
	l->refilled_at = now;
}

static int room_of(struct lane *l, usec_t now, int share)
{
	int paced;

	if (!l->sender || l->sender->paused || l->stopped || l->pause_until > now || l->held_until <= now)
		return 0;
	if (l->sender->mps <= 0)
		return share;
	refill(l, now);
	if (l->tokens < 1)
		return 0;
	paced = (int)(l->tokens / l->mean_segments);
	return paced < 1 ? 1 : paced < share ? paced : share;
}

static void spend(struct lane *l, const struct claimed_text *t)
{
	double segments = t->segments > 0 ? t->segments : 1;

	l->tokens -= segments;
	l->mean_segments += (segments - l->mean_segments) * 0.05;
}

/* recording answers --------------------------------------------------------------------------------- */
static void flight_end(struct flight *f)
{
	struct flight_batch *b = f->batch;

	f->outbound->unrecorded--;
	if (--b->left == 0)
		talloc_free(b->claim);
}

static int by_message(const void *a, const void *b)
{
	const struct outcome *x = *(struct outcome *const *)a, *y = *(struct outcome *const *)b;

	return memcmp(x->message.b, y->message.b, sizeof(x->message.b));
}

static void recorded(struct outbound *ob)
{
	for (size_t i = 0; i < ob->batch_n; i++)
		flight_end(ob->batch[i]);
	batcher_done(ob->batcher);
	pump(ob);
}

static void record(struct outbound *ob);

static void on_recorded(void *arg, const struct db_end *end)
{
	struct outbound *ob = arg;

	switch (end->status) {
	case DB_OK:
		recorded(ob);
		return;
	case DB_LOST: /* recording twice does no harm: the same again once there is a connection */
		ob->batch_waits = !db_ready(ob->answers->db);
		if (!ob->batch_waits) /* refused while the server goes down */
			record(ob);
		return;
	case DB_RETRY:
		if (!batcher_failed(ob->batcher, end, true))
			record(ob);
		return;
	case DB_ERROR:
		if (!batcher_failed(ob->batcher, end, false))
			recorded(ob);
		return;
	}
}

static void record(struct outbound *ob)
{
	TALLOC_CTX *ctx = talloc_new(ob);

	for (size_t i = 0; i < ob->batch_n; i++)
		ob->batch_rows[i] = &ob->batch[i]->outcome;
	qsort(ob->batch_rows, ob->batch_n, sizeof(*ob->batch_rows), by_message);
	outbound_record(ob->answers->db, ctx, ob->batch_rows, ob->batch_n, worker_now(), on_recorded, ob);
	talloc_free(ctx);
}

static void run_answers(void *arg, void **items, size_t n)
{
	struct outbound *ob = arg;

	ob->batch = (struct flight **)items;
	ob->batch_n = n;
	record(ob);
}

static void to_record(struct flight *f)
{
	if (!batcher_add(f->outbound->batcher, f)) {
		/* cannot be: claims stop long before. The lost-answer rule will settle it. */
		log_error("answers_full", LOG_S("why", "too many unrecorded answers"));
		flight_end(f);
	}
}

/* A claim that was not handed over: back, as if nothing had been. */
static void give_back(struct flight *f)
{
	f->outcome.kind = OUTCOME_AGAIN;
	f->outcome.due_at = worker_now();
	f->outcome.free_attempt = true;
	to_record(f);
}

/* the provider's answer ------------------------------------------------------------------------------- */
static void read_answer(struct flight *f, const struct http_answer *a, struct send_answer *out)
{
	*out = (struct send_answer){.meaning = MEAN_LOST, .code = a->error};
	if (a->status)
		f->channel->provider->parse_answer(f->batch->claim, f->channel, a->status, a->body, a->len,
						   a->retry_after, out);
	else if (a->never_sent)
		out->meaning = MEAN_NOT_SENT;
}

static void accepted(struct flight *f, const struct send_answer *answer, usec_t now)
{
	f->outcome.kind = OUTCOME_ACCEPTED;
	f->outcome.provider_id = answer->provider_id;
	f->outcome.at = now;
	metric_observe(f->outbound->worker->metrics, M_QUEUED_TO_SENT_SECONDS, NULL,
		       (double)(now - f->text->queued_at) / 1e6);
	to_record(f);
}

/* Not worth a line per text: refused sends of a provider that is down come by the thousand. */
static void log_answer(const struct flight *f, const struct send_answer *answer)
{
	char id[37];

	uuid_format(&f->text->message, id);
	if (answer->meaning == MEAN_UNREGISTERED || answer->meaning == MEAN_REJECTED ||
	    answer->meaning == MEAN_QUIET_HOURS)
		log_error("send_refused", LOG_S("message", id), LOG_S("channel", f->channel->key),
			  LOG_S("meaning", send_meaning_name(answer->meaning)),
			  LOG_S("code", answer->code ? answer->code : ""));
	else
		log_debug("send_failed", LOG_S("message", id), LOG_PHONE("to", f->text->phone),
			  LOG_S("meaning", send_meaning_name(answer->meaning)),
			  LOG_S("code", answer->code ? answer->code : ""));
}

static void add_verdict(struct flight *f, const struct send_answer *answer)
{
	struct provider_verdict *v = &f->outcome.verdict;
	struct worker *w = f->outbound->worker;

	v->brand = f->text->brand;
	v->message = f->text->message;
	v->code = answer->code ? talloc_strdup(f->batch->claim, answer->code) : send_meaning_name(answer->meaning);
	if (answer->meaning == MEAN_OPTED_OUT || answer->meaning == MEAN_DISCONNECTED)
		v->revocation = worker_uuid(w);
	if (answer->meaning == MEAN_BAD_NUMBER || answer->meaning == MEAN_DISCONNECTED)
		v->alert = worker_uuid(w);
}

static void failed(struct flight *f, const struct send_answer *answer, const struct retry_answer *what)
{
	bool expired = what->reason && !strcmp(what->reason, "expired");

	f->outcome.kind = OUTCOME_SETTLED;
	f->outcome.state = expired ? MSG_EXPIRED : MSG_FAILED;
	f->outcome.error = answer->code ? talloc_strdup(f->batch->claim, answer->code) : what->reason;
	add_verdict(f, answer);
	if (what->stop_sender) {
		f->outcome.pause_sender = f->outcome.error;
		f->lane->stopped = true;
	}
	to_record(f);
}

static uint64_t random64(struct worker *w)
{
	struct uuid u = worker_uuid(w);
	uint64_t r;

	memcpy(&r, u.b + 8, sizeof(r));
	return r;
}

/* A provider that cannot be reached at all: the sender waits, and its texts with it, not each for itself. */
static void hold_lane(struct lane *l, const struct send_answer *answer, const struct retry_answer *what, usec_t now,
		      uint64_t random)
{
	if (what->hold_sender > l->pause_until)
		l->pause_until = what->hold_sender;
	if (answer->meaning != MEAN_NOT_SENT) {
		l->refusals = 0;
		return;
	}
	if (l->pause_until > now)
		return; /* of the same crowd */
	l->refusals++;
	l->pause_until =
		now + USEC_SECOND / 10 + router_backoff(USEC_SECOND / 5, 15 * USEC_SECOND, (int)l->refusals, random);
}

static void on_answer(void *arg, const struct http_answer *a)
{
	struct flight *f = arg;
	struct outbound *ob = f->outbound;
	struct send_answer answer;
	usec_t now = worker_now();
	struct retry_input in = {.cls = f->text->cls,
				 .confirms_opt_out = f->text->confirms_opt_out,
				 .attempts = f->text->attempts + 1,
				 .now = now,
				 .queued_at = f->text->queued_at,
				 .expires_at = f->text->expires_at};
	struct retry_answer what;

	ob->in_flight--;
	ob->window_n++;
	read_answer(f, a, &answer);
	in.meaning = answer.meaning;
	in.retry_after = answer.retry_after * USEC_SECOND;
	if (answer.meaning != MEAN_OK)
		in.random = random64(ob->worker);
	what = router_after_answer(&in);
	metric_add(ob->worker->metrics, M_SENDS, send_meaning_name(answer.meaning), 1);
	metric_observe(ob->worker->metrics, M_SEND_SECONDS, f->channel->provider->name, a->seconds);
	hold_lane(f->lane, &answer, &what, now, in.random);
	if (answer.meaning != MEAN_OK)
		log_answer(f, &answer);
	switch (what.verdict) {
	case RETRY_DONE:
		accepted(f, &answer, now);
		break;
	case RETRY_LATER:
		f->outcome.kind = OUTCOME_AGAIN;
		f->outcome.due_at = what.due_at;
		f->outcome.free_attempt = what.free_attempt;
		to_record(f);
		break;
	case RETRY_FAILED:
		failed(f, &answer, &what);
		break;
	case RETRY_WAIT: /* the row stays claimed: a receipt, or the sweep, settles it */
		flight_end(f);
		break;
	}
	pump(ob);
}

/* handing over ------------------------------------------------------------------------------------------ */
static const char *status_url(TALLOC_CTX *ctx, const struct worker *w, const struct channel *ch,
			      const struct uuid *message)
{
	const char *base = ch->public_url[0] ? ch->public_url : w->self_url;
	char id[37];

	uuid_format(message, id);
	if (ch->hook_secret[0])
		return talloc_asprintf(ctx, "%s/webhooks/%s/%s/status?m=%s&secret=%s", base, ch->provider->name,
				       ch->key, id, form_encode(ctx, ch->hook_secret));
	return talloc_asprintf(ctx, "%s/webhooks/%s/%s/status?m=%s", base, ch->provider->name, ch->key, id);
}

/* QH-3, OO-4: no longer in the provider's queue than it is of use. */
static long validity(const struct claimed_text *t, usec_t now)
{
	usec_t end = t->confirms_opt_out ? t->queued_at + CONFIRMATION_LIFE : t->expires_at;

	if (!end)
		return 0;
	return end - now < USEC_SECOND ? 1 : (long)((end - now) / USEC_SECOND);
}

static void hand_over(struct outbound *ob, struct flight *f, usec_t now)
{
	struct worker *w = ob->worker;
	struct sms_segments count = sms_count(f->text->body, strlen(f->text->body));
	struct send_request rq = {0};
	struct outbound_text text = {
		.message = f->text->message,
		.from = f->lane->sender->number,
		.to = f->text->phone,
		.text = f->text->body,
		.segments = (int)count.segments,
		.ucs2 = count.encoding == SMS_UCS2,
		.cls = f->text->cls,
		.validity = validity(f->text, now),
		.status_url = status_url(ob->scratch, w, f->channel, &f->text->message),
	};

	f->channel->provider->build_send(ob->scratch, f->channel, &text, &rq);
	if (rq.url[0] == '/') /* a channel without a base_url: the built-in carrier, here */
		rq.url = talloc_asprintf(ob->scratch, "%s%s", w->self_url, rq.url);
	ob->in_flight++;
	http_client_send(w, &rq, NULL, w->settings->send_timeout, on_answer, f);
	talloc_free_children(ob->scratch);
}

static void launch(struct outbound *ob)
{
	usec_t now = worker_now();

	while (ob->first && ob->in_flight < (unsigned)ob->worker->settings->send_concurrency) {
		struct flight *f = ob->first;
		struct lane *l = f->lane;

		ob->first = f->next;
		ob->n_ready--;
		if (!ob->first)
			ob->last = NULL;
		if (ob->draining || now - f->claimed_at > STALE_CLAIM || !l->sender || l->stopped ||
		    l->pause_until > now)
			give_back(f);
		else
			hand_over(ob, f, now);
	}
	metric_set(ob->worker->metrics, M_SENDS_IN_FLIGHT, NULL, ob->in_flight);
}

/* claiming ---------------------------------------------------------------------------------------------- */
static void after_step(struct outbound *ob)
{
	ob->phase = IDLE;
	TALLOC_FREE(ob->held);
	TALLOC_FREE(ob->lost);
	pump(ob);
}

static void step_failed(struct outbound *ob, const struct db_end *end)
{
	if (end->status != DB_LOST && ob->phase != LEASING && ob->phase != RELEASING)
		outbound_rollback(ob->link->db);
	if (end->status == DB_RETRY)
		metric_add(ob->worker->metrics, M_DB_RETRIES, "outbound", 1);
	else if (end->status == DB_ERROR)
		log_error("outbound_refused", LOG_I("phase", ob->phase), LOG_S("sqlstate", end->sqlstate),
			  LOG_S("why", end->message));
	if (end->status == DB_ERROR)
		ob->poll_at = worker_now() + USEC_SECOND; /* not at full speed into the same wall */
	ob->wanted = false;
}

static struct flight_batch *flights_of(struct outbound *ob, struct claim *claim)
{
	struct flight_batch *b = talloc_zero_size(claim, sizeof(*b) + claim->n * sizeof(struct flight));

	b->claim = claim;
	for (size_t i = 0; i < claim->n; i++) {
		const struct claimed_text *t = &claim->texts[i];
		struct flight *f = &b->flights[b->left];

		if (t->verdict != CLAIM_SEND)
			continue;
		b->left++;
		f->outbound = ob;
		f->batch = b;
		f->text = t;
		f->claimed_at = claim->claimed_at;
		f->lane = lane_of(ob, &t->sender);
		f->channel = f->lane->sender ? f->lane->sender->channel : NULL;
		f->outcome = (struct outcome){.brand = t->brand,
					      .sender = t->sender,
					      .customer = t->customer,
					      .message = t->message,
					      .claimed_at = claim->claimed_at};
	}
	ob->unrecorded += (unsigned)b->left;
	return b;
}

static void enqueue(struct outbound *ob, struct flight_batch *b)
{
	size_t n = b->left; /* an ended flight may free the batch */

	for (size_t i = 0; i < n; i++) {
		struct flight *f = &b->flights[i];
		f->next = NULL;
		if (ob->last)
			ob->last->next = f;
		else
			ob->first = f;
		ob->last = f;
	}
	ob->n_ready += n;
}

static void count_suppressed(struct outbound *ob, const struct claim *claim)
{
	for (size_t i = 0; i < claim->n; i++)
		if (claim->texts[i].verdict == CLAIM_SUPPRESS)
			metric_add(ob->worker->metrics, M_SUPPRESSED, claim->texts[i].reason, 1);
}

static void on_marked(void *arg, const struct db_end *end)
{
	struct outbound *ob = arg;
	struct claim *claim = ob->claim;
	struct flight_batch *b;

	ob->claim = NULL;
	if (end->status == DB_OK || end->status == DB_LOST) {
		b = flights_of(ob, claim);
		if (end->status == DB_OK) {
			count_suppressed(ob, claim);
			enqueue(ob, b);
		} else { /* whether it was committed is not known; it was not handed over: if it was, it is given back
			  */
			size_t n = b->left;
			for (size_t i = 0; i < n; i++)
				give_back(&b->flights[i]);
		}
		if (!b->left)
			talloc_free(claim);
	} else {
		talloc_free(claim);
	}
	if (end->status != DB_OK)
		step_failed(ob, end);
	after_step(ob);
}

/* Asks the router about one locked text. */
static void judge(struct claimed_text *t, usec_t now)
{
	struct gate_input in = {
		.cls = t->cls,
		.confirms_opt_out = t->confirms_opt_out,
		.queued_at = t->queued_at,
		.expires_at = t->expires_at,
		.opted_out = t->opted_out,
		.marketing_out = t->marketing_out,
		.on_hold = t->on_hold,
		.number_bad = t->number_bad,
		.order_muted = t->order_muted,
		.last_inbound_at = t->last_inbound_at,
		/* the number came with the order or by the customer's own text; what marketing needs, and where the
		 * customer is, is not loaded here yet: marketing does not go, and no hours hold a service text */
		.grants = {.number_given_at = t->queued_at},
	};
	struct gate_answer gate;

	if (t->state < 0 || !t->body || t->state >= MSG_FINAL) { /* a receipt came first, or the text was erased */
		t->verdict = CLAIM_SUPPRESS;
		t->reason = "settled";
		return;
	}
	gate = router_may_send(now, &in);
	t->verdict = gate.verdict == GATE_SEND       ? CLAIM_SEND
		     : gate.verdict == GATE_SUPPRESS ? CLAIM_SUPPRESS
						     : CLAIM_DEFER;
	t->due_at = gate.until > now ? gate.until : now + USEC_SECOND;
	t->reason = gate.reason;
}

static void note_claim(struct outbound *ob, struct claim *claim)
{
	for (size_t i = 0; i < ob->n_claim_lanes; i++)
		ob->claim_of[i]->got = 0;
	for (size_t i = 0; i < claim->n; i++) {
		struct claimed_text *t = &claim->texts[i];
		struct lane *l = lane_of(ob, &t->sender);

		judge(t, claim->claimed_at);
		t->fence = l->fence;
		l->got++;
		if (t->verdict == CLAIM_SEND)
			spend(l, t);
	}
	for (size_t i = 0; i < ob->n_claim_lanes; i++)
		ob->claim_of[i]->more = ob->claim_of[i]->got >= ob->claim_of[i]->asked;
}

static void on_claimed(void *arg, const struct db_end *end)
{
	struct outbound *ob = arg;

	if (end->status != DB_OK) {
		TALLOC_FREE(ob->claim);
		step_failed(ob, end);
		after_step(ob);
		return;
	}
	ob->claim->claimed_at = worker_now();
	note_claim(ob, ob->claim);
	metric_observe(ob->worker->metrics, M_BATCH_SIZE, "outbound", (double)ob->claim->n);
	if (ob->claim->n == (size_t)ob->asked)
		ob->wanted = true;
	if (!ob->claim->n) {
		TALLOC_FREE(ob->claim);
		db_command(ob->link->db, "COMMIT");
		db_unit(ob->link->db, NULL, NULL);
		after_step(ob);
		return;
	}
	ob->phase = MARKING;
	outbound_mark(ob->link->db, ob->claim, on_marked, ob);
}

/* Claims ahead what 50 ms will take, so that the provider never waits for PostgreSQL and an opt-out hardly for us. */
static int free_room(struct outbound *ob, usec_t now)
{
	int concurrency = (int)ob->worker->settings->send_concurrency, ahead, room;

	if (now - ob->window_at >= USEC_SECOND / 10) {
		ob->rate = ob->window_n;
		ob->window_n = 0;
		ob->window_at = now;
	}
	ahead = (int)(ob->rate > ob->window_n ? ob->rate : ob->window_n) / 2;
	room = concurrency + ahead - (int)ob->in_flight - (int)ob->n_ready;
	if (room > CLAIM_MOST)
		room = CLAIM_MOST;
	/* small bites only while there is little to do */
	return room * 4 < concurrency + ahead && ob->in_flight + ob->n_ready ? 0 : room;
}

static bool choose_lanes(struct outbound *ob, usec_t now, int room)
{
	int busy = 0, share;
	size_t n = 0;

	for (size_t i = 0; i < ob->n_lanes; i++)
		busy += ob->lanes[i]->more;
	share = busy > 1 ? (room + busy - 1) / busy : room;
	ob->claim_lanes = talloc_realloc(ob, ob->claim_lanes, struct claim_lane, (unsigned)ob->n_lanes + 1);
	ob->claim_of = talloc_realloc(ob, ob->claim_of, struct lane *, (unsigned)ob->n_lanes + 1);
	ob->turn++;
	for (size_t i = 0; i < ob->n_lanes; i++) {
		struct lane *l = ob->lanes[(i + ob->turn) % ob->n_lanes];
		l->asked = room_of(l, now, share);
		if (!l->asked)
			continue;
		ob->claim_lanes[n] = (struct claim_lane){l->id, l->asked, l->fence};
		ob->claim_of[n++] = l;
	}
	ob->n_claim_lanes = n;
	return n > 0;
}

static bool start_claim(struct outbound *ob, usec_t now)
{
	int room;

	if (!ob->wanted && now < ob->poll_at)
		return false;
	room = free_room(ob, now);
	if (room < 1 || !choose_lanes(ob, now, room))
		return false;
	ob->wanted = false;
	ob->poll_at = now + POLL_MS * 1000;
	ob->asked = room;
	ob->phase = CLAIMING;
	/* one piece of memory for the claim, its texts and their flights */
	ob->claim = talloc_pooled_object(ob, struct claim, (unsigned)room * 4 + 16, 4096 + (size_t)room * 1024);
	*ob->claim = (struct claim){0};
	outbound_claim(ob->link->db, ob->claim, ob->claim_lanes, ob->n_claim_lanes, &ob->worker->id, now, room,
		       on_claimed, ob);
	return true;
}

/* leases --------------------------------------------------------------------------------------------------- */
static void on_leased(void *arg, const struct db_end *end)
{
	struct outbound *ob = arg;
	usec_t now = worker_now(), since = ob->lease_at - LEASE_EVERY;
	unsigned held = 0;

	if (end->status != DB_OK)
		step_failed(ob, end);
	for (size_t i = 0; end->status == DB_OK && i < ob->held->n; i++) {
		struct lane *l = lane_of(ob, &ob->held->lease[i].sender);
		if (!l)
			continue;
		if (l->held_until <= now)
			ob->wanted = true; /* newly ours: look at once */
		l->fence = ob->held->lease[i].fence;
		l->held_until = since + LEASE_LIFE;
	}
	for (size_t i = 0; i < ob->n_lanes; i++)
		held += ob->lanes[i]->held_until > now;
	metric_set(ob->worker->metrics, M_LEASES_HELD, NULL, held);
	after_step(ob);
}

static bool start_lease(struct outbound *ob, usec_t now)
{
	struct uuid *ids;
	size_t n = 0;

	if (now < ob->lease_at || !ob->n_lanes)
		return false;
	ob->lease_at = now + LEASE_EVERY;
	ob->phase = LEASING;
	ob->held = talloc_zero(ob, struct held_leases);
	ids = talloc_array(ob->held, struct uuid, (unsigned)ob->n_lanes);
	for (size_t i = 0; i < ob->n_lanes; i++)
		if (ob->lanes[i]->sender)
			ids[n++] = ob->lanes[i]->id;
	leases_senders(ob->link->db, ob->held, ids, n, &ob->worker->id, on_leased, ob);
	return true;
}

static void on_released(void *arg, const struct db_end *end)
{
	struct outbound *ob = arg;

	(void)end; /* if it failed they lapse by themselves */
	after_step(ob);
}

static void start_release(struct outbound *ob)
{
	ob->released = true;
	ob->phase = RELEASING;
	leases_release(ob->link->db, ob, &ob->worker->id, on_released, ob);
}

/* the lost-answer rule --------------------------------------------------------------------------------------- */
static void on_lost_settled(void *arg, const struct db_end *end)
{
	struct outbound *ob = arg;

	if (end->status != DB_OK)
		step_failed(ob, end);
	else
		ob->wanted = true;
	after_step(ob);
}

static void on_lost_found(void *arg, const struct db_end *end)
{
	struct outbound *ob = arg;
	usec_t now = worker_now();
	size_t again = 0;

	if (end->status != DB_OK) {
		step_failed(ob, end);
		after_step(ob);
		return;
	}
	for (size_t i = 0; i < ob->lost->n; i++) {
		struct lost_text *t = &ob->lost->texts[i];
		t->resend = router_after_loss(t->cls, t->confirms_opt_out, t->lost_before, t->queued_at, now);
		again += t->resend;
	}
	if (ob->lost->n)
		log_warn("answers_lost", LOG_I("texts", ob->lost->n), LOG_I("sent_again", again));
	ob->phase = SETTLING_LOST;
	outbound_settle_lost(ob->link->db, ob->lost, now, on_lost_settled, ob);
}

static bool start_lost(struct outbound *ob, usec_t now)
{
	size_t n = 0;

	if (now < ob->lost_at || now - ob->ready_since < SETTLE_TIME || !batcher_idle(ob->batcher))
		return false;
	ob->lost_at = now + (ob->lost_grace < LOST_EVERY ? ob->lost_grace : LOST_EVERY);
	ob->claim_lanes = talloc_realloc(ob, ob->claim_lanes, struct claim_lane, (unsigned)ob->n_lanes + 1);
	for (size_t i = 0; i < ob->n_lanes; i++)
		if (ob->lanes[i]->held_until > now)
			ob->claim_lanes[n++] = (struct claim_lane){ob->lanes[i]->id, 0, ob->lanes[i]->fence};
	if (!n)
		return false;
	ob->phase = FINDING_LOST;
	ob->lost = talloc_zero(ob, struct lost);
	outbound_find_lost(ob->link->db, ob->lost, ob->claim_lanes, n, &ob->worker->id, now - ob->lost_grace,
			   on_lost_found, ob);
	return true;
}

/* the rhythm ----------------------------------------------------------------------------------------------------- */
static void start_step(struct outbound *ob)
{
	usec_t now = worker_now();

	if (ob->phase != IDLE || !ob->ready)
		return;
	if (ob->draining) {
		if (!ob->released)
			start_release(ob);
		return;
	}
	if (!ob->worker->config)
		return;
	if (ob->config_version != ob->worker->config->version || !ob->n_lanes)
		follow_config(ob);
	if (!start_lease(ob, now) && !start_lost(ob, now))
		start_claim(ob, now);
}

/* The next look: at once if there is more and room for it (the end of a send looks too), else by the clock. */
static void set_timer(struct outbound *ob)
{
	uint64_t ms = POLL_MS;

	for (size_t i = 0; i < ob->n_lanes; i++)
		if (ob->lanes[i]->more && ob->lanes[i]->sender && ob->lanes[i]->sender->mps > 0)
			ms = PACED_MS;
	if (!uv_is_active((uv_handle_t *)&ob->timer) || uv_timer_get_due_in(&ob->timer) > ms)
		uv_timer_start(&ob->timer, ob->timer.timer_cb, ms, 0);
}

static void pump(struct outbound *ob)
{
	if (ob->pumping)
		return; /* a step that ended at once */
	ob->pumping = true;
	launch(ob);
	start_step(ob);
	set_timer(ob);
	ob->pumping = false;
}

static void on_timer(uv_timer_t *timer)
{
	struct outbound *ob = timer->data;

	for (size_t i = 0; i < ob->n_lanes; i++)
		if (ob->lanes[i]->more)
			ob->wanted = true;
	pump(ob);
}

static void on_link(void *arg, bool ready)
{
	struct outbound *ob = arg;

	ob->ready = ready;
	if (!ready)
		return; /* the unit on the wire is told by itself */
	ob->ready_since = worker_now();
	ob->lease_at = 0;
	ob->wanted = true;
	pump(ob);
}

static void on_answers_link(void *arg, bool ready)
{
	struct outbound *ob = arg;

	batcher_ready(ob->batcher, ready);
	if (ready && ob->batch_waits) {
		ob->batch_waits = false;
		record(ob);
	}
}

void outbound_wake(struct worker *w)
{
	if (!w->outbound)
		return;
	w->outbound->wanted = true;
	/* from the loop, not from within the caller: a turn's texts are claimed together */
	uv_timer_start(&w->outbound->timer, w->outbound->timer.timer_cb, 0, 0);
}

void outbound_drain(struct worker *w)
{
	if (!w->outbound)
		return;
	w->outbound->draining = true;
	pump(w->outbound);
}

bool outbound_idle(const struct worker *w)
{
	const struct outbound *ob = w->outbound;

	return !ob ||
	       (ob->phase == IDLE && !ob->unrecorded && !ob->in_flight && !ob->first && (ob->released || !ob->ready));
}

/* Seconds a claim waits for its answer or a receipt; AFTERWORD_LOST_GRACE shortens it where that is tried out. */
static usec_t lost_grace(const struct settings *s)
{
	const char *text = getenv("AFTERWORD_LOST_GRACE");
	long grace = text ? atol(text) : LOST_GRACE;

	if (grace < s->send_timeout + 15 && !text)
		grace = s->send_timeout + 15; /* longer than any send may take */
	return (grace < 1 ? 1 : grace) * USEC_SECOND;
}

void outbound_start(struct worker *w)
{
	struct outbound *ob;

	if (!w->settings->outbound)
		return;
	ob = w->outbound = talloc_zero(w, struct outbound);
	ob->worker = w;
	ob->scratch = talloc_pool(ob, 32 * 1024);
	ob->lost_grace = lost_grace(w->settings);
	uv_timer_init(w->loop, &ob->timer);
	ob->timer.data = ob;
	ob->timer.timer_cb = on_timer;
	ob->batcher = batcher_new(w, "answers", (size_t)w->settings->batch_max, 65536, run_answers, NULL, ob);
	ob->batch_rows = talloc_array(ob, struct outcome *, (unsigned)w->settings->batch_max);
	ob->link = dblink_new(w, "outbound", on_link, ob);
	ob->answers = dblink_new(w, "answers", on_answers_link, ob);
	uv_timer_start(&ob->timer, on_timer, POLL_MS, 0);
}
