/* journeys.yaml: what follows an event, and when. */
#include <string.h>

#include "templates/playbook_private.h"

#define STEPS_MAX 50
#define VARIANTS_MAX 10

/* A step and a journey as they are read; what is put together afterwards stands beside. */
struct raw_step {
	struct pb_step s;
	struct pb_strings cancel_on;
	const struct liquid_expr *stop_unless;
	int question;
	size_t n_branches;
	struct pb_branch *branches;
	const struct yaml_node *on; /* read once the question is known */
};

struct raw_journey {
	struct pb_journey j;
	struct pb_strings cancel_on, segments;
	const struct liquid_expr *when;
	int once;
};

/* send ------------------------------------------------------------------------------------------------------------- */
static bool read_variant(struct loader *l, const struct yaml_pair *p, struct pb_variant *v)
{
	static const struct pb_field fields[] = {
		{.key = "message",
		 .read = pb_read_name,
		 .offset = offsetof(struct pb_variant, message),
		 .needed = true},
		{.key = "weight", .read = pb_read_count, .offset = offsetof(struct pb_variant, weight), .max = 10000},
		{.key = NULL},
	};

	v->weight = 1;
	v->name = talloc_strdup(l->pb, p->key);
	if (!pb_is_name(p->key))
		pb_error(l, p->line, "variant '%s': a name is small letters, digits and _", p->key);
	if (!pb_read_map(l, &p->value, talloc_asprintf(l->tmp, "variant '%s'", p->key), fields, v))
		return false;
	pb_ref_add(l, p->line, v->message, false, PB_USED_IN_JOURNEY);
	return true;
}

static bool read_send(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	struct pb_step *s = at;
	struct pb_variant *list;
	unsigned weights = 0;
	bool ok = true;

	if (n->kind == YAML_TEXT) {
		list = talloc_zero_array(l->pb, struct pb_variant, 1);
		list->name = "a";
		list->weight = 1;
		s->variants = list;
		s->n_variants = 1;
		if (!pb_read_name(l, n, f, &list->message))
			return false;
		pb_ref_add(l, n->line, list->message, false, PB_USED_IN_JOURNEY);
		return true;
	}
	if (n->kind != YAML_MAP || !n->n || n->n > VARIANTS_MAX) {
		pb_error(l, n->line,
			 "send: must be a message, or up to %d variants: {a: {message: late, weight: 50}, …}",
			 VARIANTS_MAX);
		return false;
	}
	list = talloc_zero_array(l->pb, struct pb_variant, (unsigned)n->n);
	for (size_t i = 0; i < n->n; i++) {
		ok &= read_variant(l, &n->map[i], &list[i]);
		weights += list[i].weight;
	}
	if (ok && !weights)
		pb_error(l, n->line, "send: one of the variants must have a weight");
	s->variants = list;
	s->n_variants = n->n;
	return ok;
}

static bool read_before(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	static const char times[] =
		"subscription.renews_at order.expected_at order.placed_at order.state_at shipment.expected_at event.at";
	struct pb_step *s = at;
	const struct pb_field span = {.key = f->key};

	if (n->kind != YAML_MAP || n->n != 1 || pb_word_index(times, n->map[0].key) < 0) {
		pb_error(l, n->line,
			 "before: must be a time and a span, such as {subscription.renews_at: 3d}; the times are %s",
			 times);
		return false;
	}
	s->before = talloc_strdup(l->pb, n->map[0].key);
	return pb_read_span(l, &n->map[0].value, &span, &s->after);
}

static bool keep_node(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	(void)l, (void)f;
	*(const struct yaml_node **)at = n;
	return true;
}

static bool read_do(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	(void)f;
	return pb_read_branch_actions(l, n, at, false);
}

/* on: branches ----------------------------------------------------------------------------------------------------- */
static const struct {
	int low, high;
} scales[] = {[PB_ASK_NONE] = {1, 0}, [PB_ASK_CSAT] = {1, 5}, [PB_ASK_NPS] = {0, 10}, [PB_ASK_CHOICE] = {1, 9}};

static bool number(const char **s, int *out)
{
	size_t n = strspn(*s, "0123456789");

	if (!n || n > 2)
		return false;
	*out = (*s)[0] - '0';
	if (n == 2)
		*out = *out * 10 + (*s)[1] - '0';
	*s += n;
	return true;
}

