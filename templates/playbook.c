/* Files in, one immutable playbook out; and how things are found in it. */
#include "templates/playbook.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "templates/playbook_private.h"

#define LOCALE_MAX 17

/* Looking up ------------------------------------------------------------------------------------------------------- */
struct pb_index { /* open addressing: the first message of each name */
	uint32_t mask;
	int32_t slot[];
};

static uint32_t hash(const char *s)
{
	uint32_t h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u;
	return h ^ h >> 15;
}

static void make_index(struct playbook *pb)
{
	uint32_t room = 16;
	struct pb_index *ix;

	while (room < pb->n_messages * 2)
		room *= 2;
	ix = talloc_size(pb, sizeof(*ix) + room * sizeof(ix->slot[0]));
	ix->mask = room - 1;
	memset(ix->slot, 0xff, room * sizeof(ix->slot[0]));
	for (size_t i = 0; i < pb->n_messages; i++) {
		uint32_t at = hash(pb->messages[i].name) & ix->mask;

		if (i && !strcmp(pb->messages[i].name, pb->messages[i - 1].name))
			continue;
		while (ix->slot[at] >= 0)
			at = (at + 1) & ix->mask;
		ix->slot[at] = (int32_t)i;
	}
	pb->index = ix;
}

static const struct pb_message *first_of(const struct playbook *pb, const char *name)
{
	for (uint32_t at = hash(name) & pb->index->mask; pb->index->slot[at] >= 0; at = (at + 1) & pb->index->mask)
		if (!strcmp(pb->messages[pb->index->slot[at]].name, name))
			return &pb->messages[pb->index->slot[at]];
	return NULL;
}

/* Does the message's locale equal the first n characters of locale, whatever their case, '_' read as '-'? */
static bool same_locale(const char *own, const char *locale, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char a = own[i], b = locale[i] == '_' ? '-' : locale[i];

		if (a >= 'A' && a <= 'Z')
			a = (char)(a + 32);
		if (b >= 'A' && b <= 'Z')
			b = (char)(b + 32);
		if (a != b)
			return false;
	}
	return !own[n];
}

/* In this locale, or in its language, or in what stands between ("zh-Hant-TW" -> "zh-Hant" -> "zh"). */
static const struct pb_message *in_locale(const struct playbook *pb, const struct pb_message *first, const char *locale)
{
	const struct pb_message *end = pb->messages + pb->n_messages;
	size_t n = locale ? strcspn(locale, ".@") : 0;

	while (n) {
		for (const struct pb_message *m = first; m < end && (m == first || !strcmp(m->name, first->name)); m++)
			if (same_locale(m->locale, locale, n))
				return m;
		while (n && locale[n - 1] != '-' && locale[n - 1] != '_')
			n--;
		n -= n > 0;
	}
	return NULL;
}

const struct pb_message *playbook_message(const struct playbook *pb, const char *locale, const char *name)
{
	const struct pb_message *first = first_of(pb, name), *m = NULL;

	if (!first)
		return NULL;
	m = in_locale(pb, first, locale);
	if (!m)
		m = in_locale(pb, first, pb->brand.locale);
	if (!m)
		m = in_locale(pb, first, "en");
	return m ? m : first;
}

const struct pb_menu *playbook_menu(const struct playbook *pb, const char *name)
{
	for (size_t i = 0; i < pb->n_menus; i++)
		if (!strcmp(pb->menus[i].name, name))
			return &pb->menus[i];
	return NULL;
}

const struct pb_journey *playbook_journey(const struct playbook *pb, const char *name)
{
	for (size_t i = 0; i < pb->n_journeys; i++)
		if (!strcmp(pb->journeys[i].name, name))
			return &pb->journeys[i];
	return NULL;
}

const struct pb_answer *pb_answer_find(const struct playbook *pb, const char *name)
{
	for (size_t i = 0; i < pb->n_answers; i++)
		if (!strcmp(pb->answers[i].name, name))
			return &pb->answers[i];
	return NULL;
}

static int by_sku(const void *key, const void *product)
{
	return strcmp(key, ((const struct pb_product *)product)->sku);
}

const struct pb_product *playbook_product(const struct playbook *pb, const char *sku)
{
	char key[132];
	size_t n = sku ? strlen(sku) : 0;
	const struct pb_product *p;

	if (!n || n > 128 || !pb->n_products)
		return NULL;
	memcpy(key, sku, n + 1);
	p = bsearch(key, pb->products, pb->n_products, sizeof(*p), by_sku);
	for (size_t i = n + 1; !p && i-- > 0;) {
		strcpy(key + i, "*");
		p = bsearch(key, pb->products, pb->n_products, sizeof(*p), by_sku);
	}
	return p;
}

