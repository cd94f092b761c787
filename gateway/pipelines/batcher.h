/* The micro-batch: items join the open batch; it is run when the previous one has ended, so load makes batches larger
 * and a lone item waits for nobody. One batch at a time: order is kept. */
#ifndef AFTERWORD_BATCHER_H
#define AFTERWORD_BATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

struct worker;
struct batcher;

/* run(arg, items, n): items in order of arrival; must end, now or later, with batcher_done(). The items array belongs
 * to the batcher. */
typedef void batch_run_fn(void *arg, void **items, size_t n);

struct batcher *batcher_new(struct worker *w, const char *name, size_t batch_max, size_t queue_max, batch_run_fn *run,
			    void *arg);
/* False: the queue is full (answer 503). */
bool batcher_add(struct batcher *b, void *item);
/* The running batch has ended. */
void batcher_done(struct batcher *b);
/* Paused: items queue up, nothing runs (PostgreSQL is away). */
void batcher_pause(struct batcher *b, bool paused);
/* Takes all waiting items out, in order (to spool or refuse them). Returns how many; *items is owned by ctx. */
size_t batcher_take(struct batcher *b, TALLOC_CTX *ctx, void ***items);
bool batcher_idle(const struct batcher *b); /* nothing waits, nothing runs */
size_t batcher_waiting(const struct batcher *b);

#endif
