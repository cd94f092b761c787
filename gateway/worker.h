/* One worker process: one loop, and all that hangs on it. The only "global" state, passed as an argument. */
#ifndef AFTERWORD_WORKER_H
#define AFTERWORD_WORKER_H

#include <talloc.h>
#include <uv.h>

#include "gateway/config.h"
#include "gateway/http/http.h"
#include "gateway/metrics.h"
#include "gateway/settings.h"
#include "gateway/suppression.h"
#include "storage/db.h"

#define WORKERS_MAX 256

/* What the workers of one supervisor have of each other, made before they are. */
struct siblings {
	int n;
	int wake[WORKERS_MAX];   /* eventfds: texts were queued */
	int scrape[WORKERS_MAX]; /* listening sockets: scrape.h */
};

/* A connection to PostgreSQL on the loop. */
struct dblink {
	struct worker *worker;
	const char *name; /* "inbound": for logs and metrics */
	struct db *db;
	uv_poll_t *poll; /* NULL: not watched */
	int polled_fd;   /* -1: not polled */
	int polled_for;
	void (*on_state)(void *arg, bool ready);
	void *arg;
	struct dblink *next;
};

/* Opens one, reconnecting for ever; on_state (may be NULL) is told ready and lost. The loop notices by itself what db_*
 * calls left to be written or awaited. */
struct dblink *dblink_new(struct worker *w, const char *name, void (*on_state)(void *arg, bool ready), void *arg);

struct worker {
	uv_loop_t *loop;
	struct settings *settings;
	struct metrics *metrics;
	int index;      /* 0 … workers-1 */
	struct uuid id; /* of this process: holder of leases */
	bool draining;
	struct config *config; /* brands, channels, senders; replaced whole when they change; never NULL after start */
	struct http_server *server;
	uint8_t suppression_key[SUPPRESSION_KEY];
	char *self_url; /* "http://127.0.0.1:8080": where this machine reaches itself */

	struct dblink *links; /* all of them */
	struct dblink
		*api_db; /* reads and single-unit writes of the API; units of several requests share the pipeline */
	struct inbound *inbound;
	struct receipts *receipts;
	struct events *events;
	struct outbound *outbound;
	struct spool *spool;
	struct http_client *client;
	struct simcarrier *simcarrier;
	struct scrape *scrape;

	const struct siblings *siblings;
	uv_prepare_t prepare;
	uv_timer_t db_timer;
	uint8_t random[512];
	size_t random_left;
};

usec_t worker_now(void);                   /* wall clock */
struct uuid worker_uuid(struct worker *w); /* a fresh version 7 id, rising within the process */

/* Wakes the outbound side here and in the other workers: texts were queued. Cheap, any number of times a turn. */
void worker_texts_queued(struct worker *w);

/* Process entry: runs until drained; returns the exit status. */
int worker_main(struct settings *s, int index, const struct siblings *siblings);

#endif