/* Reading ---------------------------------------------------------------------------------------------------------- */
/* answers.yaml before whatever names an answer. */
static const struct {
	const char *path;
	void (*read)(struct loader *l, const struct yaml_node *root);
	bool map; /* its root is one */
} readers[] = {
	{"brand.yaml", pb_read_brand, true},        {"answers.yaml", pb_read_answers, true},
	{"menus.yaml", pb_read_menus, true},        {"keywords.yaml", pb_read_keywords, false},
	{"products.yaml", pb_read_products, false}, {"journeys.yaml", pb_read_journeys, true},
};
#define READERS (sizeof(readers) / sizeof(readers[0]))

static bool is_message(const char *path)
{
	return !strncmp(path, "messages/", 9);
}

static bool is_document(const char *path)
{
	size_t n = strlen(path);

	return n > 3 && !strcmp(path + n - 3, ".md");
}

static bool valid_utf8(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		utf8proc_int32_t cp;
		utf8proc_ssize_t n =
			utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(len - i), &cp);

		if (n <= 0 || cp == 0)
			return false;
		i += (size_t)n;
	}
	return true;
}

/* Is the file one that can be looked into? */
static bool can_be_read(struct loader *l, const struct playbook_file *f)
{
	bool known = is_message(f->path);

	for (size_t i = 0; i < READERS; i++)
		known |= !strcmp(readers[i].path, f->path);
	l->path = talloc_strdup(l->pb, f->path);
	if (!known)
		pb_error(l, 0,
			 "is no file of a playbook; there are brand.yaml, menus.yaml, keywords.yaml, answers.yaml, "
			 "journeys.yaml, products.yaml and messages/<locale>/<name>.liquid");
	else if (f->len > PB_FILE_BYTES_MAX)
		pb_error(l, 0, "is too large: at most 256 KiB");
	else if (!valid_utf8(f->text, f->len))
		pb_error(l, 0, "is no valid UTF-8 text");
	else
		return true;
	return false;
}

static void read_yaml(struct loader *l, const struct playbook_file *f, size_t reader)
{
	struct yaml_node root;
	unsigned line;
	char *error;

	if (!can_be_read(l, f))
		return;
	if (!yaml_read(l->tmp, f->text, f->len, &root, &line, &error))
		pb_error(l, line, "%s", error);
	else if (readers[reader].map && root.kind != YAML_MAP)
		pb_error(l, root.line, "must be keys with values");
	else
		readers[reader].read(l, &root);
}

static int by_name_and_locale(const void *a, const void *b)
{
	const struct pb_message *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c ? c : strcmp(x->locale, y->locale);
}

static bool stands_in(const struct playbook_file *file)
{
	const struct playbook_file *s = playbook_shipped_files;

	while (s->path && s->text != file->text)
		s++;
	return s->path != NULL;
}

/* shipped: what ships is read itself, and stands in for nothing. */
static void read_messages(struct loader *l, const struct playbook_file *files, size_t n, bool shipped)
{
	struct pb_message *list = talloc_zero_array(l->pb, struct pb_message, (unsigned)n + 1);

	for (size_t i = 0; i < n; i++)
		if (is_message(files[i].path) && can_be_read(l, &files[i])) {
			list[l->pb->n_messages].shipped = !shipped && stands_in(&files[i]);
			l->pb->n_messages += pb_read_message(l, &files[i], &list[l->pb->n_messages]);
		}
	if (l->pb->n_messages)
		qsort(list, l->pb->n_messages, sizeof(*list), by_name_and_locale);
	l->pb->messages = list;
}

static bool is_double(const struct playbook_file *files, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(files[k].path, files[i].path))
			return true;
	return false;
}

static void read_all(struct loader *l, const struct playbook_file *files, size_t n, bool shipped)
{
	for (size_t r = 0; r < READERS; r++)
		for (size_t i = 0; i < n; i++)
			if (!strcmp(files[i].path, readers[r].path))
				read_yaml(l, &files[i], r);
	read_messages(l, files, n, shipped);
	for (size_t i = 0; i < n; i++) {
		bool yaml = false;

		for (size_t r = 0; r < READERS; r++)
			yaml |= !strcmp(files[i].path, readers[r].path);
		if (!yaml && !is_message(files[i].path))
			can_be_read(l, &files[i]);
		if (is_double(files, i))
			pb_problem(l, files[i].path, 0, true, NULL, "stands here twice");
	}
}

void pb_ref_add(struct loader *l, unsigned line, const char *name, bool menu, enum pb_use use)
{
	l->refs = talloc_realloc(l->tmp, l->refs, struct pb_ref, (unsigned)l->n_refs + 1);
	l->refs[l->n_refs++] = (struct pb_ref){
		.path = l->path, .line = line, .name = name, .menu = menu, .use = use, .journey = l->journey};
}

static void check_refs(struct loader *l)
{
	for (size_t i = 0; i < l->n_refs; i++) {
		const struct pb_ref *r = &l->refs[i];
		bool there = r->menu ? playbook_menu(l->pb, r->name) != NULL : first_of(l->pb, r->name) != NULL;

		if (!there)
			pb_problem(l, r->path, r->line, true, NULL,
				   r->menu ? "there is no menu '%s' in menus.yaml"
					   : "there is no message '%s' below messages/",
				   r->name);
	}
}

