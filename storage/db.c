#include "storage/db.h"

#include <endian.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RETRY_FIRST (50 * 1000)      /* µs */
#define RETRY_MOST (2 * USEC_SECOND) /* µs */
#define CONNECT_TIMEOUT (5 * USEC_SECOND)
/* A plan made while a table was empty may use an index that is wrong for a full one, and nobody else would notice
 * before the next ANALYZE. */
#define PLANS_KEPT (5 * USEC_SECOND)

enum state { WAITING, CONNECTING, READY };

/* What the server still owes us, in order. */
enum owed_kind { OWED_PREPARE, OWED_ROWS, OWED_COMMAND, OWED_SYNC };

struct owed {
	struct owed *next;
	enum owed_kind kind;
	enum query query;
	db_rows_fn *rows;
	db_end_fn *end;
	void *arg;
};

struct db {
	PGconn *conn;
	enum state state;
	char *conninfo;
	void (*on_state)(void *, struct db *, bool);
	void *state_arg;
	void (*watch)(void *, int);
	void *watch_arg;
	int watched; /* -1: none */
	char error[256];
	PostgresPollingStatusType polling;
	usec_t attempt_at, deadline;
	int64_t backoff;
	bool writable_wanted, unit_open;
	usec_t plans_until;
	bool prepared[QUERIES];
	struct owed *first, *last, *spare;
	unsigned units;
	struct db_end failure; /* of the unit whose results are being read */
	char failure_text[256], failure_constraint[64];
};

usec_t db_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (usec_t)t.tv_sec * USEC_SECOND + t.tv_nsec / 1000;
}

/* rows ------------------------------------------------------------------------------------------ */
bool db_is_null(const struct db_rows *r, int row, int col)
{
	return PQgetisnull(r->result, row, col);
}

const char *db_text(const struct db_rows *r, int row, int col)
{
	return db_is_null(r, row, col) ? NULL : PQgetvalue(r->result, row, col);
}

size_t db_length(const struct db_rows *r, int row, int col)
{
	return (size_t)PQgetlength(r->result, row, col);
}

struct uuid db_uuid(const struct db_rows *r, int row, int col)
{
	struct uuid u = {{0}};

	if (db_length(r, row, col) == 16)
		memcpy(u.b, PQgetvalue(r->result, row, col), 16);
	return u;
}

int64_t db_int(const struct db_rows *r, int row, int col)
{
	const char *v = PQgetvalue(r->result, row, col);
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (PQgetlength(r->result, row, col)) {
	case 2:
		memcpy(&two, v, 2);
		return (int16_t)be16toh(two);
	case 4:
		memcpy(&four, v, 4);
		return (int32_t)be32toh(four);
	case 8:
		memcpy(&eight, v, 8);
		return (int64_t)be64toh(eight);
	default:
		return 0;
	}
}

bool db_bool(const struct db_rows *r, int row, int col)
{
	return db_length(r, row, col) == 1 && PQgetvalue(r->result, row, col)[0];
}

usec_t db_time(const struct db_rows *r, int row, int col)
{
	return db_is_null(r, row, col) ? 0 : db_int(r, row, col) + PG_EPOCH;
}

double db_double(const struct db_rows *r, int row, int col)
{
	uint64_t u = (uint64_t)db_int(r, row, col);
	double d;

	memcpy(&d, &u, 8);
	return d;
}

/* connection ------------------------------------------------------------------------------------- */
static void set_error(struct db *db, const char *why)
{
	size_t n = strcspn(why, "\n");

	if (n >= sizeof(db->error))
		n = sizeof(db->error) - 1;
	memcpy(db->error, why, n);
	db->error[n] = 0;
}

static struct owed *owe(struct db *db, enum owed_kind kind)
{
	struct owed *o = db->spare;

	if (o)
		db->spare = o->next;
	else
		o = talloc(db, struct owed);
	if (!o)
		abort();
	memset(o, 0, sizeof(*o));
	o->kind = kind;
	if (db->last)
		db->last->next = o;
	else
		db->first = o;
	db->last = o;
	return o;
}

