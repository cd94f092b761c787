/* Any bytes as each of a playbook's files: told what is wrong with them, or read; never more than the bounds allow. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "templates/playbook.h"

static const char *const paths[] = {"brand.yaml",
				    "menus.yaml",
				    "keywords.yaml",
				    "answers.yaml",
				    "products.yaml",
				    "journeys.yaml",
				    "messages/en/shipped.liquid",
				    "messages/en/help.liquid"};
static const struct playbook_rules rules = {.bare = true}; /* what ships is not to be read each time */
#define PATHS (sizeof(paths) / sizeof(paths[0]))

/* The first byte says which file; the rest is the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	struct playbook_file files[2] = {
		{.path = "messages/en/hello.liquid", .text = "---\nclass: transactional\n---\nHello"}};
	struct playbook_report report;
	struct playbook *pb;
	char *text;

	if (!size)
		return 0;
	text = talloc_zero_size(ctx, size);
	memcpy(text, data + 1, size - 1);
	files[0].len = strlen(files[0].text);
	files[1] = (struct playbook_file){.path = paths[data[0] % PATHS], .text = text, .len = size - 1};
	pb = playbook_load(ctx, files, 2, &rules, &report);
	if (!pb != (report.errors > 0))
		abort();
	for (size_t i = 0; i < report.n; i++)
		if (!*playbook_problem_text(ctx, &report.problems[i]))
			abort();
	if (pb && (!playbook_message(pb, "es-MX", "hello") || playbook_message(pb, "en", "")))
		abort();
	talloc_free(ctx);
	return 0;
}
