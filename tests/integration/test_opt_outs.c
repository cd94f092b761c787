/* Opt-outs narrower and wider than one brand's everything, and a doubt that nobody answers, against a real PostgreSQL.
 */
#include "tests/integration/store.h"

#include "storage/leases.h"
#include "storage/maintenance.h"
#include "storage/outbound.h"

#define NOTE "marketing was stopped"

static struct db *db;

/* "%s" in sql is the brand; the answer is the first cell. */
static char *ask_of(const char *sql, const char *phone)
{
	char text[2048];

	snprintf(text, sizeof(text), sql, phone);
	return ask(text);
}

static void make_customer(const char *phone)
{
	const char *phones[] = {phone}, *texts[] = {"hello"};
	struct uuid keys[] = {fresh(NULL)};
	struct inbound_batch *b = batch_of(1, phones, texts, keys);

	open_unit(db, b);
	b->texts[0].decision = (struct router_decision){.kind = DECIDE_TICKET, .tier = "none", .rule_version = 1};
	b->texts[0].decision.ticket = TICKET_OPEN;
	b->threads[0].touched = b->threads[0].ticket_open = true;
	b->threads[0].ticket = b->texts[0].ticket;
	b->threads[0].last_at = b->texts[0].at;
	assert_int_equal(write_unit(db, b), DB_OK);
	talloc_free(b);
}

static void make_order(const char *phone, const char *number)
{
	char sql[1024];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO orders (brand_id, id, source, external_id, number, customer_id, state, state_at, "
		 "placed_at) "
		 "SELECT brand_id, gen_random_uuid(), 'shop', '%s', '%s', id, 2, now(), now() FROM customers WHERE "
		 "phone = '%s'",
		 number, number, phone);
	ask(sql);
}

/* A queued text of that class, about that order ('' for none). claimed: the provider has it already. */
static void queue(const char *phone, int cls, const char *order, bool claimed)
{
	char sql[2048];

	snprintf(sql, sizeof(sql),
		 "WITH v AS (UPDATE conversations v SET last_seq = last_seq + 1 FROM customers c "
		 "WHERE c.brand_id = v.brand_id AND c.id = v.customer_id AND c.phone = '%s' RETURNING v.*), "
		 "m AS (INSERT INTO messages (brand_id, id, conversation_id, customer_id, seq, inbound, state, class, "
		 "at, order_id, body) "
		 "SELECT brand_id, uuid_v7_at(now()), id, customer_id, last_seq, false, %d, %d, now(), "
		 "(SELECT id FROM orders WHERE number = '%s'), 'text' FROM v RETURNING *) "
		 "INSERT INTO outbox (brand_id, sender_id, customer_id, message_id, conversation_id, class, due_at, "
		 "queued_at, claimed_at) "
		 "SELECT m.brand_id, v.sender_id, m.customer_id, m.id, v.id, %d, now(), now(), %s FROM m, v",
		 phone, claimed ? MSG_SENDING : MSG_QUEUED, cls, order, cls, claimed ? "now()" : "NULL");
	ask(sql);
}

/* Classes still queued, for one order or for all of them, e.g. "1,2". */
static char *queued(const char *phone)
{
	return ask_of(
		"SELECT coalesce(string_agg(o.class::text, ',' ORDER BY o.class, o.message_id), '') FROM outbox o "
		"JOIN customers c ON c.id = o.customer_id WHERE c.phone = '%s' AND NOT o.confirms_opt_out",
		phone);
}

/* As the pipeline does it: what a decision changes is what the next text of the batch finds. */
static void decide(struct batch_text *t, struct router_decision d)
{
	struct person *who = t->thread->person;

	d.tier = "T2";
	d.phrase = "stop";
	d.rule_version = 1;
	t->decision = d;
	t->thread->touched = true;
	t->thread->last_at = t->at;
	who->number_wrong |= d.number_wrong;
	if (d.consent == CONSENT_REVOKE_ALL || d.consent == CONSENT_REVOKE_ENTITY)
		who->opted_out = who->marketing_out = true;
	for (size_t i = 0; i < who->n_orders; i++) {
		if (d.consent == CONSENT_REVOKE_ORDER && !uuid_compare(&who->orders[i].id, &d.order))
			who->orders[i].muted = true;
		if (d.consent == CONSENT_GRANT_SERVICE)
			who->orders[i].muted = false;
	}
}

