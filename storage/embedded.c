#include "storage/embedded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <libpq-fe.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/db.h"

#define INSTALLED "/usr/lib/postgresql"
#define ELSEWHERE                                                                                                      \
	"/var/lib/afterword" /* where root keeps a cluster whose state folder the server's user cannot enter */
#define OLDEST_VERSION 15
#define HOME_MAX 85 /* a socket's path may have 107 bytes */
#define READY_STEP 20000
#define READY_MOST (10 * USEC_MINUTE) /* recovery after a crash may take a while */
#define BACKOFF_FIRST (100 * 1000)
#define BACKOFF_MOST (10 * USEC_SECOND)
#define GOOD_LIFE (30 * USEC_SECOND)

/* Written once, into a new cluster; an operator may change it. Statements and rows stay out of its log: they hold
 * customers' words. */
static const char first_configuration[] = "\n# Afterword\n"
					  "shared_buffers = 256MB\n"
					  "max_wal_size = 2GB\n"
					  "wal_compression = on\n"
					  "autovacuum = on\n"
					  "deadlock_timeout = 100ms\n"
					  "max_connections = 100\n"
					  "log_checkpoints = off\n"
					  "log_min_error_statement = panic\n"
					  "log_error_verbosity = terse\n";

struct embedded {
	char *bin, *home, *data, *sockets, *log, *conninfo, *ping;
	uid_t uid; /* 0: our own user */
	gid_t gid;
	int lock_fd;
	bool owned; /* false: another supervisor's */
	pid_t pid;  /* 0: not our child */
	usec_t started_at, again_at, backoff;
};

/* where it lives ------------------------------------------------------------------------------------ */
static int version_of(const char *data)
{
	char path[PATH_MAX];
	int version = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/PG_VERSION", data);
	f = fopen(path, "r");
	if (f && fscanf(f, "%d", &version) != 1)
		version = 0;
	if (f)
		fclose(f);
	return version;
}

/* The newest installed version, or the one that made the cluster. */
static bool find_programs(struct embedded *e, char **error)
{
	int wanted = version_of(e->data), best = 0;
	DIR *dir = opendir(INSTALLED);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		int version = atoi(entry->d_name);
		char *program = talloc_asprintf(e, INSTALLED "/%d/bin/postgres", version);
		if (version > best && (!wanted || version == wanted) && !access(program, X_OK))
			best = version;
		talloc_free(program);
	}
	if (dir)
		closedir(dir);
	e->bin = talloc_asprintf(e, INSTALLED "/%d/bin", best);
	if (best >= OLDEST_VERSION)
		return true;
	*error = talloc_asprintf(talloc_parent(e), "PostgreSQL %d%s is not installed (apt install postgresql)",
				 wanted ? wanted : OLDEST_VERSION, wanted ? "" : " or newer");
	return false;
}

static bool become_server_user(const struct embedded *e)
{
	return !e->uid || (!setgroups(1, &e->gid) && !setgid(e->gid) && !setuid(e->uid));
}

/* Asked as that user, so that every kind of permission counts. */
static bool reachable(const struct embedded *e, const char *path)
{
	int status = 1;
	pid_t pid;

	if (!e->uid)
		return true;
	pid = fork();
	if (!pid)
		_exit(become_server_user(e) && !access(path, X_OK) ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status);
}

static bool fail(struct embedded *e, char **error, const char *path)
{
	*error = talloc_asprintf(talloc_parent(e), "%s: %s", path, strerror(errno));
	return false;
}

static bool make_dir(struct embedded *e, const char *path, char **error)
{
	struct stat st;

	if (mkdir(path, 0700) && errno != EEXIST)
		return fail(e, error, path);
	if (lstat(path, &st) || !S_ISDIR(st.st_mode) || (e->uid && chown(path, e->uid, e->gid)))
		return fail(e, error, path);
	return !chmod(path, 0700) || fail(e, error, path);
}

/* A folder of our own below ELSEWHERE, to which the link in the state folder leads: without the link it is nobody's. */
static bool choose_elsewhere(struct embedded *e, const char *link, char **error)
{
	char target[PATH_MAX];
	ssize_t n = readlink(link, target, sizeof(target) - 1);

	if (n > 0) {
		target[n] = 0;
		e->home = talloc_strdup(e, target);
		return true;
	}
	e->home = talloc_strdup(e, ELSEWHERE "/pg-XXXXXX");
	if ((mkdir(ELSEWHERE, 0755) && errno != EEXIST) || !mkdtemp(e->home))
		return fail(e, error, ELSEWHERE);
	if (symlink(e->home, link))
		return fail(e, error, link);
	return true;
}

/* libpq and PostgreSQL read lists of sockets' folders, parted by commas. */
static bool good_for_sockets(const char *path)
{
	return strlen(path) <= HOME_MAX && !strpbrk(path, ",'\"\\\n");
}

