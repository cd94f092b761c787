#include "gateway/supervisor.h"

#include <errno.h>
#include <libpq-fe.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gateway/log.h"
#include "gateway/process.h"
#include "gateway/scrape.h"
#include "gateway/suppression.h"
#include "gateway/worker.h"
#include "storage/demo.h"
#include "storage/embedded.h"
#include "storage/migrate.h"

#define BACKOFF_FIRST (100 * 1000)
#define BACKOFF_MOST (10 * USEC_SECOND)
#define GOOD_LIFE (30 * USEC_SECOND) /* a worker that lived so long starts again at once */
#define TICK_NS (50 * 1000000)
#define MIGRATE_AGAIN (2 * USEC_SECOND)
#define PORT_PATIENCE (5 * USEC_SECOND) /* the last run's workers let go of the port as soon as they drain */

struct child {
	pid_t pid; /* 0: not running */
	usec_t started, start_at, backoff;
};

struct supervisor {
	struct settings *settings;
	struct siblings siblings;
	struct child child[WORKERS_MAX];
	struct embedded *postgres;
	bool unmigrated; /* PostgreSQL was away at the start */
	struct child migrator;
	bool stopping, greeted;
	usec_t kill_at;
	int status;
};

static enum log_level level_of(const char *name)
{
	return !strcmp(name, "debug")   ? LOG_DEBUG_
	       : !strcmp(name, "warn")  ? LOG_WARN_
	       : !strcmp(name, "error") ? LOG_ERROR_
					: LOG_INFO_;
}

/* the address --------------------------------------------------------------------------------------- */
static struct addrinfo *resolve(const char *listen)
{
	char host[256];
	const char *colon = strrchr(listen, ':'); /* the settings' table has seen to it */
	size_t n = (size_t)(colon - listen);
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found = NULL;

	if (n > 1 && listen[0] == '[' && listen[n - 1] == ']') {
		listen++;
		n -= 2;
	}
	snprintf(host, sizeof(host), "%.*s", (int)n, listen);
	return getaddrinfo(*host ? host : NULL, colon + 1, &hints, &found) ? NULL : found;
}

/* The workers share their port with SO_REUSEPORT, which would also share it with another Afterword: asked without it.
 */
static bool free_to_bind(const struct addrinfo *a)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, 0), yes = 1;
	bool ok = fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) &&
		  !bind(fd, a->ai_addr, a->ai_addrlen) && !listen(fd, 1);
	int why = errno;

	if (fd >= 0)
		close(fd);
	errno = why;
	return ok;
}

static bool port_is_ours(const struct settings *s)
{
	struct addrinfo *a = resolve(s->listen);
	usec_t until = db_clock() + PORT_PATIENCE;
	bool ok = false;

	errno = EADDRNOTAVAIL;
	while (a && !(ok = free_to_bind(a)) && errno == EADDRINUSE && db_clock() < until)
		usleep(50000);
	if (!ok)
		fprintf(stderr, "afterword: cannot listen on %s: %s; choose another address with --listen\n", s->listen,
			strerror(errno));
	if (a)
		freeaddrinfo(a);
	return ok;
}

static bool answers(const struct settings *s)
{
	struct addrinfo *a = resolve(s->listen);
	int fd = a ? socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;
	bool ok = fd >= 0 && !connect(fd, a->ai_addr, a->ai_addrlen);

	if (fd >= 0)
		close(fd);
	if (a)
		freeaddrinfo(a);
	return ok;
}

/* How this machine reaches itself. */
static char *self_url(TALLOC_CTX *ctx, const struct settings *s)
{
	const char *colon = strrchr(s->listen, ':');
	bool any = !strncmp(s->listen, "0.0.0.0:", 8) || !strncmp(s->listen, "[::]:", 5) || colon == s->listen;

	return talloc_asprintf(ctx, "http://%s", any ? talloc_asprintf(ctx, "127.0.0.1%s", colon) : s->listen);
}

/* children ------------------------------------------------------------------------------------------- */
/* Between fork and the child's work: it is told when we die, and takes signals again. */
static void be_child(pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void start(struct supervisor *sv, int i)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		be_child(parent);
		log_setup(level_of(sv->settings->log_level), i);
		_exit(worker_main(sv->settings, i, &sv->siblings));
	}
	sv->child[i].started = db_clock();
	if (pid > 0)
		sv->child[i].pid = pid;
	else
		sv->child[i].start_at = db_clock() + USEC_SECOND;
}

