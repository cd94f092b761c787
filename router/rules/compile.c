/* compile DIR > rules_data.c: the rule pack as C. Status 1 and a line for each error if it is not right. */
#include "router/rules/compile.h"

#include <stdarg.h>
#include <stdlib.h>

static unsigned count;

void problem(const char *path, unsigned line, const char *fmt, ...)
{
	va_list args;

	if (line)
		fprintf(stderr, "%s:%u: ", path, line);
	else
		fprintf(stderr, "%s: ", path);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	count++;
}

unsigned problems(void)
{
	return count;
}

void stop_on_problems(void)
{
	if (count)
		exit(1);
}

int main(int argc, char **argv)
{
	struct pack *p;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIR\n", argv[0]);
		return 2;
	}
	p = talloc_zero(NULL, struct pack);
	read_zones(p, argv[1]);
	stop_on_problems();
	read_calendars(p, argv[1]);
	read_hours(p, argv[1]);
	read_rest(p, argv[1]);
	stop_on_problems();
	emit(p, stdout);
	talloc_free(p);
	return fflush(stdout) || ferror(stdout);
}
