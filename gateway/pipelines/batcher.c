#include "gateway/pipelines/batcher.h"

#include <stdlib.h>

#include "gateway/log.h"
#include "gateway/worker.h"

#define RETRIES 10

struct batcher {
	struct worker *worker;
	const char *name;
	size_t batch_max, queue_max;
	batch_run_fn *run;
	batch_lost_fn *lost;
	void *arg;
	void **ring; /* queue_max places */
	size_t first, count;
	/* the open batch */
	void **running;
	size_t n, from, part; /* from, part: what run() has now; all of it, or single items after a refusal */
	unsigned retries;
	bool in_flight, paused;
	usec_t started;
	uv_check_t check; /* end of the loop's turn: all that this turn read joins the batch */
	uv_idle_t idle;   /* keeps the loop from sleeping until then */
	bool armed;
};

static void run_part(struct batcher *b, size_t from, size_t part)
{
	b->from = from;
	b->part = part;
	b->retries = 0;
	b->run(b->arg, b->running + from, part);
}

static void open_batch(struct batcher *b)
{
	size_t n = b->count < b->batch_max ? b->count : b->batch_max;

	if (b->in_flight || b->paused || !n)
		return;
	for (size_t i = 0; i < n; i++)
		b->running[i] = b->ring[(b->first + i) % b->queue_max];
	b->first = (b->first + n) % b->queue_max;
	b->count -= n;
	b->in_flight = true;
	b->started = db_clock();
	metric_observe(b->worker->metrics, M_BATCH_SIZE, b->name, (double)n);
	b->n = n;
	run_part(b, 0, n);
}

static void on_check(uv_check_t *check)
{
	struct batcher *b = check->data;

	uv_check_stop(&b->check);
	uv_idle_stop(&b->idle);
	b->armed = false;
	open_batch(b);
}

static void on_idle(uv_idle_t *idle)
{
	(void)idle;
}

static void arm(struct batcher *b)
{
	if (b->armed || b->in_flight || b->paused || !b->count)
		return;
	b->armed = true;
	uv_check_start(&b->check, on_check);
	uv_idle_start(&b->idle, on_idle);
}

struct batcher *batcher_new(struct worker *w, const char *name, size_t batch_max, size_t queue_max, batch_run_fn *run,
			    batch_lost_fn *lost, void *arg)
{
	struct batcher *b = talloc_zero(w, struct batcher);

	if (!b)
		abort();
	b->worker = w;
	b->name = name;
	b->batch_max = batch_max;
	b->queue_max = queue_max < batch_max ? batch_max : queue_max;
	b->run = run;
	b->lost = lost;
	b->paused = true;
	b->arg = arg;
	b->ring = talloc_array(b, void *, (unsigned)b->queue_max);
	b->running = talloc_array(b, void *, (unsigned)batch_max);
	if (!b->ring || !b->running)
		abort();
	uv_check_init(w->loop, &b->check);
	uv_idle_init(w->loop, &b->idle);
	b->check.data = b;
	return b;
}

bool batcher_add(struct batcher *b, void *item)
{
	if (b->count == b->queue_max)
		return false;
	b->ring[(b->first + b->count++) % b->queue_max] = item;
	arm(b);
	return true;
}

void batcher_done(struct batcher *b)
{
	if (b->from + b->part < b->n) {
		run_part(b, b->from + b->part, b->part);
		return;
	}
	metric_observe(b->worker->metrics, M_BATCH_SECONDS, b->name, (double)(db_clock() - b->started) / 1e6);
	b->in_flight = false;
	arm(b);
}

bool batcher_failed(struct batcher *b, const struct db_end *end, bool again)
{
	if (again && b->retries++ < RETRIES) {
		metric_add(b->worker->metrics, M_DB_RETRIES, b->name, 1);
		b->run(b->arg, b->running + b->from, b->part);
		return true;
	}
	log_error("batch_refused", LOG_S("pipeline", b->name), LOG_S("sqlstate", end->sqlstate),
		  LOG_S("why", end->message), LOG_I("items", b->part));
	if (b->part == 1)
		return false;
	run_part(b, b->from, 1);
	return true;
}

void batcher_lost(struct batcher *b)
{
	for (size_t i = b->from; i < b->n; i++)
		b->lost(b->arg, b->running[i]);
	b->part = b->n - b->from;
	batcher_done(b);
}

static void lose_waiting(struct batcher *b)
{
	for (size_t n = b->count; n; n--) {
		void *item = b->ring[b->first];

		b->first = (b->first + 1) % b->queue_max;
		b->count--;
		b->lost(b->arg, item);
	}
}

void batcher_ready(struct batcher *b, bool ready)
{
	b->paused = !ready;
	if (ready)
		arm(b);
	else if (b->lost)
		lose_waiting(b);
}

bool batcher_idle(const struct batcher *b)
{
	return !b->in_flight && !b->count;
}

size_t batcher_waiting(const struct batcher *b)
{
	return b->count;
}
