/* menus.yaml, keywords.yaml, answers.yaml, products.yaml. */
#include <stdlib.h>
#include <string.h>

#include "templates/playbook_private.h"

/* menus.yaml ------------------------------------------------------------------------------------------------------ */
struct menu {
	const char *message;
	int64_t expires;
	struct pb_actions choice[PB_CHOICES];
	unsigned n;
};

static bool read_choices(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	struct menu *m = at;
	bool ok = true;

	if (n->kind != YAML_MAP || !n->n || n->n > PB_CHOICES) {
		pb_error(l, n->line, "%s: must be 1 to %d choices, such as 1: [{intent: order_status}]", f->key,
			 PB_CHOICES);
		return false;
	}
	for (size_t i = 0; i < n->n; i++) {
		const char *key = n->map[i].key;

		if (key[0] != (char)('1' + i) || key[1]) {
			pb_error(l, n->map[i].line,
				 "choices are numbered from 1 without gaps: %zu is due here, not '%s'", i + 1, key);
			return false;
		}
		ok &= pb_read_branch_actions(l, &n->map[i].value, &m->choice[i], true);
	}
	m->n = (unsigned)n->n;
	return ok;
}

static const struct pb_field menu_fields[] = {
	{.key = "message", .read = pb_read_name, .offset = offsetof(struct menu, message), .needed = true},
	{.key = "expires", .read = pb_read_span, .offset = offsetof(struct menu, expires), .min = 60},
	{.key = "choices", .read = read_choices, .needed = true},
	{.key = NULL},
};

static uint32_t hash(uint32_t h, const char *s)
{
	for (; s && *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return (h ^ 0xff) * 16777619u;
}

/* What an answer to the menu hangs on: changed, an open menu is not taken for this one. */
static uint32_t mark_of(const struct pb_menu *m)
{
	uint32_t h = hash(hash(2166136261u, m->name), m->message);

	for (unsigned i = 0; i < m->n; i++)
		for (size_t k = 0; k < m->choice[i].n; k++) {
			const struct pb_action *a = &m->choice[i].list[k];
			char kind[3] = {(char)('a' + a->kind), (char)('1' + i), '\0'};
			h = hash(hash(hash(hash(hash(hash(h, kind), a->name), a->queue), a->priority), a->intent),
				 a->note);
		}
	return h;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct pb_menu *)a)->name, ((const struct pb_menu *)b)->name);
}

void pb_read_menus(struct loader *l, const struct yaml_node *root)
{
	struct pb_menu *menus = talloc_realloc(l->pb, (struct pb_menu *)l->pb->menus, struct pb_menu,
					       (unsigned)(l->pb->n_menus + root->n) + 1);

	l->pb->menus = menus;
	for (size_t i = 0; i < root->n; i++) {
		const struct yaml_pair *p = &root->map[i];
		struct pb_menu *out = &menus[l->pb->n_menus];
		struct menu m = {.expires = 86400};

		if (!pb_is_name(p->key))
			pb_error(l, p->line, "menu '%s': a name is small letters, digits and _", p->key);
		if (!pb_read_map(l, &p->value, talloc_asprintf(l->tmp, "menu '%s'", p->key), menu_fields, &m))
			continue;
		*out = (struct pb_menu){.name = talloc_strdup(l->pb, p->key),
					.message = m.message,
					.line = p->line,
					.expires = m.expires,
					.n = m.n};
		memcpy(out->choice, m.choice, sizeof(m.choice));
		out->mark = mark_of(out);
		pb_ref_add(l, p->line, m.message, false, PB_USED_AS_ANSWER);
		l->pb->n_menus++;
	}
	if (l->pb->n_menus)
		qsort(menus, l->pb->n_menus, sizeof(*menus), by_name);
}

/* Words and phrases ----------------------------------------------------------------------------------------------- */
#define WORDS_MAX 4000

static void add_keyword(struct loader *l, const struct yaml_node *word, const char *locale, bool anywhere)
{
	struct pb_keyword *list = (struct pb_keyword *)l->pb->keywords;
	bool ok = word->kind == YAML_TEXT && word->text[strspn(word->text, " ")] && strlen(word->text) <= 80;

	if (!ok || l->pb->n_keywords == WORDS_MAX) {
		pb_error(l, word->line,
			 ok ? "too many words: at most 4000 in keywords.yaml and answers.yaml"
			    : "a word or phrase is text of 1 to 80 characters");
		return;
	}
	if (!anywhere && strspn(word->text, "0123456789") == strlen(word->text))
		pb_error(l, word->line, "'%s': a number is a menu's choice or a rating, not a keyword", word->text);
	list = talloc_realloc(l->pb, list, struct pb_keyword, (unsigned)l->pb->n_keywords + 1);
	list[l->pb->n_keywords++] = (struct pb_keyword){
		.word = talloc_strdup(l->pb, word->text), .locale = locale, .anywhere = anywhere, .line = word->line};
	l->pb->keywords = list;
}

static void add_list(struct loader *l, const struct yaml_node *n, const char *locale, bool anywhere)
{
	if (n->kind != YAML_LIST || !n->n) {
		pb_error(l, n->line, "words are a list, such as [track, tracking]");
		return;
	}
	for (size_t i = 0; i < n->n; i++)
		add_keyword(l, &n->list[i], locale, anywhere);
}

/* A list for everybody, or lists by language. The actions are put behind those that came of it: from first on. */
static void add_words(struct loader *l, const struct yaml_node *n, bool anywhere)
{
	if (n->kind != YAML_MAP) {
		add_list(l, n, NULL, anywhere);
		return;
	}
	for (size_t i = 0; i < n->n; i++) {
		if (!pb_is_locale(n->map[i].key))
			pb_error(l, n->map[i].line, "'%s' is no language such as en or pt-BR", n->map[i].key);
		add_list(l, &n->map[i].value, talloc_strdup(l->pb, n->map[i].key), anywhere);
	}
}

