#include "storage/consent.h"

/* A column of the lines: its type, and where a text of it is. */
static void push_lines(struct params *p, const struct consent_line *lines, size_t n)
{
	static const enum param_type types[16] = {P_UUID, P_UUID, P_UUID, P_TIME, P_TEXT, P_TEXT, P_TEXT, P_TEXT,
						  P_TEXT, P_TEXT, P_TEXT, P_TEXT, P_TEXT, P_TEXT, P_TEXT, P_BOOL};
	struct param_array *a[16];

	for (int i = 0; i < 16; i++)
		a[i] = params_array(p, types[i]);
	for (size_t i = 0; i < n; i++) {
		const struct consent_line *l = &lines[i];
		const char *const texts[] = {l->action,     l->purpose,       l->source,   l->kind,
					     l->shown,      l->shown_version, l->reply,    l->ip,
					     l->user_agent, l->actor,         l->reference};

		array_uuid(a[0], &l->brand);
		array_uuid(a[1], &l->customer);
		array_uuid(a[2], &l->id);
		array_time(a[3], l->at);
		for (int k = 0; k < 11; k++)
			array_text(a[4 + k], texts[k]);
		if (l->ask == DOUBLE_AS_BRAND)
			array_null(a[15]);
		else
			array_bool(a[15], l->ask == DOUBLE_YES);
	}
}

void consent_append(struct db *db, TALLOC_CTX *ctx, const struct consent_line *lines, size_t n)
{
	struct params *p = params_new(ctx);

	push_lines(p, lines, n);
	db_query(db, Q_CONSENT_APPEND, p, NULL, NULL);
}

/* The questions of one brand, whose words are the same. */
static struct params *questions(TALLOC_CTX *ctx, const struct consent_question *q, size_t n,
				const struct consent_words *of, bool threads)
{
	struct params *p = params_new(ctx);
	struct param_array *brand = params_array(p, P_UUID), *event = params_array(p, P_UUID),
			   *id = params_array(p, P_UUID);

	for (size_t i = 0; i < n; i++) {
		if (q[i].words != of)
			continue;
		array_uuid(brand, &q[i].brand);
		array_uuid(event, &q[i].event);
		array_uuid(id, threads ? &q[i].conversation : &q[i].message);
	}
	return p;
}

static void ask_in(struct db *db, TALLOC_CTX *ctx, const struct consent_question *q, size_t n,
		   const struct consent_words *words, usec_t now)
{
	struct params *thread = questions(ctx, q, n, words, true), *p = questions(ctx, q, n, words, false);
	struct param_array *language = params_array(p, P_TEXT), *text = params_array(p, P_TEXT),
			   *segments = params_array(p, P_INT2);

	for (size_t i = 0; i < words->n; i++) {
		array_text(language, words->in[i].language);
		array_text(text, words->in[i].text);
		array_int(segments, words->in[i].segments);
	}
	params_time(thread, now);
	params_time(p, now);
	db_query(db, Q_CONSENT_THREAD, thread, NULL, NULL);
	db_query(db, Q_CONSENT_ASK, p, NULL, NULL);
}

void consent_ask(struct db *db, TALLOC_CTX *ctx, const struct consent_question *q, size_t n, usec_t now)
{
	for (size_t i = 0; i < n; i++) {
		size_t first = 0;
		while (q[first].words != q[i].words)
			first++;
		if (first == i)
			ask_in(db, ctx, q, n, q[i].words, now);
	}
}