static struct owed take(struct db *db)
{
	struct owed *o = db->first;
	struct owed copy = *o;

	db->first = o->next;
	if (!db->first)
		db->last = NULL;
	o->next = db->spare;
	db->spare = o;
	return copy;
}

static void watch(struct db *db, int fd)
{
	if (fd == db->watched)
		return;
	db->watched = fd;
	if (db->watch)
		db->watch(db->watch_arg, fd);
}

void db_on_socket(struct db *db, void (*fn)(void *, int), void *arg)
{
	db->watch = fn;
	db->watch_arg = arg;
	if (fn && db->watched >= 0)
		fn(arg, db->watched);
}

/* Half of the pause is chance, so that a hundred connections do not come back in the same instant. */
static int64_t pause_of(struct db *db)
{
	int64_t half = db->backoff / 2;

	db->backoff = db->backoff * 2 > RETRY_MOST ? RETRY_MOST : db->backoff * 2;
	return half + arc4random_uniform((uint32_t)half);
}

/* Every unit that was under way is told, in order; then we wait before the next attempt. */
static void lose(struct db *db, const char *why)
{
	bool was_ready = db->state == READY;
	struct owed *owed = db->first;
	struct db_end end = {.status = DB_LOST, .message = db->error, .constraint = ""};

	set_error(db, why);
	watch(db, -1);
	if (db->conn)
		PQfinish(db->conn);
	db->conn = NULL;
	db->state = WAITING;
	db->attempt_at = db_clock() + pause_of(db);
	db->first = db->last = NULL;
	db->units = 0;
	for (struct owed *o = owed, *next; o; o = next) {
		next = o->next;
		if (o->kind == OWED_SYNC && o->end)
			o->end(o->arg, &end);
		o->next = db->spare;
		db->spare = o;
	}
	/* after the units under way: what waits behind them comes behind them in the spool too */
	if (was_ready && db->on_state)
		db->on_state(db->state_arg, db, false);
}

/* A Unix socket refuses at once, and then there is no socket that would ever tell. */
static bool refused(struct db *db)
{
	if (db->conn && PQstatus(db->conn) != CONNECTION_BAD)
		return false;
	lose(db, db->conn ? PQerrorMessage(db->conn) : "out of memory");
	return true;
}

static void start_attempt(struct db *db)
{
	memset(db->prepared, 0, sizeof(db->prepared));
	db->unit_open = false;
	db->plans_until = db_clock() + PLANS_KEPT;
	db->conn = PQconnectStart(db->conninfo);
	if (refused(db))
		return;
	db->deadline = db_clock() + CONNECT_TIMEOUT;
	db->polling = PGRES_POLLING_WRITING;
	db->state = CONNECTING;
	watch(db, db_fd(db));
}

static int close_connection(struct db *db)
{
	if (db->conn)
		PQfinish(db->conn);
	return 0;
}

static void swallow_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

struct db *db_new(TALLOC_CTX *ctx, const char *conninfo, void (*on_state)(void *, struct db *, bool), void *arg)
{
	struct db *db = talloc_zero(ctx, struct db);

	if (!db)
		abort();
	talloc_set_destructor(db, close_connection);
	db->conninfo = talloc_strdup(db, conninfo);
	db->on_state = on_state;
	db->state_arg = arg;
	db->backoff = RETRY_FIRST;
	db->watched = -1;
	start_attempt(db);
	return db;
}

bool db_ready(const struct db *db)
{
	return db->state == READY;
}

const char *db_error(const struct db *db)
{
	return db->error;
}

int db_fd(const struct db *db)
{
	return db->conn ? PQsocket(db->conn) : -1;
}

int db_wants(const struct db *db)
{
	if (db->state == CONNECTING)
		return db->polling == PGRES_POLLING_WRITING ? DB_WRITABLE : DB_READABLE;
	return DB_READABLE | (db->writable_wanted ? DB_WRITABLE : 0);
}

int db_retry_in(const struct db *db, usec_t now)
{
	usec_t at = db->state == WAITING ? db->attempt_at : db->state == READY ? 0 : db->deadline;

	if (!at)
		return -1;
	return at <= now ? 0 : (int)((at - now) / 1000 + 1);
}

