/* The inbound batch against a real PostgreSQL: taken in once, whoever else writes at the same time; all effects or
 * none. */
#include "tests/integration/store.h"

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
			consent == CONSENT_REVOKE_ALL ? CLASS_COMPLIANCE : CLASS_CONVERSATIONAL, "ack", 0, "Thank you"};
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