static struct inbound_batch *opened(const char *phone, size_t n)
{
	const char *phones[] = {phone, phone}, *texts[] = {"first", "second"};
	struct uuid keys[] = {fresh(NULL), fresh(NULL)};
	struct inbound_batch *b = batch_of(n, phones, texts, keys);

	open_unit(db, b);
	return b;
}

static struct router_decision mute(const struct inbound_batch *b, const char *number)
{
	struct router_decision d = {.kind = DECIDE_OPT_OUT_ORDER, .consent = CONSENT_REVOKE_ORDER, .has_order = true};
	const struct person *who = &b->persons[0];

	for (size_t i = 0; i < who->n_orders; i++)
		if (!strcmp(who->orders[i].number, number))
			d.order = who->orders[i].id;
	d.n_replies = 1;
	d.reply[0] = (struct router_reply){CLASS_COMPLIANCE, "opt_out_order_confirmed", 0, "no more"};
	return d;
}

/* OO-3: of that order what is transactional and above goes; the rest, other orders and what has been handed over stay.
 */
static void one_order_is_muted(void **state)
{
	const char *phone = "+14155551001";

	(void)state;
	make_customer(phone);
	make_order(phone, "1001");
	make_order(phone, "1002");
	for (int cls = CLASS_CONVERSATIONAL; cls <= CLASS_PROMOTIONAL; cls++)
		queue(phone, cls, "1001", false);
	queue(phone, CLASS_TRANSACTIONAL, "1001", true); /* in flight */
	queue(phone, CLASS_TRANSACTIONAL, "1002", false);
	queue(phone, CLASS_PROMOTIONAL, "", false);
	struct inbound_batch *b = opened(phone, 1);
	assert_int_equal(b->persons[0].n_orders, 2);
	assert_false(b->persons[0].orders[0].muted);
	decide(&b->texts[0], mute(b, "1001"));
	assert_int_equal(write_unit(db, b), DB_OK);
	talloc_free(b);
	assert_string_equal(queued(phone), "1,2,2,4");
	assert_string_equal(ask("SELECT count(*) FROM messages WHERE state = 44 AND error = 'order_muted'"), "3");
	assert_string_equal(ask("SELECT count(*) FROM messages WHERE state = 20"), "1");
	assert_string_equal(ask("SELECT string_agg(number, ',') FROM orders WHERE muted_at IS NOT NULL"), "1001");
	assert_string_equal(
		ask("SELECT e.action || ' ' || o.number FROM consent_events e JOIN orders o ON o.id = e.order_id"),
		"revoke_order 1001");
	assert_string_equal(ask("SELECT count(*) FROM outbox WHERE confirms_opt_out AND expires_at = queued_at + "
				"interval '5 minutes'"),
			    "1"); /* OO-4 */
	assert_string_equal(
		ask_of("SELECT opted_out_at IS NULL AND marketing_out_at IS NULL FROM customers WHERE phone = '%s'",
		       phone),
		"t");
	b = opened(phone, 1);
	assert_int_equal(b->persons[0].orders[0].muted + b->persons[0].orders[1].muted, 1);
	decide(&b->texts[0], (struct router_decision){.kind = DECIDE_OPT_IN, .consent = CONSENT_GRANT_SERVICE});
	assert_int_equal(write_unit(db, b), DB_OK);
	assert_string_equal(ask("SELECT count(*) FROM orders WHERE muted_at IS NOT NULL"), "0");
	talloc_free(b);
}

/* Both in one batch: the later of them holds. */
static void mute_and_start_in_one_batch(void **state)
{
	const char *phone = "+14155551001";
	struct router_decision start = {.kind = DECIDE_OPT_IN, .consent = CONSENT_GRANT_SERVICE};

	(void)state;
	for (int mute_first = 0; mute_first < 2; mute_first++) {
		struct inbound_batch *b = opened(phone, 2);
		struct router_decision stop = mute(b, "1002");
		decide(&b->texts[0], mute_first ? stop : start);
		decide(&b->texts[1], mute_first ? start : stop);
		assert_int_equal(write_unit(db, b), DB_OK);
		assert_string_equal(ask("SELECT count(*) FROM orders WHERE muted_at IS NOT NULL"),
				    mute_first ? "0" : "1");
		talloc_free(b);
	}
}

