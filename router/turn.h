/* The deciding of one text, private to decide.c, the stages and what they share: what is known, what is decided so far,
 * and the few things that a stage may do about it. */
#ifndef AFTERWORD_ROUTER_TURN_H
#define AFTERWORD_ROUTER_TURN_H

#include "router/decide.h"
#include "router/optout.h"
#include "router/phrases.h"
#include "router/replies.h"
#include "router/text.h"
#include "router/words.h"

#define QUESTION_LIFE (24 * USEC_HOUR) /* NM-3, ST-2 */
#define SMALL_TALK_WORDS 4             /* what is longer is more than a word in passing */
#define ACK_GAP (24 * USEC_HOUR)       /* NM-5 */

struct turn {
	TALLOC_CTX *ctx;
	const struct router_context *in;
	const struct router_input *input;
	struct router_decision *out;
	const char *locale; /* what keywords are judged by: the customer's, else the brand's */
	struct reply_maker maker;
	bool takeover; /* a person handles it or the robot is off: compliance only */
	struct text text;
	struct hits hits;
	struct optout optout;
};

/* turn.c: deciding, speaking, asking ------------------------------------------------------------ */
void turn_decide(struct turn *t, enum decision_kind kind, const char *tier, const char *phrase);
/* Opens a ticket, or joins the open one. note: static or owned by the turn's context; NULL none. */
void turn_ticket(struct turn *t, const char *note);
/* Adds a reply, but for what must not be said now: to who opted out, beside a person, too often (NM-5). */
void turn_say(struct turn *t, enum message_class cls, const char *name);
void turn_say_text(struct turn *t, enum message_class cls, const char *name, const char *text);
/* "We have your message", at most once in 24 hours (NM-5). */
void turn_acknowledge(struct turn *t);
/* The language of the replies to come: of what matched, or of a list word (KW-3). */
void turn_speak(struct turn *t, const char *lang);
void turn_speak_keyword(struct turn *t, const char *lang, bool universal);
/* Did the provider answer this keyword itself (OO-5)? w may be NULL. */
bool turn_provider_answered(const struct turn *t, const struct word *w, enum provider_keyword kind);
/* Is that question open? Opens it; closes any. */
bool turn_asked(const struct turn *t, enum question q);
void turn_ask(struct turn *t, enum question q, usec_t for_long);
void turn_close_question(struct turn *t);
void turn_close_menu(struct turn *t);
bool turn_says_yes(const struct turn *t);
bool turn_says_no(const struct turn *t);
bool turn_small_talk(const struct turn *t);

/* which_order.c: which order is meant ------------------------------------------------------------ */
const struct router_order *order_by_id(const struct turn *t, const struct uuid *id);
/* The order whose number the text holds; NULL none. */
const struct router_order *order_mentioned(const struct turn *t);
/* Does it hold the number of an order that we do not know? */
bool order_mentions_unknown(const struct turn *t);
/* Those still open, newest first. */
unsigned orders_open(const struct turn *t, const struct router_order *list[MENU_MAX]);
/* The text is about that order, and the thread from now on. NULL: nothing changes. */
void turn_about(struct turn *t, const struct router_order *o);

/* act.c: what an intent leads to ------------------------------------------------------------------ */
enum intent turn_intent(const struct turn *t);
/* Answers it from data, asks which order, or opens a ticket. chosen: the order meant, NULL unknown. */
void turn_act_on(struct turn *t, enum intent intent, const struct router_order *chosen);

/* The stages, each true where it has taken the text ------------------------------------------------ */
bool stage_machine(struct turn *t);
bool stage_opt_out(struct turn *t);
bool stage_opt_in(struct turn *t);
bool stage_help(struct turn *t);
bool stage_hold_answer(struct turn *t);
bool stage_opted_out(struct turn *t);
bool stage_takeover(struct turn *t);
bool stage_loop(struct turn *t);
bool stage_menu(struct turn *t);
bool stage_rating(struct turn *t);
bool stage_answer(struct turn *t);
bool stage_append(struct turn *t);
bool stage_small_talk(struct turn *t);
bool stage_intent(struct turn *t);
bool stage_order_number(struct turn *t);
bool stage_ticket(struct turn *t);

#endif
