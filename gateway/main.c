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
	bool settings; /* --help lists the settings too */
} commands[] = {
	{"serve", "serve [settings]", "take texts in and send them", serve, true},
	{"migrate", "migrate [settings]", "bring the database to the newest schema", run_migrate, true},
	{"token", "token create --brand ID --name NAME [--scopes LIST] | list | revoke ID", "API tokens", token_main,
	 false},
	{"simulate", "simulate [--url URL] [--channel KEY] [--from NUMBER] [--to NUMBER]", "a phone in the terminal",
	 simulate_main, false},
	{"settings", "settings [settings]", "print all settings with their values", show_settings, true},
	{"version", "version", "print the version", version, false},
	{"help", "help", "this list", help, false},
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

static int version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("afterword " VERSION "\n");
	return 0;
}

static int help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("Afterword, a two-way post-purchase SMS gateway.\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  afterword %-10s %s\n", commands[i].name, commands[i].meaning);
	printf("\nafterword COMMAND --help tells more.\n");
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "help";

	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		name = "help";
	if (!strcmp(name, "--version"))
		name = "version";
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, name))
			continue;
		if (argc > 2 && (!strcmp(argv[2], "--help") || !strcmp(argv[2], "-h"))) {
			printf("afterword %s\n  %s\n", commands[i].usage, commands[i].meaning);
			if (commands[i].settings)
				settings_help(stdout);
			return 0;
		}
		return commands[i].run(argc > 1 ? argc - 1 : 1, argc > 1 ? argv + 1 : argv);
	}
	fprintf(stderr, "afterword: there is no command \"%s\"; see afterword help\n", name);
	return 2;
}
