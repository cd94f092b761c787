#include "router/text.h"

#include <string.h>
#include <utf8proc.h>

#include "router/lexicon.h"

/* Folding: NFKC, case, marks ------------------------------------------------------------------ */

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* Line ends part clauses and stay; a lost GSM '@' arrives as NUL, and NUL ends the string anyway (NM-1). */
static char control_as(char c)
{
	return c == '\n' || c == '\r' ? '\n' : c == '\t' ? ' ' : '\0';
}

static bool fold_ascii(const char *raw, struct text *t)
{
	size_t n = 0;

	for (; *raw && n < TEXT_BYTES - 1; raw++) {
		unsigned char c = (unsigned char)*raw;

		if (c >= 0x80)
			return false;
		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c + 32);
		else if (is_control(c))
			c = (unsigned char)control_as((char)c);
		if (c)
			t->folded[n++] = (char)c;
	}
	t->folded[n] = '\0';
	t->folded_len = n;
	return true;
}

static bool is_latin(int32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 0xc0 && c < 0x250 && c != 0xd7 && c != 0xf7) ||
	       (c >= 0x1e00 && c < 0x1f00) || (c >= 0x2c60 && c < 0x2c80) || (c >= 0xa720 && c < 0xa800);
}

/* Letters that no decomposition takes apart but that people write plainly, and the quotes and dashes of many pens. */
static const struct {
	int32_t from;
	const char *to;
} plain[] = {
	{0x00ab, "\""}, {0x00bb, "\""}, {0x00e6, "ae"}, {0x00f0, "d"},  {0x00f8, "o"},  {0x0111, "d"},  {0x0131, "i"},
	{0x0142, "l"},  {0x0153, "oe"}, {0x2018, "'"},  {0x2019, "'"},  {0x201a, "'"},  {0x201b, "'"},  {0x201c, "\""},
	{0x201d, "\""}, {0x201e, "\""}, {0x201f, "\""}, {0x2039, "\""}, {0x203a, "\""}, {0x300c, "\""}, {0x300d, "\""},
};

static const char *plain_of(int32_t c)
{
	if (c < plain[0].from)
		return NULL;
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
		if (plain[i].from == c)
			return plain[i].to;
	return NULL;
}

/* Raw bytes without control characters; returns the length. */
static size_t drop_controls(const char *raw, char *out, size_t cap)
{
	size_t n = 0;

	while (*raw) {
		int32_t c;
		utf8proc_ssize_t len = utf8proc_iterate((const uint8_t *)raw, -1, &c);

		if (len <= 0) { /* not UTF-8 after all: skip the byte */
			raw++;
			continue;
		}
		if (n + (size_t)len > cap)
			break;
		if (!is_control((uint32_t)c)) {
			memcpy(out + n, raw, (size_t)len);
			n += (size_t)len;
		} else if (c < 0x20 && control_as((char)c)) {
			out[n++] = control_as((char)c);
		}
		raw += len;
	}
	return n;
}

/* Marks go from Latin letters only: Hindi, Thai and Arabic words need theirs (NM-1). The keycap goes always. */
static size_t drop_marks(int32_t *cps, size_t n)
{
	size_t kept = 0;
	bool latin = false;

	for (size_t i = 0; i < n; i++) {
		bool mark = utf8proc_category(cps[i]) == UTF8PROC_CATEGORY_MN;

		if (cps[i] == 0x20e3 || (mark && latin))
			continue;
		if (!mark)
			latin = is_latin(cps[i]);
		cps[kept++] = cps[i];
	}
	return kept;
}

static void encode(const int32_t *cps, size_t n, struct text *t)
{
	size_t len = 0;

	for (size_t i = 0; i < n && len + 5 < TEXT_BYTES; i++) {
		const char *to = plain_of(cps[i]);

		if (to) {
			while (*to)
				t->folded[len++] = *to++;
		} else {
			len += (size_t)utf8proc_encode_char(cps[i], (uint8_t *)t->folded + len);
		}
	}
	t->folded[len] = '\0';
	t->folded_len = len;
}

