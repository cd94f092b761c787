/* libyaml's events made into a tree. Events, not its document API: that one would follow aliases first. */
#include "templates/playbook_yaml.h"

#include <string.h>
#include <yaml.h>

struct reader {
	TALLOC_CTX *ctx;
	yaml_parser_t parser;
	yaml_event_t event; /* the current one */
	unsigned depth, nodes;
	unsigned line;
	char *error;
};

static bool fail(struct reader *r, size_t line, const char *what)
{
	if (!r->error) {
		r->line = (unsigned)line;
		r->error = talloc_strdup(r->ctx, what);
	}
	return false;
}

static bool next(struct reader *r)
{
	yaml_event_delete(&r->event);
	if (yaml_parser_parse(&r->parser, &r->event))
		return true;
	memset(&r->event, 0, sizeof(r->event));
	const char *why = r->parser.problem ? r->parser.problem : "it could not be read";
	const char *hint = strstr(why, "mapping values") ? "; put text that holds a colon in quotes" : "";
	return fail(r, (r->parser.problem ? r->parser.problem_mark.line : 0) + 1,
		    talloc_asprintf(r->ctx, "no YAML: %s%s", why, hint));
}

/* What YAML has beyond what people need here, and what bombs are made of. */
static bool plain_only(struct reader *r)
{
	const yaml_event_t *e = &r->event;
	size_t line = e->start_mark.line + 1;
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (e->type) {
	case YAML_ALIAS_EVENT:
		return fail(r, line, "an alias (*) is not allowed; write it out, or in quotes if it is text");
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor, tag = e->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor, tag = e->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor, tag = e->data.mapping_start.tag;
		break;
	default:
		return fail(r, line, "a value is missing here");
	}
	if (anchor)
		return fail(r, line, "an anchor (&) is not allowed; write it out, or in quotes if it is text");
	if (tag)
		return fail(r, line, "a tag (!) is not allowed; write it in quotes if it is text");
	return ++r->nodes <= YAML_NODES_MAX || fail(r, line, "the file holds too much: more than 20000 values");
}

static bool read_node(struct reader *r, struct yaml_node *out);

static bool read_text(struct reader *r, struct yaml_node *out)
{
	const char *value = (const char *)r->event.data.scalar.value;
	size_t len = r->event.data.scalar.length;

	if (memchr(value, 0, len))
		return fail(r, out->line, "a NUL character is not allowed");
	out->kind = YAML_TEXT;
	out->quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	out->text = talloc_strndup(r->ctx, value, len);
	return true;
}

static bool read_list(struct reader *r, struct yaml_node *out)
{
	struct yaml_node *list = NULL;
	size_t n = 0, room = 0;

	out->kind = YAML_LIST;
	for (;;) {
		if (!next(r))
			return false;
		if (r->event.type == YAML_SEQUENCE_END_EVENT)
			break;
		if (n == room)
			list = talloc_realloc(r->ctx, list, struct yaml_node, (unsigned)(room = room * 2 + 8));
		if (!read_node(r, &list[n++]))
			return false;
	}
	out->list = list;
	out->n = n;
	return true;
}

static bool check_key(struct reader *r, const struct yaml_pair *map, size_t n, const struct yaml_node *key)
{
	if (key->kind != YAML_TEXT)
		return fail(r, key->line, "a key must be text");
	if (n >= YAML_KEYS_MAX)
		return fail(r, key->line, "too many keys: at most 1000 in one place");
	if (!key->quoted && !strcmp(key->text, "<<"))
		return fail(r, key->line, "a merge key (<<) is not allowed; write it out");
	for (size_t i = 0; i < n; i++)
		if (!strcmp(map[i].key, key->text))
			return fail(r, key->line,
				    talloc_asprintf(r->ctx, "'%s' stands here twice, first in line %u", key->text,
						    map[i].line));
	return true;
}

static bool read_map(struct reader *r, struct yaml_node *out)
{
	struct yaml_pair *map = NULL;
	size_t n = 0, room = 0;

	out->kind = YAML_MAP;
	for (;;) {
		struct yaml_node key;

		if (!next(r))
			return false;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			break;
		if (!read_node(r, &key) || !check_key(r, map, n, &key) || !next(r))
			return false;
		if (n == room)
			map = talloc_realloc(r->ctx, map, struct yaml_pair, (unsigned)(room = room * 2 + 8));
		map[n].key = key.text;
		map[n].line = key.line;
		if (!read_node(r, &map[n++].value))
			return false;
	}
	out->map = map;
	out->n = n;
	return true;
}

/* The current event begins the node. */
static bool read_node(struct reader *r, struct yaml_node *out)
{
	bool done = false;

	memset(out, 0, sizeof(*out));
	out->line = (unsigned)r->event.start_mark.line + 1;
	if (!plain_only(r))
		return false;
	if (++r->depth > YAML_DEPTH_MAX)
		return fail(r, out->line, "nested too deep: at most 12 levels");
	if (r->event.type == YAML_SCALAR_EVENT)
		done = read_text(r, out);
	else if (r->event.type == YAML_SEQUENCE_START_EVENT)
		done = read_list(r, out);
	else
		done = read_map(r, out);
	r->depth--;
	return done;
}

static bool read_stream(struct reader *r, struct yaml_node *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = YAML_MAP;
	out->line = 1;
	if (!next(r) || !next(r)) /* the stream's start, and what it begins with */
		return false;
	if (r->event.type == YAML_STREAM_END_EVENT)
		return true;
	if (!next(r) || !read_node(r, out) || !next(r) || !next(r))
		return false;
	if (r->event.type != YAML_STREAM_END_EVENT)
		return fail(r, r->event.start_mark.line + 1, "a second document (---) is not allowed");
	if (out->kind == YAML_TEXT && !out->quoted && !*out->text)
		out->kind = YAML_MAP; /* "---" alone */
	return true;
}

bool yaml_read(TALLOC_CTX *ctx, const char *text, size_t len, struct yaml_node *out, unsigned *line, char **error)
{
	struct reader r = {.ctx = ctx};
	bool ok;

	if (!yaml_parser_initialize(&r.parser))
		return false;
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
	ok = read_stream(&r, out);
	yaml_event_delete(&r.event);
	yaml_parser_delete(&r.parser);
	*line = r.line;
	*error = r.error;
	return ok;
}
