/* The order of precedence, as a table of stages: the first that takes the text decides (design, "The router"). */
#include "router/decide.h"

#include <string.h>

#include "router/reaction.h"
#include "router/turn.h"

#define LOOP_GAP USEC_HOUR

static bool (*const stages[])(struct turn *) = {
	stage_machine,      stage_opt_out, /* 1 */
	stage_opt_in,                      /* 2 */
	stage_help,                        /* 3 */
	stage_hold_answer,                 /* a compliance question: not even a person's ticket hides it */
	stage_opted_out,                   /* OO-9 */
	stage_takeover,                    /* a person speaks with the customer */
	stage_loop,                        /* NM-5 */
	stage_menu,                        /* 4 */
	stage_rating,                      /* 5 */
	stage_answer,                      /* 5: yes and no */
	stage_append,                      /* 7 (6, the playbook's keywords, goes before it) */
	stage_small_talk,   stage_intent,  /* 8 */
	stage_order_number,                /* 8 */
	stage_ticket,                      /* 9: takes everything */
};

/* The thread's memory of what comes in, whatever is decided. */
static void remember(struct turn *t)
{
	struct router_memory *m = &t->out->memory;
	uint64_t hash = text_hash(&t->text);
	bool same = m->last_in_at && hash == m->last_in_hash && t->input->at - m->last_in_at <= LOOP_GAP &&
		    t->text.folded_len;

	m->same_in_count = same ? m->same_in_count + 1 : 1;
	m->last_in_hash = hash;
	m->last_in_at = t->input->at;
	if (m->question && t->input->at >= m->question_expires_at)
		turn_close_question(t);
	if (m->menu.kind && t->input->at >= m->menu.expires_at)
		turn_close_menu(t);
}

/* What is typed behind the quote is the customer's own (OO-8). */
static bool opts_out_behind(const struct turn *t)
{
	const char *close = strrchr(t->text.folded, '"');
	struct text rest;

	if (!close || !close[1])
		return false;
	text_read(&rest, close + 1);
	return optout_keyword(&rest, WORD_OUT, t->locale, t->in->country);
}

/* Reactions and our own words quoted back come off before anything is matched (NM-1). True: nothing is left. */
static bool strip_quotes(struct turn *t)
{
	if (t->input->provider_keyword != PK_NONE)
		return false;
	if (reaction_is(&t->text, t->in->recent, t->in->n_recent) && !opts_out_behind(t)) {
		turn_decide(t, DECIDE_DROP, "reaction", NULL);
		return true;
	}
	if (!reaction_cut_quotes(&t->text, t->in->recent, t->in->n_recent) || t->text.n)
		return false;
	turn_decide(t, DECIDE_DROP, "quote", NULL);
	return true;
}

void router_decide(TALLOC_CTX *ctx, const struct router_context *in, const struct router_input *input,
		   struct router_decision *out)
{
	struct turn t;

	memset(out, 0, sizeof *out);
	out->rule_version = ROUTER_RULE_VERSION;
	out->memory = in->memory;
	t.ctx = ctx;
	t.in = in;
	t.input = input;
	t.out = out;
	t.locale = in->locale ? in->locale : in->brand->locale;
	t.maker = (struct reply_maker){.ctx = ctx, .brand = in->brand, .locale = t.locale, .now = input->at};
	t.takeover = in->robot_off || (in->ticket_open && in->ticket_human);
	text_read(&t.text, input->text ? input->text : "");
	remember(&t);
	if (strip_quotes(&t))
		return;
	text_classify(&t.text);
	phrases_find(&t.text, &t.hits);
	t.optout = optout_read(&t.text, &t.hits, t.locale, in->country);
	for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
		if (stages[i](&t))
			return;
}

struct router_needs router_needs(const struct router_input *input)
{
	const char *s = input->text ? input->text : "";
	size_t len = strlen(s), spaces = 0;
	struct router_needs needs = {.orders = true};
	char key[32];

	/* A quote has quotation marks or at least four words. */
	for (size_t i = 0; i < len; i++) {
		spaces += s[i] == ' ' || s[i] == '\n';
		needs.recent |= s[i] == '"' || (unsigned char)s[i] >= 0x80;
	}
	needs.recent |= spaces >= 3;
	/* STOP and its like: a single lower-case list word needs nothing else. */
	if (len == 0 || len >= sizeof key)
		return needs;
	for (size_t i = 0; i <= len; i++)
		key[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
	const struct word *w = word_find(key, NULL, NULL);
	needs.orders = !w || (w->kind & (WORD_HELP | WORD_IN)); /* START brings muted orders back (OO-3) */
	return needs;
}
