/* Counters, gauges and histograms of one worker, in one table (metrics.c), printed in the Prometheus text format. Every
 * line says which worker's it is; who scrapes adds them up.
 * Cheap enough for every request: an array index and an add. */
#ifndef AFTERWORD_METRICS_H
#define AFTERWORD_METRICS_H

#include <talloc.h>

enum metric {
	/* counters */
	M_INBOUND_TEXTS,   /* labels: provider */
	M_INBOUND_REPEATS, /* provider */
	M_INBOUND_REFUSED, /* provider: bad signature or malformed */
	M_DECISIONS,       /* decision */
	M_RECEIPTS,        /* state */
	M_SENDS,           /* meaning: ok, too_fast, ... */
	M_SUPPRESSED,      /* reason */
	M_EVENTS,          /* order events: type */
	M_HTTP_REQUESTS,   /* route, status class "2xx" */
	M_DB_RECONNECTS,   /* connection */
	M_DB_RETRIES,      /* deadlock or serialisation: pipeline */
	M_SPOOLED,         /* kind */
	M_SPOOL_REPLAYED,  /* kind */
	M_SPOOL_REFUSED,   /* full */
	/* gauges */
	M_OUTBOX_DEPTH,       /* due texts waiting */
	M_OUTBOX_LAG_SECONDS, /* age of the oldest due text */
	M_SPOOL_BYTES,
	M_QUEUE, /* pipeline: items waiting for a batch */
	M_CONNECTIONS,
	M_SENDS_IN_FLIGHT,
	M_LEASES_HELD,
	M_DB_UP,
	M_WORKER_UP,
	/* histograms */
	M_BATCH_SIZE,    /* pipeline */
	M_BATCH_SECONDS, /* pipeline */
	M_HTTP_SECONDS,  /* route */
	M_SEND_SECONDS,  /* provider */
	M_QUEUED_TO_SENT_SECONDS,
	METRICS,
};

struct metrics;
struct metrics *metrics_new(TALLOC_CTX *ctx, int worker); /* every line carries worker="N" */
/* label may be NULL for a metric without one; else a short string from a small closed set (copied at first sight). */
void metric_add(struct metrics *m, enum metric id, const char *label, double by);
void metric_set(struct metrics *m, enum metric id, const char *label, double value);
void metric_observe(struct metrics *m, enum metric id, const char *label, double value);
/* The HTTP request counter has two labels: "route" and "code". */
void metric_http(struct metrics *m, const char *route, unsigned status, double seconds);
char *metrics_print(TALLOC_CTX *ctx, const struct metrics *m);
/* What is printed for a worker that does not answer. */
char *metrics_print_down(TALLOC_CTX *ctx, int worker);
/* One text of the texts of several workers: what belongs to one metric stands together, as the format wants it. */
char *metrics_merge(TALLOC_CTX *ctx, char *const *texts, size_t n);

#endif
