/* The inbound batch against a real PostgreSQL: taken in once, whoever else writes at the same time; all effects or
 * none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libpq-fe.h>
#include <openssl/rand.h>

#include "router/uuid.h"
#include "storage/inbound.h"
#include "storage/migrate.h"

static const char *url;
static PGconn *plain;

static struct uuid fresh(void *arg)
{
	uint8_t r[8];
	static usec_t clock = (usec_t)1795500000 * USEC_SECOND; /* 24 November 2026 */

	(void)arg;
	RAND_bytes(r, 8);
	return uuid_v7(++clock, r);
}

static char *ask(const char *sql)
{
	static char out[512];
	PGresult *r = PQexec(plain, sql);

	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(plain));
	snprintf(out, sizeof(out), "%s", PQntuples(r) ? PQgetvalue(r, 0, 0) : "");
	PQclear(r);
	return out;
}

static struct uuid brand, sender, channel;

static int set_up(void **state)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	char *error = NULL, sql[1024], b[37], s[37], c[37];
	int applied;

	(void)state;
	url = getenv("AFTERWORD_TEST_DATABASE_URL");
	if (!url)
		return -1;
	if (!migrate(ctx, url, &applied, &error))
		fail_msg("%s", error);
	assert_true(applied > 0);
	assert_true(migrate(ctx, url, &applied, &error));
	assert_int_equal(applied, 0); /* the second time there is nothing to do */
	plain = PQconnectdb(url);
	brand = fresh(NULL);
	sender = fresh(NULL);
	channel = fresh(NULL);
	uuid_format(&brand, b);
	uuid_format(&sender, s);
	uuid_format(&channel, c);
	snprintf(sql, sizeof(sql),
		 "INSERT INTO brands (id, entity, name, support_contact) VALUES ('%s', 'e', 'Test', "
		 "'help@test.example');"
		 "INSERT INTO channels (brand_id, id, key, provider) VALUES ('%s', '%s', 'test', 'simulator');"
		 "INSERT INTO senders (brand_id, id, channel_id, number) VALUES ('%s', '%s', '%s', '+14155550100')",
		 b, b, c, b, s, c);
	ask(sql);
	talloc_free(ctx);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	PQfinish(plain);
	return 0;
}

static struct inbound_batch *batch_of(size_t n, const char *const *phones, const char *const *texts,
				      const struct uuid *keys)
{
	struct inbound_batch *b = talloc_zero(NULL, struct inbound_batch);

	b->persons = talloc_zero_array(b, struct person, (unsigned)n);
	b->threads = talloc_zero_array(b, struct thread, (unsigned)n);
	b->texts = talloc_zero_array(b, struct batch_text, (unsigned)n);
	for (size_t i = 0; i < n; i++) {
		struct batch_text *t = &b->texts[b->n_texts++];
		size_t k = 0;

		while (k < b->n_persons && strcmp(b->persons[k].phone, phones[i]))
			k++;
		if (k == b->n_persons) {
			b->n_threads = ++b->n_persons;
			b->persons[k] = (struct person){
				.brand = brand, .phone = phones[i], .country = "US", .needs_orders = true};
			b->threads[k] =
				(struct thread){.person = &b->persons[k], .sender = sender, .needs_recent = true};
		}
		*t = (struct batch_text){.id = fresh(NULL),
					 .key = keys[i],
					 .channel = channel,
					 .thread = &b->threads[k],
					 .text = texts[i],
					 .part_text = texts[i],
					 .provider_id = "p",
					 .at = uuid_time(&keys[i])};
		t->ticket = fresh(NULL);
		t->ledger = fresh(NULL);
		t->event[0] = fresh(NULL);
		t->event[1] = fresh(NULL);
		t->reply[0].id = fresh(NULL);
		t->reply[0].segments = 1;
	}
	return b;
}

static void on_end(void *arg, const struct db_end *end)
{
	if (end->status != DB_OK)
		print_message("unit ended with %d %s %s\n", end->status, end->sqlstate, end->message);
	*(int *)arg = (int)end->status;
}

static void open_unit(struct db *db, struct inbound_batch *b)
{
	int status = -1;

	inbound_open(db, b, on_end, &status);
	assert_true(db_wait(db, 5000));
	assert_int_equal(status, DB_OK);
	if (!inbound_unknown(b))
		return;
	inbound_admit(db, b, fresh, NULL, on_end, &status);
	assert_true(db_wait(db, 5000));
	assert_int_equal(status, DB_OK);
	assert_false(inbound_unknown(b));
}

