/* The linter's parts. */
#ifndef AFTERWORD_TEMPLATES_LINT_PRIVATE_H
#define AFTERWORD_TEMPLATES_LINT_PRIVATE_H

#include "templates/playbook_private.h"
#include "templates/playbook_variables.h"

/* lint_uses.c: where a message is rendered. Calls each(arg, where) for every different set of variables; returns how it
 * is used, bits of enum pb_use. */
unsigned lint_uses(const struct loader *l, const char *name, void (*each)(void *arg, unsigned where), void *arg);
unsigned lint_where(const struct pb_journey *j);

/* lint_text.c: one message. uses: bits of enum pb_use. */
void lint_text(struct loader *l, const struct pb_message *m, unsigned uses);
/* The message with sample data; NULL with a problem told. Owned by l->tmp. */
char *lint_render(struct loader *l, const struct pb_message *m, unsigned where);
/* lint_program.c: what the law asks of the texts that the program itself sends. */
void lint_program(struct loader *l, const struct pb_message *m, const char *text);
/* lint_journeys.c */
void lint_journeys(struct loader *l);

/* lint_words.c: the literal part of a text, folded, its words parted by single spaces, one at each end. */
char *lint_fold(TALLOC_CTX *ctx, const char *text);
/* The word or phrase in folded that sells (CL-3), in that language or in all (NULL); NULL: none. Static. */
const char *lint_selling_word(const char *folded, const char *locale);
/* SHAFT (CL-5). gated: what an age gate allows is one too. */
const char *lint_shaft_word(const char *folded, bool gated);
/* The public link shortener that text names (SR-4); NULL: none. Static. */
const char *lint_shortener(const char *text);

#endif
