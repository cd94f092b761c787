#include "storage/demo.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/db.h"
#include "storage/tokens.h"

#define WAIT_MS 10000
#define TOKEN_SCOPES 8191 /* all of them */

struct load {
	bool ended, ok, is_demo;
	struct uuid brand;
	char why[200];
};

static void on_brand(void *arg, const struct db_rows *rows)
{
	struct load *l = arg;

	l->is_demo = rows->n > 0;
	if (l->is_demo)
		l->brand = db_uuid(rows, 0, 0);
}

static void on_end(void *arg, const struct db_end *end)
{
	struct load *l = arg;

	l->ended = true;
	l->ok = end->status == DB_OK;
	snprintf(l->why, sizeof(l->why), "%s", end->message);
}

static char *random_hex(TALLOC_CTX *ctx)
{
	uint8_t raw[32];
	char *out = talloc_strdup(ctx, "");

	if (RAND_bytes(raw, sizeof(raw)) != 1)
		abort(); /* no entropy: the secret could be guessed */
	for (size_t i = 0; i < sizeof(raw); i++)
		out = talloc_asprintf_append(out, "%02x", raw[i]);
	return out;
}

static bool load(TALLOC_CTX *ctx, const char *conninfo, const char *base_url, struct load *l)
{
	struct db *db = db_new(ctx, conninfo, NULL, NULL);
	struct params *p = params_new(ctx), *self = params_new(ctx);

	params_text(p, random_hex(p));
	params_text(p, base_url);
	params_text(self, base_url);
	if (db_wait(db, WAIT_MS)) {
		db_query(db, Q_DEMO_LOAD, p, NULL, NULL);
		db_query(db, Q_DEMO_SELF, self, on_brand, l);
		db_unit(db, on_end, l);
		db_wait(db, WAIT_MS);
	}
	if (!l->ended)
		snprintf(l->why, sizeof(l->why), "%s", db_error(db));
	talloc_free(db);
	return l->ended && l->ok;
}

static bool write_token(const char *path, const char *token)
{
	size_t n = strlen(token);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool ok = fd >= 0 && write(fd, token, n) == (ssize_t)n && !fsync(fd);

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool keep_token(TALLOC_CTX *ctx, const char *conninfo, const char *state_dir, const struct uuid *brand,
		       char **error)
{
	char *path = talloc_asprintf(ctx, "%s/demo-token", state_dir), *secret;
	struct stat st;
	struct uuid id;

	if (!stat(path, &st) && st.st_size > 0)
		return true;
	if (!token_create(ctx, conninfo, brand, "demo", TOKEN_SCOPES, &secret, &id, error))
		return false;
	if (write_token(path, secret))
		return true;
	*error = talloc_asprintf(ctx, "%s: %s", path, strerror(errno));
	return false;
}

bool demo_load(TALLOC_CTX *ctx, const char *conninfo, const char *state_dir, const char *base_url, char **error)
{
	struct load l = {0};

	if (!load(ctx, conninfo, base_url, &l)) {
		*error = talloc_strdup(ctx, l.why);
		return false;
	}
	return !l.is_demo || keep_token(ctx, conninfo, state_dir, &l.brand, error);
}
