/* A batch of inbound texts in PostgreSQL: one transaction, two round trips. open: take in once, lock, read what the router must
 * know. write: all effects, COMMIT. Between them the caller decides. */
#ifndef AFTERWORD_STORAGE_INBOUND_H
#define AFTERWORD_STORAGE_INBOUND_H

#include "router/decide.h"
#include "storage/db.h"

/* A customer as the batch sees and changes it. */
struct person {
	struct uuid brand, customer;
	const char *phone, *country; /* country: of the number, for a new customer */
	const char *locale;
	bool known, opted_out, marketing_out, on_hold, marketing_granted;
	bool number_wrong;
	bool needs_orders;
	size_t n_orders;
	struct router_order *orders;
};

/* A thread as the batch sees and changes it. */
struct thread {
	struct person *person;
	struct uuid sender, id;
	bool known, robot_off, ticket_open, ticket_human;
	struct uuid ticket;
	int64_t last_seq;
	usec_t last_at;
	struct router_memory memory;
	bool needs_recent;
	size_t n_recent;
	const char **recent;
	bool touched;
};

/* One text of the batch. */
struct batch_text {
	struct uuid id, key, channel;
	struct thread *thread;
	const char *text; /* whole text; of a part once joined; NULL for a part that still waits */
	const char *media; /* JSON array or NULL */
	const char *provider_id;
	usec_t at;
	unsigned part_ref, part_total, part_seq; /* total 0: no part */
	const char *part_text;
	bool fresh; /* set by open: not taken in before */
	struct router_decision decision;
	/* replies, as the caller made them of decision.reply[] */
	struct {
		struct uuid id;
		int segments;
	} reply[DECISION_REPLIES];
	struct uuid ticket, ledger, event[2]; /* fresh ids for what the decision may make */
};

struct inbound_batch {
	size_t n_persons, n_threads, n_texts;
	struct person *persons;
	struct thread *threads;
	struct batch_text *texts;
	const uint8_t *suppression_key; /* NULL: no number is looked for in the list of suppressions */
};

/* First round trip. When end tells DB_OK, fresh, known and all of the context are filled in; strings belong to batch. */
void inbound_open(struct db *db, struct inbound_batch *batch, db_end_fn *end, void *arg);
/* Are there texts whose customer or thread does not exist yet? Then inbound_admit makes and reads them (a further round trip). */
bool inbound_unknown(const struct inbound_batch *batch);
void inbound_admit(struct db *db, struct inbound_batch *batch, struct uuid (*new_id)(void *), void *id_arg, db_end_fn *end, void *arg);
/* Last round trip: effects and COMMIT. DB_OK: durable. */
void inbound_write(struct db *db, struct inbound_batch *batch, db_end_fn *end, void *arg);
/* After a failed unit: gives the transaction back. */
void inbound_rollback(struct db *db);

/* Long texts whose missing parts did not come within wait seconds: each(arg, late) for what is there of each. Taken in under id as
 * its key, so that any number of workers may ask. Also drops what was taken in so a day ago. Strings are valid during each. */
struct late_text {
	struct uuid channel, sender, id;
	const char *phone, *text;
	usec_t at;
};
void inbound_late(struct db *db, TALLOC_CTX *ctx, double wait, void (*each)(void *arg, const struct late_text *late), void *arg);

/* The menu as stored in conversations.menu: a compact byte form with a version. */
size_t memory_pack_menu(const struct router_menu *menu, uint8_t out[256]);
bool memory_unpack_menu(const uint8_t *bytes, size_t n, struct router_menu *menu);

#endif