static void fold_unicode(const char *raw, struct text *t)
{
	const utf8proc_option_t options = (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
							      UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_LUMP);
	int32_t cps[TEXT_BYTES];
	size_t len = drop_controls(raw, t->buf, TEXT_BYTES);
	utf8proc_ssize_t n;

	/* One character may become eighteen: halve a text that does not fit until it does. */
	while ((n = utf8proc_decompose((const uint8_t *)t->buf, (utf8proc_ssize_t)len, cps, TEXT_BYTES, options)) >
		       TEXT_BYTES ||
	       n < 0) {
		len /= 2;
		while (len > 0 && ((unsigned char)t->buf[len] & 0xc0) == 0x80)
			len--;
	}
	n = (utf8proc_ssize_t)drop_marks(cps, (size_t)n);
	n = utf8proc_normalize_utf32(cps, n, (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
	encode(cps, n > 0 ? (size_t)n : 0, t);
}

/* Words ---------------------------------------------------------------------------------------- */

enum kind { K_LETTER, K_MARK, K_APOSTROPHE, K_STAR, K_SPACE, K_DASH, K_CLAUSE, K_LINE, K_OTHER, K_EMOJI };

static enum kind ascii_kind(char c)
{
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))
		return K_LETTER;
	switch (c) {
	case '\'':
	case '`':
		return K_APOSTROPHE;
	case '*':
		return K_STAR;
	case ' ':
		return K_SPACE;
	case '-':
		return K_DASH;
	case '\n':
		return K_LINE;
	case '.':
	case ',':
	case '!':
	case '?':
	case ';':
	case ':':
	case '(':
	case ')':
		return K_CLAUSE;
	default:
		return K_OTHER;
	}
}

static enum kind unicode_kind(int32_t c)
{
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return K_LETTER;
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
		return K_MARK;
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return K_LINE;
	case UTF8PROC_CATEGORY_ZS:
		return K_SPACE;
	case UTF8PROC_CATEGORY_PD:
		return K_DASH;
	case UTF8PROC_CATEGORY_PO:
		return c == 0x3002 || c == 0x3001 || c == 0x00bf || c == 0x00a1 || c == 0x061f || c == 0x060c ||
				       c == 0x0964
			       ? K_CLAUSE
			       : K_OTHER;
	case UTF8PROC_CATEGORY_SO:
		return K_EMOJI;
	default:
		return K_OTHER;
	}
}

static void count_emoji(struct text_emoji *e, int32_t c)
{
	if (c == 0xfffd) /* what could not be decoded is no emoji */
		return;
	e->all++;
	switch (c) {
	case 0x1f6d1:
	case 0x26d4:
	case 0x1f6ab:
	case 0x270b:
		e->stop++;
		break;
	case 0x1f44d:
		e->up++;
		break;
	case 0x1f44e:
		e->down++;
		break;
	case 0x2764:
	case 0x1f60d:
	case 0x1f499:
	case 0x1f49a:
	case 0x1f49b:
	case 0x1f49c:
	case 0x1f495:
		e->heart++;
		break;
	case 0x2b50:
	case 0x1f31f:
	case 0x2605:
		e->star++;
		break;
	default:
		break;
	}
}

/* The words being made. */
struct maker {
	struct text *t;
	size_t used;
	size_t start; /* of the open word */
	bool open;
	uint8_t before;
};

static void close_word(struct maker *m)
{
	struct text *t = m->t;

	if (!m->open)
		return;
	m->open = false;
	if (t->n == TEXT_WORDS || m->used == m->start) {
		m->used = m->start;
		return;
	}
	t->buf[m->used] = '\0';
	t->word[t->n] = (struct text_word){
		.s = t->buf + m->start,
		.len = (uint16_t)(m->used - m->start),
		.before = t->n ? m->before : (uint8_t)BREAK_LINE,
	};
	t->n++;
	m->used++;
	m->before = BREAK_NONE;
}

