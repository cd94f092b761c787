#include "storage/embedded.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "storage/db.h"

#define INSTALLED "/usr/lib/postgresql"

struct embedded {
	char *bin, *home, *data, *conninfo;
	uid_t uid; /* 0: ours */
	gid_t gid;
	pid_t pid;
	usec_t again_at, backoff;
};

static char *find_programs(TALLOC_CTX *ctx)
{
	DIR *dir = opendir(INSTALLED);
	struct dirent *entry;
	int best = 0;

	while (dir && (entry = readdir(dir))) {
		int version = atoi(entry->d_name);
		if (version > best)
			best = version;
	}
	if (dir)
		closedir(dir);
	return best >= 15 ? talloc_asprintf(ctx, INSTALLED "/%d/bin", best) : NULL;
}

/* Can that user come to where the folder is? */
static bool reachable(const struct embedded *e, const char *path)
{
	char part[PATH_MAX];
	size_t n = strlen(path);
	struct stat st;

	for (size_t i = 1; i < n && i < sizeof(part); i++) {
		if (path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (stat(part, &st) || !(st.st_mode & S_IXOTH || (st.st_uid == e->uid && st.st_mode & S_IXUSR)))
			return false;
	}
	return true;
}

static bool make_dir(const struct embedded *e, const char *path, char **error)
{
	if ((mkdir(path, 0700) && errno != EEXIST) || (e->uid && chown(path, e->uid, e->gid))) {
		*error = talloc_asprintf(NULL, "%s: %s", path, strerror(errno));
		return false;
	}
	return true;
}

/* The folder of the cluster and of its socket. Where the server's user cannot come (a state folder under /root), it lives under
 * /var/lib/afterword, and a link in the state folder tells. */
static bool choose_home(struct embedded *e, const char *state_dir, char **error)
{
	char *full = realpath(state_dir, NULL), *link;
	bool ok;

	if (!full) {
		*error = talloc_asprintf(e, "%s: %s", state_dir, strerror(errno));
		return false;
	}
	link = talloc_asprintf(e, "%s/pg", full);
	/* the socket's path may have 107 bytes */
	if ((!e->uid || reachable(e, link)) && strlen(link) < 80) {
		e->home = link;
	} else {
		mkdir("/var/lib/afterword", 0755);
		e->home = talloc_asprintf(e, "/var/lib/afterword/%08lx", crc32(0, (const Bytef *)full, (uInt)strlen(full)));
		if (symlink(e->home, link) && errno != EEXIST)
			*error = NULL; /* the link is for people; the server does without */
	}
	free(full);
	ok = make_dir(e, e->home, error);
	e->data = talloc_asprintf(e, "%s/data", e->home);
	return ok;
}

/* Starts a program as the server's user, in a session of its own: Ctrl-C is for us alone. */
static pid_t spawn(struct embedded *e, char *const argv[], const char *log)
{
	pid_t pid = fork();
	int fd;
	sigset_t none;

	if (pid)
		return pid;
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd >= 0 && e->uid && fchown(fd, e->uid, e->gid))
		_exit(126);
	if (e->uid && (setgroups(1, &e->gid) || setgid(e->gid) || setuid(e->uid)))
		_exit(126);
	if (fd < 0 || chdir(e->home) || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	execv(argv[0], argv);
	_exit(127);
}

static bool run_initdb(struct embedded *e, char **error)
{
	char *log = talloc_asprintf(e, "%s/initdb.log", e->home);
	char *argv[] = {talloc_asprintf(e, "%s/initdb", e->bin), "-D", e->data, "-U", "afterword", "-A", "trust", "-E", "UTF8",
			"--locale=C.UTF-8", "--data-checksums", "--no-instructions", NULL};
	int status = 0;
	pid_t pid = spawn(e, argv, log);

	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	*error = talloc_asprintf(e, "initdb failed; see %s", log);
	return false;
}

static void start_server(struct embedded *e)
{
	char *argv[] = {talloc_asprintf(e, "%s/postgres", e->bin),
			"-D", e->data,
			"-c", "listen_addresses=",
			"-c", talloc_asprintf(e, "unix_socket_directories=%s", e->home),
			"-c", "shared_buffers=256MB",
			"-c", "max_wal_size=2GB",
			"-c", "wal_compression=on",
			"-c", "deadlock_timeout=100ms",
			NULL};

	e->pid = spawn(e, argv, talloc_asprintf(e, "%s/log", e->home));
}

static bool wait_until_ready(struct embedded *e, char **error)
{
	int status;

	for (int i = 0; i < 1200; i++) { /* a minute: recovery after a crash may take a while */
		if (PQping(e->conninfo) == PQPING_OK)
			return true;
		if (e->pid > 0 && waitpid(e->pid, &status, WNOHANG) == e->pid)
			break;
		usleep(50000);
	}
	*error = talloc_asprintf(e, "it did not come up; see %s/log", e->home);
	return false;
}

struct embedded *embedded_start(TALLOC_CTX *ctx, const char *state_dir, char **conninfo, char **error)
{
	struct embedded *e = talloc_zero(ctx, struct embedded);
	struct passwd *user = geteuid() ? NULL : getpwnam("postgres");
	struct stat st;

	*error = "out of memory";
	if (!geteuid() && !user)
		user = getpwnam("nobody");
	e->uid = user ? user->pw_uid : 0;
	e->gid = user ? user->pw_gid : 0;
	e->bin = find_programs(e);
	if (!e->bin) {
		*error = talloc_strdup(ctx, "PostgreSQL 15 or newer is not installed (apt install postgresql)");
		return NULL;
	}
	if (!choose_home(e, state_dir, error))
		return NULL;
	if (stat(talloc_asprintf(e, "%s/PG_VERSION", e->data), &st) && !run_initdb(e, error))
		return NULL;
	e->conninfo = talloc_asprintf(e, "host=%s user=afterword dbname=postgres", e->home);
	*conninfo = e->conninfo;
	/* one that an earlier supervisor left behind is taken over as it is */
	if (PQping(e->conninfo) != PQPING_OK) {
		start_server(e);
		if (!wait_until_ready(e, error)) {
			embedded_stop(e);
			return NULL;
		}
	}
	return e;
}

bool embedded_ended(struct embedded *e, pid_t pid)
{
	if (!e || pid != e->pid)
		return false;
	e->pid = 0;
	e->backoff = e->backoff ? e->backoff * 2 : 200 * 1000;
	if (e->backoff > 10 * USEC_SECOND)
		e->backoff = 10 * USEC_SECOND;
	e->again_at = db_clock() + e->backoff;
	return true;
}

void embedded_keep(struct embedded *e)
{
	if (!e || e->pid || db_clock() < e->again_at)
		return;
	if (PQping(e->conninfo) == PQPING_OK) { /* the one we took over */
		e->again_at = db_clock() + USEC_SECOND;
		e->backoff = 0;
		return;
	}
	start_server(e);
}

static pid_t pid_from_file(const struct embedded *e)
{
	char *path = talloc_asprintf(NULL, "%s/postmaster.pid", e->data);
	FILE *f = fopen(path, "r");
	int pid = 0;

	if (f && fscanf(f, "%d", &pid) != 1)
		pid = 0;
	if (f)
		fclose(f);
	talloc_free(path);
	return pid;
}

void embedded_stop(struct embedded *e)
{
	pid_t pid;
	int status;

	if (!e || !e->data)
		return;
	pid = e->pid > 0 ? e->pid : pid_from_file(e);
	if (pid <= 0 || kill(pid, SIGINT)) /* fast shutdown */
		return;
	for (int i = 0; i < 600; i++) {
		if (e->pid > 0 ? waitpid(pid, &status, WNOHANG) == pid : kill(pid, 0) != 0)
			return;
		usleep(50000);
	}
}
