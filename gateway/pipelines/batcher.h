/* The micro-batch: items join the open batch; it is run when the previous one has ended, so load makes batches larger
 * and a lone item waits for nobody. One batch at a time: order is kept. */
#ifndef AFTERWORD_BATCHER_H
#define AFTERWORD_BATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

struct db_end;
struct worker;
struct batcher;

/* run(arg, items, n): items in order of arrival; must end, now or later, with batcher_done() or batcher_failed(). The
 * items array belongs to the batcher. */
typedef void batch_run_fn(void *arg, void **items, size_t n);
/* lost(arg, item): PostgreSQL went away before the item was stored, or while it was; settles it. */
typedef void batch_lost_fn(void *arg, void *item);

/* Begins as batcher_ready(b, false). lost NULL: items wait for PostgreSQL, however long. */
struct batcher *batcher_new(struct worker *w, const char *name, size_t batch_max, size_t queue_max, batch_run_fn *run,
			    batch_lost_fn *lost, void *arg);
/* False: the queue is full (answer 503). */
bool batcher_add(struct batcher *b, void *item);
/* The items of the last run() are settled. */
void batcher_done(struct batcher *b);
/* The database refused the last run()'s transaction, and nothing of it was done. again: the same may go through
 * (deadlock, serialisation failure), which is tried some times. After that, or without again, the items are run singly,
 * so that a bad one harms no other. True: run() has been called. False: one item is left that cannot be stored; the
 * caller settles it and says batcher_done(). */
bool batcher_failed(struct batcher *b, const struct db_end *end, bool again);
/* The connection broke under the last run(): what is not settled of the batch is lost, in order, and the batch has
 * ended. */
void batcher_lost(struct batcher *b);
/* The connection is there, or is not: then nothing runs, and all that waits is lost, in order. */
void batcher_ready(struct batcher *b, bool ready);
bool batcher_idle(const struct batcher *b); /* nothing waits, nothing runs */
size_t batcher_waiting(const struct batcher *b);

#endif