unsigned db_pending(const struct db *db)
{
	return db->units;
}

/* Session settings, in the pipeline ahead of all else; the plan of a batch never depends on its values. */
static void set_up(struct db *db)
{
	PQsetNoticeProcessor(db->conn, swallow_notice, NULL);
	if (PQsetnonblocking(db->conn, 1) || !PQenterPipelineMode(db->conn)) {
		lose(db, PQerrorMessage(db->conn));
		return;
	}
	db->state = READY;
	db->backoff = RETRY_FIRST;
	db_command(db, "SET plan_cache_mode = force_generic_plan");
	db_command(db, "SET jit = off");
	/* nor on when statistics were last taken: every statement has an index for each of its keys */
	db_command(db, "SET enable_seqscan = off");
	db_command(db, "SET enable_hashjoin = off");
	db_command(db, "SET enable_mergejoin = off");
	db_unit(db, NULL, NULL);
	if (db->state == READY && db->on_state)
		db->on_state(db->state_arg, db, true);
}

static void step_connecting(struct db *db)
{
	if (refused(db))
		return;
	db->polling = PQconnectPoll(db->conn);
	if (db_fd(db) != db->watched) { /* the next address of the list */
		watch(db, -1);
		watch(db, db_fd(db));
	}
	if (db->polling == PGRES_POLLING_OK)
		set_up(db);
	else if (db->polling == PGRES_POLLING_FAILED)
		lose(db, PQerrorMessage(db->conn));
}

/* results ----------------------------------------------------------------------------------------- */
static void note_failure(struct db *db, PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
	const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	if (db->failure.status != DB_OK)
		return; /* the first one is the cause */
	snprintf(db->failure.sqlstate, sizeof(db->failure.sqlstate), "%s", state ? state : "");
	snprintf(db->failure_text, sizeof(db->failure_text), "%s", text ? text : "");
	snprintf(db->failure_constraint, sizeof(db->failure_constraint), "%s", constraint ? constraint : "");
	db->failure.status = !strncmp(db->failure.sqlstate, "40", 2) ? DB_RETRY : DB_ERROR;
	/* the server is going away or read-only: the connection is of no use, and nothing was done */
	if (!strncmp(db->failure.sqlstate, "57", 2) || !strcmp(db->failure.sqlstate, "25006"))
		db->failure.status = DB_LOST;
}

static void end_unit(struct db *db, const struct owed *o)
{
	struct db_end end = db->failure;

	end.message = db->failure_text;
	end.constraint = db->failure_constraint;
	memset(&db->failure, 0, sizeof(db->failure));
	db->units--;
	if (o->end)
		o->end(o->arg, &end);
	if (end.status == DB_OK)
		db->failure_text[0] = db->failure_constraint[0] = 0;
}

static void take_result(struct db *db, PGresult *res)
{
	ExecStatusType status = PQresultStatus(res);
	struct owed o;

	if (!db->first)
		return;
	if (status == PGRES_PIPELINE_SYNC) {
		o = take(db);
		end_unit(db, &o);
		return;
	}
	o = *db->first;
	if (o.kind == OWED_SYNC) /* an error message outside any statement: the connection is closing */
		return;
	take(db);
	if (status == PGRES_FATAL_ERROR) {
		note_failure(db, res);
		if (o.kind == OWED_PREPARE)
			db->prepared[o.query] = false;
	} else if (status == PGRES_PIPELINE_ABORTED) {
		if (o.kind == OWED_PREPARE)
			db->prepared[o.query] = false;
	} else if (o.kind == OWED_ROWS && o.rows && db->failure.status == DB_OK) {
		struct db_rows rows = {res, PQntuples(res), PQnfields(res)};
		if (status == PGRES_COMMAND_OK)
			rows.n = atoi(PQcmdTuples(res));
		o.rows(o.arg, &rows);
	}
}

/* Results are read as long as the parser has whole ones; NULL between two statements is not the end. */
static void read_results(struct db *db)
{
	int nulls = 0;

	while (db->state == READY && db->first && nulls < 2 && !PQisBusy(db->conn)) {
		PGresult *res = PQgetResult(db->conn);
		if (!res) {
			nulls++;
			continue;
		}
		nulls = 0;
		take_result(db, res);
		PQclear(res);
	}
}

