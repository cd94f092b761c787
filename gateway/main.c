/* The command line: a table of subcommands. */
#include <stdio.h>
#include <string.h>

#include "gateway/settings.h"
#include "gateway/simulate.h"
#include "gateway/supervisor.h"
#include "gateway/token_command.h"
#include "storage/embedded.h"
#include "storage/migrate.h"

#define VERSION "0.1.0"

static int serve(int argc, char **argv);
static int run_migrate(int argc, char **argv);
static int show_settings(int argc, char **argv);
static int version(int argc, char **argv);
static int help(int argc, char **argv);

static const struct command {
	const char *name, *usage, *meaning;
	int (*run)(int argc, char **argv);
	void (*more)(FILE *to); /* what --help says beside usage and meaning; NULL: nothing */
} commands[] = {
	{"serve", "serve [settings]", "take texts in and send them", serve, settings_help},
	{"migrate", "migrate [settings]", "bring the database to the newest schema", run_migrate, settings_help},
	{"token", "token create --name NAME [--brand ID] [--scopes LIST] | list | revoke ID", "API tokens", token_main,
	 token_help},
	{"simulate", "simulate [--url URL] [--channel KEY] [--from NUMBER] [--to NUMBER]", "a phone in the terminal",
	 simulate_main, simulate_help},
	{"settings", "settings [settings]", "print all settings with their values", show_settings, settings_help},
	{"version", "version", "print the version", version, NULL},
	{"help", "help", "this list", help, NULL},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static bool parse(int argc, char **argv, struct settings *s)
{
	char **rest;
	int n;

	if (!settings_parse(NULL, argc, argv, s, &n, &rest))
		return false;
	if (n) {
		fprintf(stderr, "afterword: %s takes no argument \"%s\"\n", argv[0], rest[0]);
		return false;
	}
	return true;
}

static int serve(int argc, char **argv)
{
	static struct settings s;

	return parse(argc, argv, &s) ? supervisor_main(&s) : 2;
}

static int run_migrate(int argc, char **argv)
{
	struct settings s;
	const char *url;
	char *error;
	int applied;

	if (!parse(argc, argv, &s))
		return 2;
	url = *s.database_url ? s.database_url : embedded_conninfo(NULL, s.state_dir);
	if (!url) {
		fprintf(stderr, "afterword: --database-url: no database; name one (AFTERWORD_DATABASE_URL)\n");
		return 2;
	}
	if (!migrate(NULL, url, &applied, &error)) {
		fprintf(stderr, "afterword: %s\n", error);
		return 1;
	}
	printf("%d migration%s applied\n", applied, applied == 1 ? "" : "s");
	return 0;
}

static int show_settings(int argc, char **argv)
{
	struct settings s;

	if (!parse(argc, argv, &s))
		return 2;
	settings_print(stdout, &s);
	return 0;
}

/* For a command without arguments: false, and complained, if there are some. */
static bool alone(int argc, char **argv)
{
	if (argc > 1)
		fprintf(stderr, "afterword: %s takes no argument \"%s\"\n", argv[0], argv[1]);
	return argc <= 1;
}

static int version(int argc, char **argv)
{
	if (!alone(argc, argv))
		return 2;
	printf("afterword " VERSION "\n");
	return 0;
}

static int help(int argc, char **argv)
{
	if (!alone(argc, argv))
		return 2;
	printf("Afterword, a two-way post-purchase SMS gateway.\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  afterword %-10s %s\n", commands[i].name, commands[i].meaning);
	printf("\nafterword COMMAND --help tells more.\n");
	return 0;
}

static bool is_help(const char *argument)
{
	return !strcmp(argument, "--help") || !strcmp(argument, "-h");
}

static int run(const struct command *c, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!is_help(argv[i]))
			continue;
		printf("afterword %s\n  %s\n", c->usage, c->meaning);
		if (c->more)
			c->more(stdout);
		return 0;
	}
	return c->run(argc, argv);
}

int main(int argc, char **argv)
{
	static char *no_command[] = {"help", NULL};

	if (argc < 2)
		return help(1, no_command);
	argc--;
	argv++;
	if (is_help(argv[0]))
		argv[0] = "help";
	if (!strcmp(argv[0], "--version"))
		argv[0] = "version";
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, argv[0]))
			return run(&commands[i], argc, argv);
	fprintf(stderr, "afterword: there is no command \"%s\"; see afterword help\n", argv[0]);
	return 2;
}
