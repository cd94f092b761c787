/* HELP: answered always (HP-1), with the support menu where it may follow (HP-2). */
#include "router/turn.h"

#include <string.h>

#include "router/choice.h"

static void offer_menu(struct turn *t)
{
	static const enum intent actions[] = {INTENT_ORDER_STATUS, INTENT_RETURN, INTENT_DAMAGED, INTENT_AGENT};
	struct router_menu *menu = &t->out->memory.menu;

	turn_close_menu(t);
	menu->kind = MENU_SUPPORT;
	menu->expires_at = t->input->at + CHOICE_MENU_LIFE;
	menu->n = sizeof actions / sizeof actions[0];
	for (unsigned i = 0; i < menu->n; i++)
		menu->option[i].action = actions[i];
}

bool stage_help(struct turn *t)
{
	const struct word *w = optout_keyword(&t->text, WORD_HELP, t->locale, t->in->country);
	bool menu = !t->takeover && !t->in->opted_out;

	if (!w && t->input->provider_keyword != PK_HELP)
		return false;
	turn_decide(t, DECIDE_HELP, w ? "keyword" : "provider", w ? w->key : NULL);
	if (t->in->ticket_open) { /* HP-2: neither opens nor closes one */
		t->out->ticket = TICKET_APPEND;
		t->out->ticket_note = "Customer asked for HELP.";
	}
	if (turn_provider_answered(t, w, PK_HELP))
		return true;
	if (w) /* INFO is a word of both of Canada's languages: it tells neither (KW-3) */
		turn_speak_keyword(t, w->lang, !w->lang[0] && strcmp(w->key, "info") != 0);
	char *text = reply_help(&t->maker, menu);
	turn_say_text(t, CLASS_COMPLIANCE, "help", text);
	if (menu && text)
		offer_menu(t);
	return true;
}
