#include "storage/migrate.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

/* Any number that no other program uses on this database: "afterwrd" in ASCII. */
#define ADVISORY_LOCK "7018986666877744740"

static bool run(TALLOC_CTX *ctx, PGconn *conn, const char *sql, char **error)
{
	PGresult *res = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(res);

	PQclear(res);
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return true;
	*error = talloc_strdup(ctx, PQerrorMessage(conn));
	return false;
}

static bool known(PGconn *conn, const char *name)
{
	const char *values[] = {name};
	PGresult *res =
		PQexecParams(conn, "SELECT 1 FROM schema_migrations WHERE name = $1", 1, NULL, values, NULL, NULL, 0);
	bool found = PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) == 1;

	PQclear(res);
	return found;
}

static bool apply(TALLOC_CTX *ctx, PGconn *conn, const struct migration_text *m, char **error)
{
	char *note = talloc_asprintf(ctx, "INSERT INTO schema_migrations (name) VALUES ('%s')", m->name);

	if (run(ctx, conn, "BEGIN", error) && run(ctx, conn, m->sql, error) && run(ctx, conn, note, error) &&
	    run(ctx, conn, "COMMIT", error))
		return true;
	*error = talloc_asprintf(ctx, "%s: %s", m->name, *error);
	return false;
}

bool migrate(TALLOC_CTX *ctx, const char *conninfo, int *applied, char **error)
{
	PGconn *conn = PQconnectdb(conninfo);
	bool ok = PQstatus(conn) == CONNECTION_OK;

	*applied = 0;
	if (!ok)
		*error = talloc_strdup(ctx, PQerrorMessage(conn));
	ok = ok && run(ctx, conn, "SET client_min_messages = warning", error) &&
	     run(ctx, conn, "SELECT pg_advisory_lock(" ADVISORY_LOCK ")", error) &&
	     run(ctx, conn,
		 "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT "
		 "now())",
		 error);
	for (const struct migration_text *m = migration_texts; ok && m->name; m++) {
		if (known(conn, m->name))
			continue;
		ok = apply(ctx, conn, m, error);
		*applied += ok;
	}
	PQfinish(conn); /* also gives the lock back */
	return ok;
}
