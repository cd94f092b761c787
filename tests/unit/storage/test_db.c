/* A connection that has nobody to talk to: refused at once, tried again after pauses that grow, differ and are bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "storage/db.h"

#define FIRST_MS 51 /* longest pause before the second attempt, rounded up */
#define MOST_MS 2001

static char dir[64], path[96], conninfo[128];

static int set_up(void **state)
{
	strcpy(dir, "/tmp/afterword-db-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/.s.PGSQL.5432", dir);
	snprintf(conninfo, sizeof(conninfo), "host=%s user=nobody dbname=none", dir);
	*state = talloc_new(NULL);
	return 0;
}

static int tear_down(void **state)
{
	talloc_free(*state);
	unlink(path);
	return rmdir(dir);
}

static void never(void *arg, struct db *db, bool ready)
{
	(void)arg;
	(void)db;
	(void)ready;
	fail_msg("told of a connection that never was");
}

static void on_watch(void *arg, int fd)
{
	(void)fd;
	++*(unsigned *)arg;
}

static void test_refused_at_once(void **state)
{
	struct db *db = db_new(*state, conninfo, never, NULL);
	unsigned watched = 0;

	db_on_socket(db, on_watch, &watched);
	assert_false(db_ready(db));
	assert_int_equal(db_fd(db), -1);
	assert_in_range(db_retry_in(db, db_clock()), 1, FIRST_MS);
	assert_non_null(strstr(db_error(db), "No such file"));
	assert_int_equal(watched, 0);
}

static void on_end(void *arg, const struct db_end *end)
{
	*(enum db_status *)arg = end->status;
}

static void test_units_are_lost_at_once(void **state)
{
	struct db *db = db_new(*state, conninfo, never, NULL);
	enum db_status status = DB_OK;

	db_command(db, "SELECT 1");
	db_unit(db, on_end, &status);
	assert_int_equal(status, DB_LOST);
}

/* Lets the pause pass, and the next attempt be refused. Returns the pause after that, in milliseconds. */
static int next_pause(struct db *db)
{
	usleep((useconds_t)db_retry_in(db, db_clock()) * 1000);
	db_step(db, 0);
	return db_retry_in(db, db_clock());
}

static void test_pauses_grow(void **state)
{
	struct db *db = db_new(*state, conninfo, never, NULL);

	for (int most = 2 * FIRST_MS; most < 1000; most *= 2)
		assert_in_range(next_pause(db), most / 4 - 2, most);
}

static void test_pauses_are_bounded(void **state)
{
	struct db *db = db_new(*state, conninfo, never, NULL);
	int pause = 0;

	for (int i = 0; i < 7; i++)
		pause = next_pause(db);
	assert_in_range(pause, MOST_MS / 2 - 2, MOST_MS);
	assert_in_range(next_pause(db), MOST_MS / 2 - 2, MOST_MS);
}

static void test_pauses_differ(void **state)
{
	unsigned seen[FIRST_MS + 1] = {0}, different = 0;

	for (int i = 0; i < 100; i++) {
		struct db *db = db_new(*state, conninfo, never, NULL);
		int pause = db_retry_in(db, db_clock());
		assert_in_range(pause, 1, FIRST_MS);
		different += !seen[pause]++;
	}
	assert_true(different > 5);
}

static void test_a_dead_socket(void **state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct db *db;

	strcpy(name.sun_path, path);
	assert_return_code(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0); /* and nobody listens */
	db = db_new(*state, conninfo, never, NULL);
	assert_in_range(db_retry_in(db, db_clock()), 1, FIRST_MS);
	assert_non_null(strstr(db_error(db), "refused"));
	close(fd);
}

/* Somebody listens after all: the pause over, the attempt is on its way and has a socket to watch. */
static void test_comes_back(void **state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct db *db = db_new(*state, conninfo, never, NULL);
	unsigned watched = 0;

	db_on_socket(db, on_watch, &watched);
	strcpy(name.sun_path, path);
	assert_return_code(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_return_code(listen(fd, 1), 0);
	next_pause(db);
	assert_true(db_fd(db) >= 0);
	assert_int_equal(watched, 1);
	close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_refused_at_once),    TEST(test_units_are_lost_at_once), TEST(test_pauses_grow),
		TEST(test_pauses_are_bounded), TEST(test_pauses_differ),          TEST(test_a_dead_socket),
		TEST(test_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
