/* Numbered choices the way people type them: "1", "#1", "option 1", "1️⃣", "uno", "the first one". */
#ifndef AFTERWORD_ROUTER_CHOICE_H
#define AFTERWORD_ROUTER_CHOICE_H

#include "router/text.h"

#define CHOICE_MENU_LIFE (24 * USEC_HOUR)

/* The number chosen, 1 or more; it may exceed what is offered. 0: the text is no choice. */
unsigned choice_read(const struct text *t);
/* A number word or digits (at most 99) as a number; -1 for any other word. */
int choice_number(const char *word);

#endif
