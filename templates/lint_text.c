/* One message: its variables, its words, its links, its segments. */
#include <string.h>

#include "templates/gsm7.h"
#include "templates/lint_private.h"
#include "templates/segments.h"
#include "templates/smart.h"

static void tell(struct loader *l, const struct pb_message *m, bool error, const char *rule, unsigned line,
		 const char *text)
{
	pb_problem(l, m->path, line ? line : m->line, error, rule, "%s", text);
}

/* Rendering ---------------------------------------------------------------------------------------------------------
 */
/* Made once for each place. */
static const struct liquid_value *sample_of(struct loader *l, unsigned where)
{
	struct liquid_value *v = &l->sample[where & PB_ANYWHERE];

	if (v->type == LIQUID_NIL)
		*v = pb_sample(l->tmp, l->pb, l->pb->brand.locale, where);
	return v;
}

char *lint_render(struct loader *l, const struct pb_message *m, unsigned where)
{
	struct liquid_env env = {.data = sample_of(l, where),
				 .now = PB_SAMPLE_NOW,
				 .locale = m->locale,
				 .zone = "UTC",
				 .currency = l->pb->brand.currency,
				 .link = pb_sample_link,
				 .link_arg = l->pb,
				 .strict = true};
	struct liquid_error e = {0};
	char *text = liquid_render(l->tmp, m->template, &env, &e);

	if (!text)
		tell(l, m, true, NULL, e.line ? m->line + e.line - 1 : 0, e.text);
	return text;
}

/* The text without its tags and outputs: what stands there in any case. */
static char *literal(struct loader *l, const char *source)
{
	char *out = talloc_strdup(l->tmp, source), *to = out;

	for (const char *s = source; *s;) {
		const char *close = !strncmp(s, "{{", 2) ? "}}" : !strncmp(s, "{%", 2) ? "%}" : NULL;
		const char *end = close ? strstr(s + 2, close) : NULL;

		if (end) {
			s = end + 2;
			*to++ = '\x01'; /* parts words */
		} else
			*to++ = *s++;
	}
	*to = '\0';
	return out;
}

/* Line of the file where needle first stands. */
static unsigned line_of(const struct pb_message *m, const char *needle, size_t n)
{
	const char *at = memmem(m->source, strlen(m->source), needle, n);
	unsigned line = m->line;

	for (const char *s = m->source; at && s < at; s++)
		line += *s == '\n';
	return line;
}

/* Segments ----------------------------------------------------------------------------------------------------------
 */