/* What is queued after the mute: the claim tells the gate. */
static void a_claim_tells_of_muted_orders(void **state)
{
	const char *phone = "+14155551001";
	struct uuid holder = fresh(NULL);
	struct claim *claim = talloc_zero(NULL, struct claim);
	int status = -1;

	(void)state;
	ask("DELETE FROM outbox");
	ask("UPDATE orders SET muted_at = now() WHERE number = '1001'");
	queue(phone, CLASS_TRANSACTIONAL, "1001", false);
	queue(phone, CLASS_TRANSACTIONAL, "1002", false);
	queue(phone, CLASS_TRANSACTIONAL, "", false);
	char id[37], sql[512];
	uuid_format(&holder, id);
	snprintf(sql, sizeof(sql),
		 "INSERT INTO leases SELECT 'sender:' || id, '%s', 1, now() + interval '1 minute' FROM senders", id);
	ask(sql);
	struct claim_lane lane = {.sender = sender, .room = 10, .fence = 1};
	outbound_claim(db, claim, &lane, 1, &holder, INT64_C(4102444800) * USEC_SECOND, 10, on_end, &status);
	assert_true(db_wait(db, 5000));
	assert_int_equal(status, DB_OK);
	assert_int_equal(claim->n, 3);
	assert_int_equal(claim->texts[0].order_muted + claim->texts[1].order_muted + claim->texts[2].order_muted, 1);
	outbound_rollback(db);
	assert_true(db_wait(db, 5000));
	talloc_free(claim);
}

static void hold_since(const char *phone, const char *ago)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, source) "
		 "SELECT brand_id, gen_random_uuid(), id, phone, now() - interval '%s', 'hold_marketing', 'text' "
		 "FROM customers WHERE phone = '%s'",
		 ago, phone);
	ask(sql);
}

/* NM-3: no answer in 24 hours revokes promotional and relationship, and tells the agent. */
static void an_unanswered_doubt_revokes_marketing(void **state)
{
	const char *old = "+14155551010", *young = "+14155551011", *busy = "+14155551012";
	const char *all[] = {old, young, busy};
	PGconn *other = PQconnectdb(url);
	int status = -1;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		make_customer(all[i]);
		queue(all[i], CLASS_TRANSACTIONAL, "", false);
		queue(all[i], CLASS_RELATIONSHIP, "", false);
		queue(all[i], CLASS_PROMOTIONAL, "", false);
	}
	hold_since(old, "24 hours 1 second");
	hold_since(young, "23 hours 59 minutes");
	hold_since(busy, "24 hours 1 second");
	/* this one's answer is being written at this moment */
	PQclear(PQexec(other, "BEGIN"));
	PQclear(PQexec(other, "SELECT 1 FROM customers WHERE phone = '+14155551012' FOR NO KEY UPDATE"));
	usec_t now = (usec_t)atoll(ask("SELECT (extract(epoch FROM now()) * 1000000)::bigint"));
	for (int i = 0; i < 2; i++) { /* the second time there is nothing to do */
		maintenance_holds(db, db, now, 7, NOTE, on_end, &status);
		assert_true(db_wait(db, 5000));
		assert_int_equal(status, DB_OK);
	}
	assert_string_equal(queued(old), "2");
	assert_string_equal(queued(young), "2,3,4");
	assert_string_equal(queued(busy), "2,3,4");
	assert_string_equal(ask("SELECT string_agg(phone, ',') FROM customers WHERE hold_at IS NULL AND "
				"marketing_out_at IS NOT NULL "
				"AND opted_out_at IS NULL AND phone LIKE '+1415555101%'"),
			    old);
	assert_string_equal(
		ask_of("SELECT string_agg(action || ' ' || source || ' ' || rule_version, ',') FROM consent_events "
		       "WHERE phone = '%s'",
		       old),
		"revoke_marketing rule 7");
	assert_string_equal(ask("SELECT count(*) FROM messages WHERE state = 44 AND error = 'marketing_out'"), "2");
	assert_string_equal(ask_of("SELECT count(*) FROM ticket_events e JOIN tickets t ON t.id = e.ticket_id "
				   "JOIN customers c ON c.id = t.customer_id WHERE e.kind = 'note' AND e.body = '" NOTE
				   "' AND c.phone = '%s'",
				   old),
			    "1");
	assert_string_equal(ask("SELECT count(*) FROM ticket_events WHERE body = '" NOTE "'"), "1");
	PQclear(PQexec(other, "ROLLBACK"));
	PQfinish(other);
	maintenance_holds(db, db, now, 7, NOTE, on_end, &status); /* the next round finds it */
	assert_true(db_wait(db, 5000));
	assert_string_equal(queued(busy), "2");
}

