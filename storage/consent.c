#include "storage/consent.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

/* A column of the lines: its type, and where a text of it is. */
static void push_lines(struct params *p, const struct consent_line *lines, size_t n)
{
	static const enum param_type types[16] = {P_UUID, P_UUID, P_UUID, P_TIME, P_TEXT, P_TEXT, P_TEXT, P_TEXT,
						  P_TEXT, P_TEXT, P_TEXT, P_TEXT, P_TEXT, P_TEXT, P_TEXT, P_BOOL};
	struct param_array *a[16];

	for (int i = 0; i < 16; i++)
		a[i] = params_array(p, types[i]);
	for (size_t i = 0; i < n; i++) {
		const struct consent_line *l = &lines[i];
		const char *const texts[] = {l->action,     l->purpose,       l->source,   l->kind,
					     l->shown,      l->shown_version, l->reply,    l->ip,
					     l->user_agent, l->actor,         l->reference};

		array_uuid(a[0], &l->brand);
		array_uuid(a[1], &l->customer);
		array_uuid(a[2], &l->id);
		array_time(a[3], l->at);
		for (int k = 0; k < 11; k++)
			array_text(a[4 + k], texts[k]);
		if (l->ask == DOUBLE_AS_BRAND)
			array_null(a[15]);
		else
			array_bool(a[15], l->ask == DOUBLE_YES);
	}
}

void consent_append(struct db *db, TALLOC_CTX *ctx, const struct consent_line *lines, size_t n)
{
	struct params *p = params_new(ctx);

	push_lines(p, lines, n);
	db_query(db, Q_CONSENT_APPEND, p, NULL, NULL);
}

/* preferences -------------------------------------------------------------------------------------------------- */
static void push_evidence(struct params *p, const struct consent_line *l)
{
	params_text(p, l->shown);
	params_text(p, l->shown_version);
	params_text(p, l->reply);
	params_text(p, l->ip);
	params_text(p, l->user_agent);
}

static struct params *of_line(TALLOC_CTX *ctx, const struct consent_line *l)
{
	struct params *p = params_new(ctx);

	params_uuid(p, &l->brand);
	params_uuid(p, &l->customer);
	params_uuid(p, &l->id);
	return p;
}

void consent_prefer(struct db *db, TALLOC_CTX *ctx, const struct consent_line *line, const char *receive,
		    db_rows_fn *rows, void *arg)
{
	struct params *p = of_line(ctx, line);

	params_text(p, receive);
	params_time(p, line->at);
	params_text(p, line->source);
	push_evidence(p, line);
	params_text(p, line->actor);
	params_text(p, line->reference);
	db_query(db, Q_CONSENT_PREFER, p, rows, arg);
}

void consent_undo(struct db *db, TALLOC_CTX *ctx, const struct consent_line *line, const struct uuid *undoes,
		  db_rows_fn *rows, void *arg)
{
	struct params *p = of_line(ctx, line);

	params_uuid(p, undoes);
	params_time(p, line->at);
	push_evidence(p, line);
	db_query(db, Q_CONSENT_UNDO, p, rows, arg);
}

void consent_place(struct db *db, TALLOC_CTX *ctx, const struct uuid *brand, const struct uuid *customer,
		   const char *locale, const char *zone)
{
	struct params *p = params_new(ctx);

	params_uuid(p, brand);
	params_uuid(p, customer);
	params_text(p, locale);
	params_text(p, zone);
	db_query(db, Q_CONSENT_PLACE, p, NULL, NULL);
}

void preference_token_new(struct preference_token *t)
{
	unsigned char random[16], text[25];

	if (RAND_bytes(random, sizeof(random)) != 1)
		abort(); /* no entropy: the token could be guessed */
	EVP_EncodeBlock(text, random, sizeof(random));
	for (size_t i = 0; i < PREFERENCE_TOKEN; i++)
		t->text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : (char)text[i];
	t->text[PREFERENCE_TOKEN] = 0;
	SHA256((const unsigned char *)t->text, PREFERENCE_TOKEN, t->hash);
}

bool preference_token_read(const char *text, struct preference_token *t)
{
	size_t n = strlen(text);

	if (n != PREFERENCE_TOKEN ||
	    strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != n)
		return false;
	memcpy(t->text, text, sizeof(t->text));
	SHA256((const unsigned char *)text, n, t->hash);
	return true;
}

void consent_token_add(struct db *db, TALLOC_CTX *ctx, const struct uuid *brand, const struct uuid *customer,
		       const struct preference_token *t, usec_t now, db_rows_fn *rows, void *arg)
{
	struct params *p = params_new(ctx);

	params_uuid(p, brand);
	params_uuid(p, customer);
	params_bytea(p, t->hash, sizeof(t->hash));
	params_time(p, now);
	params_time(p, now + PREFERENCE_TOKEN_LIFE);
	db_query(db, Q_CONSENT_TOKEN_ADD, p, rows, arg);
}

/* double opt-in -------------------------------------------------------------------------------------------------- */
/* The questions of one brand, whose words are the same. */
static struct params *questions(TALLOC_CTX *ctx, const struct consent_question *q, size_t n,
				const struct consent_words *of, bool threads)
{
	struct params *p = params_new(ctx);
	struct param_array *brand = params_array(p, P_UUID), *event = params_array(p, P_UUID),
			   *id = params_array(p, P_UUID);

	for (size_t i = 0; i < n; i++) {
		if (q[i].words != of)
			continue;
		array_uuid(brand, &q[i].brand);
		array_uuid(event, &q[i].event);
		array_uuid(id, threads ? &q[i].conversation : &q[i].message);
	}
	return p;
}

