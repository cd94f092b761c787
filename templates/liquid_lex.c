/* Liquid's source in pieces: text, {{ output }} and {% tag %} outside; words, strings and signs within them. */
#include "templates/liquid_private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

/* Places --------------------------------------------------------------------------------------------------- */

void liquid_place(const char *source, uint32_t at, struct liquid_error *error)
{
	error->line = error->column = 1;
	for (uint32_t i = 0; i < at; i++) {
		if (source[i] == '\n') {
			error->line++;
			error->column = 1;
		} else if (((unsigned char)source[i] & 0xc0) != 0x80) { /* a character counts once, not by its bytes */
			error->column++;
		}
	}
}

static void say(struct liquid_error *error, const char *source, uint32_t at, const char *format, va_list args)
{
	liquid_place(source, at, error);
	vsnprintf(error->text, sizeof error->text, format, args);
}

void liquid_say(struct liquid_error *error, const char *source, uint32_t at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(error, source, at, format, args);
	va_end(args);
}

bool parse_fail(struct parser *p, const char *at, const char *format, ...)
{
	va_list args;

	if (p->error->text[0] != '\0')
		return false; /* the first is the one that means something */
	va_start(args, format);
	say(p->error, p->unit->source, (uint32_t)(at - p->unit->source), format, args);
	va_end(args);
	return false;
}

/* Text and tags --------------------------------------------------------------------------------------------- */

static struct span trimmed(const char *from, const char *to)
{
	while (from < to && is_space(*from))
		from++;
	while (to > from && is_space(to[-1]))
		to--;
	return (struct span){from, (uint32_t)(to - from)};
}

/* A tag's name and what follows it. */
static void split_tag(struct token *token, const char *from, const char *to)
{
	struct span all = trimmed(from, to);
	uint32_t n = 0;

	if (all.len > 0 && all.s[0] == '#')
		n = 1;
	while (n < all.len && is_word(all.s[n]) && all.s[0] != '#')
		n++;
	token->type = TOKEN_TAG;
	token->name = (struct span){all.s, n};
	token->text = trimmed(all.s + n, all.s + all.len);
}

/* Takes the hyphens off both ends of what stands between braces; the right one trims the text that follows. */
static void take_hyphens(struct lexer *l, const char **from, const char **to)
{
	if (*from < *to && **from == '-')
		++*from;
	l->trim = *from < *to && (*to)[-1] == '-';
	if (l->trim)
		--*to;
}

static const char *find(const char *from, const char *end, const char *what)
{
	return memmem(from, (size_t)(end - from), what, strlen(what));
}

static const char *next_brace(const char *from, const char *end)
{
	while ((from = memchr(from, '{', (size_t)(end - from)))) {
		if (from + 1 < end && (from[1] == '{' || from[1] == '%'))
			return from;
		from++;
	}
	return end;
}

static void lex_text(struct lexer *l, const char *to, struct token *token)
{
	const char *from = l->at;

	l->at = to;
	if (l->trim)
		while (from < to && is_space(*from))
			from++;
	l->trim = false;
	if (to + 2 < l->end && to[2] == '-')
		while (to > from && is_space(to[-1]))
			to--;
	*token = (struct token){.type = TOKEN_TEXT, .text = {from, (uint32_t)(to - from)}};
}

static bool lex_braces(struct parser *p, struct token *token)
{
	struct lexer *l = &p->lexer;
	bool output = l->at[1] == '{';
	const char *open = l->at, *from = open + 2;
	const char *to = find(from, l->end, output ? "}}" : "%}");

	if (!to)
		return parse_fail(p, open, "'%.2s' is never closed: end it with '%s'", open, output ? "}}" : "%}");
	l->at = to + 2;
	take_hyphens(l, &from, &to);
	if (output)
		*token = (struct token){.type = TOKEN_OUTPUT, .text = trimmed(from, to)};
	else
		split_tag(token, from, to);
	return true;
}

static void lex_line(struct lexer *l, struct token *token)
{
	token->type = TOKEN_END;
	while (l->at < l->end) {
		const char *from = l->at, *newline = memchr(from, '\n', (size_t)(l->end - from));

		l->at = newline ? newline + 1 : l->end;
		if (trimmed(from, newline ? newline : l->end).len > 0) {
			split_tag(token, from, newline ? newline : l->end);
			return;
		}
	}
}

bool lex_token(struct parser *p, struct token *token)
{
	struct lexer *l = &p->lexer;

	*token = (struct token){.type = TOKEN_END, .text = {l->end, 0}};
	if (l->lines) {
		lex_line(l, token);
		return true;
	}
	if (l->at == l->end)
		return true;
	const char *brace = next_brace(l->at, l->end);
	if (brace == l->at)
		return lex_braces(p, token);
	lex_text(l, brace, token);
	return true;
}