/* Stands in for the router: one reply to each text. */
static void decide(struct inbound_batch *b, enum consent_action consent, enum ticket_action ticket)
{
	for (size_t i = 0; i < b->n_texts; i++) {
		struct batch_text *t = &b->texts[i];
		if (!t->fresh || !t->text)
			continue;
		t->decision =
			(struct router_decision){.kind = consent == CONSENT_REVOKE_ALL ? DECIDE_OPT_OUT : DECIDE_INTENT,
						 .tier = "T1",
						 .phrase = "stop",
						 .rule_version = 1,
						 .consent = consent,
						 .ticket = ticket,
						 .intent = INTENT_OTHER,
						 .n_replies = 1,
						 .ticket_note = ticket == TICKET_OPEN ? "a note" : NULL};
		t->decision.reply[0] = (struct router_reply){
			consent == CONSENT_REVOKE_ALL ? CLASS_COMPLIANCE : CLASS_CONVERSATIONAL, "ack", "Thank you"};
		t->thread->touched = true;
		t->thread->last_at = t->at;
		if (consent == CONSENT_REVOKE_ALL)
			t->thread->person->opted_out = t->thread->person->marketing_out = true;
		if (ticket == TICKET_OPEN) {
			t->thread->ticket_open = true;
			t->thread->ticket = t->ticket;
		}
	}
}

static int write_unit(struct db *db, struct inbound_batch *b)
{
	int status = -1;

	inbound_write(db, b, on_end, &status);
	assert_true(db_wait(db, 5000));
	return status;
}

static struct db *connected(void)
{
	struct db *db = db_new(NULL, url, NULL, NULL);

	assert_true(db_wait(db, 5000));
	return db;
}

static void a_repeat_has_no_effect(void **state)
{
	const char *phones[] = {"+14155550001", "+14155550001", "+14155550002"}, *texts[] = {"one", "one", "two"};
	struct uuid a = fresh(NULL), c = fresh(NULL), keys[] = {a, a, c};
	struct db *db = connected();

	(void)state;
	for (int round = 0; round < 3; round++) {
		struct inbound_batch *b = batch_of(3, phones, texts, keys);
		open_unit(db, b);
		assert_int_equal(b->texts[0].fresh, round == 0);
		assert_false(b->texts[1].fresh); /* the same text twice in one batch */
		assert_int_equal(b->texts[2].fresh, round == 0);
		decide(b, CONSENT_NONE, TICKET_OPEN);
		assert_int_equal(write_unit(db, b), DB_OK);
		talloc_free(b);
	}
	assert_string_equal(ask("SELECT count(*) FROM messages WHERE inbound"), "2");
	assert_string_equal(ask("SELECT count(*) FROM messages WHERE NOT inbound"), "2");
	assert_string_equal(ask("SELECT count(*) FROM outbox"), "2");
	assert_string_equal(ask("SELECT count(*) FROM tickets"), "2");
	assert_string_equal(ask("SELECT count(*) FROM ticket_events WHERE kind = 'note'"), "2");
	assert_string_equal(ask("SELECT max(last_seq) FROM conversations"), "2");
	talloc_free(db);
}

static void an_opt_out_stops_what_is_queued_with_it(void **state)
{
	const char *phones[] = {"+14155550001"}, *texts[] = {"STOP"};
	struct uuid keys[] = {fresh(NULL)};
	struct db *db = connected();
	struct inbound_batch *b = batch_of(1, phones, texts, keys);

	(void)state;
	open_unit(db, b);
	assert_true(b->threads[0].ticket_open);
	assert_true(b->threads[0].n_recent == 1);
	decide(b, CONSENT_REVOKE_ALL, TICKET_NONE);
	assert_int_equal(write_unit(db, b), DB_OK);
	assert_string_equal(ask("SELECT count(*) FROM outbox o JOIN customers c ON c.id = o.customer_id WHERE phone = "
				"'+14155550001' "
				"AND NOT confirms_opt_out"),
			    "0");
	assert_string_equal(ask("SELECT count(*) FROM outbox WHERE confirms_opt_out AND expires_at = queued_at + "
				"interval '5 minutes'"),
			    "1");
	assert_string_equal(ask("SELECT count(*) FROM messages WHERE state = 44 AND error = 'opted_out'"), "1");
	assert_string_equal(ask("SELECT action || ' ' || tier || ' ' || wording FROM consent_events"),
			    "revoke_all T1 STOP");
	assert_string_equal(ask("SELECT opted_out_at IS NOT NULL FROM customers WHERE phone = '+14155550001'"), "t");
	talloc_free(b);
	talloc_free(db);
}

static void the_ledger_is_append_only(void **state)
{
	PGresult *r = PQexec(plain, "UPDATE consent_events SET action = 'grant_all'");

	(void)state;
	assert_int_equal(PQresultStatus(r), PGRES_FATAL_ERROR);
	PQclear(r);
	r = PQexec(plain, "DELETE FROM consent_events");
	assert_int_equal(PQresultStatus(r), PGRES_FATAL_ERROR);
	PQclear(r);
}

