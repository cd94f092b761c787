/* What follows from the consent ledger, against a second reading of its rules; and what 0006 makes of a database from
 * before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libpq-fe.h>
#include <talloc.h>

#include "storage/migrate.h"

#define BRAND "01890000-0000-7000-8000-00000000000b"
#define PEOPLE 6
#define LINES 1500

static PGconn *plain;

static char *ask_of(PGconn *conn, const char *sql)
{
	static char out[8192];
	PGresult *r = PQexec(conn, sql);

	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%.300s: %s", sql, PQerrorMessage(conn));
	snprintf(out, sizeof(out), "%s", PQntuples(r) ? PQgetvalue(r, 0, 0) : "");
	PQclear(r);
	return out;
}

static char *ask(const char *sql)
{
	return ask_of(plain, sql);
}

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
	ask("INSERT INTO brands (id, entity, name, support_contact) VALUES ('" BRAND
	    "', 'e', 'Test', 'help@test.example')");
	for (int i = 0; i < PEOPLE; i++) {
		char sql[256];
		snprintf(sql, sizeof(sql),
			 "INSERT INTO customers (brand_id, id, phone) VALUES ('" BRAND
			 "', '00000000-0000-7000-8000-%012d', '+1415555%04d')",
			 i, i);
		ask(sql);
	}
	talloc_free(ctx);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	PQfinish(plain);
	return 0;
}

/* the rules, read a second time ----------------------------------------------------------------------------------- */
enum { TRANSACTIONAL, RELATIONSHIP, PROMOTIONAL, PURPOSES };
static const char *const purpose_names[] = {"transactional", "relationship", "promotional"};

struct standing {
	const char *state; /* NULL: nothing was said */
	long since, granted, event;
	struct {
		const char *state;
		long since, event;
	} was;
};

struct line {
	long seq, at, undoes;
	char action[20], purpose[20], source[12];
	int person;
	int reply;
};

static const struct {
	const char *action, *verb;
} verbs[] = {
	{"revoke_all", "revoke"},   {"revoke_entity", "revoke"}, {"revoke_marketing", "revoke"},
	{"hold_marketing", "hold"}, {"release_hold", "release"}, {"grant_service", "grant"},
	{"grant_all", "grant"},
};

static const char *verb_of(const struct line *l)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(l->action, verbs[i].action))
			return verbs[i].verb;
	return l->action;
}

static int among(const char *word, const char *list)
{
	size_t n = word ? strlen(word) : 0;

	for (const char *at = list; n && (at = strstr(at, word)); at += n)
		if (at > list && at[-1] == ' ' && at[n] == ' ')
			return 1;
	return 0;
}

static int covers(const struct line *l, int purpose)
{
	if (!strcmp(l->purpose, "all"))
		return 1;
	if (!strcmp(l->purpose, "marketing"))
		return purpose != TRANSACTIONAL;
	if (!strcmp(l->purpose, "transactional") && among(verb_of(l), " revoke refuse "))
		return 1;
	return !strcmp(l->purpose, purpose_names[purpose]);
}

static int is(const struct standing *s, const char *state)
{
	return s->state && !strcmp(s->state, state);
}

static int is_out(const struct standing *s)
{
	return is(s, "revoked") || is(s, "refused");
}

static void set_state(struct standing *s, const char *state, long since, long event)
{
	s->was.state = s->state;
	s->was.since = s->since;
	s->was.event = s->event;
	s->state = state;
	s->since = since;
	s->event = event;
}

static void give_back(struct standing *s)
{
	s->state = s->was.state;
	s->since = s->was.since;
	s->event = s->was.event;
	memset(&s->was, 0, sizeof(s->was));
	if (!s->state)
		memset(s, 0, sizeof(*s)); /* nothing was ever said */
}