/* Where the cluster's path is too long for a socket: a folder of this user's own, named after the cluster. */
static char *short_sockets(struct embedded *e)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (const char *c = e->home; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 1099511628211u;
	return talloc_asprintf(e, "/tmp/afterword-%u-%016llx", (unsigned)geteuid(), (unsigned long long)hash);
}

static bool choose_home(struct embedded *e, const char *state_dir, char **error)
{
	char *full = realpath(state_dir, NULL), *link;
	struct stat st;
	bool ok = true;

	if (!full)
		return fail(e, error, state_dir);
	link = talloc_asprintf(e, "%s/pg", full);
	if ((e->uid && (!reachable(e, full) || !good_for_sockets(link))) || (!lstat(link, &st) && S_ISLNK(st.st_mode)))
		ok = choose_elsewhere(e, link, error);
	else
		e->home = link;
	free(full);
	if (!ok)
		return false;
	e->data = talloc_asprintf(e, "%s/data", e->home);
	e->log = talloc_asprintf(e, "%s/log", e->home);
	e->sockets = good_for_sockets(e->home) ? e->home : short_sockets(e);
	e->conninfo = talloc_asprintf(e, "host=%s port=5432 user=afterword dbname=postgres", e->sockets);
	e->ping = talloc_asprintf(e, "%s connect_timeout=2", e->conninfo);
	return true;
}

static void find_user(struct embedded *e)
{
	struct passwd *user = geteuid() ? NULL : getpwnam("postgres");

	if (!geteuid() && !user)
		user = getpwnam("nobody");
	e->uid = user ? user->pw_uid : 0;
	e->gid = user ? user->pw_gid : 0;
}

/* One supervisor owns the server. The lock is the process's own: workers do not inherit it. */
static bool take_lock(struct embedded *e)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (e->lock_fd < 0)
		e->lock_fd =
			open(talloc_asprintf(e, "%s/lock", e->home), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	e->owned = e->lock_fd < 0 || !fcntl(e->lock_fd, F_SETLK, &lock);
	return e->owned;
}

/* starting programs ----------------------------------------------------------------------------------- */
/* As the server's user, in a session of its own: Ctrl-C is for us alone. */
static pid_t spawn(struct embedded *e, char *const argv[], const char *log)
{
	pid_t pid = fork();
	sigset_t none;
	int fd;

	if (pid)
		return pid;
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGHUP, SIG_DFL);
	umask(0077);
	if (!become_server_user(e) || chdir(e->home))
		_exit(126);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	close_range(3, ~0U, 0);
	execv(argv[0], argv);
	_exit(127);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static bool configure(const char *data)
{
	char path[PATH_MAX];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/postgresql.conf", data);
	f = fopen(path, "a");
	ok = f && fputs(first_configuration, f) >= 0;
	return f && !fclose(f) && ok;
}

/* Made beside its place and moved there when it is whole: a start that is cut off leaves no half a cluster. */
static bool make_cluster(struct embedded *e, char **error)
{
	char *fresh = talloc_asprintf(e, "%s.new", e->data), *log = talloc_asprintf(e, "%s/initdb.log", e->home);
	char *argv[] = {talloc_asprintf(e, "%s/initdb", e->bin),
			"-D",
			fresh,
			"-U",
			"afterword",
			"--auth-local=trust",
			"--auth-host=reject",
			"-E",
			"UTF8",
			"--locale=C.UTF-8",
			"--data-checksums",
			"--no-instructions",
			NULL};
	int status = 0;
	pid_t pid;

	nftw(fresh, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	pid = spawn(e, argv, log);
	if (pid <= 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status)) {
		*error = talloc_asprintf(talloc_parent(e), "initdb failed; %s says why", log);
		return false;
	}
	return (configure(fresh) && !rename(fresh, e->data)) || fail(e, error, e->data);
}

static void start_server(struct embedded *e)
{
	TALLOC_CTX *ctx = talloc_new(e);
	struct stat st;
	/* what must hold whatever the configuration file says */
	char *argv[] = {talloc_asprintf(ctx, "%s/postgres", e->bin),
			"-D",
			e->data,
			"-p",
			"5432",
			"-c",
			"listen_addresses=",
			"-c",
			talloc_asprintf(ctx, "unix_socket_directories=%s", e->sockets),
			"-c",
			"unix_socket_permissions=0700",
			NULL};

	if (!stat(e->log, &st) && st.st_size > (10 << 20))
		unlink(e->log);
	e->pid = spawn(e, argv, e->log);
	if (e->pid < 0)
		e->pid = 0;
	e->started_at = db_clock();
	talloc_free(ctx);
}

/* one that runs already --------------------------------------------------------------------------------- */
/* The process of postmaster.pid, if it really is a server of this cluster: numbers are given out again. */
static pid_t running(struct embedded *e)
{
	char path[PATH_MAX], link[64], cwd[PATH_MAX], data[PATH_MAX];
	int pid = 0;
	ssize_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/postmaster.pid", e->data);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%d", &pid) != 1)
		pid = 0;
	fclose(f);
	snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
	n = pid > 1 ? readlink(link, cwd, sizeof(cwd) - 1) : -1;
	if (n <= 0 || !realpath(e->data, data))
		return 0; /* nobody: the server itself sees to what a dead one left behind */
	cwd[n] = 0;
	if (!strcmp(cwd, data))
		return pid;
	unlink(path); /* the server would take this stranger for its twin, and not start */
	return 0;
}

