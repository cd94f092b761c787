/* YAML as a tree that knows its lines: the plain part of YAML that people write by hand, bounded. */
#ifndef AFTERWORD_TEMPLATES_PLAYBOOK_YAML_H
#define AFTERWORD_TEMPLATES_PLAYBOOK_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

#define YAML_DEPTH_MAX 12
#define YAML_NODES_MAX 20000
#define YAML_KEYS_MAX 1000 /* in one map */

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	unsigned line;                /* from 1 */
	bool quoted;                  /* YAML_TEXT: in quotes or a block */
	const char *text;             /* YAML_TEXT: NUL-terminated, holds no NUL */
	size_t n;                     /* elements, pairs */
	const struct yaml_node *list; /* YAML_LIST */
	const struct yaml_pair *map;  /* YAML_MAP, in the order of the file, each key once */
};

struct yaml_pair {
	const char *key;
	unsigned line;
	struct yaml_node value;
};

/* Reads one document. Anchors, aliases, tags, merge keys, a second document, depth and size beyond the bounds are
 * refused: false with *line and *error (what is wrong, and what would be right), owned by ctx. An empty file is an
 * empty map. */
bool yaml_read(TALLOC_CTX *ctx, const char *text, size_t len, struct yaml_node *out, unsigned *line, char **error);

#endif
