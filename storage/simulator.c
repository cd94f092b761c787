#include "storage/simulator.h"

#include <stdio.h>
#include <stdlib.h>

static void read_behaviour(struct sim_behaviour *b, const struct db_rows *rows, int col)
{
	const char *code = db_text(rows, 0, col + 4);

	b->delay_ms = (int)db_int(rows, 0, col);
	b->lost = db_double(rows, 0, col + 1);
	b->reorder = db_bool(rows, 0, col + 2);
	b->repeat = db_bool(rows, 0, col + 3);
	snprintf(b->reject, sizeof(b->reject), "%s", code ? code : "");
}

static void on_added(void *arg, const struct db_rows *rows)
{
	struct sim_added *added = arg;

	if (!rows->n)
		return;
	added->id = db_int(rows, 0, 0);
	if (!db_is_null(rows, 0, 1))
		read_behaviour(&added->behaviour, rows, 1);
}

void sim_text_add(struct db *db, struct sim_added *added, const struct uuid *channel, const char *phone,
		  bool from_phone, const char *peer, const char *body, double dice, db_end_fn *end, void *arg)
{
	struct params *p = params_new(added);

	params_uuid(p, channel);
	params_text(p, phone);
	params_bool(p, from_phone);
	params_text(p, peer);
	params_text(p, body);
	params_double(p, dice);
	db_query(db, Q_SIM_TEXT_ADD, p, on_added, added);
	db_unit(db, end, arg);
}

static void on_thread(void *arg, const struct db_rows *rows)
{
	struct sim_thread *thread = arg;

	thread->n = (size_t)rows->n;
	thread->texts = talloc_array(thread, struct sim_text, (unsigned)rows->n + 1);
	if (!thread->texts)
		abort();
	for (int r = 0; r < rows->n; r++)
		thread->texts[r] = (struct sim_text){
			.id = db_int(rows, r, 0),
			.from_phone = db_bool(rows, r, 1),
			.peer = talloc_strdup(thread, db_text(rows, r, 2)),
			.body = talloc_strdup(thread, db_text(rows, r, 3)),
			.at = db_time(rows, r, 4),
		};
}

void sim_thread_read(struct db *db, struct sim_thread *thread, const struct uuid *channel, const char *phone,
		     int64_t after, db_end_fn *end, void *arg)
{
	struct params *p = params_new(thread);

	params_uuid(p, channel);
	params_text(p, phone);
	params_int(p, P_INT8, after);
	db_query(db, Q_SIM_THREAD, p, on_thread, thread);
	db_unit(db, end, arg);
}

static void on_behaviour(void *arg, const struct db_rows *rows)
{
	if (rows->n)
		read_behaviour(arg, rows, 0);
}

void sim_behaviour_read(struct db *db, TALLOC_CTX *ctx, const struct uuid *channel, struct sim_behaviour *out,
			db_end_fn *end, void *arg)
{
	struct params *p = params_new(ctx);

	*out = (struct sim_behaviour){0};
	params_uuid(p, channel);
	db_query(db, Q_SIM_BEHAVIOUR_GET, p, on_behaviour, out);
	db_unit(db, end, arg);
}

void sim_behaviour_write(struct db *db, TALLOC_CTX *ctx, const struct uuid *channel, const struct sim_behaviour *b,
			 db_end_fn *end, void *arg)
{
	struct params *p = params_new(ctx);

	params_uuid(p, channel);
	params_int(p, P_INT4, b->delay_ms);
	params_double(p, b->lost);
	params_bool(p, b->reorder);
	params_bool(p, b->repeat);
	params_text(p, b->reject[0] ? b->reject : NULL);
	db_query(db, Q_SIM_BEHAVIOUR_PUT, p, NULL, NULL);
	db_unit(db, end, arg);
}
