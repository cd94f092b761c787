/* The stages of an answer to what we asked: menus, ratings, yes and no. */
#include "router/turn.h"

#include <string.h>

#include "router/choice.h"
#include "router/rating.h"

#define RATING_LIFE (72 * USEC_HOUR) /* metrics.md section 4 */

static bool rating_open(const struct turn *t)
{
	return turn_asked(t, ASK_CSAT) || turn_asked(t, ASK_NPS) || turn_asked(t, ASK_CSAT_AGAIN) ||
	       turn_asked(t, ASK_NPS_AGAIN);
}

/* Of a menu and a rating both open, the later one is meant (metrics.md section 4). */
static bool menu_open(const struct turn *t)
{
	const struct router_memory *m = &t->in->memory;

	if (m->menu.kind == MENU_NONE || t->input->at >= m->menu.expires_at || m->menu.n > MENU_MAX)
		return false;
	return !rating_open(t) || m->menu.expires_at - CHOICE_MENU_LIFE >= m->question_expires_at - RATING_LIFE;
}

static bool take_choice(struct turn *t, unsigned choice)
{
	struct router_menu menu = t->in->memory.menu;

	turn_decide(t, DECIDE_MENU, "menu", NULL);
	if (choice > menu.n) {
		turn_say_text(t, CLASS_CONVERSATIONAL, "menu_again", reply_menu_again(&t->maker, menu.n));
		return true;
	}
	t->out->choice = choice;
	if (menu.kind == MENU_SUPPORT) {
		turn_act_on(t, menu.option[choice - 1].action, NULL);
		return true;
	}
	const struct router_order *o = order_by_id(t, &menu.option[choice - 1].order);
	if (!o) { /* gone from the context: a person looks */
		t->out->memory.has_order = t->out->has_order = true;
		t->out->memory.order = t->out->order = menu.option[choice - 1].order;
		t->out->intent = menu.intent;
		turn_ticket(t, "Chose an order that could not be read.");
		return true;
	}
	turn_act_on(t, menu.intent, o);
	return true;
}

bool stage_menu(struct turn *t)
{
	const struct router_menu *menu = &t->in->memory.menu;
	unsigned choice;

	if (!menu_open(t))
		return false;
	if ((choice = choice_read(&t->text)))
		return take_choice(t, choice);
	if (menu->kind != MENU_ORDERS || t->text.n > SMALL_TALK_WORDS)
		return false;
	/* "1001" or "order 1001" instead of its place in the list */
	const struct router_order *o = order_mentioned(t);
	for (unsigned i = 0; o && i < menu->n; i++)
		if (memcmp(menu->option[i].order.b, o->id.b, sizeof o->id.b) == 0)
			return take_choice(t, i + 1);
	return false;
}

static bool ask_rating_again(struct turn *t, bool nps)
{
	const char *name = nps ? "rating_again_nps" : "rating_again_csat";

	turn_decide(t, DECIDE_ANSWER, "rating", NULL);
	turn_say(t, CLASS_CONVERSATIONAL, name);
	t->out->memory.question = nps ? ASK_NPS_AGAIN : ASK_CSAT_AGAIN;
	return true;
}

static bool take_rating(struct turn *t, int value, bool nps)
{
	turn_decide(t, DECIDE_RATING, nps ? "nps" : "csat", NULL);
	t->out->rating = value;
	turn_close_question(t);
	if (value <= (nps ? 6 : 2))
		turn_ticket(t, nps ? "Low rating (0 to 10 scale)." : "Low rating (1 to 5 scale).");
	turn_say(t, CLASS_CONVERSATIONAL, "rating_thanks");
	return true;
}

bool stage_rating(struct turn *t)
{
	bool nps = turn_asked(t, ASK_NPS) || turn_asked(t, ASK_NPS_AGAIN);
	bool again = turn_asked(t, ASK_NPS_AGAIN) || turn_asked(t, ASK_CSAT_AGAIN);

	if (!rating_open(t))
		return false;
	struct rating r = rating_read(&t->text, nps ? 0 : 1, nps ? 10 : 5);
	if (t->hits.intent && t->text.n > SMALL_TALK_WORDS)
		return false; /* "where are my 2 parcels" is no rating */
	switch (r.result) {
	case RATING_VALUE:
		return take_rating(t, r.value, nps);
	case RATING_TWO:
		return again ? take_rating(t, r.value, nps) : ask_rating_again(t, nps);
	case RATING_RANGE:
		return again ? false : ask_rating_again(t, nps);
	case RATING_SENTIMENT:
		if (!again)
			ask_rating_again(t, nps);
		turn_decide(t, DECIDE_ANSWER, "sentiment", t->text.folded);
		return true;
	default:
		return false;
	}
}

bool stage_answer(struct turn *t)
{
	if (!turn_asked(t, ASK_OPT_IN) || !turn_says_no(t))
		return false;
	turn_decide(t, DECIDE_ANSWER, "question", "no");
	turn_close_question(t);
	return true;
}