static bool range(const char *s, enum pb_question asks, struct pb_branch *b)
{
	if (!number(&s, &b->low))
		return false;
	b->high = b->low;
	if (*s == '-' && (asks == PB_ASK_CHOICE || !number((s++, &s), &b->high)))
		return false;
	b->kind = asks == PB_ASK_CHOICE ? PB_ON_CHOICE : PB_ON_RATING;
	return !*s && b->low >= scales[asks].low && b->high <= scales[asks].high && b->low <= b->high;
}

static bool read_branch_key(struct loader *l, const struct yaml_pair *p, enum pb_question asks, struct pb_branch *b)
{
	static const char *const rights[] = {
		[PB_ASK_NONE] = "reply, or silence and a span (silence 3d); numbers need ask: csat, nps or choice",
		[PB_ASK_CSAT] = "a rating (\"5\", \"4-5\") from 1 to 5, reply, or silence and a span (silence 3d)",
		[PB_ASK_NPS] = "a rating (\"9-10\") from 0 to 10, reply, or silence and a span (silence 3d)",
		[PB_ASK_CHOICE] = "a choice (\"1\") from 1 to 9, reply, or silence and a span (silence 3d)",
	};
	const struct yaml_node span = {.kind = YAML_TEXT, .line = p->line, .text = p->key + 8};
	const struct pb_field f = {.key = "silence", .min = 60};

	if (!strcmp(p->key, "reply")) {
		b->kind = PB_ON_REPLY;
		return true;
	}
	if (!strncmp(p->key, "silence ", 8)) {
		b->kind = PB_ON_SILENCE;
		return pb_read_span(l, &span, &f, &b->within);
	}
	if (range(p->key, asks, b))
		return true;
	pb_error(l, p->line, "on: must be %s, not '%s'", rights[asks], p->key);
	return false;
}

static bool overlaps(const struct pb_branch *a, const struct pb_branch *b)
{
	if (a->kind != b->kind)
		return false;
	return a->kind == PB_ON_REPLY || a->kind == PB_ON_SILENCE || (a->low <= b->high && b->low <= a->high);
}

static bool read_branches(struct loader *l, struct raw_step *s)
{
	const struct yaml_node *n = s->on;
	bool ok = n->kind == YAML_MAP && n->n && n->n <= 20;

	if (!ok) {
		pb_error(l, n->line, "on: must be answers with actions, such as {\"1\": [{menu: problem}]}");
		return false;
	}
	s->branches = talloc_zero_array(l->pb, struct pb_branch, (unsigned)n->n);
	for (size_t i = 0; i < n->n; i++) {
		struct pb_branch *b = &s->branches[s->n_branches];

		if (!read_branch_key(l, &n->map[i], (enum pb_question)s->question, b) ||
		    !pb_read_branch_actions(l, &n->map[i].value, &b->actions, b->kind != PB_ON_SILENCE)) {
			ok = false;
			continue;
		}
		for (size_t k = 0; k < s->n_branches; k++)
			if (overlaps(&s->branches[k], b)) {
				pb_error(l, n->map[i].line, "on: '%s' stands in another branch as well", n->map[i].key);
				ok = false;
			}
		s->n_branches++;
	}
	return ok;
}

/* A step ------------------------------------------------------------------------------------------------------------
 */
#define S(field) offsetof(struct raw_step, s.field)
static const struct pb_field step_fields[] = {
	{.key = "id", .read = pb_read_name, .offset = S(id), .needed = true},
	{.key = "after", .read = pb_read_span, .offset = S(after)},
	{.key = "after_days", .read = pb_read_value, .offset = S(after_days)},
	{.key = "before", .read = read_before, .offset = offsetof(struct raw_step, s)},
	{.key = "at", .read = pb_read_clock, .offset = S(at)},
	{.key = "when", .read = pb_read_condition, .offset = S(when)},
	{.key = "stop_unless", .read = pb_read_condition, .offset = offsetof(struct raw_step, stop_unless)},
	{.key = "send", .read = read_send, .offset = offsetof(struct raw_step, s)},
	{.key = "ask",
	 .read = pb_read_word_index,
	 .offset = offsetof(struct raw_step, question),
	 .words = "none csat nps choice"},
	{.key = "on", .read = keep_node, .offset = offsetof(struct raw_step, on)},
	{.key = "do", .read = read_do, .offset = S(actions)},
	{.key = "cancel_on", .read = pb_read_events, .offset = offsetof(struct raw_step, cancel_on)},
	{.key = "only_by_goto", .read = pb_read_bool, .offset = S(only_by_goto)},
	{.key = NULL},
};

