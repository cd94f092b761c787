/* Puts the router's answers into words. A sentence that the catalogue lacks is left out, never a reason to fail. */
#ifndef AFTERWORD_ROUTER_REPLIES_H
#define AFTERWORD_ROUTER_REPLIES_H

#include <talloc.h>

#include "router/types.h"

struct reply_maker {
	TALLOC_CTX *ctx;
	const struct router_brand *brand;
	const char *locale;
	usec_t now;
};

/* The sentence name for that brand; order may be NULL. Owned by ctx; NULL where there is none. */
char *reply_text(const struct reply_maker *m, const char *name, const struct router_order *order, usec_t date);
/* The same of a message that was found. */
char *reply_message(const struct reply_maker *m, const struct pb_message *message, const struct router_order *order,
		    usec_t date);
/* Status, carrier, expected date and tracking of an order, joined by spaces. */
char *reply_order_status(const struct reply_maker *m, const struct router_order *order);
/* "Reply 1 for #1001, 2 for #1002" over the first n orders. */
char *reply_orders_question(const struct reply_maker *m, const struct router_order *const *orders, unsigned n);
/* HELP, and the numbered choices behind it where with_menu (HP-2). */
char *reply_help(const struct reply_maker *m, bool with_menu);
/* "reply with a number from 1 to max". */
char *reply_menu_again(const struct reply_maker *m, unsigned max);
/* An order's number without its leading '#'. */
const char *order_number(const struct router_order *order);

#endif
