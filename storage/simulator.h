/* The built-in carrier's memory: what virtual phones show, and how the carrier behaves. Each call is one unit. */
#ifndef AFTERWORD_STORAGE_SIMULATOR_H
#define AFTERWORD_STORAGE_SIMULATOR_H

#include "storage/db.h"

struct sim_behaviour {
	int delay_ms;    /* before each receipt */
	double lost;     /* share of texts that are accepted, then never heard of */
	bool reorder;    /* the final receipt comes before the first */
	bool repeat;     /* each webhook comes twice */
	char reject[64]; /* code with which every text is refused; "": none */
};

struct sim_text {
	int64_t id;
	bool from_phone;
	const char *peer, *body;
	usec_t at;
};

/* dice: 0 to 1, decides whether a text is lost. */
struct sim_added {  /* a talloc context */
	int64_t id; /* 0: refused or lost */
	struct sim_behaviour behaviour;
};
void sim_text_add(struct db *db, struct sim_added *added, const struct uuid *channel, const char *phone,
		  bool from_phone, const char *peer, const char *body, double dice, db_end_fn *end, void *arg);

struct sim_thread { /* a talloc context */
	size_t n;
	struct sim_text *texts;
};
void sim_thread_read(struct db *db, struct sim_thread *thread, const struct uuid *channel, const char *phone,
		     int64_t after, db_end_fn *end, void *arg);

void sim_behaviour_read(struct db *db, TALLOC_CTX *ctx, const struct uuid *channel, struct sim_behaviour *out,
			db_end_fn *end, void *arg);
void sim_behaviour_write(struct db *db, TALLOC_CTX *ctx, const struct uuid *channel, const struct sim_behaviour *b,
			 db_end_fn *end, void *arg);

#endif
