/* Problems of a playbook: collected, sorted, put into words. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "templates/playbook_private.h"

void pb_problem(struct loader *l, const char *path, unsigned line, bool error, const char *rule, const char *format,
		...)
{
	struct playbook_report *r = l->report;
	va_list args;

	r->errors += error;
	if (r->n == PB_PROBLEMS_MAX)
		return;
	r->problems = talloc_realloc(l->ctx, r->problems, struct playbook_problem, (unsigned)r->n + 1);
	va_start(args, format);
	r->problems[r->n++] = (struct playbook_problem){.path = talloc_strdup(l->ctx, path),
							.line = line,
							.error = error,
							.rule = rule,
							.text = talloc_vasprintf(l->ctx, format, args)};
	va_end(args);
}

static int by_place(const void *a, const void *b)
{
	const struct playbook_problem *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	if (c)
		return c;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return strcmp(x->text, y->text);
}

void pb_report_sort(struct playbook_report *report)
{
	if (report->n)
		qsort(report->problems, report->n, sizeof(*report->problems), by_place);
}

char *playbook_problem_text(TALLOC_CTX *ctx, const struct playbook_problem *p)
{
	char *text = talloc_strdup(ctx, p->path);

	if (p->line)
		text = talloc_asprintf_append_buffer(text, ":%u", p->line);
	text = talloc_asprintf_append_buffer(text, ": %s%s", p->error ? "" : "warning: ", p->text);
	if (p->rule)
		text = talloc_asprintf_append_buffer(text, " (%s)", p->rule);
	return text;
}