static bool one_time(struct loader *l, const struct yaml_node *n)
{
	int times = !!pb_key(n, "after") + !!pb_key(n, "after_days") + !!pb_key(n, "before");

	if (times <= 1 && !(pb_key(n, "when") && pb_key(n, "stop_unless")))
		return true;
	pb_error(l, n->line,
		 times > 1 ? "step: one of after, after_days and before, not several"
			   : "step: when or stop_unless, not both");
	return false;
}

static bool read_step(struct loader *l, const struct yaml_node *n, struct pb_step *out)
{
	struct raw_step s = {.s = {.at = -1, .line = n->line}};
	bool ok = pb_read_map(l, n, "step", step_fields, &s);

	if (n->kind != YAML_MAP)
		return false;
	ok &= one_time(l, n);
	if (s.on)
		ok &= read_branches(l, &s);
	if (ok && s.question != PB_ASK_NONE && !s.s.n_variants)
		pb_error(l, n->line, "step '%s': a question needs the text that asks it (send)", s.s.id);
	if (ok && !s.s.n_variants && !s.s.actions.n)
		pb_error(l, n->line, "step '%s': has neither send nor do, so it does nothing", s.s.id);
	s.s.asks = (enum pb_question)s.question;
	s.s.n_branches = s.n_branches;
	s.s.branches = s.branches;
	s.s.n_cancel_on = s.cancel_on.n;
	s.s.cancel_on = s.cancel_on.list;
	if (s.stop_unless) {
		s.s.when = s.stop_unless;
		s.s.stop_unless = true;
	}
	*out = s.s;
	return ok;
}

static bool read_steps(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	struct pb_journey *j = at;
	struct pb_step *steps;

	if (n->kind != YAML_LIST || !n->n || n->n > STEPS_MAX) {
		pb_error(l, n->line, "%s: must be a list of 1 to %d steps, each with an id", f->key, STEPS_MAX);
		return false;
	}
	steps = talloc_zero_array(l->pb, struct pb_step, (unsigned)n->n);
	j->steps = steps;
	for (size_t i = 0; i < n->n; i++) {
		struct pb_step *s = &steps[j->n_steps];

		if (!read_step(l, &n->list[i], s))
			continue;
		for (size_t k = 0; k < j->n_steps; k++)
			if (!strcmp(steps[k].id, s->id))
				pb_error(l, s->line, "step '%s' stands here twice, first in line %u", s->id,
					 steps[k].line);
		j->n_steps++;
	}
	return true;
}

/* A journey ---------------------------------------------------------------------------------------------------------
 */
#define J(field) offsetof(struct raw_journey, j.field)
static const struct pb_field journey_fields[] = {
	{.key = "summary", .read = pb_read_line, .offset = J(summary), .min = 1, .max = 200, .needed = true},
	{.key = "on", .read = pb_read_bool, .offset = J(on)},
	{.key = "trigger", .read = pb_read_word, .offset = J(trigger), .needed = true, .words = pb_events},
	{.key = "segment", .read = pb_read_names, .offset = offsetof(struct raw_journey, segments)},
	{.key = "when", .read = pb_read_condition, .offset = offsetof(struct raw_journey, when)},
	{.key = "once",
	 .read = pb_read_word_index,
	 .offset = offsetof(struct raw_journey, once),
	 .words = "order shipment item customer event"},
	{.key = "holdout", .read = pb_read_percent, .offset = J(holdout)},
	{.key = "cancel_on", .read = pb_read_events, .offset = offsetof(struct raw_journey, cancel_on)},
	{.key = "steps", .read = read_steps, .offset = offsetof(struct raw_journey, j), .needed = true},
	{.key = NULL},
};

static const struct liquid_expr *segment(const struct loader *l, const char *name)
{
	for (size_t i = 0; i < l->n_segments; i++)
		if (!strcmp(l->segments[i].name, name))
			return l->segments[i].expr;
	return NULL;
}