static void add_bytes(struct maker *m, const char *s, size_t len)
{
	if (m->used + len + 1 >= TEXT_BYTES)
		return;
	if (!m->open) {
		m->open = true;
		m->start = m->used;
	}
	memcpy(m->t->buf + m->used, s, len);
	m->used += len;
}

static void part(struct maker *m, enum text_break b)
{
	close_word(m);
	if (m->before < b)
		m->before = (uint8_t)b;
}

/* A star inside a short start is a letter somebody hid: "f*** off". Elsewhere it is decoration: "*STOP*". */
static bool hides_letter(const struct maker *m)
{
	if (!m->open || m->t->buf[m->start] == '*')
		return false;
	size_t letters = 0;
	for (size_t i = m->start; i < m->used; i++)
		letters += m->t->buf[i] != '*';
	return letters <= 2;
}

/* A dash parts clauses only between spaces: "opt-out" is not two clauses. */
static bool free_dash(const char *s, size_t at)
{
	return (at == 0 || s[at - 1] == ' ' || s[at - 1] == '\n') && (s[at + 1] == ' ' || s[at + 1] == '-');
}

/* The character at s, its length in bytes and its kind. */
static enum kind read_char(const char *s, int32_t *c, size_t *len)
{
	*c = (unsigned char)*s;
	*len = 1;
	if (*c < 0x80)
		return ascii_kind(*s);
	*len = (size_t)utf8proc_iterate((const uint8_t *)s, -1, c);
	return unicode_kind(*c);
}

/* What parts words. at: where in the text it stands. */
static void take_between(struct maker *m, enum kind k, size_t at)
{
	switch (k) {
	case K_APOSTROPHE: /* don't -> dont */
		if (m->open && (unsigned char)m->t->buf[m->used - 1] >= 0x80)
			part(m, BREAK_NONE);
		break;
	case K_CLAUSE:
		part(m, BREAK_CLAUSE);
		break;
	case K_LINE:
		part(m, BREAK_LINE);
		break;
	case K_DASH:
		part(m, free_dash(m->t->folded, at) ? BREAK_CLAUSE : BREAK_NONE);
		break;
	default:
		part(m, BREAK_NONE);
	}
}

static void split(struct text *t)
{
	struct maker m = {.t = t};
	const char *s = t->folded;
	bool after_letter = false;
	int32_t c;

	for (size_t i = 0, len; i < t->folded_len; i += len) {
		enum kind k = read_char(s + i, &c, &len);
		/* Marks do not stand behind a Latin letter, nor where something dropped stood between. */
		bool mark = k == K_MARK && m.open && (unsigned char)t->buf[m.used - 1] >= 0x80 && after_letter;

		if (k == K_EMOJI)
			count_emoji(&t->emoji, c);
		if (k == K_LETTER || mark || (k == K_STAR && hides_letter(&m)))
			add_bytes(&m, s + i, len);
		else if (k != K_MARK)
			take_between(&m, k, i);
		after_letter = k == K_LETTER || k == K_MARK;
	}
	close_word(&m);
}

/* stoppppp -> stop. Letters only: 1000 is a number. Latin, Greek and Cyrillic only: elsewhere runs are spelling. */
static void collapse_runs(struct text_word *w)
{
	char *s = (char *)(uintptr_t)w->s; /* the text's own buffer */
	size_t out = 0, i = 0;

	while (i < w->len) {
		size_t len = ((unsigned char)s[i] & 0xe0) == 0xc0 ? 2 : 1;
		size_t run = 1;
		unsigned char lead = (unsigned char)s[i];
		bool letter = (s[i] >= 'a' && s[i] <= 'z') || (len == 2 && lead >= 0xcd && lead <= 0xd3);

		while (letter && i + (run + 1) * len <= w->len && memcmp(s + i, s + i + run * len, len) == 0)
			run++;
		size_t keep = run >= 3 ? 1 : run;
		memmove(s + out, s + i, keep * len);
		out += keep * len;
		i += run * len;
	}
	s[out] = '\0';
	w->len = (uint16_t)out;
}

static bool has_run(const struct text_word *w)
{
	for (size_t i = 2; i < w->len; i++)
		if (w->s[i] == w->s[i - 1] || w->s[i] == w->s[i - 2])
			return true;
	return false;
}

