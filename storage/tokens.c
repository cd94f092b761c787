#include "storage/tokens.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "router/uuid.h"
#include "storage/db.h"

#define WAIT_MS 10000
#define SECRET_BYTES 32

/* One statement and what came of it. */
struct job {
	TALLOC_CTX *ctx;
	struct token *tokens;
	size_t n; /* rows */
	bool ended;
	enum db_status status;
	char *message;
};

static void on_end(void *arg, const struct db_end *end)
{
	struct job *j = arg;

	j->ended = true;
	j->status = end->status;
	j->message = talloc_strdup(j->ctx, end->message);
}

static void on_count(void *arg, const struct db_rows *rows)
{
	((struct job *)arg)->n = (size_t)rows->n;
}

static bool run(struct job *j, const char *conninfo, enum query q, struct params *p, db_rows_fn *rows, char **error)
{
	struct db *db = db_new(j->ctx, conninfo, NULL, NULL);
	bool ok = db_wait(db, WAIT_MS);

	if (ok) {
		db_query(db, q, p, rows, j);
		db_unit(db, on_end, j);
		ok = db_wait(db, WAIT_MS) && j->ended && j->status == DB_OK;
	} else {
		talloc_free(p);
	}
	if (!ok)
		*error =
			talloc_asprintf(j->ctx, "the database did not do it: %s", j->ended ? j->message : db_error(db));
	talloc_free(db);
	return ok;
}

/* 256 random bits in base64url without padding, behind a mark by which scanners of leaked secrets know it. */
static char *new_secret(TALLOC_CTX *ctx)
{
	unsigned char bytes[SECRET_BYTES], text[(SECRET_BYTES + 2) / 3 * 4 + 1];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		abort(); /* no entropy: the token could be guessed */
	EVP_EncodeBlock(text, bytes, sizeof(bytes));
	for (unsigned char *c = text; *c; c++)
		*c = *c == '+' ? '-' : *c == '/' ? '_' : *c == '=' ? 0 : *c;
	return talloc_asprintf(ctx, "aw_%s", text);
}

static struct uuid new_id(void)
{
	struct timeval t;
	uint8_t random[8];

	gettimeofday(&t, NULL);
	if (RAND_bytes(random, sizeof(random)) != 1)
		abort();
	return uuid_v7((usec_t)t.tv_sec * USEC_SECOND + t.tv_usec, random);
}

bool token_create(TALLOC_CTX *ctx, const char *conninfo, const struct uuid *brand, const char *name, unsigned scopes,
		  char **secret, struct uuid *id, char **error)
{
	struct job j = {.ctx = ctx};
	struct params *p = params_new(ctx);
	uint8_t hash[SHA256_DIGEST_LENGTH];

	*secret = new_secret(ctx);
	*id = new_id();
	SHA256((const unsigned char *)*secret, strlen(*secret), hash);
	params_uuid(p, brand);
	params_uuid(p, id);
	params_text(p, name);
	params_bytea(p, hash, sizeof(hash));
	params_int(p, P_INT4, scopes);
	if (!run(&j, conninfo, Q_TOKEN_CREATE, p, on_count, error))
		return false;
	if (!j.n)
		*error = talloc_strdup(ctx, brand ? "there is no such brand"
						  : "there is not exactly one brand: name the token's");
	return j.n > 0;
}

static void on_tokens(void *arg, const struct db_rows *rows)
{
	struct job *j = arg;

	j->n = (size_t)rows->n;
	j->tokens = talloc_zero_array(j->ctx, struct token, j->n ? (unsigned)j->n : 1);
	for (int i = 0; i < rows->n; i++)
		j->tokens[i] = (struct token){
			.id = db_uuid(rows, i, 0),
			.brand = talloc_strdup(j->tokens, db_text(rows, i, 1)),
			.name = talloc_strdup(j->tokens, db_text(rows, i, 2)),
			.scopes = (unsigned)db_int(rows, i, 3),
			.created_at = db_time(rows, i, 4),
			.revoked_at = db_time(rows, i, 5),
		};
}

bool token_list(TALLOC_CTX *ctx, const char *conninfo, struct token **tokens, size_t *n, char **error)
{
	struct job j = {.ctx = ctx};
	bool ok = run(&j, conninfo, Q_TOKEN_LIST, params_new(ctx), on_tokens, error);

	*tokens = j.tokens;
	*n = j.n;
	return ok;
}

bool token_revoke(TALLOC_CTX *ctx, const char *conninfo, const struct uuid *id, char **error)
{
	struct job j = {.ctx = ctx};
	struct params *p = params_new(ctx);

	params_uuid(p, id);
	if (!run(&j, conninfo, Q_TOKEN_REVOKE, p, on_count, error))
		return false;
	if (!j.n)
		*error = talloc_strdup(ctx, "there is no such token");
	return j.n > 0;
}
