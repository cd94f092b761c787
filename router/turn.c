#include "router/turn.h"

#include <string.h>

#include "router/lexicon.h"

#define ROBOT_TEXTS 5 /* NM-5 */
#define ROBOT_WINDOW (10 * USEC_MINUTE)

static bool loop_guard(struct turn *t, enum message_class cls)
{
	struct router_memory *m = &t->out->memory;

	if (t->input->at - m->robot_at >= ROBOT_WINDOW) {
		m->robot_at = t->input->at;
		m->robot_count = 0;
	}
	if (cls != CLASS_COMPLIANCE && m->robot_count >= ROBOT_TEXTS)
		return false;
	m->robot_count++;
	return true;
}

void turn_say_text(struct turn *t, enum message_class cls, const char *name, const char *text)
{
	struct router_decision *out = t->out;

	if (cls != CLASS_COMPLIANCE && (t->takeover || t->in->opted_out))
		return;
	if (!text || out->n_replies == DECISION_REPLIES || !loop_guard(t, cls))
		return;
	out->reply[out->n_replies++] = (struct router_reply){.cls = cls, .template_name = name, .text = text};
}

void turn_say(struct turn *t, enum message_class cls, const char *name)
{
	turn_say_text(t, cls, name, reply_text(&t->maker, name, NULL, 0));
}

void turn_acknowledge(struct turn *t)
{
	struct router_memory *m = &t->out->memory;

	if (m->ack_at && t->input->at - m->ack_at < ACK_GAP)
		return;
	turn_say(t, CLASS_CONVERSATIONAL, "ack");
	m->ack_at = t->input->at;
}

/* A reply speaks the language the customer just wrote where the match tells it, else the customer's, else the brand's.
 * English words are everyone's second language: they do not override a known locale. */
void turn_speak(struct turn *t, const char *lang)
{
	const struct router_context *in = t->in;

	if (!lang || !lang[0])
		return;
	if (strcmp(lang, "en") == 0 && in->locale)
		return;
	if (word_language_matches(lang, t->maker.locale, NULL))
		return; /* the same language, with its region */
	t->maker.locale = lang;
}

/* KW-3: in Canada STOP is answered in English and ARRET in French, whatever the programme speaks. */
void turn_speak_keyword(struct turn *t, const char *lang, bool universal)
{
	bool canada = t->in->country && strcmp(t->in->country, "CA") == 0;

	if (canada && lang && (strcmp(lang, "fr") == 0 || strcmp(lang, "en") == 0 || universal))
		t->maker.locale = strcmp(lang, "fr") == 0 ? "fr" : "en";
	else
		turn_speak(t, lang);
}

/* Did the provider answer this keyword itself (OO-5)? It says so, or the raw text is a word of its list. */
bool turn_provider_answered(const struct turn *t, const struct word *w, enum provider_keyword kind)
{
	if (t->input->provider_keyword == kind)
		return true;
	return t->in->provider_replies_to_keywords &&
	       (w && (w->flags & WF_PROVIDER) && t->text.n == 1 && t->text.folded_len == strlen(w->key));
}

void turn_decide(struct turn *t, enum decision_kind kind, const char *tier, const char *phrase)
{
	t->out->kind = kind;
	t->out->tier = tier;
	t->out->phrase = phrase ? talloc_strdup(t->ctx, phrase) : NULL;
}

void turn_ticket(struct turn *t, const char *note)
{
	t->out->ticket = t->in->ticket_open ? TICKET_APPEND : TICKET_OPEN;
	t->out->ticket_note = note;
}

bool turn_asked(const struct turn *t, enum question q)
{
	return t->in->memory.question == q && t->input->at < t->in->memory.question_expires_at;
}

void turn_ask(struct turn *t, enum question q, usec_t for_long)
{
	t->out->memory.question = q;
	t->out->memory.question_expires_at = t->input->at + for_long;
}

void turn_close_question(struct turn *t)
{
	t->out->memory.question = ASK_NONE;
	t->out->memory.question_expires_at = 0;
}

void turn_close_menu(struct turn *t)
{
	memset(&t->out->memory.menu, 0, sizeof t->out->memory.menu);
}

static bool says(const struct turn *t, uint16_t bit)
{
	return t->text.n == 1 && (t->text.word[0].bits & bit);
}

bool turn_says_yes(const struct turn *t)
{
	return says(t, LEX_YES) || (!t->text.n && t->text.emoji.up && !t->text.emoji.down);
}

bool turn_says_no(const struct turn *t)
{
	return says(t, LEX_NO) || (!t->text.n && t->text.emoji.down && !t->text.emoji.up);
}

bool turn_small_talk(const struct turn *t)
{
	if (!t->text.n)
		return !t->input->has_media && t->text.emoji.all > 0;
	for (size_t i = 0; i < t->text.n; i++)
		if (!(t->text.word[i].bits & LEX_SMALL))
			return false;
	return t->text.n <= SMALL_TALK_WORDS;
}