static void take(struct standing *s, const struct line *l, int purpose, int stopped)
{
	const char *verb = verb_of(l);
	int ours = among(l->source, " text page provider rule ");
	int own = ours || (l->reply && among(l->source, " agent email phone "));
	int out = is_out(s);

	if (among(verb, " revoke refuse ")) {
		if (is(s, "revoked") || (out && !strcmp(verb, "refuse")))
			return;
		if (!ours && is(s, "granted") && s->since > l->at)
			return;
		set_state(s, !strcmp(verb, "revoke") ? "revoked" : "refused", out ? s->since : l->at, l->seq);
	} else if (!strcmp(verb, "hold")) {
		if (!out && !is(s, "held") && purpose != TRANSACTIONAL)
			set_state(s, "held", l->at, l->seq);
	} else if (!strcmp(verb, "claim")) {
		if (!s->state && purpose != TRANSACTIONAL)
			set_state(s, "claimed", l->at, l->seq);
	} else if (!strcmp(verb, "ask")) {
		if (purpose != TRANSACTIONAL &&
		    (!s->state || is(s, "claimed") || (is(s, "pending") && l->at >= s->since + 86400)))
			set_state(s, "pending", l->at, l->seq);
	} else if (!strcmp(verb, "grant")) {
		if (stopped && !own)
			return;
		if (!ours && (out || is(s, "granted")) && l->at <= s->since)
			return;
		s->granted = l->at;
		if (is(s, "held") && !own) {
			s->was.state = "granted";
			s->was.since = l->at;
			s->was.event = l->seq;
		} else {
			set_state(s, "granted", l->at, l->seq);
		}
	} else if (!strcmp(verb, "release")) {
		if (is(s, "held"))
			give_back(s);
	} else if (s->event == l->undoes && s->state) {
		give_back(s);
	}
}

/* lines of chance ------------------------------------------------------------------------------------------------- */
static unsigned seed = 1;
static unsigned pick(unsigned n)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % n;
}

static char *line_sql(TALLOC_CTX *ctx, long undoes)
{
	static const char *const said[] = {"grant", "grant",   "grant", "refuse", "revoke",
					   "hold",  "release", "claim", "ask",    "undo"};
	static const char *const purposes[] = {"transactional", "relationship", "promotional", "marketing", "all"};
	static const char *const sources[] = {"text",  "page", "provider", "rule", "agent",  "email",
					      "phone", "form", "checkout", "api",  "import", "carrier"};
	unsigned person = pick(PEOPLE), legacy = pick(3) == 0;
	const char *action = legacy ? verbs[pick(7)].action : said[pick(10)], *marketing = purposes[1 + pick(3)];
	const char *purpose = among(action, " hold release ") ? marketing : purposes[pick(5)];

	return talloc_asprintf(
		ctx,
		"('" BRAND
		"', gen_random_uuid(), '00000000-0000-7000-8000-%012u', '+1415555%04u', to_timestamp(1790000000 + %u), "
		"'%s', %s%s%s, '%s', %s, %s, (SELECT id FROM consent_events WHERE seq = %ld))",
		person, person, pick(400000), action, legacy ? "" : "'", legacy ? "NULL" : purpose, legacy ? "" : "'",
		legacy ? "text" : sources[pick(12)], pick(4) ? "'what was shown'" : "NULL",
		pick(2) ? "'yes please'" : "NULL", undoes);
}

static void write_lines(void)
{
	for (int written = 0; written < LINES;) {
		TALLOC_CTX *ctx = talloc_new(NULL);
		unsigned n = 1 + pick(pick(5) ? 1 : 9);
		long last = atol(ask("SELECT coalesce(max(seq), 0) FROM consent_events"));
		char *sql = talloc_strdup(ctx, "INSERT INTO consent_events (brand_id, id, customer_id, phone, at, "
					       "action, purpose, source, shown, wording, undoes) VALUES ");

		for (unsigned i = 0; i < n; i++)
			sql = talloc_asprintf_append(sql, "%s%s", i ? ", " : "", line_sql(ctx, last - (long)pick(2)));
		ask(talloc_asprintf_append(sql,
					   " ON CONFLICT (brand_id, evidence) WHERE evidence IS NOT NULL DO NOTHING"));
		written += (int)n;
		talloc_free(ctx);
	}
}

