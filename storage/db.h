/* One connection to PostgreSQL: non-blocking, in pipeline mode, statements prepared at first use, reconnecting.
 * Knows no event loop: the owner polls db_fd() for db_wants() and calls db_step().
 *
 * Work comes in units. A unit is some statements and a Sync; its end is told once, in order. Statements outside
 * BEGIN…COMMIT form one implicit transaction a unit. */
#ifndef AFTERWORD_STORAGE_DB_H
#define AFTERWORD_STORAGE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

#include "queries.h"
#include "router/types.h"
#include "storage/params.h"

struct db;

/* The rows of one statement; valid only during the callback. Columns are binary. */
struct db_rows {
	void *result; /* PGresult */
	int n;        /* rows, or rows affected where none are returned */
	int columns;
};
bool db_is_null(const struct db_rows *r, int row, int col);
const char *db_text(const struct db_rows *r, int row, int col); /* NULL for null; text, varchar, json (not jsonb) */
size_t db_length(const struct db_rows *r, int row, int col);
struct uuid db_uuid(const struct db_rows *r, int row, int col); /* all zero for null */
int64_t db_int(const struct db_rows *r, int row, int col);      /* int2, int4, int8; 0 for null */
bool db_bool(const struct db_rows *r, int row, int col);
usec_t db_time(const struct db_rows *r, int row, int col); /* timestamptz; 0 for null */
double db_double(const struct db_rows *r, int row, int col);

enum db_status {
	DB_OK = 0,
	DB_RETRY, /* deadlock or serialisation failure: nothing was done, the same again may go through */
	DB_ERROR, /* the statement was refused */
	DB_LOST,  /* the connection broke: whether a COMMIT in this unit went through is not known */
};

struct db_end {
	enum db_status status;
	char sqlstate[6];
	const char *message;    /* valid during the callback; "" where OK */
	const char *constraint; /* violated constraint's name, "" none */
};

typedef void db_rows_fn(void *arg, const struct db_rows *rows);
typedef void db_end_fn(void *arg, const struct db_end *end);

/* Starts connecting, and again after each loss or failure: after 25 to 50 ms at first, then twice as long each time, up
 * to 1 to 2 s. conninfo: libpq's keyword string or URI. on_state is told when the connection becomes ready or lost. */
struct db *db_new(TALLOC_CTX *ctx, const char *conninfo, void (*on_state)(void *arg, struct db *db, bool ready),
		  void *arg);
bool db_ready(const struct db *db);
const char *db_error(const struct db *db); /* why the last attempt failed */
int db_fd(const struct db *db);            /* -1 between attempts */
/* watch(arg, fd) is called when a socket comes to be, watch(arg, -1) before it is closed: libpq may try several in a
 * row, and a closed number comes back as another socket at once. */
void db_on_socket(struct db *db, void (*watch)(void *arg, int fd), void *arg);
#define DB_READABLE 1
#define DB_WRITABLE 2
int db_wants(const struct db *db);
void db_step(struct db *db, int events);
/* Milliseconds until the next attempt to connect, -1 while connected or connecting; call db_step(db, 0) then. */
int db_retry_in(const struct db *db, usec_t now);
usec_t db_clock(void);
unsigned db_pending(const struct db *db); /* units not ended */

/* Adds a statement to the open unit. rows may be NULL. p is stolen by the call. */
void db_query(struct db *db, enum query q, struct params *p, db_rows_fn *rows, void *arg);
/* Text that is not prepared: BEGIN, COMMIT, ROLLBACK. */
void db_command(struct db *db, const char *sql);
/* Ends the open unit and sends it. If the connection is or gets lost, end is called with DB_LOST (from db_step or at
 * once). */
void db_unit(struct db *db, db_end_fn *end, void *arg);

/* For programs without a loop (migrate, token, tests): waits until every unit has ended, or the time is over. */
bool db_wait(struct db *db, int milliseconds);

#endif
