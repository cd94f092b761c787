/* A batch of order events in PostgreSQL: one transaction, two round trips. open: take in once, lock, read. The caller
 * merges (router/events.h). write: orders, items, shipments, customers, COMMIT. */
#ifndef AFTERWORD_STORAGE_EVENTS_H
#define AFTERWORD_STORAGE_EVENTS_H

#include "router/events.h"
#include "storage/consent.h"
#include "storage/db.h"

struct event_person {
	struct uuid brand;
	const char *phone;
	const char *name, *email, *locale, *country; /* NULL: not said */
	struct uuid customer;                        /* known after open */
	bool touched;                                /* by a fresh event */
	bool newcomer;                               /* nobody knew the number */
};

struct event_order {
	struct uuid brand, id; /* id: a fresh one, unless open finds the order */
	const char *source, *external_id;
	struct uuid customer;
	struct order_facts facts;
	bool touched;
	bool items_told;
	size_t n_items;
	const struct item_facts *items;
	size_t n_shipments;
	struct shipment_facts *shipments;
};

struct event_row {
	struct uuid id, new_customer; /* fresh ids */
	struct event_person *person;
	struct event_order *order;
	const char *source, *event_id, *external_customer; /* the last may be NULL */
	const char *body;                                  /* JSON as it came */
	const struct order_event *event;
	size_t n_consents;
	struct consent_line *consents; /* with fresh ids; their customer is filled in */
	bool fresh;                    /* set by open: not taken in before */
	bool changed_state;
};

struct events_batch { /* a talloc context: what is read hangs on it */
	size_t n_persons, n_orders, n_rows;
	struct event_person *persons;
	struct event_order *orders;
	struct event_row *rows;
	struct consent_question
		*questions; /* one a consent, in the rows' order, should it wait for a YES; NULL: no consents */
	usec_t now;
	const uint8_t *suppression_key; /* NULL: no number is looked for in the list of suppressions */
};

void events_open(struct db *db, struct events_batch *batch, db_end_fn *end, void *arg);
void events_write(struct db *db, struct events_batch *batch, db_end_fn *end, void *arg);
/* Orders, items and shipments of touched orders, into the open unit. */
void events_put_orders(struct db *db, TALLOC_CTX *ctx, const struct event_order *orders, size_t n);
void events_rollback(struct db *db);
/* Did another worker make the same order in between? Then the same batch again goes through. */
bool events_again(const struct db_end *end);

#endif
