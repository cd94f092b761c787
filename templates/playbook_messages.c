/* messages/<locale>/<name>.liquid: front matter and text. */
#include <string.h>

#include "templates/playbook_private.h"

struct front {
	const char *summary;
	int cls;
	bool urgent, service_only;
	int64_t expires;
	uint32_t order_states;
	unsigned max_segments, sends;
};

static bool read_states(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	uint32_t *bits = at;
	bool ok = n->kind == YAML_LIST;

	for (size_t i = 0; ok && i < n->n; i++) {
		int state = n->list[i].kind == YAML_TEXT ? pb_word_index(pb_order_states, n->list[i].text) : -1;

		ok = state >= 0;
		if (ok)
			*bits |= 1u << state;
	}
	if (!ok)
		pb_error(l, n->line, "%s: must be a list of %s", f->key, pb_order_states);
	return ok;
}

static const struct pb_field front_fields[] = {
	{.key = "class",
	 .read = pb_read_word_index,
	 .offset = offsetof(struct front, cls),
	 .needed = true,
	 .words = pb_classes},
	{.key = "summary", .read = pb_read_line, .offset = offsetof(struct front, summary), .min = 1, .max = 200},
	{.key = "urgent", .read = pb_read_bool, .offset = offsetof(struct front, urgent)},
	{.key = "service_only", .read = pb_read_bool, .offset = offsetof(struct front, service_only)},
	{.key = "expires", .read = pb_read_span, .offset = offsetof(struct front, expires), .min = 60},
	{.key = "order_states", .read = read_states, .offset = offsetof(struct front, order_states)},
	{.key = "max_segments",
	 .read = pb_read_count,
	 .offset = offsetof(struct front, max_segments),
	 .min = 1,
	 .max = 10},
	{.key = "sends", .read = pb_read_count, .offset = offsetof(struct front, sends), .min = 1, .max = 999999999},
	{.key = NULL},
};

/* Parts the file at its second "---": front matter from *front, text from *text. lines: that stand before the text. */
static bool part(const char *all, const char **front, size_t *front_len, const char **text, unsigned *lines)
{
	const char *end;

	if (strncmp(all, "---\n", 4))
		return false;
	*front = all + 4;
	end = !strncmp(*front, "---\n", 4) ? *front : strstr(*front, "\n---\n");
	if (!end)
		return false;
	*front_len = (size_t)(end - *front) + (end != *front);
	*text = *front + *front_len + 4;
	*lines = 0;
	for (const char *s = all; s < *text; s++)
		*lines += *s == '\n';
	return true;
}

static void read_front(struct loader *l, const char *front, size_t len, struct front *out)
{
	struct yaml_node root;
	unsigned line;
	char *error;
	size_t before = l->report->n;

	if (!yaml_read(l->tmp, front, len, &root, &line, &error))
		pb_error(l, line, "%s", error);
	else
		pb_read_map(l, &root, "front matter", front_fields, out);
	for (size_t i = before; i < l->report->n; i++) /* the "---" above it */
		l->report->problems[i].line++;
}

static void check_front(struct loader *l, const struct front *f)
{
	if (f->urgent && f->cls != CLASS_TRANSACTIONAL)
		pb_problem(l, l->path, 1, true, "QH-9", "urgent: belongs to transactional texts only");
	if (f->service_only && f->cls != CLASS_RELATIONSHIP)
		pb_problem(l, l->path, 1, true, "CL-2", "service_only: belongs to relationship texts only");
}

static bool speaks_of_hours(const struct liquid_template *t)
{
	const char *const *paths;
	size_t n = liquid_variables(t, &paths);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(paths[i], "support") || !strncmp(paths[i], "support.open", 12))
			return true;
	return false;
}

static void read_text(struct loader *l, const char *text, unsigned lines, struct pb_message *out)
{
	struct liquid_error e = {0};
	size_t len = strlen(text);

	while (len && strchr("\n\r \t", text[len - 1]))
		len--;
	out->source = talloc_strndup(l->pb, text, len);
	out->line = lines + 1;
	if (!len)
		pb_error(l, lines + 1, "there is no text below the front matter");
	out->template = liquid_parse(l->pb, out->source, len, &e);
	out->asks_hours = out->template && speaks_of_hours(out->template);
	if (!out->template)
		pb_error(l, lines + (e.line ? e.line : 1), "%s", e.text);
}

/* "messages/en/shipped.liquid". */
static bool read_path(struct loader *l, struct pb_message *out)
{
	const char *at = l->path + strlen("messages/"), *slash = strchr(at, '/');
	size_t n = slash ? strlen(slash + 1) : 0;

	if (!slash || n < 8 || strcmp(slash + 1 + n - 7, ".liquid")) {
		pb_error(l, 0, "must be messages/<locale>/<name>.liquid");
		return false;
	}
	out->path = talloc_strdup(l->pb, l->path);
	out->locale = talloc_strndup(l->pb, at, (size_t)(slash - at));
	out->name = talloc_strndup(l->pb, slash + 1, n - 7);
	if (!pb_is_locale(out->locale))
		pb_error(l, 0, "'%s' is no language such as en or pt-BR", out->locale);
	if (!pb_is_name(out->name))
		pb_error(l, 0, "'%s': a name is small letters, digits and _", out->name);
	return true;
}

bool pb_read_message(struct loader *l, const struct playbook_file *file, struct pb_message *out)
{
	struct front f = {.cls = -1};
	const char *front, *text;
	size_t front_len;
	unsigned lines;

	if (!read_path(l, out))
		return false;
	out->version = file->version;
	if (!part(file->text, &front, &front_len, &text, &lines)) {
		pb_error(l, 1,
			 "begins with front matter: a line ---, then class and summary, a line ---, then the text");
		return true;
	}
	read_front(l, front, front_len, &f);
	check_front(l, &f);
	read_text(l, text, lines, out);
	out->summary = f.summary;
	out->cls = f.cls < 0 ? CLASS_CONVERSATIONAL : (enum message_class)f.cls;
	out->urgent = f.urgent;
	out->service_only = f.service_only;
	out->expires = f.expires;
	out->order_states = f.order_states;
	out->max_segments = f.max_segments ? f.max_segments : out->cls <= CLASS_CONVERSATIONAL ? 2 : 1;
	out->sends = f.sends;
	return true;
}
