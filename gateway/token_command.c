#include "gateway/token_command.h"

#include <stdio.h>
#include <string.h>

#include "gateway/http/http.h"
#include "gateway/settings.h"
#include "router/uuid.h"
#include "storage/embedded.h"
#include "storage/tokens.h"

static const struct {
	const char *name;
	unsigned bit;
} scopes[] = {
	{"events:write", SCOPE_EVENTS_WRITE},
	{"orders:read", SCOPE_ORDERS_READ},
	{"customers:read", SCOPE_CUSTOMERS_READ},
	{"conversations:read", SCOPE_CONVERSATIONS_READ},
	{"conversations:write", SCOPE_CONVERSATIONS_WRITE},
	{"messages:read", SCOPE_MESSAGES_READ},
	{"messages:write", SCOPE_MESSAGES_WRITE},
	{"tickets:read", SCOPE_TICKETS_READ},
	{"tickets:write", SCOPE_TICKETS_WRITE},
	{"consents:read", SCOPE_CONSENTS_READ},
	{"consents:write", SCOPE_CONSENTS_WRITE},
	{"customers:write", SCOPE_CUSTOMERS_WRITE},
	{"privacy:write", SCOPE_PRIVACY_WRITE},
	{"all", SCOPE_ALL},
};
#define SCOPES (sizeof(scopes) / sizeof(scopes[0]))

struct options {
	const char *brand, *name, *scopes, *id;
};

static int wrong(const char *what, const char *detail)
{
	fprintf(stderr, "afterword: token: %s%s\n", what, detail);
	return 2;
}

static bool parse_scopes(const char *list, unsigned *out)
{
	*out = 0;
	while (*list) {
		size_t n = strcspn(list, ","), i = 0;
		while (i < SCOPES && (strlen(scopes[i].name) != n || strncmp(scopes[i].name, list, n)))
			i++;
		if (i == SCOPES)
			return false;
		*out |= scopes[i].bit;
		list += n + (list[n] == ',');
	}
	return *out != 0;
}

static int create(TALLOC_CTX *ctx, const char *url, const struct options *o)
{
	struct uuid brand, id;
	unsigned bits;
	char *secret, *error, text[37];

	if (!o->name)
		return wrong("--name: say what the token is for", "");
	if (o->brand && !uuid_parse(o->brand, &brand))
		return wrong("--brand: not a brand's id: ", o->brand);
	if (!parse_scopes(o->scopes ? o->scopes : "all", &bits))
		return wrong("--scopes: a list of events:write, orders:read, customers:read, conversations:read, "
			     "conversations:write, "
			     "messages:read, messages:write, tickets:read, tickets:write, consents:read, "
			     "consents:write, customers:write, privacy:write, or all; not ",
			     o->scopes);
	if (!token_create(ctx, url, o->brand ? &brand : NULL, o->name, bits, &secret, &id, &error)) {
		fprintf(stderr, "afterword: %s\n", error);
		return 1;
	}
	uuid_format(&id, text);
	printf("%s\n", secret);
	fprintf(stderr, "token %s; it is shown this once\n", text);
	return 0;
}

static int list(TALLOC_CTX *ctx, const char *url)
{
	struct token *tokens;
	size_t n;
	char *error, id[37];

	if (!token_list(ctx, url, &tokens, &n, &error)) {
		fprintf(stderr, "afterword: %s\n", error);
		return 1;
	}
	for (size_t i = 0; i < n; i++) {
		uuid_format(&tokens[i].id, id);
		printf("%s  %-8s %s  %s ", id, tokens[i].revoked_at ? "revoked" : "active", tokens[i].brand,
		       tokens[i].name);
		for (size_t k = 0; k + 1 < SCOPES && tokens[i].scopes != SCOPE_ALL; k++)
			if (tokens[i].scopes & scopes[k].bit)
				printf(" %s", scopes[k].name);
		printf("%s\n", tokens[i].scopes == SCOPE_ALL ? " all" : "");
	}
	return 0;
}

static int revoke(TALLOC_CTX *ctx, const char *url, const struct options *o)
{
	struct uuid id;
	char *error;

	if (!o->id || !uuid_parse(o->id, &id))
		return wrong("revoke: give the token's id, as `afterword token list` shows it", "");
	if (token_revoke(ctx, url, &id, &error))
		return 0;
	fprintf(stderr, "afterword: %s\n", error);
	return 1;
}

/* Takes our own flags out; the rest is for the settings. */
static int own_flags(int argc, char **argv, struct options *o, char **rest)
{
	const struct {
		const char *flag, **to;
	} flags[] = {{"--brand", &o->brand}, {"--name", &o->name}, {"--scopes", &o->scopes}};
	int n = 0;

	for (int i = 0; i < argc; i++) {
		size_t f = 0;
		while (f < 3 && strcmp(argv[i], flags[f].flag))
			f++;
		if (f < 3 && i + 1 < argc)
			*flags[f].to = argv[++i];
		else
			rest[n++] = argv[i];
	}
	rest[n] = NULL;
	return n;
}

int token_main(int argc, char **argv)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	char **mine = talloc_array(ctx, char *, (unsigned)argc + 1), **rest;
	struct options o = {0};
	struct settings s;
	char *found;
	int n = own_flags(argc, argv, &o, mine), left, status = 2;

	if (!settings_parse(ctx, n, mine, &s, &left, &rest))
		return 2;
	if (!*s.database_url && (found = embedded_conninfo(ctx, s.state_dir)))
		s.database_url = found; /* the private one, while the server runs */
	if (left < 1)
		status = wrong("create, list or revoke?", "");
	else if (!*s.database_url)
		status = wrong("--database-url: no database; name one (AFTERWORD_DATABASE_URL)", "");
	else if (!strcmp(rest[0], "create"))
		status = create(ctx, s.database_url, &o);
	else if (!strcmp(rest[0], "list"))
		status = list(ctx, s.database_url);
	else if (!strcmp(rest[0], "revoke"))
		o.id = left > 1 ? rest[1] : NULL, status = revoke(ctx, s.database_url, &o);
	else
		status = wrong("create, list or revoke, not ", rest[0]);
	talloc_free(ctx);
	return status;
}