/* What ships stands in where a playbook lacks it ------------------------------------------------------------------ */
/* The name of "messages/en/help.liquid" is name. */
static bool is_named(const char *path, const char *name)
{
	const char *slash = is_message(path) ? strchr(path + 9, '/') : NULL;
	size_t n = strlen(name);

	return slash && !strncmp(slash + 1, name, n) && !strcmp(slash + 1 + n, ".liquid");
}

static bool has_name(const struct playbook_file *files, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (is_named(files[i].path, name))
			return true;
	return false;
}

/* files, and of each message that the program sends and they lack the shipped ones. */
static struct playbook_file *with_shipped(struct loader *l, const struct playbook_file *files, size_t *n)
{
	size_t own = *n, room = own;
	struct playbook_file *all;

	for (const struct playbook_file *s = playbook_shipped_files; s->path; s++)
		room++;
	all = talloc_zero_array(l->tmp, struct playbook_file, (unsigned)room + 1);
	if (own)
		memcpy(all, files, own * sizeof(*all));
	for (const struct pb_program_name *p = pb_program_names; p->name; p++) {
		if (has_name(files, own, p->name))
			continue;
		for (const struct playbook_file *s = playbook_shipped_files; s->path; s++)
			if (is_named(s->path, p->name))
				all[(*n)++] = *s;
	}
	return all;
}

static void add_support_menu(struct loader *l)
{
	const struct playbook_file *s = playbook_shipped_files;
	struct yaml_node root;
	unsigned line;
	char *error;

	if (playbook_menu(l->pb, "support"))
		return;
	while (s->path && strcmp(s->path, "menus.yaml"))
		s++;
	if (!s->path || !yaml_read(l->tmp, s->text, s->len, &root, &line, &error))
		return;
	for (size_t i = 0; i < root.n; i++)
		if (!strcmp(root.map[i].key, "support")) {
			const struct yaml_node only = {.kind = YAML_MAP, .n = 1, .map = &root.map[i]};
			l->path = "menus.yaml";
			pb_read_menus(l, &only);
			return;
		}
}

/* Loading ---------------------------------------------------------------------------------------------------------- */
static void set_defaults(struct pb_brand *b)
{
	b->link_expires = 90 * 86400;
	b->caps[CLASS_TRANSACTIONAL] = (struct pb_caps){.per_day = 6};               /* FQ-2 */
	b->caps[CLASS_RELATIONSHIP] = (struct pb_caps){.per_day = 1, .per_week = 3}; /* FQ-1 */
	b->caps[CLASS_PROMOTIONAL] = b->caps[CLASS_RELATIONSHIP];
}

static bool load(struct loader *l, const struct playbook_file *files, size_t n, bool shipped)
{
	if (n > PB_FILES_MAX) {
		pb_problem(l, "", 0, true, NULL, "too many files: at most %d", PB_FILES_MAX);
		return false;
	}
	if (!shipped)
		files = with_shipped(l, files, &n);
	set_defaults(&l->pb->brand);
	read_all(l, files, n, shipped);
	if (!shipped)
		add_support_menu(l);
	make_index(l->pb);
	check_refs(l);
	if (!l->rules || !l->rules->no_lint)
		pb_lint(l);
	return !l->report->errors;
}

static struct playbook *load_as(TALLOC_CTX *ctx, const struct playbook_file *files, size_t n,
				const struct playbook_rules *rules, struct playbook_report *report, bool shipped)
{
	struct loader l = {.ctx = ctx, .rules = rules, .report = report};
	struct playbook *pb = l.pb = talloc_zero(ctx, struct playbook);
	size_t kept = 0;
	struct playbook_file *own = talloc_zero_array(ctx, struct playbook_file, (unsigned)n + 1);

	memset(report, 0, sizeof(*report));
	l.tmp = talloc_new(ctx);
	for (size_t i = 0; i < n; i++)
		if (!is_document(files[i].path))
			own[kept++] = files[i];
	if (!load(&l, own, kept, shipped))
		TALLOC_FREE(pb);
	pb_report_sort(report);
	talloc_free(own);
	talloc_free(l.tmp);
	return pb;
}

struct playbook *playbook_load(TALLOC_CTX *ctx, const struct playbook_file *files, size_t n,
			       const struct playbook_rules *rules, struct playbook_report *report)
{
	return load_as(ctx, files, n, rules, report, rules && rules->bare);
}

struct playbook *playbook_load_shipped(TALLOC_CTX *ctx, const struct playbook_rules *rules,
				       struct playbook_report *report)
{
	size_t n = 0;

	while (playbook_shipped_files[n].path)
		n++;
	return load_as(ctx, playbook_shipped_files, n, rules, report, true);
}

const struct playbook *playbook_shipped(TALLOC_CTX *ctx)
{
	static const struct playbook_rules rules = {.no_lint = true};
	struct playbook_report report;
	struct playbook *pb = playbook_load_shipped(ctx, &rules, &report);

	if (!pb)
		abort(); /* a test holds it whole */
	return pb;
}
