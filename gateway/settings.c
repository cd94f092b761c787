#include "gateway/settings.h"

#include <errno.h>
#include <limits.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, NUMBER, SWITCH };

/* The one table. Environment: AFTERWORD_ and the flag in capitals, '-' as '_'. */
static const struct setting {
	const char *flag, *fallback, *meaning;
	enum kind kind;
	size_t at;
	long low, high;
} table[] = {
	{"database-url", "", "PostgreSQL to use (a URI or keyword string); empty: the private one", TEXT, offsetof(struct settings, database_url), 0, 0},
	{"embedded", "false", "run a private PostgreSQL under the state folder", SWITCH, offsetof(struct settings, embedded), 0, 0},
	{"state-dir", "var", "folder for the spool, the private PostgreSQL and kept configuration", TEXT, offsetof(struct settings, state_dir), 0, 0},
	{"listen", "127.0.0.1:8080", "address and port to serve", TEXT, offsetof(struct settings, listen), 0, 0},
	{"public-url", "", "how providers reach us, where a channel does not say it (https://sms.shop.example)", TEXT, offsetof(struct settings, public_url), 0, 0},
	{"workers", "0", "worker processes; 0: one a core", NUMBER, offsetof(struct settings, workers), 0, 256},
	{"body-max", "1048576", "largest request body, bytes", NUMBER, offsetof(struct settings, body_max), 1024, 1 << 28},
	{"header-max", "16384", "largest request line and headers, bytes", NUMBER, offsetof(struct settings, header_max), 2048, 1 << 20},
	{"connections", "2000", "open connections a worker", NUMBER, offsetof(struct settings, connections), 1, 100000},
	{"idle-seconds", "60", "how long a connection may be idle", NUMBER, offsetof(struct settings, idle_seconds), 1, 3600},
	{"request-seconds", "15", "how long a request may take to arrive", NUMBER, offsetof(struct settings, request_seconds), 1, 3600},
	{"batch-max", "500", "most items in one transaction", NUMBER, offsetof(struct settings, batch_max), 1, 5000},
	{"queue-max", "20000", "most items that wait, a pipeline", NUMBER, offsetof(struct settings, queue_max), 1, 1000000},
	{"spool-max", "268435456", "most bytes kept while PostgreSQL is away", NUMBER, offsetof(struct settings, spool_max), 0, LONG_MAX},
	{"send-concurrency", "64", "sends in flight a worker", NUMBER, offsetof(struct settings, send_concurrency), 1, 10000},
	{"send-timeout", "15", "seconds a provider may take to answer", NUMBER, offsetof(struct settings, send_timeout), 1, 300},
	{"drain-seconds", "20", "seconds a stop may take", NUMBER, offsetof(struct settings, drain_seconds), 1, 600},
	{"demo", "false", "load the demo shop into an empty database", SWITCH, offsetof(struct settings, demo), 0, 0},
	{"outbound", "true", "send queued texts", SWITCH, offsetof(struct settings, outbound), 0, 0},
	{"log-level", "info", "debug, info, warn or error", TEXT, offsetof(struct settings, log_level), 0, 0},
};
#define SETTINGS (sizeof(table) / sizeof(table[0]))

static void environment_name(const struct setting *s, char out[64])
{
	size_t n = (size_t)snprintf(out, 64, "AFTERWORD_%s", s->flag);

	for (size_t i = 10; i < n; i++)
		out[i] = out[i] == '-' ? '_' : out[i] >= 'a' && out[i] <= 'z' ? (char)(out[i] - 32) : out[i];
}

static bool complain(const char *where, const char *value, const char *right)
{
	fprintf(stderr, "afterword: %s: \"%s\" is not %s\n", where, value, right);
	return false;
}

static bool set_number(const struct setting *s, const char *where, const char *value, long *to)
{
	char *end, right[96];
	long v;

	errno = 0;
	v = strtol(value, &end, 10);
	if (!*value || *end || errno || v < s->low || v > s->high) {
		snprintf(right, sizeof(right), "a whole number from %ld to %ld", s->low, s->high);
		return complain(where, value, right);
	}
	*to = v;
	return true;
}

static bool set_switch(const char *where, const char *value, bool *to)
{
	static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no", "off", "0"};

	for (int i = 0; i < 4; i++) {
		if (!strcmp(value, yes[i]) || !strcmp(value, no[i])) {
			*to = !strcmp(value, yes[i]);
			return true;
		}
	}
	return complain(where, value, "true or false");
}