/* "{%- endraw -%}" at from? Then where it ends. */
static const char *end_tag(struct lexer *l, const char *from, const char *name)
{
	const char *at = from + 2;
	bool trim = false;

	if (at < l->end && *at == '-')
		at++;
	while (at < l->end && is_space(*at))
		at++;
	if ((size_t)(l->end - at) < strlen(name) || strncmp(at, name, strlen(name)) != 0)
		return NULL;
	at += strlen(name);
	while (at < l->end && is_space(*at))
		at++;
	if (at < l->end && *at == '-') {
		trim = true;
		at++;
	}
	if (l->end - at < 2 || at[0] != '%' || at[1] != '}')
		return NULL;
	l->trim = trim;
	return at + 2;
}

bool lex_until(struct parser *p, const char *end, struct span *body)
{
	struct lexer *l = &p->lexer;
	const char *from = l->at, *at = from;

	if (l->trim)
		while (from < l->end && is_space(*from))
			from++;
	while (at < l->end && (at = find(at, l->end, "{%"))) {
		const char *behind = end_tag(l, at, end);

		if (behind) {
			const char *to = at;

			if (at[2] == '-')
				while (to > from && is_space(to[-1]))
					to--;
			*body = (struct span){from, to > from ? (uint32_t)(to - from) : 0};
			l->at = behind;
			return true;
		}
		at += 2;
	}
	return false;
}

/* Words ----------------------------------------------------------------------------------------------------- */

void words_start(struct parser *p, struct span markup)
{
	p->words = (struct words){.at = markup.s, .end = markup.s + markup.len};
	words_next(&p->words);
}

static void read_number(struct words *w)
{
	const char *from = w->at++;

	while (w->at < w->end && is_digit(*w->at))
		w->at++;
	w->type = WORD_INT;
	if (w->end - w->at >= 2 && *w->at == '.' && is_digit(w->at[1])) { /* and not the dots of (1..5) */
		w->at++;
		while (w->at < w->end && is_digit(*w->at))
			w->at++;
		w->type = WORD_FLOAT;
	}
	w->text = (struct span){from, (uint32_t)(w->at - from)};
}

static void read_name(struct words *w)
{
	const char *from = w->at;

	while (w->at < w->end && (is_word(*w->at) || *w->at == '-'))
		w->at++;
	if (w->at < w->end && *w->at == '?')
		w->at++;
	w->type = WORD_NAME;
	w->text = (struct span){from, (uint32_t)(w->at - from)};
	if (span_is(w->text, SPAN("contains"))) {
		w->type = WORD_COMPARE;
		w->compare = COMPARE_CONTAINS;
	}
}

static void read_string(struct words *w)
{
	const char *close = memchr(w->at + 1, *w->at, (size_t)(w->end - w->at - 1));

	if (!close) {
		w->type = WORD_OPEN_STRING;
		w->text = (struct span){w->at, (uint32_t)(w->end - w->at)};
		w->at = w->end;
		return;
	}
	w->type = WORD_STRING;
	w->text = (struct span){w->at + 1, (uint32_t)(close - w->at - 1)};
	w->at = close + 1;
}

static const struct {
	char sign[3];
	int type;
	enum compare compare;
} signs[] = {
	{"==", WORD_COMPARE, COMPARE_EQ}, {"!=", WORD_COMPARE, COMPARE_NE}, {"<>", WORD_COMPARE, COMPARE_NE},
	{"<=", WORD_COMPARE, COMPARE_LE}, {">=", WORD_COMPARE, COMPARE_GE}, {"<", WORD_COMPARE, COMPARE_LT},
	{">", WORD_COMPARE, COMPARE_GT},  {"..", WORD_DOTS, COMPARE_NONE},  {".", '.', COMPARE_NONE},
	{"[", '[', COMPARE_NONE},         {"]", ']', COMPARE_NONE},         {"(", '(', COMPARE_NONE},
	{")", ')', COMPARE_NONE},         {"|", '|', COMPARE_NONE},         {":", ':', COMPARE_NONE},
	{",", ',', COMPARE_NONE},         {"=", '=', COMPARE_NONE},
};

static void read_sign(struct words *w)
{
	for (size_t i = 0; i < LENGTH(signs); i++) {
		size_t n = strlen(signs[i].sign);

		if ((size_t)(w->end - w->at) < n || strncmp(w->at, signs[i].sign, n) != 0)
			continue;
		w->type = signs[i].type;
		w->compare = signs[i].compare;
		w->text = (struct span){w->at, (uint32_t)n};
		w->at += n;
		return;
	}
	w->type = WORD_BAD;
	w->text = (struct span){w->at, 1};
	w->at++;
}

void words_next(struct words *w)
{
	while (w->at < w->end && is_space(*w->at))
		w->at++;
	w->text = (struct span){w->at, 0};
	w->type = WORD_END;
	if (w->at == w->end)
		return;
	char c = *w->at;
	if (is_digit(c) || (c == '-' && w->at + 1 < w->end && is_digit(w->at[1])))
		read_number(w);
	else if (is_word(c))
		read_name(w);
	else if (c == '"' || c == '\'')
		read_string(w);
	else
		read_sign(w);
}

bool words_name(const struct words *w, const char *name)
{
	return w->type == WORD_NAME && w->text.len == strlen(name) && memcmp(w->text.s, name, w->text.len) == 0;
}