static void collapse_all(struct text *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (has_run(&t->word[i]))
			collapse_runs(&t->word[i]);
}

static bool single_letter(const struct text_word *w)
{
	return w->len == 1 ? (w->s[0] < '0' || w->s[0] > '9')
			   : (w->len == 2 && ((unsigned char)w->s[0] & 0xe0) == 0xc0);
}

/* s t o p, S.T.O.P -> stop: three single letters or more in a row. */
static void join_spaced(struct text *t)
{
	size_t out = 0;

	for (size_t i = 0; i < t->n;) {
		size_t run = 0;

		while (i + run < t->n && single_letter(&t->word[i + run]))
			run++;
		if (run < 3) {
			size_t n = run ? run : 1;
			memmove(t->word + out, t->word + i, n * sizeof t->word[0]);
			out += n;
			i += n;
			continue;
		}
		/* The letters lie in the buffer one after another, each with a NUL: write over them. */
		struct text_word w = t->word[i];
		char *to = (char *)(uintptr_t)w.s;
		size_t len = 0;
		for (size_t k = 0; k < run; k++) {
			memmove(to + len, t->word[i + k].s, t->word[i + k].len);
			len += t->word[i + k].len;
		}
		to[len] = '\0';
		w.len = (uint16_t)len;
		collapse_runs(&w);
		t->word[out++] = w;
		i += run;
	}
	t->n = out;
}

/* Polite words (NM-1), and greetings, which say as little. Each row: words that stand at an end together. */
static const char *const polite[][3] = {
	{"please"},        {"pls"},     {"plz"},    {"thanks"},       {"thank", "you"}, {"ty"},
	{"thx"},           {"ok"},      {"okay"},   {"por", "favor"}, {"merci"},        {"bitte"},
	{"gracias"},       {"danke"},   {"grazie"}, {"obrigado"},     {"obrigada"},     {"svp"},
	{"per", "favore"}, {"hi"},      {"hello"},  {"hey"},          {"just"},         {"sil", "vous", "plait"},
	{"alstublieft"},   {"bedankt"}, {"hallo"},  {"hola"},         {"bonjour"},      {"kindly"},
};

static size_t polite_at(const struct text *t, size_t from, size_t to, bool at_end)
{
	for (size_t p = 0; p < sizeof polite / sizeof polite[0]; p++) {
		size_t n = polite[p][2] ? 3 : polite[p][1] ? 2 : 1;

		if (n > to - from)
			continue;
		size_t at = at_end ? to - n : from, k = 0;
		while (k < n && text_is(t, at + k, polite[p][k]))
			k++;
		if (k == n)
			return n;
	}
	return 0;
}

/* After STOP, QUIT, UNSUBSCRIBE "it, this, now", after REMOVE "me" are as empty as "please". Not after CANCEL:
 * "cancel it" means the order (NM-1). */
static bool empty_after(const struct text *t, size_t from, size_t last)
{
	if (last != from + 1)
		return false;
	if (text_is(t, from, "remove"))
		return text_is(t, last, "me");
	if (!text_is(t, from, "stop") && !text_is(t, from, "quit") && !text_is(t, from, "unsubscribe"))
		return false;
	return text_is(t, last, "it") || text_is(t, last, "this") || text_is(t, last, "now");
}

/* "stop it now": as above with both. */
static bool empty_pair_after(const struct text *t, size_t from, size_t last)
{
	return last == from + 2 && text_is(t, last, "now") && empty_after(t, from, from + 1);
}

void text_trim(struct text *t)
{
	size_t from = 0, to = t->n, n;

	for (;;) {
		if ((n = polite_at(t, from, to, false)) && n < to - from)
			from += n;
		else if ((n = polite_at(t, from, to, true)) && n < to - from)
			to -= n;
		else if (to - from >= 2 && (empty_after(t, from, to - 1) || empty_pair_after(t, from, to - 1)))
			to--;
		else
			break;
	}
	if (from == 0 && to == t->n)
		return;
	/* "ok thanks" is nothing but polite; leave it whole so that it stays what it is. */
	if (to - from == 1 && polite_at(t, from, to, false))
		return;
	memmove(t->word, t->word + from, (to - from) * sizeof t->word[0]);
	t->n = to - from;
	if (t->n)
		t->word[0].before = BREAK_LINE;
}