static void read_line(const PGresult *r, int row, struct line *l)
{
	l->seq = atol(PQgetvalue(r, row, 0));
	l->person = atoi(PQgetvalue(r, row, 1));
	l->at = atol(PQgetvalue(r, row, 2));
	snprintf(l->action, sizeof(l->action), "%s", PQgetvalue(r, row, 3));
	snprintf(l->purpose, sizeof(l->purpose), "%s", PQgetvalue(r, row, 4));
	snprintf(l->source, sizeof(l->source), "%s", PQgetvalue(r, row, 5));
	l->reply = atoi(PQgetvalue(r, row, 6));
	l->undoes = atol(PQgetvalue(r, row, 7));
}

static void read_ledger(struct standing at[PEOPLE][PURPOSES])
{
	PGresult *r = PQexec(plain, "SELECT e.seq, right(e.customer_id::text, 12)::int, extract(epoch FROM "
				    "e.at)::bigint, e.action, e.purpose, e.source, "
				    "(e.wording IS NOT NULL)::int, coalesce(u.seq, -1) FROM consent_events e LEFT JOIN "
				    "consent_events u ON u.id = e.undoes "
				    "ORDER BY e.seq");

	assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
	assert_true(PQntuples(r) > LINES / 2);
	for (int i = 0; i < PQntuples(r); i++) {
		struct line l;
		int stopped;

		read_line(r, i, &l);
		stopped = is_out(&at[l.person][TRANSACTIONAL]);
		for (int p = 0; p < PURPOSES; p++)
			if (covers(&l, p))
				take(&at[l.person][p], &l, p, stopped);
	}
	PQclear(r);
}

static long least(long a, long b)
{
	return !a || (b && b < a) ? b : a;
}

/* The four columns, as they must be, in the form in which they are read. */
static void columns_of(struct standing s[PURPOSES], char out[128])
{
	long opted_out = is_out(&s[0]) ? s[0].since : 0, marketing_out = 0, hold = 0, granted = 0;

	for (int p = 0; p < PURPOSES; p++) {
		int out_now = is_out(&s[p]);
		if (p && out_now)
			marketing_out = least(marketing_out, s[p].since);
		if (is(&s[p], "held"))
			hold = least(hold, s[p].since);
		if (p == PROMOTIONAL && (out_now || is(&s[p], "granted") ||
					 (is(&s[p], "held") && s[p].was.state && !strcmp(s[p].was.state, "granted"))))
			granted = s[p].granted;
	}
	snprintf(out, 128, "%ld %ld %ld %ld", opted_out, marketing_out, hold, granted);
}

/* Whatever is appended, in whatever portions: consents and the customers' columns are what the ledger says. */
static void the_state_follows_from_the_ledger(void **state)
{
	static struct standing at[PEOPLE][PURPOSES];
	char want[128], sql[512];

	(void)state;
	write_lines();
	read_ledger(at);
	for (int i = 0; i < PEOPLE; i++) {
		for (int p = 0; p < PURPOSES; p++) {
			snprintf(sql, sizeof(sql),
				 "SELECT coalesce((SELECT state || ' ' || extract(epoch FROM since)::bigint FROM "
				 "consents WHERE purpose = '%s' "
				 "AND customer_id = '00000000-0000-7000-8000-%012d'), ' 0')",
				 purpose_names[p], i);
			snprintf(want, sizeof(want), "%s %ld", at[i][p].state ? at[i][p].state : "", at[i][p].since);
			assert_string_equal(ask(sql), want);
		}
		snprintf(sql, sizeof(sql),
			 "SELECT concat_ws(' ', coalesce(extract(epoch FROM opted_out_at)::bigint, 0), "
			 "coalesce(extract(epoch FROM marketing_out_at)::bigint, 0), "
			 "coalesce(extract(epoch FROM hold_at)::bigint, 0), coalesce(extract(epoch FROM "
			 "marketing_granted_at)::bigint, 0)) "
			 "FROM customers WHERE id = '00000000-0000-7000-8000-%012d'",
			 i);
		columns_of(at[i], want);
		assert_string_equal(ask(sql), want);
	}
	/* chance has been everywhere */
	assert_string_equal(ask("SELECT string_agg(DISTINCT action, ' ' ORDER BY action) FROM consent_events"),
			    "ask claim grant grant_all grant_service hold hold_marketing refuse release release_hold "
			    "revoke revoke_all revoke_entity "
			    "revoke_marketing undo");
}