static void flush(struct db *db)
{
	int r = PQflush(db->conn);

	if (r < 0)
		lose(db, PQerrorMessage(db->conn));
	else
		db->writable_wanted = r > 0;
}

void db_step(struct db *db, int events)
{
	if (db->state == WAITING) {
		if (db_clock() >= db->attempt_at)
			start_attempt(db);
		return;
	}
	if (db->state == CONNECTING) {
		if (events)
			step_connecting(db);
		else if (db_clock() > db->deadline)
			lose(db, "no answer in 5 s");
		return;
	}
	if (events & DB_READABLE) {
		if (!PQconsumeInput(db->conn)) {
			/* what had arrived whole before the break still counts */
			read_results(db);
			if (db->state == READY)
				lose(db, PQerrorMessage(db->conn));
			return;
		}
		read_results(db);
	}
	if (db->state == READY && PQstatus(db->conn) == CONNECTION_BAD)
		lose(db, PQerrorMessage(db->conn));
	else if (db->state == READY)
		flush(db);
}

/* units ------------------------------------------------------------------------------------------- */
static void open_unit(struct db *db)
{
	usec_t now;

	if (db->unit_open)
		return;
	db->unit_open = true;
	now = db_clock();
	if (now < db->plans_until)
		return;
	db->plans_until = now + PLANS_KEPT;
	db_command(db, "DISCARD PLANS");
}

void db_query(struct db *db, enum query q, struct params *p, db_rows_fn *rows, void *arg)
{
	const char *const *values = NULL;
	const int *lengths = NULL, *formats = NULL;
	struct owed *o;
	int n;

	if (db->state != READY) {
		talloc_free(p);
		return;
	}
	open_unit(db);
	if (!db->prepared[q]) {
		PQsendPrepare(db->conn, query_texts[q].name, query_texts[q].sql, 0, NULL);
		o = owe(db, OWED_PREPARE);
		o->query = q;
		db->prepared[q] = true;
	}
	n = p ? params_finish(p, &values, &lengths, &formats) : 0;
	PQsendQueryPrepared(db->conn, query_texts[q].name, n, values, lengths, formats, 1);
	o = owe(db, OWED_ROWS);
	o->rows = rows;
	o->arg = arg;
	talloc_free(p);
}

void db_command(struct db *db, const char *sql)
{
	if (db->state != READY)
		return;
	open_unit(db);
	PQsendQueryParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 1);
	owe(db, OWED_COMMAND);
}

void db_unit(struct db *db, db_end_fn *end, void *arg)
{
	struct owed *o;

	if (db->state != READY) {
		struct db_end lost = {.status = DB_LOST, .message = db->error, .constraint = ""};
		if (end)
			end(arg, &lost);
		return;
	}
	PQpipelineSync(db->conn);
	db->unit_open = false;
	o = owe(db, OWED_SYNC);
	o->end = end;
	o->arg = arg;
	db->units++;
	flush(db);
}

bool db_wait(struct db *db, int milliseconds)
{
	usec_t until = db_clock() + (usec_t)milliseconds * 1000;

	while (!db_ready(db) || db_pending(db)) {
		usec_t now = db_clock();
		struct pollfd p = {db_fd(db), 0, 0};
		int wants = db_wants(db);
		int left = (int)((until - now) / 1000);

		if (left <= 0)
			return false;
		p.events = (short)((wants & DB_READABLE ? POLLIN : 0) | (wants & DB_WRITABLE ? POLLOUT : 0));
		int retry = db_retry_in(db, now);
		if (retry >= 0 && retry < left)
			left = retry + 1;
		int r = poll(&p, p.fd >= 0 ? 1 : 0, left);
		db_step(db, r <= 0 ? 0
				   : (p.revents & (POLLIN | POLLHUP | POLLERR) ? DB_READABLE : 0) |
					     (p.revents & POLLOUT ? DB_WRITABLE : 0));
	}
	return true;
}
