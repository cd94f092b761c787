#include <string.h>

#include "gateway/api/api.h"
#include "gateway/api/body.h"

void conversations_list(struct request *rq)
{
	static const struct filter filters[] = {{.name = "customer", .kind = FILTER_UUID}, {.name = NULL}};
	static const struct page page = {.query = Q_API_CONVERSATIONS, .key = PAGE_BY_ID, .filters = filters};

	page_answer(rq, &page);
}

void conversations_get(struct request *rq)
{
	resource_answer(rq, Q_API_CONVERSATION);
}

void conversations_messages(struct request *rq)
{
	static const struct page page = {.query = Q_API_CONVERSATION_MESSAGES,
					 .key = PAGE_BY_SEQ,
					 .has_parent = true,
					 .parent = Q_API_CONVERSATION};

	page_answer(rq, &page);
}

/* robot ------------------------------------------------------------------------------------------- */
static struct params *about(const struct write *w)
{
	struct params *p = params_new(w->rq);

	params_uuid(p, &w->rq->who.brand);
	params_uuid(p, &w->id);
	return p;
}

static void switch_robot(struct write *w, struct db *db)
{
	const char *robot = body_text(w->data, "robot");
	struct params *p = about(w);

	db_query(db, Q_API_CONVERSATION_LOCK, about(w), NULL, NULL);
	params_bool(p, !strcmp(robot, "off"));
	db_query(db, Q_API_CONVERSATION_ROBOT, p, NULL, NULL);
}

void conversations_patch(struct request *rq)
{
	static const struct field fields[] = {
		{.name = "robot", .kind = FIELD_WORD, .flags = FIELD_REQUIRED, .words = "on|off"},
		{.name = NULL},
	};
	struct write w = {.rq = rq, .statements = switch_robot, .read = Q_API_CONVERSATION, .status = 200};

	if (path_id(rq, &w.id) && (w.data = body_checked(rq, fields)))
		write_answer(&w);
}
