#include "gateway/token_command.h"

#include <stddef.h>
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

struct call {
	const char *brand, *name, *scopes; /* flags; NULL: not given */
	const char *id;
	struct settings settings;
};

static int wrong(const char *what, const char *detail)
{
	fprintf(stderr, "afterword: token: %s%s\n", what, detail);
	return 2;
}

/* The database; NULL, and complained: there is none to be found. */
static const char *database(TALLOC_CTX *ctx, const struct call *c)
{
	const char *url = c->settings.database_url;

	if (!*url)
		url = embedded_conninfo(ctx, c->settings.state_dir); /* the private one, while the server runs */
	if (!url)
		wrong("--database-url: no database; name one (AFTERWORD_DATABASE_URL)", "");
	return url;
}

static int failed(const char *error)
{
	fprintf(stderr, "afterword: %s\n", error);
	return 1;
}

static const char *all_scopes(TALLOC_CTX *ctx)
{
	char *list = talloc_strdup(ctx, scopes[0].name);

	for (size_t i = 1; i < SCOPES; i++)
		list = talloc_asprintf_append(list, ", %s", scopes[i].name);
	return list;
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

static int create(TALLOC_CTX *ctx, const struct call *c)
{
	struct uuid brand, id;
	unsigned bits;
	char *secret, *error, text[37];
	const char *url;

	if (!c->name)
		return wrong("--name: say what the token is for", "");
	if (c->brand && !uuid_parse(c->brand, &brand))
		return wrong("--brand: not a brand's id: ", c->brand);
	if (!parse_scopes(c->scopes ? c->scopes : "all", &bits))
		return wrong("--scopes: ",
			     talloc_asprintf(ctx, "\"%s\" is not a list of %s", c->scopes, all_scopes(ctx)));
	if (!(url = database(ctx, c)))
		return 2;
	if (!token_create(ctx, url, c->brand ? &brand : NULL, c->name, bits, &secret, &id, &error))
		return failed(error);
	uuid_format(&id, text);
	printf("%s\n", secret);
	fprintf(stderr, "token %s; it is shown this once\n", text);
	return 0;
}

static int list(TALLOC_CTX *ctx, const struct call *c)
{
	const char *url = database(ctx, c);
	struct token *tokens;
	size_t n;
	char *error, id[37];

	if (!url)
		return 2;
	if (!token_list(ctx, url, &tokens, &n, &error))
		return failed(error);
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

static int revoke(TALLOC_CTX *ctx, const struct call *c)
{
	const char *url;
	struct uuid id;
	char *error;

	if (!c->id || !uuid_parse(c->id, &id))
		return wrong("revoke: give the token's id, as `afterword token list` shows it", "");
	if (!(url = database(ctx, c)))
		return 2;
	return token_revoke(ctx, url, &id, &error) ? 0 : failed(error);
}

/* the command line ---------------------------------------------------------------------------------------------- */
static const struct {
	const char *flag;
	size_t at;
	const char *meaning;
} flags[] = {
	{"--name", offsetof(struct call, name), "create: what the token is for"},
	{"--brand", offsetof(struct call, brand), "create: the brand's id (needed where there are several)"},
	{"--scopes", offsetof(struct call, scopes), "create: what it may do, parted by commas (all)"},
};
#define FLAGS (sizeof(flags) / sizeof(flags[0]))

static const struct {
	const char *name;
	int (*run)(TALLOC_CTX *ctx, const struct call *c);
	int takes; /* arguments */
} actions[] = {{"create", create, 0}, {"list", list, 0}, {"revoke", revoke, 1}};
#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

void token_help(FILE *to)
{
	TALLOC_CTX *ctx = talloc_new(NULL);

	for (size_t i = 0; i < FLAGS; i++)
		fprintf(to, "  %-16s %s\n", flags[i].flag, flags[i].meaning);
	fprintf(to, "  %-16s %s\n", "--database-url", "PostgreSQL to use (the private one, while it runs)");
	fprintf(to, "  %-16s %s\n", "--state-dir", "where the private one is (var)");
	fprintf(to, "Scopes: %s.\n", all_scopes(ctx));
	talloc_free(ctx);
}

/* "--name x" or "--name=x": which of our flags that is; FLAGS: none. */
static size_t flag_of(const char *argument)
{
	size_t n = strcspn(argument, "="), i = 0;

	while (i < FLAGS && (strlen(flags[i].flag) != n || strncmp(argument, flags[i].flag, n)))
		i++;
	return i;
}

/* Takes our own flags out; the rest is for the settings. How many are left; -1: a value is missing, and it was said. */
static int own_flags(int argc, char **argv, struct call *c, char **rest)
{
	int n = 0;

	for (int i = 0; i < argc; i++) {
		size_t f = flag_of(argv[i]);
		const char *value = strchr(argv[i], '=');
		if (f == FLAGS) {
			rest[n++] = argv[i];
			continue;
		}
		if (!value && i + 1 == argc) {
			wrong(flags[f].flag, ": needs a value");
			return -1;
		}
		*(const char **)((char *)c + flags[f].at) = value ? value + 1 : argv[++i];
	}
	rest[n] = NULL;
	return n;
}

static int act(TALLOC_CTX *ctx, struct call *c, int n, char **words)
{
	size_t i = 0;

	if (!n)
		return wrong("create, list or revoke?", "");
	while (i < ACTIONS && strcmp(actions[i].name, words[0]))
		i++;
	if (i == ACTIONS)
		return wrong("create, list or revoke, not ", words[0]);
	if (n - 1 > actions[i].takes)
		return wrong(words[0], talloc_asprintf(ctx, " takes no argument \"%s\"", words[1 + actions[i].takes]));
	c->id = words[1]; /* NULL where there is none: argv ends so */
	return actions[i].run(ctx, c);
}

int token_main(int argc, char **argv)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	char **mine = talloc_array(ctx, char *, (unsigned)argc + 1), **words;
	struct call c = {0};
	int n = own_flags(argc, argv, &c, mine), left, status = 2;

	if (n >= 0 && settings_parse(ctx, n, mine, &c.settings, &left, &words))
		status = act(ctx, &c, left, words);
	talloc_free(ctx);
	return status;
}
