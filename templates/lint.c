/* What can be wrong with a playbook that could be read. */
#include <string.h>

#include "templates/lint_private.h"

/* KW-1: STOP and its like mean what they mean. */
static void check_reserved(struct loader *l)
{
	bool (*reserved)(const char *) = l->rules ? l->rules->reserved : NULL;

	for (size_t i = 0; reserved && i < l->pb->n_keywords; i++) {
		const struct pb_keyword *k = &l->pb->keywords[i];

		if (reserved(k->word))
			pb_problem(l, k->anywhere ? "answers.yaml" : "keywords.yaml", k->line, true, "KW-1",
				   "'%s' is a stop, start or help word, which cannot be given another meaning",
				   k->word);
	}
	for (size_t i = 0; i < l->pb->n_keywords; i++)
		for (size_t k = 0; k < i; k++) {
			const struct pb_keyword *a = &l->pb->keywords[i], *b = &l->pb->keywords[k];

			if (!strcmp(a->word, b->word) &&
			    (a->locale == b->locale || (a->locale && b->locale && !strcmp(a->locale, b->locale))))
				pb_problem(l, a->anywhere ? "answers.yaml" : "keywords.yaml", a->line, true, NULL,
					   "'%s' stands in line %u of %s already", a->word, b->line,
					   b->anywhere ? "answers.yaml" : "keywords.yaml");
		}
}

/* Locales -----------------------------------------------------------------------------------------------------------
 */
/* A message of that name in the locale or its language. */
static bool speaks(const struct playbook *pb, const struct pb_message *first, const char *locale)
{
	for (const struct pb_message *m = first; m < pb->messages + pb->n_messages && !strcmp(m->name, first->name);
	     m++) {
		size_t n = strlen(m->locale);
		if (!strncmp(m->locale, locale, n) && (!locale[n] || locale[n] == '-'))
			return true;
	}
	return false;
}

static void check_locales(struct loader *l)
{
	const struct playbook *pb = l->pb;
	const char *main = pb->brand.locale ? pb->brand.locale : pb->brand.n_locales ? pb->brand.locales[0] : "en";

	for (size_t i = 0; i < pb->n_messages; i++) {
		const struct pb_message *m = &pb->messages[i], *before = i ? m - 1 : NULL;

		if (m->shipped)
			continue;
		if (before && !strcmp(before->name, m->name)) {
			if (before->cls != m->cls)
				pb_problem(l, m->path, 1, true, NULL, "the class differs from the one in %s",
					   before->path);
			continue;
		}
		if (!speaks(pb, m, main))
			pb_problem(l, m->path, 0, true, NULL, "'%s' is missing in the default locale, %s", m->name,
				   main);
		for (size_t k = 0; k < pb->brand.n_locales; k++)
			if (strcmp(pb->brand.locales[k], main) != 0 && !speaks(pb, m, pb->brand.locales[k]))
				pb_problem(l, m->path, 0, true, NULL, "'%s' is missing in %s, which brand.yaml lists",
					   m->name, pb->brand.locales[k]);
	}
}

/* Conditions --------------------------------------------------------------------------------------------------------
 */
static void check_written(struct loader *l, const struct pb_written *w)
{
	const char *const *paths;
	size_t n = liquid_expr_variables(w->expr, &paths);
	struct liquid_value nothing = liquid_hash_value(liquid_hash_new(l->tmp));
	struct liquid_env env = {.data = &nothing, .now = PB_SAMPLE_NOW};
	struct liquid_error e = {0};

	for (size_t i = 0; i < n; i++)
		if (!pb_variable_known(l->pb, paths[i],
				       w->journey ? lint_where(w->journey) : PB_ANYWHERE & ~(unsigned)PB_IN_REPLY)) {
			const char *near = pb_variable_near(paths[i]);
			pb_problem(l, w->path, w->line, true, NULL, "%s: there is no variable '%s' here%s%s", w->key,
				   paths[i], near ? "; meant: " : "", near ? near : "");
		}
	if (!n && w->condition)
		pb_problem(l, w->path, w->line, true, NULL, "%s: is always %s; leave it out, or ask for something",
			   w->key, liquid_test(l->tmp, w->expr, &env, &e) ? "true" : "false");
}

/* --------------------------------------------------------------------------------------------------------------------
 */
static void check_links(struct loader *l)
{
	const struct pb_brand *b = &l->pb->brand;

	for (size_t i = 0; i < b->n_urls; i++)
		if (b->urls[i].url && lint_shortener(b->urls[i].url))
			pb_problem(l, "brand.yaml", 0, true, "SR-4", "urls.%s: carriers reject public link shorteners",
				   b->urls[i].name);
	if (b->link_domain && lint_shortener(talloc_asprintf(l->tmp, "%s/", b->link_domain)))
		pb_problem(l, "brand.yaml", 0, true, "SR-4",
			   "links: carriers reject public link shorteners; use a domain of your own");
	if (b->opt_out_first_then_monthly && b->country && strcmp(b->country, "US") != 0)
		pb_problem(l, "brand.yaml", 0, false, "OO-14",
			   "opt_out_words: outside the US most law asks for a way out in every marketing text");
}

void pb_lint(struct loader *l)
{
	check_reserved(l);
	check_links(l);
	check_locales(l);
	for (size_t i = 0; i < l->pb->n_messages; i++) {
		const struct pb_message *m = &l->pb->messages[i];
		unsigned uses = lint_uses(l, m->name, NULL, NULL);

		/* what ships is checked, but the brand's own name and contact stand in the compliance texts */
		if (!m->template || (m->shipped && m->cls != CLASS_COMPLIANCE))
			continue;
		if (!uses && !l->report->errors)
			pb_problem(l, m->path, 0, false, NULL, "nothing sends '%s'", m->name);
		lint_text(l, m, uses);
	}
	for (size_t i = 0; i < l->n_written; i++)
		check_written(l, &l->written[i]);
	if (!l->report->errors)
		lint_journeys(l);
}
