/* What the playbook's readers and its linter share. */
#ifndef AFTERWORD_TEMPLATES_PLAYBOOK_PRIVATE_H
#define AFTERWORD_TEMPLATES_PLAYBOOK_PRIVATE_H

#include "templates/playbook.h"
#include "templates/playbook_yaml.h"

#define PB_FILES_MAX 2000
#define PB_FILE_BYTES_MAX (256 * 1024)
#define PB_PROBLEMS_MAX 200
#define PB_NAME_MAX 60

/* How a message is used: bits. */
enum pb_use {
	PB_USED_BY_PROGRAM = 1,
	PB_USED_AS_ANSWER = 2, /* to a customer's own text: answers, menus, actions */
	PB_USED_IN_JOURNEY = 4,
};

/* A name that must exist once all files are read. */
struct pb_ref {
	const char *path;
	unsigned line;
	const char *name;
	bool menu;    /* else a message */
	unsigned use; /* enum pb_use */
	const struct pb_journey *journey;
};

/* A condition or value, kept for the linter. */
struct pb_written {
	const char *path, *key;
	unsigned line;
	const struct liquid_expr *expr;
	bool condition;
	const struct pb_journey *journey; /* NULL: a segment */
};

struct loader {
	TALLOC_CTX *ctx;     /* the caller's: owns the report */
	TALLOC_CTX *tmp;     /* what is not needed afterwards */
	struct playbook *pb; /* owns what is */
	const struct playbook_rules *rules;
	struct playbook_report *report;
	const char *path;                 /* of the file being read */
	const struct pb_journey *journey; /* being read */
	size_t n_refs, n_written, n_segments;
	struct pb_ref *refs;
	struct pb_written *written;
	struct pb_segment {
		const char *name;
		const struct liquid_expr *expr;
	} * segments;
	struct liquid_value sample[16]; /* the linter's, by enum pb_where */
};

/* playbook_report.c: rule may be NULL. Past PB_PROBLEMS_MAX they are only counted. */
void pb_problem(struct loader *l, const char *path, unsigned line, bool error, const char *rule, const char *format,
		...) __attribute__((format(printf, 6, 7)));
#define pb_error(l, line, ...) pb_problem(l, (l)->path, line, true, NULL, __VA_ARGS__)
/* By file and line. */
void pb_report_sort(struct playbook_report *report);

/* playbook_fields.c: a map held against a table of its keys -------------------------------------------------- */
struct pb_field;
typedef bool pb_reader(struct loader *l, const struct yaml_node *n, const struct pb_field *f, void *at);
struct pb_field {
	const char *key;
	pb_reader *read; /* reports what is wrong itself */
	size_t offset;   /* of what it fills in */
	bool needed;
	const char *words; /* parted by ' ' */
	long min, max;
};

/* Reads n, which stands for what ("step", "menu 'support'"), into out. False where something was wrong; everything
 * wrong is reported. fields ends with a NULL key; they are read in their order, not the file's. */
bool pb_read_map(struct loader *l, const struct yaml_node *n, const char *what, const struct pb_field *fields,
		 void *out);
const struct yaml_node *pb_key(const struct yaml_node *map, const char *key);
bool pb_is_name(const char *s);
bool pb_is_locale(const char *s);
/* The word's place in words; -1: not among them. */
int pb_word_index(const char *words, const char *s);

pb_reader pb_read_name;        /* const char *: [a-z][a-z0-9_]* */
pb_reader pb_read_line;        /* const char *: min..max bytes, no control characters */
pb_reader pb_read_url;         /* const char *: http or https */
pb_reader pb_read_locale;      /* const char * */
pb_reader pb_read_match;       /* const char *: letters as in words: 'A' a capital, '0' a digit */
pb_reader pb_read_bool;        /* bool */
pb_reader pb_read_count;       /* unsigned: min..max */
pb_reader pb_read_span;        /* int64_t, seconds: min..max */
pb_reader pb_read_clock;       /* int, minutes after midnight */
pb_reader pb_read_window;      /* struct pb_window */
pb_reader pb_read_percent;     /* double, 0…1 */
pb_reader pb_read_price;       /* double */
pb_reader pb_read_word;        /* const char *: one of words */
pb_reader pb_read_word_index;  /* int: its place in words */
pb_reader pb_read_second_word; /* bool: one of two words; true: the second */
pb_reader pb_read_condition;   /* const struct liquid_expr * */
pb_reader pb_read_value;       /* const struct liquid_expr * */
pb_reader pb_read_actions;     /* struct pb_actions; playbook_actions.c */

/* struct pb_strings: a list of words of one kind. */
struct pb_strings {
	size_t n;
	const char *const *list;
};
pb_reader pb_read_events; /* names of events */
pb_reader pb_read_locales;
pb_reader pb_read_dates;
pb_reader pb_read_names; /* one name, or a list of names */

/* The files ----------------------------------------------------------------------------------------------------- */
void pb_read_brand(struct loader *l, const struct yaml_node *root);
void pb_read_menus(struct loader *l, const struct yaml_node *root);
void pb_read_keywords(struct loader *l, const struct yaml_node *root);
void pb_read_answers(struct loader *l, const struct yaml_node *root);
void pb_read_products(struct loader *l, const struct yaml_node *root);
void pb_read_journeys(struct loader *l, const struct yaml_node *root);
/* A file below messages/: front matter and text. False: it is none by its name. */
bool pb_read_message(struct loader *l, const struct playbook_file *file, struct pb_message *out);
/* What only branches of journeys may do as well. */
bool pb_read_branch_actions(struct loader *l, const struct yaml_node *n, struct pb_actions *out, bool answers_text);
void pb_ref_add(struct loader *l, unsigned line, const char *name, bool menu, enum pb_use use);

/* playbook_names.c: the words of the formats ------------------------------------------------------------------- */
extern const char pb_classes[], pb_order_states[], pb_intents[], pb_ticket_intents[], pb_events[], pb_days[];
struct pb_program_name { /* a message that the program itself sends */
	const char *name;
	enum message_class cls;
};
extern const struct pb_program_name pb_program_names[]; /* ends with a NULL name */
const struct pb_program_name *pb_program_name(const char *name);

/* playbook.c */
const struct pb_answer *pb_answer_find(const struct playbook *pb, const char *name);

/* lint.c: all that can be wrong with what could be read. */
void pb_lint(struct loader *l);

#endif
