/* What is stored as a number is called the same by the API's SQL functions and by the router. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libpq-fe.h>

#include "router/decide.h"
#include "storage/migrate.h"

static PGconn *plain;

static int set_up(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	const char *url = getenv("AFTERWORD_TEST_DATABASE_URL");
	char *error = NULL;
	int applied;

	(void)state;
	if (!url)
		return -1;
	if (!migrate(ctx, url, &applied, &error))
		fail_msg("%s", error);
	plain = PQconnectdb(url);
	talloc_free(ctx);
	return PQstatus(plain) == CONNECTION_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	PQfinish(plain);
	return 0;
}

static void same(const char *function, int number, const char *name)
{
	char sql[128];
	PGresult *r;

	snprintf(sql, sizeof(sql), "SELECT %s(%d::smallint)", function, number);
	r = PQexec(plain, sql);
	assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
	assert_string_equal(PQgetvalue(r, 0, 0), name);
	PQclear(r);
}

static void test_names(void **state)
{
	static const int states[] = {MSG_RECEIVED,  MSG_QUEUED,      MSG_SENDING, MSG_SENT,    MSG_UNKNOWN,
				     MSG_DELIVERED, MSG_UNDELIVERED, MSG_FAILED,  MSG_EXPIRED, MSG_SUPPRESSED};

	(void)state;
	for (int i = 0; i < ORDER_STATES; i++)
		same("order_state_name", i, order_state_name((enum order_state)i));
	for (int i = DECIDE_DROP; i < DECISIONS; i++)
		same("decision_name", i, decision_name((enum decision_kind)i));
	for (int i = CLASS_COMPLIANCE; i <= CLASS_PROMOTIONAL; i++)
		same("message_class_name", i, message_class_name((enum message_class)i));
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		same("message_state_name", states[i], message_state_name(states[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_names)};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
