#include "gateway/settings.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, SECRET_TEXT, NUMBER, SWITCH };

/* clang-format off */
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
	{"body-max", "2097152", "largest request body, bytes (routes have lower limits of their own)", NUMBER, offsetof(struct settings, body_max), 1024, 1 << 28},
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
	{"suppression-key", "", "key by which erased numbers are known again, 64 hexadecimal digits, the same on every machine (better in the environment); empty: kept in the state folder", SECRET_TEXT, offsetof(struct settings, suppression_key), 0, 0},
	{"log-level", "info", "debug, info, warn or error", TEXT, offsetof(struct settings, log_level), 0, 0},
};
/* clang-format on */
#define SETTINGS (sizeof(table) / sizeof(table[0]))

#define NAME_MAX_BYTES 64

static void environment_name(const struct setting *s, char out[NAME_MAX_BYTES])
{
	size_t n = (size_t)snprintf(out, NAME_MAX_BYTES, "AFTERWORD_%s", s->flag);

	for (size_t i = strlen("AFTERWORD_"); i < n; i++)
		out[i] = out[i] == '-' ? '_' : (char)toupper((unsigned char)out[i]);
}

/* values ------------------------------------------------------------------------------------------------------- */
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
	if (!isdigit((unsigned char)*value) || *end || errno || v < s->low || v > s->high) {
		snprintf(right, sizeof(right), "a whole number from %ld to %ld", s->low, s->high);
		return complain(where, value, right);
	}
	*to = v;
	return true;
}

static bool set_switch(const char *where, const char *value, bool *to)
{
	static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no", "off", "0"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (!strcmp(value, yes[i]) || !strcmp(value, no[i])) {
			*to = !strcmp(value, yes[i]);
			return true;
		}
	}
	return complain(where, value, "true or false");
}

static bool is_level(const char *value)
{
	return !strcmp(value, "debug") || !strcmp(value, "info") || !strcmp(value, "warn") || !strcmp(value, "error");
}

static bool is_listen(const char *value)
{
	const char *colon = strrchr(value, ':'), *port = colon ? colon + 1 : "";
	size_t digits = strspn(port, "0123456789");

	return digits && digits <= 5 && !port[digits] && atoi(port) <= 65535;
}

static bool is_url(const char *value)
{
	return !*value || !strncmp(value, "http://", 7) || !strncmp(value, "https://", 8);
}

static bool is_key(const char *value)
{
	size_t n = strlen(value);

	return !n || (n == 64 && strspn(value, "0123456789abcdefABCDEF") == n);
}

/* Texts that are not any text. */
static const struct {
	const char *flag;
	bool (*fits)(const char *value);
	const char *right;
} checks[] = {
	{"log-level", is_level, "debug, info, warn or error"},
	{"listen", is_listen, "an address and a port, as 127.0.0.1:8080"},
	{"suppression-key", is_key, "64 hexadecimal digits"},
	{"public-url", is_url, "a URL, as https://sms.shop.example"},
};

static bool set_text(TALLOC_CTX *ctx, const struct setting *s, const char *where, const char *value, const char **to)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (!strcmp(s->flag, checks[i].flag) && !checks[i].fits(value))
			return complain(where, s->kind == SECRET_TEXT ? "***" : value, checks[i].right);
	*to = talloc_strdup(ctx, value);
	return true;
}

static bool set(TALLOC_CTX *ctx, const struct setting *s, struct settings *out, const char *where, const char *value)
{
	void *at = (char *)out + s->at;

	switch (s->kind) {
	case NUMBER:
		return set_number(s, where, value, at);
	case SWITCH:
		return set_switch(where, value, at);
	case TEXT:
	case SECRET_TEXT:
		return set_text(ctx, s, where, value, at);
	}
	return false;
}

/* environment and flags ------------------------------------------------------------------------------------------ */
static bool from_environment(TALLOC_CTX *ctx, struct settings *out)
{
	char name[NAME_MAX_BYTES];

	for (size_t i = 0; i < SETTINGS; i++) {
		const char *value;
		environment_name(&table[i], name);
		value = getenv(name);
		if (!set(ctx, &table[i], out, name, value && *value ? value : table[i].fallback))
			return false;
	}
	return true;
}

enum flag_code {
	FLAG_SETS = 256,
	FLAG_CLEARS = 1024
}; /* getopt_long()'s value: one of these and the setting's index */

static struct option *options_new(TALLOC_CTX *ctx)
{
	struct option *options = talloc_zero_array(ctx, struct option, 2 * SETTINGS + 1), *o = options;

	for (size_t i = 0; i < SETTINGS; i++) {
		bool is_switch = table[i].kind == SWITCH;
		*o++ = (struct option){table[i].flag, is_switch ? optional_argument : required_argument, NULL,
				       FLAG_SETS + (int)i};
		if (is_switch)
			*o++ = (struct option){talloc_asprintf(options, "no-%s", table[i].flag), no_argument, NULL,
					       FLAG_CLEARS + (int)i};
	}
	return options;
}

static bool from_flag(TALLOC_CTX *ctx, struct settings *out, int code, char **argv)
{
	bool clears = code >= FLAG_CLEARS;
	size_t i = (size_t)(code - (clears ? FLAG_CLEARS : FLAG_SETS));
	char where[NAME_MAX_BYTES];

	if (code < FLAG_SETS || i >= SETTINGS) {
		fprintf(stderr,
			code == ':' ? "afterword: %s: needs a value\n" : "afterword: %s: no such flag; see --help\n",
			argv[optind - 1]);
		return false;
	}
	snprintf(where, sizeof(where), "--%s", table[i].flag);
	return set(ctx, &table[i], out, where, clears ? "false" : optarg ? optarg : "true");
}

