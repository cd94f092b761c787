/* House-keeping. One worker a machine competes for one lease; the outbox's gauges every one of them shows. */
#include "gateway/log.h"
#include "gateway/pipelines/pipelines.h"
#include "router/decide.h"
#include "storage/leases.h"
#include "storage/maintenance.h"

#define TICK_MS 10000
#define TICKS_A_ROUND 6  /* a minute */
#define ROUNDS_A_WIDE 60 /* an hour */
#define LEASE_SECONDS 90
#define UNKNOWN_AFTER (72 * USEC_HOUR)

/* What agents read on the open ticket (NM-3). */
static const char hold_over[] =
	"No answer in 24 hours to whether texts should end: marketing texts were stopped for good.";

struct maintenance {
	struct worker *worker;
	struct dblink *link;
	uv_timer_t timer;
	struct outbox_gauge gauge;
	bool held;
	unsigned ticks, rounds;
};

static void on_done(void *arg, const struct db_end *end)
{
	(void)arg;
	if (end->status == DB_ERROR)
		log_error("maintenance_refused", LOG_S("sqlstate", end->sqlstate), LOG_S("why", end->message));
}

/* Each its own unit: one that fails keeps none of the others from being done. Each round looks at the texts whose 72
 * hours have just passed, once an hour at all of the last two weeks: some were sent long after they were made. */
static void do_round(struct maintenance *mt)
{
	struct db *db = mt->link->db;
	usec_t now = worker_now(), from = now - UNKNOWN_AFTER - 10 * USEC_MINUTE;

	if (mt->rounds++ % ROUNDS_A_WIDE == 0) {
		maintenance_partitions(db, on_done, mt);
		from = now - 14 * USEC_DAY;
	}
	maintenance_expire(db, mt, (int)(now / USEC_MINUTE % 1440), on_done, mt);
	maintenance_holds(db, mt, now, ROUTER_RULE_VERSION, hold_over, on_done, mt);
	maintenance_unknown(db, mt, from, now - UNKNOWN_AFTER, on_done, mt);
}

static void on_lease(void *arg, const struct db_end *end)
{
	struct maintenance *mt = arg;

	if (end->status == DB_OK && mt->held)
		do_round(mt);
	else
		on_done(arg, end);
}

static void on_gauge(void *arg, const struct db_end *end)
{
	struct maintenance *mt = arg;
	usec_t now = worker_now();

	if (end->status != DB_OK) {
		on_done(arg, end);
		return;
	}
	metric_set(mt->worker->metrics, M_OUTBOX_DEPTH, NULL, (double)mt->gauge.depth);
	metric_set(mt->worker->metrics, M_OUTBOX_LAG_SECONDS, NULL,
		   mt->gauge.oldest && mt->gauge.oldest < now ? (double)(now - mt->gauge.oldest) / 1e6 : 0);
}

static void on_tick(uv_timer_t *timer)
{
	struct maintenance *mt = timer->data;

	if (!db_ready(mt->link->db) || db_pending(mt->link->db) || mt->worker->draining)
		return;
	maintenance_outbox(mt->link->db, &mt->gauge, on_gauge, mt);
	if (mt->ticks++ % TICKS_A_ROUND)
		return;
	leases_take(mt->link->db, mt, "maintenance", &mt->worker->id, LEASE_SECONDS, &mt->held);
	db_unit(mt->link->db, on_lease, mt);
}

void maintenance_start(struct worker *w)
{
	struct maintenance *mt;

	if (w->index != 0)
		return; /* one a machine is enough */
	mt = talloc_zero(w, struct maintenance);
	mt->worker = w;
	mt->link = dblink_new(w, "maintenance", NULL, NULL);
	uv_timer_init(w->loop, &mt->timer);
	mt->timer.data = mt;
	uv_timer_start(&mt->timer, on_tick, 1000, TICK_MS);
}
