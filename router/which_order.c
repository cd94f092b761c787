/* Which order does the text mean? */
#include "router/turn.h"

#include <string.h>

#include "router/lexicon.h"

#define DELIVERED_OPEN (3 * USEC_DAY) /* people still ask about what just came */

static bool is_open(const struct turn *t, const struct router_order *o)
{
	switch (o->state) {
	case ORDER_RETURNED:
	case ORDER_REFUNDED:
	case ORDER_CANCELLED:
		return false;
	case ORDER_DELIVERED:
		return t->input->at - o->state_at <= DELIVERED_OPEN;
	default:
		return true;
	}
}

/* Compares letters and digits only: the customer writes "ab 1001" for "#AB-1001". */
static bool number_matches(const struct turn *t, size_t i, const char *number)
{
	size_t digits = 0, at = 0;

	for (const char *p = number; *p; p++) {
		char c = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
			continue;
		digits++;
		if (i < t->text.n && at == t->text.word[i].len) {
			i++;
			at = 0;
		}
		if (i >= t->text.n || t->text.word[i].s[at++] != c)
			return false;
	}
	return digits >= 3 && at == t->text.word[i].len;
}

const struct router_order *order_mentioned(const struct turn *t)
{
	for (size_t k = 0; k < t->in->n_orders; k++)
		for (size_t i = 0; i < t->text.n; i++)
			if (number_matches(t, i, order_number(&t->in->orders[k])))
				return &t->in->orders[k];
	return NULL;
}

/* A number of an order that we do not know: four digits or more, or one right behind an order word. */
bool order_mentions_unknown(const struct turn *t)
{
	for (size_t i = 0; i < t->text.n; i++) {
		const struct text_word *w = &t->text.word[i];
		bool after = i && (t->text.word[i - 1].bits & LEX_ORDER);
		if (strspn(w->s, "0123456789") == w->len && (w->len >= 4 || (after && w->len >= 3)))
			return true;
	}
	return false;
}

const struct router_order *order_by_id(const struct turn *t, const struct uuid *id)
{
	for (size_t i = 0; i < t->in->n_orders; i++)
		if (memcmp(t->in->orders[i].id.b, id->b, sizeof id->b) == 0)
			return &t->in->orders[i];
	return NULL;
}

unsigned orders_open(const struct turn *t, const struct router_order *list[MENU_MAX])
{
	unsigned n = 0;

	for (size_t i = 0; i < t->in->n_orders && n < MENU_MAX; i++)
		if (is_open(t, &t->in->orders[i]))
			list[n++] = &t->in->orders[i];
	return n;
}

void turn_about(struct turn *t, const struct router_order *o)
{
	if (!o)
		return;
	t->out->has_order = t->out->memory.has_order = true;
	t->out->order = t->out->memory.order = o->id;
}