/* Every emoji a stop sign and no word: "stop" (NM-1). ✋😊 is a greeting. */
static void read_stop_sign(struct text *t)
{
	if (t->n || !t->emoji.stop || t->emoji.stop != t->emoji.all)
		return;
	memcpy(t->buf, "stop", 5);
	t->word[0] = (struct text_word){.s = t->buf, .len = 4, .before = BREAK_LINE};
	t->n = 1;
}

/* Marks the words that began with a capital in an ASCII text: names ("not John anymore"). */
static void find_capitals(struct text *t, const char *raw)
{
	size_t at = 0;

	for (size_t i = 0; i < t->n; i++) {
		char first = t->word[i].s[0];

		/* The words come in the raw text's order, so looking on from the last one finds each. */
		while (raw[at] && (ascii_kind(raw[at]) != K_LETTER || (raw[at] | 32) != (first | 32)))
			at++;
		if (!raw[at])
			return;
		t->word[i].capital = raw[at] >= 'A' && raw[at] <= 'Z';
		while (raw[at] && (ascii_kind(raw[at]) == K_LETTER || raw[at] == '\''))
			at++;
	}
}

void text_read(struct text *t, const char *raw)
{
	t->n = 0;
	t->emoji = (struct text_emoji){0};
	bool ascii = fold_ascii(raw, t);
	if (!ascii)
		fold_unicode(raw, t);
	split(t);
	collapse_all(t);
	join_spaced(t);
	if (ascii)
		find_capitals(t, raw);
	text_trim(t);
	read_stop_sign(t);
}

void text_cut(struct text *t, size_t from, size_t to)
{
	if (from >= to || to > t->n)
		return;
	memmove(t->word + from, t->word + to, (t->n - to) * sizeof t->word[0]);
	t->n -= to - from;
	if (from < t->n && t->word[from].before == BREAK_NONE)
		t->word[from].before = BREAK_CLAUSE;
	if (t->n)
		t->word[0].before = BREAK_LINE;
}

size_t text_key(const struct text *t, size_t from, size_t to, char *out, size_t cap)
{
	size_t len = 0;

	for (size_t i = from; i < to; i++) {
		if (len + t->word[i].len + 2 > cap) {
			out[0] = '\0';
			return 0;
		}
		if (i > from)
			out[len++] = ' ';
		memcpy(out + len, t->word[i].s, t->word[i].len);
		len += t->word[i].len;
	}
	out[len] = '\0';
	return len;
}

size_t text_normalise(const char *raw, char out[TEXT_BYTES])
{
	struct text t;

	text_read(&t, raw);
	return text_key(&t, 0, t.n, out, TEXT_BYTES);
}

static uint64_t fnv(uint64_t h, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * UINT64_C(1099511628211);
	return h;
}

uint64_t text_hash(const struct text *t)
{
	uint64_t h = UINT64_C(14695981039346656037);

	if (!t->n)
		return fnv(h, t->folded, t->folded_len);
	for (size_t i = 0; i < t->n; i++)
		h = fnv(h, t->word[i].s, (size_t)t->word[i].len + 1);
	return h;
}

bool text_is(const struct text *t, size_t i, const char *s)
{
	return i < t->n && strcmp(t->word[i].s, s) == 0;
}

size_t text_clause_end(const struct text *t, size_t i)
{
	for (i++; i < t->n && t->word[i].before == BREAK_NONE; i++)
		;
	return i;
}

size_t text_clause_start(const struct text *t, size_t i)
{
	while (i > 0 && i < t->n && t->word[i].before == BREAK_NONE)
		i--;
	return i;
}

void text_classify(struct text *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->word[i].bits = lexicon_bits(t->word[i].s);
}
