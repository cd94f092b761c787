#include "gateway/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/process.h"
#include "gateway/worker.h"
#include "storage/demo.h"
#include "storage/embedded.h"
#include "storage/migrate.h"

#define BACKOFF_FIRST (100 * 1000)
#define BACKOFF_MOST (10 * USEC_SECOND)
#define GOOD_LIFE (30 * USEC_SECOND) /* a worker that lived so long starts again at once */

struct child {
	pid_t pid; /* 0: not running */
	usec_t started, start_at, backoff;
};

struct supervisor {
	struct settings *settings;
	int n;
	int wake[WORKERS_MAX];
	struct child child[WORKERS_MAX];
	struct embedded *postgres;
	bool stopping;
	usec_t kill_at;
	int status;
};

static enum log_level level_of(const char *name)
{
	return !strcmp(name, "debug") ? LOG_DEBUG_ : !strcmp(name, "warn") ? LOG_WARN_ : !strcmp(name, "error") ? LOG_ERROR_ : LOG_INFO_;
}

/* Between fork and the worker: it dies with us, and takes signals again. */
static void be_worker(struct supervisor *sv, int i, pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	log_setup(level_of(sv->settings->log_level), i);
	_exit(worker_main(sv->settings, i, sv->n, sv->wake));
}

static void start(struct supervisor *sv, int i)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		be_worker(sv, i, parent);
	sv->child[i].started = db_clock();
	if (pid > 0)
		sv->child[i].pid = pid;
	else
		sv->child[i].start_at = db_clock() + USEC_SECOND;
}

static void stop_all(struct supervisor *sv, int sig)
{
	for (int i = 0; i < sv->n; i++)
		if (sv->child[i].pid)
			kill(sv->child[i].pid, sig);
}

static void begin_stop(struct supervisor *sv)
{
	if (sv->stopping)
		return;
	sv->stopping = true;
	/* a little longer than the workers allow themselves */
	sv->kill_at = db_clock() + (usec_t)(sv->settings->drain_seconds + 2) * USEC_SECOND;
	stop_all(sv, SIGTERM);
}

static void ended(struct supervisor *sv, int i, int status)
{
	struct child *c = &sv->child[i];
	usec_t now = db_clock();

	c->pid = 0;
	if (sv->stopping)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CANNOT_LISTEN) {
		fprintf(stderr, "afterword: cannot listen on %s; choose another with --listen\n", sv->settings->listen);
		sv->status = 1;
		begin_stop(sv);
		return;
	}
	c->backoff = now - c->started > GOOD_LIFE || !c->backoff ? BACKOFF_FIRST
		     : c->backoff * 2 > BACKOFF_MOST		 ? BACKOFF_MOST
								 : c->backoff * 2;
	c->start_at = now + c->backoff;
	log_error("worker_died", LOG_I("number", i), LOG_I("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
		  LOG_I("exit", WIFEXITED(status) ? WEXITSTATUS(status) : 0), LOG_I("again_in_ms", c->backoff / 1000));
}

static void reap(struct supervisor *sv)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (embedded_ended(sv->postgres, pid))
			continue;
		for (int i = 0; i < sv->n; i++)
			if (sv->child[i].pid == pid)
				ended(sv, i, status);
	}
}

static bool any_alive(const struct supervisor *sv)
{
	for (int i = 0; i < sv->n; i++)
		if (sv->child[i].pid)
			return true;
	return false;
}

static void tick(struct supervisor *sv)
{
	usec_t now = db_clock();

	reap(sv);
	for (int i = 0; i < sv->n && !sv->stopping; i++)
		if (!sv->child[i].pid && now >= sv->child[i].start_at)
			start(sv, i);
	if (sv->stopping && now > sv->kill_at)
		stop_all(sv, SIGKILL);
	if (!sv->stopping)
		embedded_keep(sv->postgres);
}

static void watch(struct supervisor *sv)
{
	struct timespec wait = {0, 50 * 1000000};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	do {
		int sig = sigtimedwait(&set, NULL, &wait);
		if (sig == SIGTERM || sig == SIGINT)
			begin_stop(sv);
		tick(sv);
	} while (!sv->stopping || any_alive(sv));
}

static bool prepare_database(struct supervisor *sv, TALLOC_CTX *ctx)
{
	struct settings *s = sv->settings;
	char *error = NULL, *conninfo = NULL;
	int applied = 0;

	if (s->embedded && !*s->database_url) {
		sv->postgres = embedded_start(ctx, s->state_dir, &conninfo, &error);
		if (!sv->postgres) {
			fprintf(stderr, "afterword: the private PostgreSQL did not start: %s\n", error);
			return false;
		}
		s->database_url = conninfo;
	}
	if (!*s->database_url) {
		fprintf(stderr, "afterword: --database-url: no database; name one (AFTERWORD_DATABASE_URL) or use --embedded\n");
		return false;
	}
	if (!migrate(ctx, s->database_url, &applied, &error)) {
		/* it may be away for a moment: the workers spool until it is back, on the schema that they know */
		log_warn("not_migrated", LOG_S("why", error));
		return PQping(s->database_url) == PQPING_NO_RESPONSE;
	}
	if (s->demo && !demo_load(ctx, s->database_url, s->state_dir, talloc_asprintf(ctx, "http://%s", s->listen), &error)) {
		fprintf(stderr, "afterword: the demo shop was not loaded: %s\n", error);
		return false;
	}
	return true;
}

static void greet(const struct settings *s)
{
	char path[4096], token[128] = "";
	FILE *f;

	snprintf(path, sizeof(path), "%s/demo-token", s->state_dir);
	f = fopen(path, "r");
	if (f) {
		if (fgets(token, sizeof(token), f))
			token[strcspn(token, "\n")] = 0;
		fclose(f);
	}
	printf("\nAfterword serves on http://%s\n", s->listen);
	if (token[0])
		printf("\nTry next, in another terminal:\n"
		       "  build/afterword simulate                       be a customer: type \"where is my order\"\n"
		       "  curl -s http://%s/v1/tickets -H 'Authorization: Bearer %s'\n"
		       "  curl -s http://%s/metrics\n",
		       s->listen, token, s->listen);
	printf("\nCtrl-C stops all of it.\n\n");
	fflush(stdout);
}

int supervisor_main(struct settings *s)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct supervisor *sv = talloc_zero(ctx, struct supervisor);
	sigset_t block;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	sv->settings = s;
	sv->n = s->workers ? (int)s->workers : cores > 0 && cores < WORKERS_MAX ? (int)cores : 2;
	log_setup(level_of(s->log_level), -1);
	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, NULL);
	signal(SIGHUP, SIG_IGN);
	mkdir(s->state_dir, 0755);
	if (!prepare_database(sv, ctx)) {
		embedded_stop(sv->postgres);
		return 1;
	}
	for (int i = 0; i < sv->n; i++)
		sv->wake[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	for (int i = 0; i < sv->n; i++)
		start(sv, i);
	greet(s);
	watch(sv);
	embedded_stop(sv->postgres);
	return sv->status;
}
