/* Journeys: steps that are never reached, and more texts than the caps let out. */
#include <string.h>

#include "templates/lint_private.h"

#define DAY 86400

/* Reach -------------------------------------------------------------------------------------------------------------
 */
static bool goes_to(const struct pb_actions *a, const char *id)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].kind == PB_GOTO && !strcmp(a->list[i].name, id))
			return true;
	return false;
}

static bool is_target(const struct pb_journey *j, const char *id)
{
	for (size_t i = 0; i < j->n_steps; i++) {
		if (goes_to(&j->steps[i].actions, id))
			return true;
		for (size_t k = 0; k < j->steps[i].n_branches; k++)
			if (goes_to(&j->steps[i].branches[k].actions, id))
				return true;
	}
	return false;
}

/* Whoever reaches the step never goes on to the next one. */
static bool ends_there(const struct pb_step *s)
{
	const struct pb_action *last = s->actions.n ? &s->actions.list[s->actions.n - 1] : NULL;

	return !s->when && !s->n_cancel_on && last && (last->kind == PB_STOP || last->kind == PB_GOTO);
}

static void check_reach(struct loader *l, const struct pb_journey *j)
{
	const struct pb_step *ended = NULL;

	for (size_t i = 0; i < j->n_steps; i++) {
		const struct pb_step *s = &j->steps[i];
		bool target = is_target(j, s->id);

		if (s->only_by_goto && !target)
			pb_problem(l, "journeys.yaml", s->line, true, NULL,
				   "step '%s' is never reached: nothing goes to it", s->id);
		else if (ended && !s->only_by_goto && !target)
			pb_problem(l, "journeys.yaml", s->line, true, NULL,
				   "step '%s' is never reached: '%s' ends the journey or goes on elsewhere", s->id,
				   ended->id);
		if (target)
			ended = NULL;
		if (!s->only_by_goto && ends_there(s))
			ended = s;
	}
}

/* Caps --------------------------------------------------------------------------------------------------------------
 */
struct sent {
	int64_t at; /* seconds after the trigger */
	enum message_class cls;
	const struct pb_journey *journey;
	const struct pb_step *step;
};

static bool counts(enum message_class cls, enum message_class cap)
{
	return cap == CLASS_TRANSACTIONAL ? cls == CLASS_TRANSACTIONAL
					  : cls == CLASS_RELATIONSHIP || cls == CLASS_PROMOTIONAL;
}

/* What a journey sends at the most, one after another; where a time is computed, a new count begins far away. */
static size_t sends_of(const struct playbook *pb, const struct pb_journey *j, struct sent *out, size_t room)
{
	int64_t at = 0;
	size_t n = 0;

	for (size_t i = 0; i < j->n_steps && n < room; i++) {
		const struct pb_step *s = &j->steps[i];
		const struct pb_message *m = s->n_variants ? playbook_message(pb, NULL, s->variants[0].message) : NULL;

		at += s->after_days || s->before ? 100 * (int64_t)DAY : s->after;
		if (m && !s->only_by_goto)
			out[n++] = (struct sent){.at = at, .cls = m->cls, .journey = j, .step = s};
	}
	return n;
}

static void check_window(struct loader *l, const struct sent *list, size_t n, enum message_class cap, int64_t window,
			 unsigned most, const char *name)
{
	for (size_t i = 0; most && i < n; i++) {
		unsigned in = 0;

		for (size_t k = 0; k < n; k++)
			in += counts(list[k].cls, cap) && list[k].at >= list[i].at && list[k].at < list[i].at + window;
		if (!counts(list[i].cls, cap) || in <= most)
			continue;
		pb_problem(l, "journeys.yaml", list[i].step->line, false, cap == CLASS_TRANSACTIONAL ? "FQ-2" : "FQ-1",
			   "from step '%s' of '%s' on, %u %s texts may be due within %s after one %s, and the cap is "
			   "%u: the rest waits or is "
			   "not sent",
			   list[i].step->id, list[i].journey->name, in,
			   cap == CLASS_TRANSACTIONAL ? "transactional" : "marketing", name, list[i].journey->trigger,
			   most);
		return;
	}
}

static void check_gaps(struct loader *l, const struct sent *list, size_t n, enum message_class cap)
{
	int64_t gap = l->pb->brand.caps[cap].min_gap;

	for (size_t i = 0; gap && i < n; i++)
		for (size_t k = 0; k < n; k++)
			if (k != i && counts(list[i].cls, cap) && counts(list[k].cls, cap) &&
			    list[k].at >= list[i].at && list[k].at - list[i].at < gap &&
			    (list[k].at > list[i].at || k > i)) {
				pb_problem(l, "journeys.yaml", list[k].step->line, false, "FQ-1",
					   "step '%s' may be due sooner after '%s' than min_gap lets it: it waits",
					   list[k].step->id, list[i].step->id);
				return;
			}
}

#define SENT_MAX 200
static void check_caps(struct loader *l, const char *trigger)
{
	static const enum message_class caps[] = {CLASS_TRANSACTIONAL, CLASS_PROMOTIONAL};
	struct sent list[SENT_MAX];
	size_t n = 0;

	for (size_t i = 0; i < l->pb->n_journeys; i++)
		if (l->pb->journeys[i].on && !strcmp(l->pb->journeys[i].trigger, trigger))
			n += sends_of(l->pb, &l->pb->journeys[i], list + n, SENT_MAX - n);
	for (size_t c = 0; c < sizeof(caps) / sizeof(caps[0]); c++) {
		const struct pb_caps *cap = &l->pb->brand.caps[caps[c]];

		check_window(l, list, n, caps[c], DAY, cap->per_day, "a day");
		check_window(l, list, n, caps[c], 7 * (int64_t)DAY, cap->per_week, "a week");
		check_gaps(l, list, n, caps[c]);
	}
}

void lint_journeys(struct loader *l)
{
	for (size_t i = 0; i < l->pb->n_journeys; i++) {
		bool first = true;

		check_reach(l, &l->pb->journeys[i]);
		for (size_t k = 0; k < i; k++)
			first &= strcmp(l->pb->journeys[k].trigger, l->pb->journeys[i].trigger) != 0;
		if (first)
			check_caps(l, l->pb->journeys[i].trigger);
	}
}