static void ask_in(struct db *db, TALLOC_CTX *ctx, const struct consent_question *q, size_t n,
		   const struct consent_words *words, usec_t now)
{
	struct params *thread = questions(ctx, q, n, words, true), *p = questions(ctx, q, n, words, false);
	struct param_array *language = params_array(p, P_TEXT), *text = params_array(p, P_TEXT),
			   *segments = params_array(p, P_INT2);

	for (size_t i = 0; i < words->n; i++) {
		array_text(language, words->in[i].language);
		array_text(text, words->in[i].text);
		array_int(segments, words->in[i].segments);
	}
	params_time(thread, now);
	params_time(p, now);
	db_query(db, Q_CONSENT_THREAD, thread, NULL, NULL);
	db_query(db, Q_CONSENT_ASK, p, NULL, NULL);
}

void consent_ask(struct db *db, TALLOC_CTX *ctx, const struct consent_question *q, size_t n, usec_t now)
{
	for (size_t i = 0; i < n; i++) {
		size_t first = 0;
		while (q[first].words != q[i].words)
			first++;
		if (first == i)
			ask_in(db, ctx, q, n, q[i].words, now);
	}
}

/* suppressions and erasure ------------------------------------------------------------------------------------- */
void consent_hmac(const uint8_t key[SUPPRESSION_KEY], const struct uuid *brand, const char *phone,
		  uint8_t out[SUPPRESSION_HMAC])
{
	uint8_t text[16 + 64];
	size_t n = strlen(phone);
	unsigned len = SUPPRESSION_HMAC;

	if (n > sizeof(text) - 16)
		n = sizeof(text) - 16; /* no number is as long */
	memcpy(text, brand->b, 16);
	memcpy(text + 16, phone, n);
	if (!HMAC(EVP_sha256(), key, SUPPRESSION_KEY, text, 16 + n, out, &len))
		abort(); /* out of memory */
}

void consent_suppressed(struct db *db, TALLOC_CTX *ctx, const uint8_t key[SUPPRESSION_KEY],
			const struct consent_newcomer *who, size_t n)
{
	struct params *p = params_new(ctx);
	struct param_array *brand = params_array(p, P_UUID), *phone = params_array(p, P_TEXT),
			   *hmac = params_array(p, P_BYTEA);
	uint8_t bytes[SUPPRESSION_HMAC];

	for (size_t i = 0; i < n; i++) {
		consent_hmac(key, &who[i].brand, who[i].phone, bytes);
		array_uuid(brand, &who[i].brand);
		array_text(phone, who[i].phone);
		array_bytea(hmac, bytes, sizeof(bytes));
	}
	db_query(db, Q_CONSENT_SUPPRESSED, p, NULL, NULL);
}

static void remember_number(struct db *db, TALLOC_CTX *ctx, const uint8_t *key, const struct consent_erasure *e,
			    const uint8_t *hmac)
{
	static const struct uuid none;
	struct params *p = params_new(ctx);
	uint8_t id[SUPPRESSION_HMAC];

	consent_hmac(key, &none, "key", id);
	params_uuid(p, &e->brand);
	params_bytea(p, hmac, SUPPRESSION_HMAC);
	params_text(p, e->scope);
	params_time(p, e->at);
	params_text(p, e->source);
	params_bytea(p, id, 8);
	db_query(db, Q_CONSENT_ERASE_KEEP, p, NULL, NULL);
}

/* Each takes brand and customer; the order is that of locks: the customer is held, then orders, then the rest. */
static const enum query erasures[] = {
	Q_CONSENT_ERASE_BEGIN,   Q_CONSENT_ERASE_ORDERS,  Q_CONSENT_ERASE_TEXTS, Q_CONSENT_ERASE_NUMBER,
	Q_CONSENT_ERASE_TICKETS, Q_CONSENT_ERASE_THREADS, Q_CONSENT_ERASE_LINKS,
};

void consent_erase(struct db *db, TALLOC_CTX *ctx, const uint8_t key[SUPPRESSION_KEY], const struct consent_erasure *e)
{
	uint8_t hmac[SUPPRESSION_HMAC];
	struct params *p;

	consent_hmac(key, &e->brand, e->phone, hmac);
	remember_number(db, ctx, key, e, hmac);
	for (size_t i = 0; i < sizeof(erasures) / sizeof(erasures[0]); i++) {
		p = params_new(ctx);
		params_uuid(p, &e->brand);
		params_uuid(p, &e->customer);
		db_query(db, erasures[i], p, NULL, NULL);
	}
	p = params_new(ctx);
	params_uuid(p, &e->brand);
	params_uuid(p, &e->customer);
	params_bytea(p, hmac, sizeof(hmac));
	db_query(db, Q_CONSENT_ERASE_LEDGER, p, NULL, NULL);
	p = params_new(ctx);
	params_uuid(p, &e->brand);
	params_uuid(p, &e->customer);
	params_time(p, e->at);
	db_query(db, Q_CONSENT_ERASE_CUSTOMER, p, NULL, NULL);
}

void consent_audit(struct db *db, TALLOC_CTX *ctx, const struct audit_line *line)
{
	struct params *p = params_new(ctx);

	params_uuid(p, &line->brand);
	params_uuid(p, &line->id);
	params_time(p, line->at);
	params_text(p, line->actor);
	params_text(p, line->action);
	params_text(p, line->subject);
	params_text(p, line->detail);
	db_query(db, Q_CONSENT_AUDIT, p, NULL, NULL);
}