static void stop_all(struct supervisor *sv, int sig)
{
	for (int i = 0; i < sv->siblings.n; i++)
		if (sv->child[i].pid)
			kill(sv->child[i].pid, sig);
	if (sv->migrator.pid)
		kill(sv->migrator.pid, sig);
}

/* Asked a second time, there is no more waiting: what was acknowledged is durable anyhow. */
static void begin_stop(struct supervisor *sv)
{
	if (sv->stopping) {
		sv->kill_at = db_clock();
		return;
	}
	sv->stopping = true;
	/* a little longer than the workers allow themselves */
	sv->kill_at = db_clock() + (usec_t)(sv->settings->drain_seconds + 2) * USEC_SECOND;
	log_info("stopping");
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
		fprintf(stderr, "afterword: cannot listen on %s; choose another address with --listen\n",
			sv->settings->listen);
		sv->status = 1;
		begin_stop(sv);
		return;
	}
	if (!c->backoff || now - c->started > GOOD_LIFE)
		c->backoff = BACKOFF_FIRST;
	else
		c->backoff = c->backoff * 2 > BACKOFF_MOST ? BACKOFF_MOST : c->backoff * 2;
	c->start_at = now + c->backoff;
	log_error("worker_died", LOG_I("number", i), LOG_I("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
		  LOG_I("exit", WIFEXITED(status) ? WEXITSTATUS(status) : 0), LOG_I("again_in_ms", c->backoff / 1000));
}

/* migrations that had to wait -------------------------------------------------------------------------- */
static void migrate_later(struct supervisor *sv)
{
	pid_t parent = getpid(), pid;
	char *error = NULL;
	int applied;

	if (!sv->unmigrated || sv->migrator.pid || db_clock() < sv->migrator.start_at)
		return;
	pid = fork(); /* a connection attempt may hang, and we may not */
	if (pid == 0) {
		be_child(parent);
		_exit(migrate(NULL, sv->settings->database_url, &applied, &error) ? 0 : 1);
	}
	sv->migrator.pid = pid > 0 ? pid : 0;
	sv->migrator.start_at = db_clock() + MIGRATE_AGAIN;
}

static void migrated(struct supervisor *sv, int status)
{
	sv->migrator.pid = 0;
	sv->migrator.start_at = db_clock() + MIGRATE_AGAIN;
	sv->unmigrated = !WIFEXITED(status) || WEXITSTATUS(status);
	if (!sv->unmigrated)
		log_info("migrated");
}

static void reap(struct supervisor *sv)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (embedded_ended(sv->postgres, pid))
			log_error("postgresql_died", LOG_I("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
				  LOG_I("exit", WIFEXITED(status) ? WEXITSTATUS(status) : 0));
		if (pid == sv->migrator.pid)
			migrated(sv, status);
		for (int i = 0; i < sv->siblings.n; i++)
			if (sv->child[i].pid == pid)
				ended(sv, i, status);
	}
}

/* what a person reads ------------------------------------------------------------------------------------ */
static bool read_token(const struct settings *s, char *token, size_t size)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/demo-token", s->state_dir);
	f = fopen(path, "r");
	*token = 0;
	if (f) {
		if (fgets(token, (int)size, f))
			token[strcspn(token, "\n")] = 0;
		fclose(f);
	}
	return *token;
}

static void greet(const struct settings *s)
{
	char *url = self_url(NULL, s), token[128];

	printf("\nAfterword serves on %s\n", url);
	if (read_token(s, token, sizeof(token)))
		printf("\nTry next, in another terminal:\n"
		       "  %s simulate%s%s\n"
		       "      be a customer: type \"where is my order\", HELP, STOP\n"
		       "  TOKEN=%s\n"
		       "  curl -s %s/v1/tickets -H \"Authorization: Bearer $TOKEN\"\n"
		       "  curl -s %s/v1/conversations -H \"Authorization: Bearer $TOKEN\"\n"
		       "  curl -s %s/metrics\n",
		       program_invocation_name, strcmp(url, "http://127.0.0.1:8080") ? " --url " : "",
		       strcmp(url, "http://127.0.0.1:8080") ? url : "", token, url, url, url);
	printf("\nCtrl-C stops all of it.\n\n");
	fflush(stdout);
	talloc_free(url);
}