/* A second and a third brand that know the number; the second is of the same legal entity. */
static void know_it_elsewhere(const char *phone)
{
	static const char *const entities[] = {"e", "other"};
	char sql[2048];

	for (int i = 0; i < 2; i++) {
		snprintf(sql, sizeof(sql),
			 "WITH b AS (INSERT INTO brands (id, entity, name, support_contact) VALUES (gen_random_uuid(), "
			 "'%s', 'B', 'x') "
			 "RETURNING id), c AS (INSERT INTO customers (brand_id, id, phone) "
			 "SELECT id, gen_random_uuid(), '%s' FROM b RETURNING *), "
			 "m AS (INSERT INTO messages (brand_id, id, conversation_id, customer_id, seq, inbound, state, "
			 "class, at, body) "
			 "SELECT brand_id, uuid_v7_at(now()), id, id, 1, false, 10, 2, now(), 'text' FROM c RETURNING "
			 "*) "
			 "INSERT INTO outbox (brand_id, sender_id, customer_id, message_id, conversation_id, class, "
			 "due_at, queued_at) "
			 "SELECT brand_id, id, customer_id, id, id, class, now(), now() FROM m",
			 entities[i], phone);
		ask(sql);
	}
}

/* "entity:out bad queued" of the other two brands. */
static char *elsewhere(const char *phone)
{
	return ask_of("SELECT string_agg(b.entity || ':' || (c.opted_out_at IS NOT NULL)::int || "
		      "coalesce(c.number_bad, '-') || (SELECT count(*) FROM outbox o WHERE o.customer_id = c.id), ' ' "
		      "ORDER BY b.entity) "
		      "FROM customers c JOIN brands b ON b.id = c.brand_id WHERE c.phone = '%s' AND b.name = 'B'",
		      phone);
}

/* Agrees to marketing, with proof. */
static void agree(const char *phone)
{
	ask_of("INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, purpose, source, shown, "
	       "wording) "
	       "SELECT brand_id, gen_random_uuid(), id, phone, now() - interval '1 day', 'grant', 'marketing', "
	       "'checkout', "
	       "'offers by text?', 'ticked' FROM customers WHERE phone = '%s'",
	       phone);
}

/* Would START ask whether marketing is wanted again (ST-1)? Not of who the number does not belong to (RN-2). */
static bool agreed_before(const char *phone)
{
	struct inbound_batch *b = opened(phone, 1);
	bool granted = b->persons[0].marketing_granted;

	inbound_rollback(db);
	assert_true(db_wait(db, 5000));
	talloc_free(b);
	return granted;
}

