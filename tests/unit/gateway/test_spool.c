/* The spool under attack: several processes add to it and read it back at once, one of them is killed again and again.
 * What was acknowledged is read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/pipelines/spool.h"
#include "gateway/worker.h"

#define PROCESSES 3
#define LIVES 12 /* of the process that is killed */
#define RUN_MS 1500
#define AT_ONCE 2     /* few, so that the file is emptied often */
#define IDS 400000
#define PAD_MAX 9000 /* records span pages */

/* Shared by all processes: who was told what, and what came back. */
static struct ledger {
	_Atomic int next, stop;
	_Atomic unsigned char acked[IDS], replayed[IDS];
} * ledger;

static char dir[64];

/* What the spool asks of PostgreSQL: is it there? It is. */
bool db_ready(const struct db *db)
{
	(void)db;
	return true;
}

/* one process --------------------------------------------------------------------------------------- */
static struct worker *w;
static uv_timer_t feed, answer;
static int waiting;

static void on_done(void *arg, bool ok)
{
	waiting--;
	ledger->acked[(intptr_t)arg] = ok;
}

static void add_one(void)
{
	static char record[16 + PAD_MAX];
	int id = ledger->next++;
	size_t len = (size_t)snprintf(record, sizeof(record), "%d ", id);

	if (id >= IDS)
		return;
	memset(record + len, 'x', PAD_MAX);
	waiting++;
	spool_append(w, id % 5 ? SPOOL_INBOUND : SPOOL_RECEIPT, record, len + (size_t)(rand() % PAD_MAX), on_done,
		     (void *)(intptr_t)id);
}

/* Appends while the parent wants it, then reads back what is left. */
static void on_feed(uv_timer_t *timer)
{
	if (!ledger->stop && waiting < AT_ONCE && rand() % 4)
		add_one();
	else if (ledger->stop && !waiting && spool_idle(w) && !spool_needed(w, true))
		uv_stop(timer->loop);
}

/* As the pipelines do: the answer comes later, from the loop. */
static void on_answer(uv_timer_t *timer)
{
	(void)timer;
	spool_replayed(w, rand() % 50);
}

static void replay(struct worker *me, const struct spool_record *records, size_t n)
{
	(void)me;
	for (size_t i = 0; i < n; i++) {
		int id = atoi(records[i].bytes);
		if (id >= 0 && id < IDS)
			ledger->replayed[id] = 1;
	}
	uv_timer_start(&answer, on_answer, 0, 0);
}

static _Noreturn void live(int index)
{
	static struct settings settings;
	static struct dblink link;
	static struct config config;

	srand((unsigned)getpid());
	log_setup(LOG_ERROR_, index);
	settings = (struct settings){.state_dir = dir, .spool_max = 1 << 30};
	w = talloc_zero(NULL, struct worker);
	w->loop = uv_default_loop();
	w->settings = &settings;
	w->metrics = metrics_new(w, index);
	w->api_db = &link;
	w->config = &config;
	spool_start(w);
	spool_replayer(w, SPOOL_INBOUND, replay);
	spool_replayer(w, SPOOL_RECEIPT, replay);
	uv_timer_init(w->loop, &answer);
	uv_timer_init(w->loop, &feed);
	uv_timer_start(&feed, on_feed, 0, 1);
	uv_run(w->loop, UV_RUN_DEFAULT);
	_exit(0);
}

static pid_t start(int index)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid)
		live(index);
	return pid;
}

/* the attack -------------------------------------------------------------------------------------------- */
static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void end_well(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void check(void)
{
	int acked = 0, lost = 0;

	for (int id = 0; id < IDS; id++) {
		acked += ledger->acked[id];
		lost += ledger->acked[id] && !ledger->replayed[id];
	}
	assert_true(acked > 100);
	if (lost)
		fail_msg("%d of %d acknowledged records were not read back", lost, acked);
}

static void test_nothing_acknowledged_is_lost(void **state)
{
	pid_t steady[PROCESSES], victim;

	(void)state;
	for (int i = 0; i < PROCESSES; i++)
		steady[i] = start(i);
	for (int i = 0; i < LIVES; i++) {
		victim = start(PROCESSES);
		sleep_ms(RUN_MS / LIVES);
		kill(victim, SIGKILL);
		waitpid(victim, NULL, 0);
	}
	ledger->stop = 1;
	for (int i = 0; i < PROCESSES; i++)
		end_well(steady[i]);
	check();
}

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/afterword-spool-XXXXXX");
	ledger = mmap(NULL, sizeof(*ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return ledger == MAP_FAILED || !mkdtemp(dir);
}

static int tear_down(void **state)
{
	static const char *const left[] = {"spool/spool.log", "spool/replay.lock", "spool", ""};
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, left[i]);
		remove(path);
	}
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_acknowledged_is_lost),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
