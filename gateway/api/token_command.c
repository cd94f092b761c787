/* `afterword token create | list | revoke`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/http/auth.h"
#include "gateway/settings.h"
#include "router/uuid.h"
#include "storage/tokens.h"

/* The command's own flags; all others are settings. */
struct wanted {
	const char *brand, *name, *scopes;
};

static const char **flag_of(struct wanted *w, const char *name, size_t n)
{
	const struct {
		const char *name;
		const char **value;
	} flags[] = {{"--brand", &w->brand}, {"--name", &w->name}, {"--scopes", &w->scopes}};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strlen(flags[i].name) == n && !memcmp(flags[i].name, name, n))
			return flags[i].value;
	return NULL;
}

/* Takes the own flags out of argv. */
static bool take_flags(int *argc, char **argv, struct wanted *w)
{
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		size_t n = strcspn(argv[i], "=");
		const char **value = flag_of(w, argv[i], n);
		if (!value) {
			argv[kept++] = argv[i];
		} else if (argv[i][n]) {
			*value = argv[i] + n + 1;
		} else if (i + 1 < *argc) {
			*value = argv[++i];
		} else {
			fprintf(stderr, "afterword: %s needs a value\n", argv[i]);
			return false;
		}
	}
	*argc = kept;
	argv[kept] = NULL;
	return true;
}

/* The private PostgreSQL, if no other is named. */
static const char *database(TALLOC_CTX *ctx, const struct settings *s)
{
	char *folder;

	if (*s->database_url)
		return s->database_url;
	folder = realpath(s->state_dir, NULL);
	if (!folder)
		return NULL;
	ctx = talloc_asprintf(ctx, "host=%s/postgres user=afterword dbname=postgres", folder);
	free(folder);
	return ctx;
}

static int fail(const char *why)
{
	fprintf(stderr, "afterword: %s\n", why);
	return 1;
}

static int usage(const char *why)
{
	fprintf(stderr, "afterword: %s; see afterword token --help\n", why);
	return 2;
}

static int create(TALLOC_CTX *ctx, const char *conninfo, const struct wanted *w)
{
	const char *unknown;
	struct uuid brand, id;
	unsigned scopes;
	char *secret, *error, text[37];

	if (!w->name || !*w->name || strlen(w->name) > 63)
		return usage("--name: name who will use the token, in 1 to 63 bytes");
	if (w->brand && !uuid_parse(w->brand, &brand))
		return usage("--brand: must be a brand's UUID");
	if (!scopes_parse(w->scopes ? w->scopes : "all", &scopes, &unknown)) {
		fprintf(stderr, "afterword: --scopes: \"%s\" is no scope; choose from all", unknown);
		for (unsigned bit = 1; scope_name(bit); bit <<= 1)
			fprintf(stderr, ", %s", scope_name(bit));
		fprintf(stderr, "\n");
		return 2;
	}
	if (!token_create(ctx, conninfo, w->brand ? &brand : NULL, w->name, scopes, &secret, &id, &error))
		return fail(error);
	uuid_format(&id, text);
	fprintf(stderr, "token %s; it is shown this once:\n", text);
	printf("%s\n", secret);
	return 0;
}

static const char *date(usec_t t, char out[32])
{
	time_t seconds = (time_t)(t / USEC_SECOND);
	struct tm tm;

	strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &tm));
	return out;
}

static int list(TALLOC_CTX *ctx, const char *conninfo)
{
	struct token *tokens;
	size_t n;
	char *error, id[37], at[32];

	if (!token_list(ctx, conninfo, &tokens, &n, &error))
		return fail(error);
	for (size_t i = 0; i < n; i++) {
		const char *comma = "";
		uuid_format(&tokens[i].id, id);
		printf("%s\t%s\t%s\t%s\t%s\t", id, tokens[i].brand, tokens[i].name, date(tokens[i].created_at, at),
		       tokens[i].revoked_at ? "revoked" : "in force");
		for (unsigned bit = 1; scope_name(bit); bit <<= 1)
			if (tokens[i].scopes & bit) {
				printf("%s%s", comma, scope_name(bit));
				comma = ",";
			}
		printf("\n");
	}
	return 0;
}

static int revoke(TALLOC_CTX *ctx, const char *conninfo, const char *text)
{
	struct uuid id;
	char *error;

	if (!uuid_parse(text, &id))
		return usage("revoke: the token's UUID is wanted, as afterword token list shows it");
	if (!token_revoke(ctx, conninfo, &id, &error))
		return fail(error);
	fprintf(stderr, "revoked; no worker takes it any more in 30 seconds\n");
	return 0;
}

int tokens_main(int argc, char **argv)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct wanted w = {0};
	struct settings s;
	const char *conninfo;
	char **rest;
	int n, status;

	if (!take_flags(&argc, argv, &w) || !settings_parse(ctx, argc, argv, &s, &n, &rest))
		return 2;
	conninfo = database(ctx, &s);
	if (!conninfo)
		status = usage("--database-url: no database; name one (AFTERWORD_DATABASE_URL)");
	else if (n == 1 && !strcmp(rest[0], "create"))
		status = create(ctx, conninfo, &w);
	else if (n == 1 && !strcmp(rest[0], "list"))
		status = list(ctx, conninfo);
	else if (n == 2 && !strcmp(rest[0], "revoke"))
		status = revoke(ctx, conninfo, rest[1]);
	else
		status = usage("token: say create, list, or revoke and an id");
	talloc_free(ctx);
	return status;
}