/* CO-1: the hash is of what was said, and can be made again from the line; the same evidence twice is one line. */
static void evidence_is_hashed_and_known_again(void **state)
{
	static const char line[] =
		"INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, purpose, source, shown, "
		"wording) VALUES ('" BRAND "', gen_random_uuid(), '00000000-0000-7000-8000-000000000000', "
					   "'+14155550000', to_timestamp(1795000000), 'refuse', 'marketing', "
		"'import', 'shown', 'said')";

	(void)state;
	ask(line);
	assert_string_equal(ask("SELECT count(*) FROM consent_events e WHERE evidence IS DISTINCT FROM "
				"sha256(convert_to(consent_said(e), 'UTF8')) "
				"AND action <> 'claim' AND kind IS NULL"),
			    "0");
	PGresult *r = PQexec(plain, line);
	assert_string_equal(PQresultErrorField(r, PG_DIAG_CONSTRAINT_NAME), "consent_events_evidence");
	PQclear(r);
}

/* RE-1: only an erasure, of that customer, in that transaction, and only what tells the person. */
static void the_ledger_lets_nobody_but_an_erasure_in(void **state)
{
	static const char *const refused[] = {
		"UPDATE consent_events SET phone = 'x'",
		"BEGIN; SELECT set_config('afterword.erasing', '00000000-0000-7000-8000-000000000001', true); UPDATE "
		"consent_events SET phone = 'x', name = NULL, "
		"ip = NULL, user_agent = NULL, reference = NULL WHERE customer_id = "
		"'00000000-0000-7000-8000-000000000002'",
		"BEGIN; SELECT set_config('afterword.erasing', '00000000-0000-7000-8000-000000000001', true); UPDATE "
		"consent_events SET action = 'grant', name = NULL, "
		"ip = NULL, user_agent = NULL, reference = NULL WHERE customer_id = "
		"'00000000-0000-7000-8000-000000000001'",
		"BEGIN; SELECT set_config('afterword.erasing', '00000000-0000-7000-8000-000000000001', true); DELETE "
		"FROM consent_events WHERE customer_id = "
		"'00000000-0000-7000-8000-000000000001'",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		PGresult *r = PQexec(plain, refused[i]);
		assert_int_equal(PQresultStatus(r), PGRES_FATAL_ERROR);
		assert_non_null(strstr(PQerrorMessage(plain), "append-only"));
		PQclear(r);
		ask("ROLLBACK");
	}
}

/* upgrade ---------------------------------------------------------------------------------------------------------- */
static const char before[] =
	"INSERT INTO brands (id, entity, name, support_contact) VALUES ('" BRAND "', 'e', 'Test', 'help@test.example');"
	"INSERT INTO customers (brand_id, id, phone, name, opted_out_at, marketing_out_at, hold_at, "
	"marketing_granted_at) VALUES "
	"('" BRAND "', '00000000-0000-7000-8000-000000000001', '+14155550001', 'Stopped', '2026-03-01Z', "
		   "'2026-03-01Z', NULL, NULL),"
	"('" BRAND
	"', '00000000-0000-7000-8000-000000000002', '+14155550002', 'Came back', NULL, '2026-03-02Z', NULL, NULL),"
	"('" BRAND
	"', '00000000-0000-7000-8000-000000000003', '+14155550003', 'On hold', NULL, NULL, '2026-03-03Z', NULL),"
	"('" BRAND "', '00000000-0000-7000-8000-000000000004', '+14155550004', 'By hand, no line', '2026-03-04Z', "
		   "'2026-03-04Z', NULL, '2026-01-01Z'),"
	"('" BRAND "', '00000000-0000-7000-8000-000000000005', '+14155550005', 'Nothing said', NULL, NULL, NULL, NULL),"
	"('" BRAND "', '00000000-0000-7000-8000-000000000006', '+14155550006', 'Granted by hand', NULL, NULL, NULL, "
		   "'2026-01-02Z');"
	"INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, source, wording, tier) VALUES "
	"('" BRAND "', '00000000-0000-7000-8000-0000000000f1', '00000000-0000-7000-8000-000000000001', '+14155550001', "
		   "'2026-03-01Z', 'revoke_all', 'text', 'STOP', 'T1'),"
	"('" BRAND "', '00000000-0000-7000-8000-0000000000f2', '00000000-0000-7000-8000-000000000002', '+14155550002', "
		   "'2026-03-02Z', 'revoke_all', 'text', 'stop', 'T1'),"
	/* of two lines the later one has the smaller id: the order in which they came counts */
	"('" BRAND "', '00000000-0000-7000-8000-0000000000e2', '00000000-0000-7000-8000-000000000002', '+14155550002', "
		   "'2026-03-09Z', 'grant_service', 'text', 'START', NULL),"
	"('" BRAND "', '00000000-0000-7000-8000-0000000000f3', '00000000-0000-7000-8000-000000000003', '+14155550003', "
		   "'2026-03-03Z', 'hold_marketing', 'text', 'enough', 'T4')";