/* life ------------------------------------------------------------------------------------------------------ */
static bool any_alive(const struct supervisor *sv)
{
	for (int i = 0; i < sv->siblings.n; i++)
		if (sv->child[i].pid)
			return true;
	return sv->migrator.pid;
}

static void tick(struct supervisor *sv)
{
	usec_t now = db_clock();

	reap(sv);
	if (sv->stopping) {
		if (now >= sv->kill_at)
			stop_all(sv, SIGKILL);
		return;
	}
	for (int i = 0; i < sv->siblings.n; i++)
		if (!sv->child[i].pid && now >= sv->child[i].start_at)
			start(sv, i);
	embedded_keep(sv->postgres);
	migrate_later(sv);
	if (!sv->greeted && answers(sv->settings)) {
		sv->greeted = true;
		greet(sv->settings);
	}
}

static void wanted_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGCHLD);
}

static void watch(struct supervisor *sv)
{
	struct timespec wait = {0, TICK_NS};
	sigset_t set;

	wanted_signals(&set);
	do {
		int sig = sigtimedwait(&set, NULL, &wait);
		if (sig == SIGTERM || sig == SIGINT)
			begin_stop(sv);
		tick(sv);
	} while (!sv->stopping || any_alive(sv));
}

static bool has_database(const struct settings *s)
{
	if (s->embedded || *s->database_url)
		return true;
	fprintf(stderr,
		"afterword: --database-url: no database; name one (AFTERWORD_DATABASE_URL) or use --embedded\n");
	return false;
}

static bool start_database(struct supervisor *sv, TALLOC_CTX *ctx)
{
	struct settings *s = sv->settings;
	char *error = NULL, *conninfo = NULL;

	if (*s->database_url)
		return true;
	sv->postgres = embedded_start(ctx, s->state_dir, &conninfo, &error);
	if (!sv->postgres) {
		fprintf(stderr, "afterword: the private PostgreSQL did not start: %s\n", error);
		return false;
	}
	s->database_url = conninfo;
	return true;
}

static bool prepare_database(struct supervisor *sv, TALLOC_CTX *ctx)
{
	struct settings *s = sv->settings;
	char *error = NULL;
	int applied = 0;
	PGPing ping;

	if (!migrate(ctx, s->database_url, &applied, &error)) {
		ping = PQping(s->database_url);
		if (ping != PQPING_NO_RESPONSE && ping != PQPING_REJECT) {
			fprintf(stderr, "afterword: the database cannot be brought to this version: %s\n", error);
			return false;
		}
		/* it is away: the workers take texts in and spool them until it is back */
		log_warn("not_migrated", LOG_S("why", error));
		sv->unmigrated = true;
		return true;
	}
	if (s->demo && !demo_load(ctx, s->database_url, s->state_dir, self_url(ctx, s), &error)) {
		fprintf(stderr, "afterword: the demo shop was not loaded: %s\n", error);
		return false;
	}
	return true;
}

static bool make_state_dir(const struct settings *s)
{
	if (!mkdir(s->state_dir, 0711) || errno == EEXIST)
		return true;
	fprintf(stderr, "afterword: --state-dir: %s: %s\n", s->state_dir, strerror(errno));
	return false;
}

/* The workers read it. */
static bool have_key(TALLOC_CTX *ctx, const struct settings *s)
{
	uint8_t key[SUPPRESSION_KEY];
	char *error;

	if (suppression_key(ctx, s, key, &error))
		return true;
	fprintf(stderr, "afterword: %s\n", error);
	return false;
}

int supervisor_main(struct settings *s)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct supervisor *sv = talloc_zero(ctx, struct supervisor);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	sigset_t block;

	sv->settings = s;
	sv->siblings.n = s->workers ? (int)s->workers : cores > 0 && cores < WORKERS_MAX ? (int)cores : 2;
	log_setup(level_of(s->log_level), -1);
	wanted_signals(&block);
	sigprocmask(SIG_BLOCK, &block, NULL);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (!has_database(s))
		return 2;
	if (!make_state_dir(s) || !port_is_ours(s) || !have_key(ctx, s) || !start_database(sv, ctx))
		return 1;
	if (!prepare_database(sv, ctx)) {
		embedded_stop(sv->postgres);
		return 1;
	}
	for (int i = 0; i < sv->siblings.n; i++) {
		sv->siblings.wake[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		sv->siblings.scrape[i] = scrape_socket();
	}
	watch(sv);
	embedded_stop(sv->postgres);
	return sv->status;
}
