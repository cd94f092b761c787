/* YAML as a tree that knows its lines. */
#include "router/rules/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

static struct node tree(TALLOC_CTX *ctx, const char *path, yaml_document_t *doc, int id)
{
	const yaml_node_t *y = yaml_document_get_node(doc, id);
	struct node n = {.line = y ? (unsigned)y->start_mark.line + 1 : 0};

	if (y && y->type == YAML_SCALAR_NODE) {
		n.kind = NODE_TEXT;
		n.text = talloc_strndup(ctx, (const char *)y->data.scalar.value, y->data.scalar.length);
	} else if (y && y->type == YAML_SEQUENCE_NODE) {
		n.kind = NODE_LIST;
		n.n = (size_t)(y->data.sequence.items.top - y->data.sequence.items.start);
		n.item = talloc_array(ctx, struct node, (unsigned)n.n);
		for (size_t i = 0; i < n.n; i++)
			n.item[i] = tree(ctx, path, doc, y->data.sequence.items.start[i]);
	} else if (y && y->type == YAML_MAPPING_NODE) {
		n.kind = NODE_MAP;
		n.n = (size_t)(y->data.mapping.pairs.top - y->data.mapping.pairs.start);
		n.item = talloc_array(ctx, struct node, (unsigned)n.n);
		n.key = talloc_array(ctx, const char *, (unsigned)n.n);
		for (size_t i = 0; i < n.n; i++) {
			struct node k = tree(ctx, path, doc, y->data.mapping.pairs.start[i].key);
			n.key[i] = k.text ? k.text : "";
			n.item[i] = tree(ctx, path, doc, y->data.mapping.pairs.start[i].value);
			for (size_t j = 0; j < i; j++)
				if (strcmp(n.key[i], n.key[j]) == 0)
					problem(path, k.line, "%s is there twice", n.key[i]);
		}
	}
	return n;
}

struct file yaml_read(TALLOC_CTX *ctx, const char *path)
{
	struct file f = {.path = talloc_strdup(ctx, path)};
	yaml_parser_t parser;
	yaml_document_t doc;
	FILE *in = fopen(path, "r");

	if (!in) {
		problem(path, 0, "%s", strerror(errno));
		return f;
	}
	yaml_parser_initialize(&parser);
	yaml_parser_set_input_file(&parser, in);
	if (!yaml_parser_load(&parser, &doc)) {
		problem(path, (unsigned)parser.problem_mark.line + 1, "%s", parser.problem);
	} else {
		if (yaml_document_get_root_node(&doc))
			f.root = tree(ctx, f.path, &doc, 1);
		yaml_document_delete(&doc);
		if (f.root.kind != NODE_MAP)
			problem(path, 1, "must be a map of keys and values");
	}
	yaml_parser_delete(&parser);
	fclose(in);
	return f;
}

const struct node *yaml_get(const struct file *f, const struct node *map, const char *key, bool must)
{
	for (size_t i = 0; map->kind == NODE_MAP && i < map->n; i++)
		if (strcmp(map->key[i], key) == 0)
			return &map->item[i];
	if (must)
		problem(f->path, map->line, "%s is missing", key);
	return NULL;
}

const char *yaml_text(const struct file *f, const struct node *map, const char *key, bool must)
{
	const struct node *n = yaml_get(f, map, key, must);

	if (n && (n->kind != NODE_TEXT || !*n->text)) {
		problem(f->path, n->line, "%s must be a text", key);
		return NULL;
	}
	return n ? n->text : NULL;
}

int yaml_int(const struct file *f, const struct node *map, const char *key, int low, int high)
{
	const struct node *n = yaml_get(f, map, key, true);
	char *end = NULL;
	long v;

	if (!n)
		return low;
	v = n->kind == NODE_TEXT ? strtol(n->text, &end, 10) : 0;
	if (!end || end == n->text || *end || v < low || v > high) {
		problem(f->path, n->line, "%s must be a number from %d to %d", key, low, high);
		return low;
	}
	return (int)v;
}

bool yaml_yes(const struct file *f, const struct node *map, const char *key)
{
	static const char *const words[] = {"no", "yes", NULL};
	const struct node *n = yaml_get(f, map, key, false);

	return n && yaml_word(f, n, key, words) == 1;
}

void yaml_only(const struct file *f, const struct node *map, const char *const *keys)
{
	for (size_t i = 0; map->kind == NODE_MAP && i < map->n; i++) {
		size_t k = 0;
		while (keys[k] && strcmp(keys[k], map->key[i]) != 0)
			k++;
		if (!keys[k])
			problem(f->path, map->item[i].line, "%s is not known here", map->key[i]);
	}
}

int yaml_word(const struct file *f, const struct node *at, const char *what, const char *const *words)
{
	char all[256] = "";
	size_t n = 0;

	for (int i = 0; words[i]; i++) {
		if (at->kind == NODE_TEXT && strcmp(at->text, words[i]) == 0)
			return i;
		if (n < sizeof all)
			n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", i ? ", " : "", words[i]);
	}
	problem(f->path, at->line, "%s must be one of: %s", what, all);
	return 0;
}

size_t yaml_list(const struct file *f, const struct node *at, const struct node **out, size_t most)
{
	size_t n = 0;

	if (!at || at->kind == NODE_NONE)
		return 0;
	if (at->kind != NODE_LIST) {
		out[0] = at;
		return 1;
	}
	if (at->n > most)
		problem(f->path, at->line, "at most %zu entries", most);
	for (; n < at->n && n < most; n++)
		out[n] = &at->item[n];
	return n;
}