bool settings_parse(TALLOC_CTX *ctx, int argc, char **argv, struct settings *out, int *n_rest, char ***rest)
{
	struct option *options;
	bool ok = true;
	int code;

	memset(out, 0, sizeof(*out));
	if (!from_environment(ctx, out))
		return false;
	options = options_new(ctx);
	optind = 0; /* glibc: begin anew */
	opterr = 0;
	while (ok && (code = getopt_long(argc, argv, ":", options, NULL)) != -1)
		ok = from_flag(ctx, out, code, argv);
	talloc_free(options);
	*n_rest = argc - optind;
	*rest = argv + optind;
	return ok;
}

/* printing --------------------------------------------------------------------------------------------------------- */
#define SECRET "***"

/* The end of a keyword's value in "host=a password='it''s \' b' user=c". */
static const char *value_end(const char *s)
{
	bool quoted = *s == '\'';

	for (s += quoted; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (quoted ? *s == '\'' : isspace((unsigned char)*s))
			return s + quoted;
	}
	return s;
}

/* Copies s with the value of each password= masked; in a URI's query a value ends at '&'. */
static char *mask_words(TALLOC_CTX *ctx, const char *s, bool uri)
{
	char *out = talloc_strdup(ctx, "");
	const char *word;

	while ((word = strcasestr(s, "password"))) {
		const char *value = word + strlen("password");
		value += strspn(value, " \t");
		if (*value != '=') {
			out = talloc_strndup_append_buffer(out, s, (size_t)(value - s));
			s = value;
			continue;
		}
		value++;
		value += strspn(value, " \t");
		out = talloc_strndup_append_buffer(out, s, (size_t)(value - s));
		out = talloc_strdup_append_buffer(out, SECRET);
		s = uri ? value + strcspn(value, "&") : value_end(value);
	}
	return talloc_strdup_append_buffer(out, s);
}

/* A database's password is not for a screen. */
static char *masked(TALLOC_CTX *ctx, const char *value)
{
	const char *host = strstr(value, "://"), *at, *colon;
	char *out;

	if (!host || strchr(value, ' '))
		return mask_words(ctx, value, false);
	host += 3;
	at = strrchr(host, '@');
	colon = at ? memchr(host, ':', (size_t)(at - host)) : NULL;
	if (!colon)
		return mask_words(ctx, value, true);
	out = talloc_asprintf(ctx, "%.*s" SECRET, (int)(colon + 1 - value), value);
	return talloc_strdup_append_buffer(out, mask_words(ctx, at, true));
}

static char *value_text(TALLOC_CTX *ctx, const struct setting *s, const struct settings *from)
{
	const void *at = (const char *)from + s->at;

	if (s->kind == NUMBER)
		return talloc_asprintf(ctx, "%ld", *(const long *)at);
	if (s->kind == SWITCH)
		return talloc_strdup(ctx, *(const bool *)at ? "true" : "false");
	if (s->kind == SECRET_TEXT)
		return talloc_strdup(ctx, **(const char *const *)at ? SECRET : "");
	return masked(ctx, *(const char *const *)at);
}

#define COLUMNS 5

static void fill_row(TALLOC_CTX *ctx, const struct setting *s, const struct settings *from, const char *row[COLUMNS])
{
	char *name = talloc_size(ctx, NAME_MAX_BYTES);

	environment_name(s, name);
	row[0] = talloc_asprintf(ctx, "--%s", s->flag);
	row[1] = name;
	row[2] = value_text(ctx, s, from);
	row[3] = s->fallback;
	row[4] = s->meaning;
	for (int i = 2; i < COLUMNS; i++)
		if (!*row[i])
			row[i] = "-";
}

void settings_print(FILE *to, const struct settings *s)
{
	static const char *const heads[COLUMNS] = {"flag", "environment", "value", "default", "meaning"};
	const char *rows[SETTINGS + 1][COLUMNS];
	size_t width[COLUMNS] = {0};
	TALLOC_CTX *tmp = talloc_new(NULL);

	memcpy(rows[0], heads, sizeof(heads));
	for (size_t i = 0; i < SETTINGS; i++)
		fill_row(tmp, &table[i], s, rows[i + 1]);
	for (size_t i = 0; i <= SETTINGS; i++)
		for (int c = 0; c < COLUMNS; c++)
			width[c] = strlen(rows[i][c]) > width[c] ? strlen(rows[i][c]) : width[c];
	for (size_t i = 0; i <= SETTINGS; i++) {
		for (int c = 0; c < COLUMNS - 1; c++)
			fprintf(to, "%-*s  ", (int)width[c], rows[i][c]);
		fprintf(to, "%s\n", rows[i][COLUMNS - 1]);
	}
	talloc_free(tmp);
}

void settings_help(FILE *to)
{
	fprintf(to, "Settings, each also in the environment (AFTERWORD_ and the flag in capitals); --no-FLAG turns a "
		    "switch "
		    "off:\n");
	for (size_t i = 0; i < SETTINGS; i++)
		fprintf(to, "  --%-*s %s (default: %s)\n", 18, table[i].flag, table[i].meaning,
			*table[i].fallback ? table[i].fallback : "empty");
}
