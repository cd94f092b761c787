/* The REST API: how its handlers answer with pages, with single resources, and with what a write has made. A handler
 * checks what came in, names its statements, and leaves the rest to answer.c and page.c. */
#ifndef AFTERWORD_API_H
#define AFTERWORD_API_H

#include "gateway/http/http.h"
#include "gateway/worker.h"
#include "router/types.h"

/* worker.c: may this process be given requests? */
bool worker_ready(const struct worker *w);

/* page.c: lists, newest first ------------------------------------------------------------------ */
enum page_key { /* what a list is sorted by, and so what its cursor holds */
		PAGE_BY_ID,
		PAGE_BY_SEQ,
		PAGE_BY_UPDATE,
};
#define PAGE_KEYS 3

enum filter_kind { FILTER_UUID, FILTER_PHONE, FILTER_TEXT, FILTER_WORD, FILTER_NUMBERED };
struct filter {
	const char *name;
	enum filter_kind kind;
	const char *words;    /* FILTER_WORD, FILTER_NUMBERED: parted by '|' */
	const short *numbers; /* FILTER_NUMBERED: what the database calls the words */
};

/* The statement takes: brand, the parent if there is one, each filter (null: not asked for), the cursor's parts, the
 * limit. It gives: the element as JSON, the cursor's parts. A row whose JSON is null is no element: it ends a page that
 * looked far without finding, and tells where the next one begins. */
struct page {
	enum query query;
	enum page_key key;
	bool has_parent;              /* the path's first {…} */
	enum query parent;            /* no row: 404 */
	const struct filter *filters; /* ends with a NULL name; NULL: none */
};
void page_answer(struct request *rq, const struct page *page);

/* answer.c: single resources and writes ---------------------------------------------------------- */
/* The path's first {…} as a UUID. False: no such thing, and rq is answered. */
bool path_id(struct request *rq, struct uuid *out);
/* Answers with the resource that query reads by (brand, id): its JSON, and its version (null: no ETag). */
void resource_answer(struct request *rq, enum query query);

struct write;
typedef void write_fn(struct write *w,
		      struct db *db); /* adds the statements; called again when the unit is tried again */
struct write {
	struct request *rq;
	write_fn *statements;
	void *data;           /* the handler's own */
	enum query read;      /* reads the resource by (brand, id) */
	struct uuid id;       /* of the resource */
	unsigned status;      /* 200 or 201 */
	const char *location; /* "/v1/tickets/": Location is this and the id; NULL none */
	bool queues_text;     /* the other side is woken after the commit */
	usec_t at;            /* now, the same in every statement */
};
/* Runs the statements and the reading in one transaction, once for each Idempotency-Key. data and all it holds must
 * belong to rq. */
void write_answer(const struct write *w);

/* The version that If-Match asks for; 0: none asked for. False: refused, and rq is answered. */
bool if_match(struct request *rq, int64_t *version);
/* Segments of an agent's text; 0: too long, and rq is answered. */
int text_segments(struct request *rq, const char *text);
/* Who acts: the body's "author", else the token's name. */
const char *author_of(const struct request *rq, const json_t *body);

/* consents.c: before a word on consent is written down, into the open unit: the customer's lock, and a look at what stands
 * in the way. foreign: it would lift a STOP and is not the customer's own word; may_ask: a text may have to go (OO-12). */
void consent_lock(struct request *rq, struct db *db, const struct uuid *customer, bool foreign, bool may_ask);
/* The double opt-in question in every language there is; on ctx. */
const struct consent_words *consent_words(TALLOC_CTX *ctx, const struct router_brand *brand);

/* The handlers, one file a resource. */
http_handler orders_list, orders_get;
http_handler customers_list, customers_get;
http_handler customers_export, customers_erase, customers_hold;
http_handler consents_get, consents_post, preferences_put, preferences_link;
http_handler preference_page_get, preference_page_post;
http_handler conversations_list, conversations_get, conversations_messages, conversations_patch;
http_handler messages_list, messages_get, messages_post;
http_handler tickets_list, tickets_get, tickets_post, tickets_reply, tickets_note, tickets_patch;
http_handler health_live, health_ready, home_page;

#endif
