/* What the tests of storage share: a migrated database, a brand with a number, batches of inbound texts. */
#ifndef AFTERWORD_TESTS_STORE_H
#define AFTERWORD_TESTS_STORE_H

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

static inline struct uuid fresh(void *arg)
{
	uint8_t r[8];
	static usec_t clock = (usec_t)1795500000 * USEC_SECOND; /* 24 November 2026 */

	(void)arg;
	RAND_bytes(r, 8);
	return uuid_v7(++clock, r);
}

static inline char *ask(const char *sql)
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

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
{
	(void)state;
	PQfinish(plain);
	return 0;
}

static inline struct inbound_batch *batch_of(size_t n, const char *const *phones, const char *const *texts,
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

static inline void on_end(void *arg, const struct db_end *end)
{
	if (end->status != DB_OK)
		print_message("unit ended with %d %s %s\n", end->status, end->sqlstate, end->message);
	*(int *)arg = (int)end->status;
}

static inline void open_unit(struct db *db, struct inbound_batch *b)
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

static inline int write_unit(struct db *db, struct inbound_batch *b)
{
	int status = -1;

	inbound_write(db, b, on_end, &status);
	assert_true(db_wait(db, 5000));
	return status;
}

static inline struct db *connected(void)
{
	struct db *db = db_new(NULL, url, NULL, NULL);

	assert_true(db_wait(db, 5000));
	return db;
}

#endif
