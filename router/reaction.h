/* Tapbacks that arrive as text, and quotes of our own texts: compliance.md NM-1, NM-4. */
#ifndef AFTERWORD_ROUTER_REACTION_H
#define AFTERWORD_ROUTER_REACTION_H

#include "router/text.h"

/* Is it a reaction ("Liked “…”") to one of recent? With no recent texts known the pattern alone decides. */
bool reaction_is(const struct text *t, const char *const *recent, size_t n_recent);
/* Cuts what repeats one of our own texts, or a sentence of it that names an opt-out word. True if something was cut. */
bool reaction_cut_quotes(struct text *t, const char *const *recent, size_t n_recent);

#endif
