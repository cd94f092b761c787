#include "gateway/pipelines/batcher.h"

#include <stdlib.h>

#include "gateway/worker.h"

struct batcher {
	struct worker *worker;
	const char *name;
	size_t batch_max, queue_max;
	batch_run_fn *run;
	void *arg;
	void **ring; /* queue_max places */
	size_t first, count;
	void **running;
	bool in_flight, paused;
	usec_t started;
	uv_check_t check; /* end of the loop's turn: all that this turn read joins the batch */
	uv_idle_t idle;   /* keeps the loop from sleeping until then */
	bool armed;
};

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
	b->run(b->arg, b->running, n);
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
			    void *arg)
{
	struct batcher *b = talloc_zero(w, struct batcher);

	if (!b)
		abort();
	b->worker = w;
	b->name = name;
	b->batch_max = batch_max;
	b->queue_max = queue_max < batch_max ? batch_max : queue_max;
	b->run = run;
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
	metric_observe(b->worker->metrics, M_BATCH_SECONDS, b->name, (double)(db_clock() - b->started) / 1e6);
	b->in_flight = false;
	arm(b);
}

void batcher_pause(struct batcher *b, bool paused)
{
	b->paused = paused;
	arm(b);
}

size_t batcher_take(struct batcher *b, TALLOC_CTX *ctx, void ***items)
{
	size_t n = b->count;

	*items = talloc_array(ctx, void *, (unsigned)n + 1);
	for (size_t i = 0; i < n; i++)
		(*items)[i] = b->ring[(b->first + i) % b->queue_max];
	b->first = b->count = 0;
	return n;
}

bool batcher_idle(const struct batcher *b)
{
	return !b->in_flight && !b->count;
}

size_t batcher_waiting(const struct batcher *b)
{
	return b->count;
}