static bool gone(const struct embedded *e, pid_t pid)
{
	int status;

	return e->pid == pid ? waitpid(pid, &status, WNOHANG) != 0 : kill(pid, 0) != 0;
}

static bool wait_for_end(const struct embedded *e, pid_t pid, int seconds)
{
	for (int i = 0; i < seconds * 100; i++) {
		if (gone(e, pid))
			return true;
		usleep(10000);
	}
	return false;
}

static void stop_process(struct embedded *e, pid_t pid)
{
	/* fast; then, should it hang, without a last checkpoint: the next start recovers */
	static const int how[] = {SIGINT, SIGQUIT, SIGKILL};

	for (size_t i = 0; i < sizeof(how) / sizeof(*how); i++)
		if (kill(pid, how[i]) || wait_for_end(e, pid, i ? 5 : 60))
			break;
	e->pid = 0;
}

/* the whole ------------------------------------------------------------------------------------------------ */
static bool asked_to_stop(void)
{
	sigset_t set;

	return !sigpending(&set) && (sigismember(&set, SIGTERM) == 1 || sigismember(&set, SIGINT) == 1);
}

static bool wait_until_ready(struct embedded *e, char **error)
{
	usec_t until = db_clock() + READY_MOST;
	int status;

	while (db_clock() < until && !asked_to_stop()) {
		if (PQping(e->ping) == PQPING_OK)
			return true;
		if (e->pid > 0 && waitpid(e->pid, &status, WNOHANG) == e->pid) {
			e->pid = 0;
			break;
		}
		usleep(READY_STEP);
	}
	*error = talloc_asprintf(talloc_parent(e), "it did not come up; %s says why", e->log);
	return false;
}

static bool bring_up(struct embedded *e, char **error)
{
	pid_t pid;

	if (!find_programs(e, error) || !make_dir(e, e->home, error) ||
	    (e->sockets != e->home && !make_dir(e, e->sockets, error)))
		return false;
	if (!take_lock(e))
		return wait_until_ready(e, error);
	if (!version_of(e->data) && !make_cluster(e, error))
		return false;
	pid = running(e);
	if (pid && PQping(e->ping) == PQPING_OK)
		return true;
	if (pid) /* it does not hear us where we are: the state folder was moved, or it hangs */
		stop_process(e, pid);
	start_server(e);
	return wait_until_ready(e, error);
}

struct embedded *embedded_start(TALLOC_CTX *ctx, const char *state_dir, char **conninfo, char **error)
{
	struct embedded *e = talloc_zero(ctx, struct embedded);

	if (!e)
		abort();
	e->lock_fd = -1;
	find_user(e);
	if (!choose_home(e, state_dir, error))
		return NULL;
	if (!bring_up(e, error)) {
		if (e->pid > 0)
			stop_process(e, e->pid);
		return NULL;
	}
	*conninfo = talloc_strdup(ctx, e->conninfo);
	return e;
}

static void set_back(struct embedded *e)
{
	usec_t now = db_clock();

	if (!e->backoff || now - e->started_at > GOOD_LIFE)
		e->backoff = BACKOFF_FIRST;
	else
		e->backoff = e->backoff * 2 > BACKOFF_MOST ? BACKOFF_MOST : e->backoff * 2;
	e->again_at = now + e->backoff;
}

bool embedded_ended(struct embedded *e, pid_t pid)
{
	if (!e || !e->pid || pid != e->pid)
		return false;
	e->pid = 0;
	set_back(e);
	return true;
}

void embedded_keep(struct embedded *e)
{
	if (!e || e->pid || db_clock() < e->again_at)
		return;
	e->again_at = db_clock() + USEC_SECOND;
	if ((!e->owned && !take_lock(e)) || running(e)) /* another's, or the one we took over */
		return;
	start_server(e);
}

void embedded_stop(struct embedded *e)
{
	pid_t pid;

	if (!e || !e->owned)
		return;
	pid = e->pid ? e->pid : running(e);
	if (pid)
		stop_process(e, pid);
	if (e->sockets != e->home)
		rmdir(e->sockets);
}

char *embedded_conninfo(TALLOC_CTX *ctx, const char *state_dir)
{
	struct embedded *e = talloc_zero(ctx, struct embedded);
	char *link = talloc_asprintf(e, "%s/pg", state_dir), *full = realpath(link, NULL), *conninfo = NULL;

	if (full) {
		e->home = talloc_strdup(e, full);
		e->sockets = good_for_sockets(e->home) ? e->home : short_sockets(e);
		conninfo = talloc_asprintf(ctx, "host=%s port=5432 user=afterword dbname=postgres", e->sockets);
	}
	free(full);
	talloc_free(e);
	return conninfo;
}
