/* All settings in one table: flag, environment variable, default, meaning. */
#ifndef AFTERWORD_SETTINGS_H
#define AFTERWORD_SETTINGS_H

#include <stdbool.h>
#include <stdio.h>
#include <talloc.h>

struct settings {
	const char *database_url; /* AFTERWORD_DATABASE_URL; "" with embedded */
	bool embedded;            /* run a private PostgreSQL under state_dir */
	const char *state_dir;    /* var */
	const char *listen;       /* 127.0.0.1:8080 */
	const char *public_url;   /* "" : channels' own */
	long workers;             /* 0: one a core */
	long body_max;            /* 1 MiB */
	long header_max;          /* 16 KiB */
	long connections;         /* a worker: 2000 */
	long idle_seconds;        /* 60 */
	long request_seconds;     /* 15 */
	long batch_max;           /* 500 */
	long queue_max;           /* 20000 waiting items a pipeline */
	long spool_max;           /* bytes: 256 MiB */
	long send_concurrency;    /* 64 sends in flight a worker */
	long send_timeout;        /* seconds: 15 */
	long drain_seconds;       /* 20 */
	bool demo;                /* load the demo brand into an empty database */
	bool outbound;            /* send texts: on */
	const char *log_level;    /* info */
	const char *suppression_key; /* 64 hexadecimal digits; "": a file in state_dir */
};

/* Parses argv after the subcommand against the table. Precedence: flag, environment, default. On a bad value prints one
 * line to standard error that names the setting and what would be right, and returns false (caller exits 2).
 * rest/n_rest: non-flag arguments left over. */
bool settings_parse(TALLOC_CTX *ctx, int argc, char **argv, struct settings *out, int *n_rest, char ***rest);
void settings_print(FILE *to, const struct settings *s); /* `afterword settings`: the table with current values */
void settings_help(FILE *to);                            /* flags, meanings and defaults, a line each */

#endif
