/* Actions: what a choice, a keyword, an answer, a branch does. */
#include <string.h>

#include "templates/playbook_private.h"

#define ACTIONS_MAX 8

struct ticket_words {
	const char *queue, *priority, *intent, *note;
};

/* Reads one action's value into out. */
typedef bool action_reader(struct loader *l, const struct yaml_node *n, struct pb_action *out);

static bool read_ticket(struct loader *l, const struct yaml_node *n, struct pb_action *out)
{
	static const struct pb_field fields[] = {
		{.key = "queue", .read = pb_read_name, .offset = offsetof(struct ticket_words, queue)},
		{.key = "priority",
		 .read = pb_read_word,
		 .offset = offsetof(struct ticket_words, priority),
		 .words = "low normal high urgent"},
		{.key = "intent",
		 .read = pb_read_word,
		 .offset = offsetof(struct ticket_words, intent),
		 .words = pb_ticket_intents},
		{.key = "note",
		 .read = pb_read_line,
		 .offset = offsetof(struct ticket_words, note),
		 .min = 1,
		 .max = 500},
		{.key = NULL},
	};
	struct ticket_words w = {0};
	bool ok = pb_read_map(l, n, "ticket", fields, &w);

	out->queue = w.queue;
	out->priority = w.priority;
	out->intent = w.intent;
	out->note = w.note;
	return ok;
}

static bool read_stop(struct loader *l, const struct yaml_node *n, struct pb_action *out)
{
	(void)out;
	if (n->kind == YAML_TEXT && !strcmp(n->text, "true"))
		return true;
	pb_error(l, n->line, "stop: must be true");
	return false;
}

static bool read_named(struct loader *l, const struct yaml_node *n, struct pb_action *out, pb_reader *read,
		       const char *key, const char *words)
{
	const struct pb_field f = {.key = key, .read = read, .words = words};

	return read(l, n, &f, &out->name);
}

static bool read_intent(struct loader *l, const struct yaml_node *n, struct pb_action *out)
{
	return read_named(l, n, out, pb_read_word, "intent", pb_intents);
}

static bool read_preference(struct loader *l, const struct yaml_node *n, struct pb_action *out)
{
	return read_named(l, n, out, pb_read_word, "preference", "transactional_only all none");
}

static bool read_name(struct loader *l, const struct yaml_node *n, struct pb_action *out)
{
	return read_named(l, n, out, pb_read_name, "the name", NULL);
}

static const struct {
	const char *key;
	enum pb_action_kind kind;
	action_reader *read;
	bool in_branches; /* only there */
	bool answers;     /* sends a text, which only an answer to the customer's own may */
} kinds[] = {
	{"answer", PB_ANSWER, read_name, false, true},
	{"menu", PB_MENU, read_name, false, true},
	{"ticket", PB_TICKET, read_ticket, false, false},
	{"tag", PB_TAG, read_name, false, false},
	{"preference", PB_PREFERENCE, read_preference, false, true},
	{"intent", PB_INTENT, read_intent, false, true},
	{"goto", PB_GOTO, read_name, true, false},
	{"stop", PB_STOP, read_stop, true, false},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool read_action(struct loader *l, const struct yaml_node *n, struct pb_action *out, bool branch, bool answers)
{
	size_t k = 0;

	memset(out, 0, sizeof(*out));
	if (n->kind != YAML_MAP || n->n != 1) {
		pb_error(l, n->line, "an action is one key with its value, such as {intent: order_status}");
		return false;
	}
	while (k < KINDS && strcmp(kinds[k].key, n->map[0].key))
		k++;
	if (k == KINDS) {
		pb_error(l, n->line, "unknown action '%s'; one of answer, menu, ticket, tag, preference, intent%s",
			 n->map[0].key, branch ? ", goto, stop" : "");
		return false;
	}
	if (kinds[k].in_branches && !branch) {
		pb_error(l, n->line, "'%s' belongs to the steps of a journey", kinds[k].key);
		return false;
	}
	if (kinds[k].answers && !answers) {
		pb_error(l, n->line,
			 "'%s' answers a customer's text; a step itself uses send, and do: ticket, tag, goto, stop",
			 kinds[k].key);
		return false;
	}
	out->kind = kinds[k].kind;
	return kinds[k].read(l, &n->map[0].value, out);
}

/* An answer of answers.yaml is put in as what it does; any other name is a message's. */
static size_t put_in(struct loader *l, struct pb_action *list, const struct pb_action *a, unsigned line)
{
	const struct pb_answer *answer = a->kind == PB_ANSWER ? pb_answer_find(l->pb, a->name) : NULL;

	if (answer) {
		for (size_t i = 0; i < answer->actions.n; i++)
			list[i] = answer->actions.list[i];
		return answer->actions.n;
	}
	if (a->kind == PB_ANSWER || a->kind == PB_MENU)
		pb_ref_add(l, line, a->name, a->kind == PB_MENU, PB_USED_AS_ANSWER);
	*list = *a;
	return 1;
}

bool pb_read_branch_actions(struct loader *l, const struct yaml_node *n, struct pb_actions *out, bool answers_text)
{
	bool branch = l->journey != NULL, ok = true;
	struct pb_action *list;
	size_t used = 0;

	if (n->kind != YAML_LIST || !n->n || n->n > ACTIONS_MAX) {
		pb_error(l, n->line, "actions are a list of 1 to %d, such as [{intent: order_status}]", ACTIONS_MAX);
		return false;
	}
	list = talloc_zero_array(l->pb, struct pb_action, (unsigned)n->n * (ACTIONS_MAX + 1));
	for (size_t i = 0; i < n->n; i++) {
		struct pb_action a;

		if (!read_action(l, &n->list[i], &a, branch, answers_text)) {
			ok = false;
			continue;
		}
		if ((a.kind == PB_GOTO || a.kind == PB_STOP) && i + 1 < n->n) {
			pb_error(l, n->list[i].line, "'%s' must be the last of its list: nothing behind it is done",
				 a.kind == PB_GOTO ? "goto" : "stop");
			ok = false;
		}
		used += put_in(l, list + used, &a, n->list[i].line);
	}
	out->n = used;
	out->list = list;
	return ok;
}

bool pb_read_actions(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	(void)f;
	return pb_read_branch_actions(l, n, at, true);
}
