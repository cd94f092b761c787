/* PostgreSQL comes back: how long it takes until the connection does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libpq-fe.h>
#include <unistd.h>

#include "storage/db.h"

#define AWAY_MS 700
#define PAUSE_MOST_MS 2000

static char dir[64], here[96], there[256], conninfo[256];

static char *value_of(PQconninfoOption *options, const char *key)
{
	for (PQconninfoOption *o = options; o->keyword; o++)
		if (!strcmp(o->keyword, key))
			return o->val;
	return NULL;
}

/* A folder of our own in which the server's socket appears when we say so. */
static int set_up(void **state)
{
	const char *url = getenv("AFTERWORD_TEST_DATABASE_URL");
	PQconninfoOption *options = url ? PQconninfoParse(url, NULL) : NULL;

	(void)state;
	strcpy(dir, "/tmp/afterword-back-XXXXXX");
	if (!options || !mkdtemp(dir))
		return -1;
	snprintf(here, sizeof(here), "%s/.s.PGSQL.5432", dir);
	snprintf(there, sizeof(there), "%s/.s.PGSQL.5432", value_of(options, "host"));
	snprintf(conninfo, sizeof(conninfo), "host=%s user=%s dbname=%s", dir, value_of(options, "user"),
		 value_of(options, "dbname"));
	PQconninfoFree(options);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(here);
	return rmdir(dir);
}

static void test_back_within_the_pause(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct db *db = db_new(ctx, conninfo, NULL, NULL);
	usec_t since;

	(void)state;
	assert_false(db_wait(db, AWAY_MS));
	assert_return_code(symlink(there, here), 0);
	since = db_clock();
	assert_true(db_wait(db, 10000));
	assert_in_range((db_clock() - since) / 1000, 0, PAUSE_MOST_MS + 500);
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_back_within_the_pause)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