static unsigned characters(const char *text, size_t bytes)
{
	unsigned n = 0;

	for (size_t i = 0; i < bytes; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* "’ (U+2019, the 12th character) makes it UCS-2; write ' instead". */
static char *forcing(struct loader *l, const char *text, const struct sms_segments *c)
{
	uint32_t cp;
	size_t n = utf8_next(text + c->forces_at, strlen(text) - c->forces_at, &cp);
	const char *as = smart_replacement(cp);

	return talloc_asprintf(l->tmp, "'%.*s' (U+%04X, character %u of the sample) makes it UCS-2%s%s%s", (int)n,
			       text + c->forces_at, (unsigned)cp, characters(text, c->forces_at) + 1,
			       as ? *as ? "; write " : "; leave it out" : "", as ? as : "",
			       as && *as ? " instead" : "");
}

static void check_segments(struct loader *l, const struct pb_message *m, const char *text)
{
	struct sms_segments c = sms_count(text, strlen(text));
	uint32_t cp;
	bool ucs2 = c.encoding == SMS_UCS2;
	size_t n = ucs2 ? utf8_next(text + c.forces_at, strlen(text) - c.forces_at, &cp) : 0;
	unsigned line = ucs2 ? line_of(m, text + c.forces_at, n) : 0;

	if (c.segments > m->max_segments)
		tell(l, m, true, NULL, line,
		     talloc_asprintf(l->tmp, "takes %zu segments with sample data (%zu %s), and max_segments is %u%s%s",
				     c.segments, c.units, ucs2 ? "UCS-2 units" : "GSM-7 septets", m->max_segments,
				     ucs2 ? "; " : "", ucs2 ? forcing(l, text, &c) : ""));
	else if (ucs2 && smart_replacement(cp))
		tell(l, m, false, NULL, line, forcing(l, text, &c));
}

/* Words and links ---------------------------------------------------------------------------------------------------
 */
static char *word_there(struct loader *l, const char *w)
{
	return talloc_strndup(l->tmp, w, strcspn(w, "|"));
}

/* Of an address that is a variable: what a transactional text may lead to (CL-3). */
static bool serves(const char *path)
{
	static const char *const allowed[] = {"order.tracking_url", "shipment.tracking_url",  "support.url",
					      "preferences_url",    "item.guide_url",         "brand.urls.returns",
					      "brand.urls.help",    "brand.urls.tracking",    "brand.urls.order",
					      "brand.urls.status",  "subscription.manage_url"};

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (!strcmp(allowed[i], path))
			return true;
	return false;
}

static void check_sells(struct loader *l, const struct pb_message *m, const char *plain, const char *folded)
{
	const char *w = lint_selling_word(folded, m->locale);
	const char *const *paths;
	size_t n = liquid_variables(m->template, &paths);
	const char *what = m->cls == CLASS_TRANSACTIONAL  ? "a transactional text"
			   : m->cls == CLASS_RELATIONSHIP ? "a service_only text"
							  : "an answer";

	if (w)
		tell(l, m, true, m->cls == CLASS_RELATIONSHIP ? "CL-2" : "CL-3", 0,
		     talloc_asprintf(l->tmp,
				     "'%s' sells, which %s may not; make the class promotional, or leave it out",
				     word_there(l, w), what));
	if (strchr(plain, '%'))
		tell(l, m, true, "CL-3", line_of(m, "%", 1),
		     talloc_asprintf(l->tmp, "a percentage reads as a price cut, which %s may not hold", what));
	if (strcasestr(plain, "http://") || strcasestr(plain, "https://") || strcasestr(plain, "www."))
		tell(l, m, true, "CL-3", 0,
		     talloc_asprintf(
			     l->tmp,
			     "%s links to the order, its tracking, its help, its return only, by their variables",
			     what));
	for (size_t i = 0; i < n; i++)
		if (!strncmp(paths[i], "brand.urls.", 11) && !serves(paths[i]))
			tell(l, m, true, "CL-3", 0,
			     talloc_asprintf(l->tmp,
					     "%s is no link that %s may hold: only urls named returns, help, tracking, "
					     "order, status are",
					     paths[i], what));
}

/* STOP as a word of its own, in capitals. */
static bool names_stop(const char *plain)
{
	for (const char *at = plain; (at = strstr(at, "STOP")); at += 4) {
		bool before = at > plain && (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
						    at[-1]) != NULL);
		bool after = at[4] &&
			     strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", at[4]) != NULL;
		if (!before && !after)
			return true;
	}
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "stop2end", "text2stop": read by no phone's number pad and by few people. */
static bool glued_stop(const char *plain)
{
	for (const char *at = plain; (at = strcasestr(at, "stop")); at += 4)
		if ((at > plain && is_digit(at[-1])) || is_digit(at[4]))
			return true;
	return false;
}

static void check_stop(struct loader *l, const struct pb_message *m, const char *plain)
{
	bool marketing = m->cls == CLASS_PROMOTIONAL || (m->cls == CLASS_RELATIONSHIP && !m->service_only);

	if (glued_stop(plain))
		tell(l, m, true, "OO-14", 0, "the word STOP stands by itself: \"Reply STOP to end\", never stop2end");
	else if (marketing && !l->pb->brand.opt_out_first_then_monthly && !names_stop(plain))
		tell(l, m, true, "OO-14", 0,
		     "names no way out: put in \"Reply STOP to end\", in its language, STOP in capitals");
}

static void check_words(struct loader *l, const struct pb_message *m, const char *plain)
{
	char *folded = lint_fold(l->tmp, plain);
	const char *shaft = lint_shaft_word(folded, !l->pb->brand.age_gate), *shortener = lint_shortener(m->source);
	bool free_to_sell = m->cls == CLASS_PROMOTIONAL || (m->cls == CLASS_RELATIONSHIP && !m->service_only);

	if (!free_to_sell)
		check_sells(l, m, plain, folded);
	if (shaft)
		tell(l, m, false, "CL-5", 0,
		     talloc_asprintf(l->tmp,
				     "'%s' is what carriers block or want behind an age gate (brand.yaml: age_gate)",
				     word_there(l, shaft)));
	if (shortener)
		tell(l, m, true, "SR-4", line_of(m, shortener, strlen(shortener)),
		     talloc_asprintf(l->tmp, "carriers reject public link shorteners such as %.*s; use the link filter",
				     (int)strlen(shortener) - 1, shortener));
}

/* A message ---------------------------------------------------------------------------------------------------------
 */
static void check_class(struct loader *l, const struct pb_message *m, unsigned uses)
{
	const struct pb_program_name *p = pb_program_name(m->name);

	if (p && m->cls != p->cls)
		tell(l, m, true, NULL, 1,
		     talloc_asprintf(l->tmp, "'%s' is sent by the program: its class is %s", m->name,
				     p->cls == CLASS_COMPLIANCE ? "compliance" : "conversational"));
	else if (!p && m->cls == CLASS_COMPLIANCE)
		tell(l, m, true, NULL, 1, "compliance is the class of the answers to STOP, START and HELP only");
	else if ((uses & PB_USED_AS_ANSWER) && m->cls != CLASS_CONVERSATIONAL)
		tell(l, m, true, "CL-6", 1,
		     "answers and menus are conversational: a text that answers the customer's own");
	else if ((uses & PB_USED_IN_JOURNEY) && m->cls == CLASS_CONVERSATIONAL)
		tell(l, m, true, "CL-6", 1,
		     "a journey's text answers nobody: it is transactional, relationship or promotional");
}

struct place {
	struct loader *l;
	const struct pb_message *m;
	char *text; /* the longest */
	bool failed;
};

static void check_variables(struct loader *l, const struct pb_message *m, unsigned where, bool *bad)
{
	const char *const *paths;
	size_t n = liquid_variables(m->template, &paths);

	for (size_t i = 0; i < n; i++) {
		const char *near;

		if (pb_variable_known(l->pb, paths[i], where))
			continue;
		*bad = true;
		near = pb_variable_near(paths[i]);
		if (!strncmp(paths[i], "brand.urls.", 11))
			tell(l, m, true, NULL, line_of(m, paths[i], strlen(paths[i])),
			     talloc_asprintf(l->tmp, "brand.yaml names no url '%s'", paths[i] + 11));
		else if (pb_variable_known(l->pb, paths[i], PB_ANYWHERE))
			tell(l, m, true, NULL, line_of(m, paths[i], strlen(paths[i])),
			     talloc_asprintf(
				     l->tmp,
				     "'%s' is not known where this text is sent: see \"Variables\" in the README",
				     paths[i]));
		else
			tell(l, m, true, NULL, line_of(m, paths[i], strlen(paths[i])),
			     talloc_asprintf(l->tmp, "there is no variable '%s'%s%s", paths[i], near ? "; meant: " : "",
					     near ? near : ""));
	}
}

static void in_place(void *arg, unsigned where)
{
	struct place *p = arg;
	bool bad = false;
	char *text;

	if (p->failed)
		return;
	check_variables(p->l, p->m, where, &bad);
	text = bad ? NULL : lint_render(p->l, p->m, where);
	p->failed |= !text;
	if (text && (!p->text || strlen(text) > strlen(p->text)))
		p->text = text;
}

void lint_text(struct loader *l, const struct pb_message *m, unsigned uses)
{
	struct place p = {.l = l, .m = m};
	char *plain = literal(l, m->source);

	check_class(l, m, uses);
	lint_uses(l, m->name, in_place, &p);
	check_words(l, m, plain);
	check_stop(l, m, plain);
	if (!p.text)
		return;
	check_segments(l, m, p.text);
	if (pb_program_name(m->name))
		lint_program(l, m, p.text);
}