static bool set(TALLOC_CTX *ctx, const struct setting *s, struct settings *out, const char *where, const char *value)
{
	char *at = (char *)out + s->at;

	if (s->kind == NUMBER)
		return set_number(s, where, value, (long *)(void *)at);
	if (s->kind == SWITCH)
		return set_switch(where, value, (bool *)at);
	if (!strcmp(s->flag, "log-level") && strcmp(value, "debug") && strcmp(value, "info") && strcmp(value, "warn") &&
	    strcmp(value, "error"))
		return complain(where, value, "debug, info, warn or error");
	if (!strcmp(s->flag, "listen") && (!strrchr(value, ':') || strspn(strrchr(value, ':') + 1, "0123456789") != strlen(strrchr(value, ':') + 1) ||
					   !strrchr(value, ':')[1] || atol(strrchr(value, ':') + 1) > 65535))
		return complain(where, value, "an address and a port, as 127.0.0.1:8080");
	*(const char **)(void *)at = talloc_strdup(ctx, value);
	return true;
}

static bool from_environment(TALLOC_CTX *ctx, struct settings *out)
{
	char name[64];

	for (size_t i = 0; i < SETTINGS; i++) {
		const char *value;
		environment_name(&table[i], name);
		value = getenv(name);
		if (!set(ctx, &table[i], out, name, value && *value ? value : table[i].fallback))
			return false;
	}
	return true;
}

bool settings_parse(TALLOC_CTX *ctx, int argc, char **argv, struct settings *out, int *n_rest, char ***rest)
{
	struct option options[2 * SETTINGS + 1] = {{0}};
	size_t n = 0;
	int c, which;

	memset(out, 0, sizeof(*out));
	if (!from_environment(ctx, out))
		return false;
	for (size_t i = 0; i < SETTINGS; i++) {
		options[n++] = (struct option){table[i].flag, table[i].kind == SWITCH ? optional_argument : required_argument, NULL, (int)i + 256};
		if (table[i].kind == SWITCH)
			options[n++] = (struct option){talloc_asprintf(ctx, "no-%s", table[i].flag), no_argument, NULL, (int)i + 1024};
	}
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":", options, &which)) != -1) {
		const struct setting *s = c >= 1024 ? &table[c - 1024] : c >= 256 ? &table[c - 256] : NULL;
		char where[64];
		if (!s) {
			fprintf(stderr, c == ':' ? "afterword: %s needs a value\n" : "afterword: %s is not a flag; see --help\n", argv[optind - 1]);
			return false;
		}
		snprintf(where, sizeof(where), "--%s", s->flag);
		if (!set(ctx, s, out, where, c >= 1024 ? "false" : optarg ? optarg : "true"))
			return false;
	}
	*n_rest = argc - optind;
	*rest = argv + optind;
	return true;
}

/* The password of a database URL is not for a screen. */
static void print_masked(FILE *to, const char *value)
{
	const char *scheme = strstr(value, "://"), *at = scheme ? strrchr(value, '@') : NULL;
	const char *colon = at ? memchr(scheme + 3, ':', (size_t)(at - scheme - 3)) : NULL;
	const char *word = strstr(value, "password=");

	if (colon)
		fprintf(to, "%.*s:***%s", (int)(colon - value), value, at);
	else if (word)
		fprintf(to, "%.*spassword=***%s", (int)(word - value), value, word + strcspn(word, " "));
	else
		fputs(value, to);
}

void settings_print(FILE *to, const struct settings *s)
{
	char name[64];

	for (size_t i = 0; i < SETTINGS; i++) {
		const char *at = (const char *)s + table[i].at;
		environment_name(&table[i], name);
		fprintf(to, "--%-17s %-28s ", table[i].flag, name);
		if (table[i].kind == NUMBER)
			fprintf(to, "%ld", *(const long *)(const void *)at);
		else if (table[i].kind == SWITCH)
			fputs(*(const bool *)at ? "true" : "false", to);
		else
			print_masked(to, *(const char *const *)(const void *)at);
		fprintf(to, "\n    %s (default: %s)\n", table[i].meaning, *table[i].fallback ? table[i].fallback : "empty");
	}
}

void settings_help(FILE *to)
{
	for (size_t i = 0; i < SETTINGS; i++)
		fprintf(to, "  --%-18s %s (default: %s)\n", table[i].flag, table[i].meaning, *table[i].fallback ? table[i].fallback : "empty");
}
