#include "storage/demo.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>
#include <unistd.h>

#include "storage/db.h"

struct answer {
	bool ok, loaded;
	char why[200];
};

static void on_rows(void *arg, const struct db_rows *rows)
{
	((struct answer *)arg)->loaded = rows->n && db_bool(rows, 0, 0);
}

static void on_end(void *arg, const struct db_end *end)
{
	struct answer *a = arg;

	a->ok = end->status == DB_OK;
	strncpy(a->why, end->message, sizeof(a->why) - 1);
}

static void random_hex(char *out, size_t bytes)
{
	uint8_t raw[32];

	RAND_bytes(raw, (int)bytes);
	for (size_t i = 0; i < bytes; i++)
		snprintf(out + 2 * i, 3, "%02x", raw[i]);
}

static bool keep_token(const char *state_dir, const char *token)
{
	char *path = talloc_asprintf(NULL, "%s/demo-token", state_dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool ok = fd >= 0 && write(fd, token, strlen(token)) == (ssize_t)strlen(token) && !fsync(fd);

	if (fd >= 0)
		close(fd);
	talloc_free(path);
	return ok;
}

bool demo_load(TALLOC_CTX *ctx, const char *conninfo, const char *state_dir, const char *base_url, char **error)
{
	struct db *db = db_new(ctx, conninfo, NULL, NULL);
	struct params *p = params_new(ctx);
	struct answer a = {0};
	char token[68] = "aw_", secret[65];
	uint8_t hash[SHA256_DIGEST_LENGTH];

	random_hex(token + 3, 32);
	random_hex(secret, 32);
	SHA256((const uint8_t *)token, strlen(token), hash);
	params_text(p, secret);
	params_text(p, base_url);
	params_bytea(p, hash, sizeof(hash));
	if (!db_wait(db, 10000)) {
		*error = talloc_strdup(ctx, db_error(db));
		return false;
	}
	db_query(db, Q_DEMO_LOAD, p, on_rows, &a);
	db_unit(db, on_end, &a);
	if (!db_wait(db, 10000) || !a.ok)
		*error = talloc_strdup(ctx, a.why);
	else if (a.loaded && !keep_token(state_dir, token))
		*error = talloc_asprintf(ctx, "%s/demo-token: %s", state_dir, strerror(errno));
	else
		*error = NULL;
	talloc_free(db);
	return !*error;
}
