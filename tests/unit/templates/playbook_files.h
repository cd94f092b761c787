/* A small playbook for tests, file by file; a test puts its own in the place of one. */
#ifndef AFTERWORD_TESTS_PLAYBOOK_FILES_H
#define AFTERWORD_TESTS_PLAYBOOK_FILES_H

#include <string.h>

#include "templates/playbook.h"

#define FRONT(cls) "---\nclass: " cls "\nsummary: for tests\n---\n"

static const struct playbook_file small_playbook[] = {
	{"brand.yaml", "name: Northwind\nsupport: {contact: help@northwind.example}\nlocale: en\nlocales: [en]\n", 0,
	 0},
	{"menus.yaml",
	 "problem:\n  message: problem_menu\n  choices:\n    1: [{intent: missing}]\n    2: [{ticket: {}}]\n", 0, 0},
	{"keywords.yaml", "- words: [track]\n  do: [{intent: order_status}]\n", 0, 0},
	{"answers.yaml", "hours:\n  message: hours\n  phrases: {en: [are you open]}\n  then: [{tag: asked}]\n", 0, 0},
	{"products.yaml", "- {sku: \"FILTER-*\", depletion_days: 60}\n", 0, 0},
	{"journeys.yaml",
	 "journeys:\n  shipping:\n    summary: it left\n    trigger: order.shipped\n    steps:\n      - id: shipped\n  "
	 "      send: shipped\n",
	 0, 0},
	{"messages/en/shipped.liquid", FRONT("transactional") "{{ brand.name }}: #{{ order.number }} is on its way.\n",
	 0, 0},
	{"messages/en/problem_menu.liquid", FRONT("conversational") "Reply 1 it has not come, 2 it is damaged.\n", 0,
	 0},
	{"messages/en/hours.liquid", FRONT("conversational") "We answer from 9 to 5.\n", 0, 0},
};
#define SMALL (sizeof(small_playbook) / sizeof(small_playbook[0]))

/* The small playbook with one file replaced or added (text NULL: taken away). */
static inline struct playbook *small_with(TALLOC_CTX *ctx, const char *path, const char *text,
					  const struct playbook_rules *rules, struct playbook_report *report)
{
	struct playbook_file files[SMALL + 1];
	size_t n = 0;

	for (size_t i = 0; i < SMALL; i++)
		if (!path || strcmp(small_playbook[i].path, path) != 0)
			files[n++] = small_playbook[i];
	if (text)
		files[n++] = (struct playbook_file){.path = path, .text = text};
	for (size_t i = 0; i < n; i++)
		files[i].len = strlen(files[i].text);
	return playbook_load(ctx, files, n, rules, report);
}

/* Is one of the report's problems, as people read it, this? */
static inline bool tells(const struct playbook_report *report, const char *what)
{
	for (size_t i = 0; i < report->n; i++) {
		char *text = playbook_problem_text(NULL, &report->problems[i]);
		bool found = strstr(text, what) != NULL;
		talloc_free(text);
		if (found)
			return true;
	}
	return false;
}

#endif