static void give_actions(struct loader *l, size_t first, const struct pb_actions *actions)
{
	struct pb_keyword *list = (struct pb_keyword *)l->pb->keywords;

	for (size_t i = first; i < l->pb->n_keywords; i++)
		list[i].actions = *actions;
}

static bool read_words(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at)
{
	(void)at;
	add_words(l, n, f->max);
	return true;
}

void pb_read_keywords(struct loader *l, const struct yaml_node *root)
{
	static const struct pb_field fields[] = {
		{.key = "words", .read = read_words, .needed = true},
		{.key = "do", .read = pb_read_actions, .needed = true},
		{.key = NULL},
	};

	if (root->kind == YAML_MAP && !root->n)
		return;
	if (root->kind != YAML_LIST) {
		pb_error(l, root->line, "keywords are a list of entries, each with words and do");
		return;
	}
	for (size_t i = 0; i < root->n; i++) {
		struct pb_actions actions = {0};
		size_t first = l->pb->n_keywords;

		pb_read_map(l, &root->list[i], "keyword", fields, &actions);
		give_actions(l, first, &actions);
	}
}

/* answers.yaml ---------------------------------------------------------------------------------------------------- */
struct answer {
	const char *message;
	struct pb_actions then;
};

static void read_answer(struct loader *l, const struct yaml_pair *p, struct pb_answer *out)
{
	static const struct pb_field fields[] = {
		{.key = "message", .read = pb_read_name, .offset = offsetof(struct answer, message), .needed = true},
		{.key = "phrases", .read = read_words, .max = true},
		{.key = "then", .read = pb_read_actions, .offset = offsetof(struct answer, then)},
		{.key = NULL},
	};
	struct answer a = {0};
	size_t first = l->pb->n_keywords;
	struct pb_action *list;

	if (!pb_is_name(p->key))
		pb_error(l, p->line, "answer '%s': a name is small letters, digits and _", p->key);
	if (!pb_read_map(l, &p->value, talloc_asprintf(l->tmp, "answer '%s'", p->key), fields, &a))
		return;
	pb_ref_add(l, p->line, a.message, false, PB_USED_AS_ANSWER);
	list = talloc_zero_array(l->pb, struct pb_action, (unsigned)a.then.n + 1);
	list[0] = (struct pb_action){.kind = PB_ANSWER, .name = a.message};
	for (size_t i = 0; i < a.then.n; i++)
		list[i + 1] = a.then.list[i];
	*out = (struct pb_answer){.name = talloc_strdup(l->pb, p->key),
				  .message = a.message,
				  .actions = {.n = a.then.n + 1, .list = list}};
	give_actions(l, first, &out->actions);
	l->pb->n_answers++;
}

/* Read first of all: an answer is put in wherever it is named. None of its own further actions names an answer, since
 * none is known then. */
void pb_read_answers(struct loader *l, const struct yaml_node *root)
{
	struct pb_answer *answers = talloc_zero_array(l->tmp, struct pb_answer, (unsigned)root->n + 1);
	size_t n = 0;

	for (size_t i = 0; i < root->n; i++) {
		l->pb->n_answers = 0;
		read_answer(l, &root->map[i], &answers[n]);
		n += l->pb->n_answers;
	}
	l->pb->n_answers = n;
	l->pb->answers = talloc_steal(l->pb, answers);
}

/* products.yaml --------------------------------------------------------------------------------------------------- */
static int by_sku(const void *a, const void *b)
{
	return strcmp(((const struct pb_product *)a)->sku, ((const struct pb_product *)b)->sku);
}

void pb_read_products(struct loader *l, const struct yaml_node *root)
{
	static const struct pb_field fields[] = {
		{.key = "sku",
		 .read = pb_read_line,
		 .offset = offsetof(struct pb_product, sku),
		 .needed = true,
		 .min = 1,
		 .max = 128},
		{.key = "category", .read = pb_read_name, .offset = offsetof(struct pb_product, category)},
		{.key = "guide_url", .read = pb_read_url, .offset = offsetof(struct pb_product, guide_url)},
		{.key = "depletion_days",
		 .read = pb_read_price,
		 .offset = offsetof(struct pb_product, depletion_days),
		 .max = 3650},
		{.key = "complexity",
		 .read = pb_read_word,
		 .offset = offsetof(struct pb_product, complexity),
		 .words = "simple complex"},
		{.key = NULL},
	};
	struct pb_product *products;

	if (root->kind == YAML_MAP && !root->n)
		return;
	if (root->kind != YAML_LIST) {
		pb_error(l, root->line, "products are a list of entries, each with a sku");
		return;
	}
	products = talloc_zero_array(l->pb, struct pb_product, (unsigned)root->n + 1);
	l->pb->products = products;
	for (size_t i = 0; i < root->n; i++) {
		struct pb_product *p = &products[l->pb->n_products];

		if (!pb_read_map(l, &root->list[i], "product", fields, p))
			continue;
		if (strchr(p->sku, '*') && strchr(p->sku, '*')[1])
			pb_error(l, root->list[i].line, "sku: a * may stand at the end only, not '%s'", p->sku);
		l->pb->n_products++;
	}
	if (l->pb->n_products)
		qsort(products, l->pb->n_products, sizeof(*products), by_sku);
	for (size_t i = 1; i < l->pb->n_products; i++)
		if (!strcmp(products[i - 1].sku, products[i].sku))
			pb_error(l, 0, "sku '%s' stands here twice", products[i].sku);
}
