/* The build's compiler of the rule pack: reads router/rules/, holds every line to what is said there, prints the C
 * tables of router/rules.h. An error names file and line; nothing is printed then. Not part of the program. */
#ifndef AFTERWORD_ROUTER_RULES_COMPILE_H
#define AFTERWORD_ROUTER_RULES_COMPILE_H

#include <stdio.h>
#include <talloc.h>

#include "router/rules.h"

#define LIST_MAX 64

/* Where something was read. */
struct place_of_text {
	const char *path;
	unsigned line;
};

void problem(const char *path, unsigned line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
unsigned problems(void);
/* Ends the program if there were any. */
void stop_on_problems(void);

/* YAML read whole; a problem is said and a node of kind NODE_NONE returned. */
enum node_kind { NODE_NONE = 0, NODE_TEXT, NODE_LIST, NODE_MAP };
struct node {
	enum node_kind kind;
	unsigned line;
	const char *text;
	size_t n;
	struct node *item;
	const char **key; /* of a map */
};
struct file {
	const char *path;
	struct node root;
};
struct file yaml_read(TALLOC_CTX *ctx, const char *path);
/* The value of a map's key, NULL if it is not there; said as a problem if must. */
const struct node *yaml_get(const struct file *f, const struct node *map, const char *key, bool must);
const char *yaml_text(const struct file *f, const struct node *map, const char *key, bool must);
int yaml_int(const struct file *f, const struct node *map, const char *key, int low, int high);
bool yaml_yes(const struct file *f, const struct node *map, const char *key);
/* Says so for every key of the map that is not among the NULL-ended ones. */
void yaml_only(const struct file *f, const struct node *map, const char *const *keys);
/* Index of a word in the NULL-ended list, said as a problem and 0 if it is none of them. */
int yaml_word(const struct file *f, const struct node *at, const char *what, const char *const *words);
/* A text as a list of one, a list as it is. At most most. */
size_t yaml_list(const struct file *f, const struct node *at, const struct node **out, size_t most);

/* Everything read, with names not yet turned into C. */
struct c_place {
	struct rules_place p;
	struct place_of_text at;
};
struct c_calendar {
	const char *name;
	int32_t *days;
	size_t n;
};
struct pack {
	char *version;
	size_t n_zones, n_places, n_aliases, n_areas, n_calling, n_postal, n_hours, n_calendars, n_consents;
	const char *zone[RULES_ZONES_MAX];
	struct c_place place[1024];
	struct rules_alias alias[1024];
	struct rules_area area[1000];
	int16_t area_of[1000];
	struct rules_calling calling[512];
	struct rules_postal postal[512];
	struct rules_hours hours[256];
	struct c_calendar calendar[64];
	struct rules_consent consent[64];
	int guard, spread;
	int32_t calendar_until;
	struct rules_window courtesy;
	unsigned ceiling_24h, marketing_24h, marketing_7d, transactional_24h;
	struct rules_reach reach[SENDER_KINDS];
	uint16_t n_domestic, domestic[16]; /* countries that are one to a sender */
};

int pack_place(const struct pack *p, const char *code);
int pack_zone(const struct pack *p, const char *name);

/* Each reads its files below dir. */
void read_zones(struct pack *p, const char *dir);
void read_calendars(struct pack *p, const char *dir);
void read_hours(struct pack *p, const char *dir);
void read_rest(struct pack *p, const char *dir); /* pack, consent, caps, senders */

/* The days of a rule of holidays.yaml in the years from…until, appended to c; false: not a rule. */
struct holiday {
	const char *on;
	bool observed, even_years;
};
bool holiday_days(struct c_calendar *c, const struct holiday *h, int from, int until);

void emit(const struct pack *p, FILE *out);

#endif