static const char columns[] = "SELECT string_agg(concat_ws(',', phone, name, opted_out_at, marketing_out_at, hold_at, "
			      "marketing_granted_at), ';' ORDER BY phone) FROM customers";
static const char ledger[] = "SELECT string_agg(concat_ws(',', id, phone, at, action, source, wording, tier), ';' "
			     "ORDER BY id) FROM consent_events WHERE source = 'text'";

/* All migrations before 0006, as that version had them. */
static void migrate_to_before(PGconn *old)
{
	ask_of(old, "CREATE TABLE schema_migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())");
	for (const struct migration_text *m = migration_texts; m->name && strcmp(m->name, "0006") < 0; m++) {
		char note[128];
		ask_of(old, m->sql);
		snprintf(note, sizeof(note), "INSERT INTO schema_migrations (name) VALUES ('%s')", m->name);
		ask_of(old, note);
	}
}

static void what_was_there_before_is_kept(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	char *url, *error = NULL, *columns_before, *ledger_before;
	PGconn *old;
	int applied;

	(void)state;
	ask("CREATE DATABASE from_before_0006");
	url = talloc_asprintf(ctx, "%s dbname=from_before_0006", getenv("AFTERWORD_TEST_DATABASE_URL"));
	old = PQconnectdb(url);
	assert_int_equal(PQstatus(old), CONNECTION_OK);
	migrate_to_before(old);
	ask_of(old, before);
	columns_before = talloc_strdup(ctx, ask_of(old, columns));
	ledger_before = talloc_strdup(ctx, ask_of(old, ledger));
	if (!migrate(ctx, url, &applied, &error))
		fail_msg("%s", error);
	assert_true(applied >= 1);
	assert_string_equal(ask_of(old, columns), columns_before);
	assert_string_equal(ask_of(old, ledger), ledger_before);
	assert_string_equal(ask_of(old, "SELECT string_agg(right(customer_id::text, 1) || left(purpose, 1) || ' ' || "
					"state, ', ' ORDER BY customer_id, purpose) "
					"FROM consents"),
			    "1p revoked, 1r revoked, 1t revoked, 2p revoked, 2r revoked, 2t granted, 3p held, 3r held, "
			    "4p revoked, 4r revoked, 4t revoked, "
			    "6p granted, 6r granted");
	assert_string_equal(ask_of(old, "SELECT string_agg(right(customer_id::text, 1) || ' ' || action || ' ' || "
					"purpose, ', ' ORDER BY seq) FROM consent_events "
					"WHERE source <> 'text'"),
			    "4 grant marketing, 4 revoke marketing, 4 revoke all, 6 grant marketing");
	/* and it goes on from there: the columns are derived, and come out the same */
	ask_of(old, "UPDATE customers SET opted_out_at = d.opted_out_at, marketing_out_at = d.marketing_out_at, "
		    "hold_at = d.hold_at, "
		    "marketing_granted_at = d.marketing_granted_at FROM customers c CROSS JOIN LATERAL "
		    "consent_columns(c.brand_id, c.id) d WHERE c.id = customers.id");
	assert_string_equal(ask_of(old, columns), columns_before);
	PQfinish(old);
	ask("DROP DATABASE from_before_0006");
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_follows_from_the_ledger),
		cmocka_unit_test(evidence_is_hashed_and_known_again),
		cmocka_unit_test(the_ledger_lets_nobody_but_an_erasure_in),
		cmocka_unit_test(what_was_there_before_is_kept),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