static void a_lost_connection_leaves_nothing(void **state)
{
	const char *phones[] = {"+14155550009"}, *texts[] = {"lost"};
	struct uuid keys[] = {fresh(NULL)};
	struct db *db = connected();
	struct inbound_batch *b = batch_of(1, phones, texts, keys);
	int status = -1;

	(void)state;
	open_unit(db, b);
	decide(b, CONSENT_NONE, TICKET_NONE);
	ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'idle in "
	    "transaction'");
	inbound_write(db, b, on_end, &status);
	assert_true(db_wait(db, 5000)); /* connected again by itself */
	assert_int_equal(status, DB_LOST);
	talloc_free(b);
	/* and the same text goes in afterwards, once */
	for (int i = 0; i < 2; i++) {
		b = batch_of(1, phones, texts, keys);
		open_unit(db, b);
		decide(b, CONSENT_NONE, TICKET_NONE);
		assert_int_equal(write_unit(db, b), DB_OK);
		talloc_free(b);
	}
	assert_string_equal(ask("SELECT count(*) FROM messages WHERE body = 'lost'"), "1");
	talloc_free(db);
}

static void parts_become_one_text(void **state)
{
	static const char *const part[3] = {"Where ", "is my ", "order?"};
	static const unsigned order[4] = {2, 0, 0, 1}; /* shuffled, one twice */
	struct uuid key[3] = {fresh(NULL), fresh(NULL), fresh(NULL)};
	struct db *db = connected();

	(void)state;
	for (int i = 0; i < 4; i++) {
		const char *phones[] = {"+14155550020"}, *texts[] = {part[order[i]]};
		struct inbound_batch *b = batch_of(1, phones, texts, &key[order[i]]);

		b->texts[0].part_ref = 7;
		b->texts[0].part_total = 3;
		b->texts[0].part_seq = order[i] + 1;
		open_unit(db, b);
		if (i == 3)
			assert_string_equal(b->texts[0].text, "Where is my order?");
		else
			assert_null(b->texts[0].text);
		decide(b, CONSENT_NONE, TICKET_NONE);
		assert_int_equal(write_unit(db, b), DB_OK);
		talloc_free(b);
	}
	assert_string_equal(ask("SELECT count(*) FROM messages WHERE body = 'Where is my order?'"), "1");
	assert_string_equal(ask("SELECT count(*) FROM inbound_parts"), "0");
	talloc_free(db);
}

/* A second batch with the same text waits for the first one's end, and then has nothing to do. */
static void two_workers_take_one_text_once(void **state)
{
	const char *phones[] = {"+14155550030"}, *texts[] = {"both"};
	struct uuid keys[] = {fresh(NULL)};
	struct db *one = connected(), *two = connected();
	struct inbound_batch *a = batch_of(1, phones, texts, keys), *b = batch_of(1, phones, texts, keys);
	int status = -1;

	(void)state;
	open_unit(one, a);
	inbound_open(two, b, on_end, &status);
	assert_false(db_wait(two, 200)); /* waits */
	decide(a, CONSENT_NONE, TICKET_NONE);
	assert_int_equal(write_unit(one, a), DB_OK);
	assert_true(db_wait(two, 5000));
	assert_int_equal(status, DB_OK);
	assert_true(a->texts[0].fresh);
	assert_false(b->texts[0].fresh);
	assert_int_equal(write_unit(two, b), DB_OK);
	assert_string_equal(ask("SELECT count(*) FROM messages WHERE body = 'both'"), "1");
	talloc_free(a);
	talloc_free(b);
	talloc_free(one);
	talloc_free(two);
}

static void a_menu_survives_its_storage(void **state)
{
	struct router_menu menu = {.kind = MENU_ORDERS,
				   .intent = INTENT_RETURN,
				   .expires_at = 1795500000123456,
				   .n = MENU_MAX},
			   back;
	uint8_t bytes[256];
	size_t n;

	(void)state;
	for (int i = 0; i < MENU_MAX; i++)
		menu.option[i] = (struct menu_option){fresh(NULL), INTENT_DAMAGED};
	n = memory_pack_menu(&menu, bytes);
	assert_true(memory_unpack_menu(bytes, n, &back));
	assert_memory_equal(&menu, &back, sizeof(menu));
	for (size_t cut = 0; cut < n; cut++)
		assert_false(memory_unpack_menu(bytes, cut, &back));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_repeat_has_no_effect),
		cmocka_unit_test(an_opt_out_stops_what_is_queued_with_it),
		cmocka_unit_test(the_ledger_is_append_only),
		cmocka_unit_test(a_lost_connection_leaves_nothing),
		cmocka_unit_test(parts_become_one_text),
		cmocka_unit_test(two_workers_take_one_text_once),
		cmocka_unit_test(a_menu_survives_its_storage),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