/* OO-1, OO-2: STOP is this brand's, STOP ALL its legal entity's. */
static void stop_and_stop_all_reach_what_they_say(void **state)
{
	static const struct {
		const char *phone;
		enum consent_action consent;
		bool wrong;
		const char *others;
	} cases[] = {
		{"+14155551020", CONSENT_REVOKE_ALL, false, "e:0-1 other:0-1"},
		{"+14155551021", CONSENT_REVOKE_ENTITY, false, "e:1-0 other:0-1"},
		{"+14155551022", CONSENT_REVOKE_ALL, true, "e:1wrong_person0 other:1wrong_person0"}, /* RN-2 */
		{"+14155551023", CONSENT_REVOKE_ENTITY, true, "e:1wrong_person0 other:1wrong_person0"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		make_customer(cases[i].phone);
		agree(cases[i].phone);
		know_it_elsewhere(cases[i].phone);
		queue(cases[i].phone, CLASS_CONVERSATIONAL, "", false);
		queue(cases[i].phone, CLASS_TRANSACTIONAL, "", true); /* the provider has it: it may arrive */
		struct inbound_batch *b = opened(cases[i].phone, 1);
		decide(&b->texts[0], (struct router_decision){.kind = DECIDE_OPT_OUT,
							      .consent = cases[i].consent,
							      .number_wrong = cases[i].wrong});
		assert_int_equal(write_unit(db, b), DB_OK);
		talloc_free(b);
		assert_string_equal(elsewhere(cases[i].phone), cases[i].others);
		assert_string_equal(
			ask_of("SELECT string_agg(o.class || ' ' || m.state, ',') FROM outbox o JOIN messages m "
			       "ON m.brand_id = o.brand_id AND m.id = o.message_id JOIN customers c "
			       "ON c.brand_id = m.brand_id AND c.id = m.customer_id JOIN brands b "
			       "ON b.id = c.brand_id WHERE b.name = 'Test' AND c.phone = '%s'",
			       cases[i].phone),
			"2 20"); /* and its state says so */
		assert_int_equal(agreed_before(cases[i].phone), !cases[i].wrong);
		assert_string_equal(ask_of("SELECT coalesce(number_bad, '-') FROM customers c JOIN brands b "
					   "ON b.id = c.brand_id WHERE b.name = 'Test' AND phone = '%s'",
					   cases[i].phone),
				    cases[i].wrong ? "wrong_person" : "-");
	}
	assert_string_equal(
		ask("SELECT string_agg(action, ',' ORDER BY action) FROM consent_events WHERE phone = '+14155551023'"),
		"grant,revoke_all,revoke_all,revoke_entity");
}

/* RN-2: disconnected, says the provider: as void as a wrong number. Blocked or bad alone reach no other brand. */
static void a_disconnected_number_is_void_everywhere(void **state)
{
	static const struct {
		const char *phone;
		bool blocked, bad;
		const char *others;
	} cases[] = {
		{"+14155551030", true, false, "e:0-1 other:0-1"},
		{"+14155551031", false, true, "e:0-1 other:0-1"},
		{"+14155551032", true, true, "e:147210 other:147210"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct provider_verdict v = {.brand = brand, .code = "4721"};
		int status = -1;

		make_customer(cases[i].phone);
		agree(cases[i].phone);
		queue(cases[i].phone, CLASS_TRANSACTIONAL, "", true);
		know_it_elsewhere(cases[i].phone);
		assert_true(uuid_parse(ask_of("SELECT m.id FROM messages m JOIN customers c ON c.brand_id = m.brand_id "
					      "AND c.id = m.customer_id "
					      "JOIN brands b ON b.id = c.brand_id WHERE b.name = 'Test' AND NOT "
					      "m.inbound AND phone = '%s'",
					      cases[i].phone),
				       &v.message));
		if (cases[i].blocked)
			v.revocation = fresh(NULL);
		if (cases[i].bad)
			v.alert = fresh(NULL);
		outbound_verdicts(db, db, &v, 1, uuid_time(&v.message));
		db_unit(db, on_end, &status);
		assert_true(db_wait(db, 5000));
		assert_int_equal(status, DB_OK);
		assert_string_equal(elsewhere(cases[i].phone), cases[i].others);
		assert_int_equal(agreed_before(cases[i].phone), !cases[i].bad);
		assert_string_equal(
			ask_of("SELECT (opted_out_at IS NOT NULL)::int::text || (number_bad IS NOT NULL)::int "
			       "FROM customers c JOIN brands b ON b.id = c.brand_id "
			       "WHERE b.name = 'Test' AND phone = '%s'",
			       cases[i].phone),
			cases[i].blocked ? cases[i].bad ? "11" : "10" : "01");
	}
}

static int open_all(void **state)
{
	if (set_up(state))
		return -1;
	db = connected();
	return 0;
}

static int close_all(void **state)
{
	talloc_free(db);
	return tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_order_is_muted),
		cmocka_unit_test(mute_and_start_in_one_batch),
		cmocka_unit_test(a_claim_tells_of_muted_orders),
		cmocka_unit_test(an_unanswered_doubt_revokes_marketing),
		cmocka_unit_test(stop_and_stop_all_reach_what_they_say),
		cmocka_unit_test(a_disconnected_number_is_void_everywhere),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