/* Its segments and its own condition: all must hold. */
static void put_conditions(struct loader *l, const struct yaml_node *n, struct raw_journey *r)
{
	const struct liquid_expr **all =
		talloc_zero_array(l->pb, const struct liquid_expr *, (unsigned)r->segments.n + 1);

	for (size_t i = 0; i < r->segments.n; i++) {
		all[r->j.n_conditions] = segment(l, r->segments.list[i]);
		if (all[r->j.n_conditions])
			r->j.n_conditions++;
		else
			pb_error(l, pb_key(n, "segment")->line, "there is no segment '%s'", r->segments.list[i]);
	}
	if (r->when)
		all[r->j.n_conditions++] = r->when;
	r->j.conditions = all;
}

static const struct pb_step *step_of(const struct pb_journey *j, const char *id)
{
	for (size_t i = 0; i < j->n_steps; i++)
		if (!strcmp(j->steps[i].id, id))
			return &j->steps[i];
	return NULL;
}

static void check_gotos(struct loader *l, const struct pb_journey *j, const struct pb_step *s,
			const struct pb_actions *a, bool at_once)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct pb_step *to = a->list[i].kind == PB_GOTO ? step_of(j, a->list[i].name) : NULL;

		if (a->list[i].kind != PB_GOTO)
			continue;
		if (!to)
			pb_error(l, s->line, "step '%s': goes to '%s', but there is no such step", s->id,
				 a->list[i].name);
		else if (at_once && to <= s)
			pb_error(l, s->line, "step '%s': goes back to '%s' without an answer, and so for ever", s->id,
				 to->id);
	}
}

static void read_journey(struct loader *l, const struct yaml_pair *p, struct pb_journey *out)
{
	struct raw_journey r = {.j = {.on = true, .line = p->line, .name = talloc_strdup(l->pb, p->key)}};

	l->journey = out; /* its address is its own before it is whole */
	if (!pb_is_name(p->key))
		pb_error(l, p->line, "journey '%s': a name is small letters, digits and _", p->key);
	if (!pb_read_map(l, &p->value, talloc_asprintf(l->tmp, "journey '%s'", p->key), journey_fields, &r))
		return;
	r.j.once = (enum pb_once)r.once;
	r.j.n_cancel_on = r.cancel_on.n;
	r.j.cancel_on = r.cancel_on.list;
	put_conditions(l, &p->value, &r);
	for (size_t i = 0; i < r.j.n_steps; i++) {
		const struct pb_step *s = &r.j.steps[i];

		check_gotos(l, &r.j, s, &s->actions, true);
		for (size_t k = 0; k < s->n_branches; k++)
			check_gotos(l, &r.j, s, &s->branches[k].actions, false);
	}
	*out = r.j;
	l->pb->n_journeys++;
}

static bool read_segments(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	(void)at;
	if (n->kind != YAML_MAP) {
		pb_error(l, n->line,
			 "%s: must be names with conditions, such as {repeat_buyer: \"customer.orders_count > 1\"}",
			 f->key);
		return false;
	}
	l->segments = talloc_zero_array(l->tmp, struct pb_segment, (unsigned)n->n + 1);
	for (size_t i = 0; i < n->n; i++) {
		struct pb_field one = {.key = talloc_asprintf(l->tmp, "segment '%s'", n->map[i].key)};
		struct pb_segment *s = &l->segments[l->n_segments];

		s->name = n->map[i].key;
		if (!pb_is_name(s->name))
			pb_error(l, n->map[i].line, "%s: a name is small letters, digits and _", one.key);
		l->n_segments += pb_read_condition(l, &n->map[i].value, &one, &s->expr);
	}
	return true;
}

static bool read_all(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	struct pb_journey *journeys;

	(void)at;
	if (n->kind != YAML_MAP) {
		pb_error(l, n->line, "%s: must be names with journeys", f->key);
		return false;
	}
	journeys = talloc_zero_array(l->pb, struct pb_journey, (unsigned)n->n + 1);
	l->pb->journeys = journeys;
	for (size_t i = 0; i < n->n; i++)
		read_journey(l, &n->map[i], &journeys[l->pb->n_journeys]);
	l->journey = NULL;
	return true;
}

void pb_read_journeys(struct loader *l, const struct yaml_node *root)
{
	static const struct pb_field fields[] = {
		{.key = "segments", .read = read_segments},
		{.key = "journeys", .read = read_all},
		{.key = NULL},
	};

	pb_read_map(l, root, "journeys.yaml", fields, l->pb);
}
