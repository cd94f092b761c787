/* Lists: what may be asked for, where a page begins, where the next one does. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/api.h"
#include "gateway/api/body.h"
#include "gateway/log.h"
#include "router/uuid.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MOST 200
#define TRIES 3

/* cursors ----------------------------------------------------------------------------------------- */
struct cursor {
	struct uuid id;
	int64_t seq;
	usec_t updated;
};

/* A letter, then the sort key, then zeros up to a multiple of three bytes, so that base64 needs no padding. */
#define CURSOR_BYTES_MAX 27
static const struct {
	unsigned char letter;
	int bytes;
} forms[PAGE_KEYS] = {
	[PAGE_BY_ID] = {'i', 18},
	[PAGE_BY_SEQ] = {'s', 9},
	[PAGE_BY_UPDATE] = {'u', 27},
};

/* The cursor of a first page: later than everything. */
static struct cursor first_cursor(void)
{
	struct cursor c = {.seq = INT64_MAX, .updated = (usec_t)253370764800 * USEC_SECOND}; /* the year 9999 */

	memset(c.id.b, 0xff, sizeof(c.id.b));
	return c;
}

static void swap_letters(char *s, const char *from, const char *to)
{
	for (; *s; s++)
		if (*s == from[0] || *s == from[1])
			*s = *s == from[0] ? to[0] : to[1];
}

static char *cursor_text(TALLOC_CTX *ctx, enum page_key key, const struct cursor *c)
{
	unsigned char bytes[CURSOR_BYTES_MAX] = {forms[key].letter};
	char *text = talloc_size(ctx, CURSOR_BYTES_MAX / 3 * 4 + 1);

	if (key == PAGE_BY_SEQ)
		memcpy(bytes + 1, &c->seq, 8);
	else
		memcpy(bytes + 1, c->id.b, 16);
	if (key == PAGE_BY_UPDATE)
		memcpy(bytes + 17, &c->updated, 8);
	EVP_EncodeBlock((unsigned char *)text, bytes, forms[key].bytes);
	swap_letters(text, "+/", "-_");
	return text;
}

static bool cursor_parse(const char *s, enum page_key key, struct cursor *c)
{
	unsigned char bytes[CURSOR_BYTES_MAX];
	char text[CURSOR_BYTES_MAX / 3 * 4 + 1];
	size_t len = strlen(s);

	if (len != (size_t)forms[key].bytes / 3 * 4 ||
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != len)
		return false;
	memcpy(text, s, len + 1);
	swap_letters(text, "-_", "+/");
	if (EVP_DecodeBlock(bytes, (unsigned char *)text, (int)len) != forms[key].bytes ||
	    bytes[0] != forms[key].letter)
		return false;
	if (key == PAGE_BY_SEQ)
		memcpy(&c->seq, bytes + 1, 8);
	else
		memcpy(c->id.b, bytes + 1, 16);
	if (key == PAGE_BY_UPDATE)
		memcpy(&c->updated, bytes + 17, 8);
	return c->seq >= 0 && c->updated > 0 && c->updated <= first_cursor().updated;
}

/* what is asked for --------------------------------------------------------------------------------- */
struct listing {
	struct request *rq;
	const struct page *page;
	struct uuid parent;
	struct cursor cursor;
	long limit;
	const char *value[8]; /* of the filters */
	/* the answer */
	bool parent_found;
	char *data;
	long n;
	bool more;
	struct cursor next;
	int tries;
};

static bool refuse(struct request *rq, const char *name, const char *detail)
{
	http_problem(rq, 400, "invalid-parameter", name, "%s", detail);
	return false;
}

static bool is_filter(const struct page *page, const char *name, size_t n)
{
	for (const struct filter *f = page->filters; f && f->name; f++)
		if (strlen(f->name) == n && !memcmp(f->name, name, n))
			return true;
	return false;
}

/* A parameter that is none would be a filter that silently does nothing. */
static bool known_parameters(struct request *rq, const struct page *page)
{
	for (const char *s = rq->query; *s; s += strcspn(s, "&"), s += *s == '&') {
		size_t n = strcspn(s, "=&");
		bool own = (n == 5 && !memcmp(s, "limit", 5)) || (n == 6 && !memcmp(s, "cursor", 6));
		if (n && !own && !is_filter(page, s, n))
			return refuse(rq, talloc_strndup(rq, s, n > 64 ? 64 : n), "is not a parameter of this list");
	}
	return true;
}

static bool read_limit(struct listing *l)
{
	const char *s = http_query(l->rq, "limit");
	char *end;

	l->limit = LIMIT_DEFAULT;
	if (!s)
		return true;
	l->limit = strspn(s, "0123456789") == strlen(s) ? strtol(s, &end, 10) : 0;
	return (l->limit >= 1 && l->limit <= LIMIT_MOST) || refuse(l->rq, "limit", "must be 1 to 200");
}

static bool read_cursor(struct listing *l)
{
	const char *s = http_query(l->rq, "cursor");

	l->cursor = first_cursor();
	return !s || cursor_parse(s, l->page->key, &l->cursor) ||
	       refuse(l->rq, "cursor", "must be what \"next\" said in an earlier page of this list");
}

static bool read_filter(struct listing *l, const struct filter *f, const char **value)
{
	const char *s = *value = http_query(l->rq, f->name);
	struct uuid id;
	char *text;

	if (!s)
		return true;
	switch (f->kind) {
	case FILTER_UUID:
		return uuid_parse(s, &id) || refuse(l->rq, f->name, "must be a UUID");
	case FILTER_PHONE:
		text = talloc_strdup(l->rq, s);
		if (*text == ' ') /* a plus sign that was not percent-encoded */
			*text = '+';
		*value = text;
		return (*text && strspn(text + 1, "0123456789") == strlen(text + 1)) ||
		       refuse(l->rq, f->name,
			      "must be a phone number in E.164 form, such as +14155550123 (%2B is the plus sign)");
	case FILTER_WORD:
	case FILTER_NUMBERED:
		if (word_among(f->words, s, NULL))
			return true;
		http_problem(l->rq, 400, "invalid-parameter", f->name, "must be one of %s", f->words);
		return false;
	default:
		return (*s && strlen(s) <= 200) || refuse(l->rq, f->name, "must be 1 to 200 bytes long");
	}
}

static bool read_filters(struct listing *l)
{
	size_t i = 0;

	for (const struct filter *f = l->page->filters; f && f->name; f++, i++)
		if (!read_filter(l, f, &l->value[i]))
			return false;
	return true;
}

/* the answer ------------------------------------------------------------------------------------------ */
static void on_parent(void *arg, const struct db_rows *rows)
{
	((struct listing *)arg)->parent_found = rows->n > 0;
}

static void note_next(struct listing *l, const struct db_rows *rows, int row)
{
	l->more = true;
	if (l->page->key == PAGE_BY_SEQ)
		l->next.seq = db_int(rows, row, 1);
	else
		l->next.id = db_uuid(rows, row, l->page->key == PAGE_BY_ID ? 1 : 2);
	if (l->page->key == PAGE_BY_UPDATE)
		l->next.updated = db_time(rows, row, 1);
}

/* One row more than the limit was asked for: whether it came says whether there is a next page. */
static void on_rows(void *arg, const struct db_rows *rows)
{
	struct listing *l = arg;

	for (int i = 0; i < rows->n && !l->more; i++) {
		if (db_is_null(rows, i, 0)) {
			note_next(l, rows, i);
		} else if (l->n == l->limit) {
			note_next(l, rows, i - 1);
		} else {
			if (l->n++)
				l->data = talloc_strdup_append_buffer(l->data, ",");
			l->data = talloc_strndup_append_buffer(l->data, db_text(rows, i, 0), db_length(rows, i, 0));
		}
	}
}

/* The same address with another cursor, for the Link header. */
static void add_link(struct request *rq, const char *cursor)
{
	char *link = talloc_asprintf(rq, "<%.*s?", (int)strcspn(rq->raw_url, "?"), rq->raw_url);

	for (const char *s = rq->query; *s; s += strcspn(s, "&"), s += *s == '&') {
		size_t n = strcspn(s, "&");
		if (n && strncmp(s, "cursor=", 7) && strcspn(s, "<>\"") >= n)
			link = talloc_asprintf_append_buffer(link, "%.*s&", (int)n, s);
	}
	link = talloc_asprintf_append_buffer(link, "cursor=%s>; rel=\"next\"", cursor);
	http_add_header(rq, "Link", link);
}

static void respond(struct listing *l)
{
	struct request *rq = l->rq;
	char *next = l->more ? cursor_text(l, l->page->key, &l->next) : NULL;
	char *body = talloc_asprintf(l, next ? "{\"data\":[%s],\"next\":\"%s\"}" : "{\"data\":[%s],\"next\":null}",
				     l->data, next);

	if (next)
		add_link(rq, next);
	http_respond(rq, 200, "application/json", body, strlen(body));
}

static void ask(struct listing *l);

static void on_end(void *arg, const struct db_end *end)
{
	struct listing *l = arg;

	if (end->status == DB_OK && !l->parent_found)
		http_problem(l->rq, 404, "not-found", NULL, "there is no such resource");
	else if (end->status == DB_OK)
		respond(l);
	else if (end->status == DB_RETRY && ++l->tries < TRIES)
		ask(l);
	else if (end->status == DB_ERROR) {
		log_error("api_list_refused", LOG_S("route", l->rq->route->label), LOG_S("sqlstate", end->sqlstate));
		http_problem(l->rq, 500, "internal", NULL, "the list could not be read");
	} else
		http_unavailable(l->rq, "the database is away; try again");
}

static void add_filter(struct params *p, const struct filter *f, const char *value)
{
	struct uuid id;
	size_t i;

	if (!value)
		params_null(p);
	else if (f->kind == FILTER_UUID)
		params_uuid(p, uuid_parse(value, &id) ? &id : NULL);
	else if (f->kind == FILTER_NUMBERED)
		params_int(p, P_INT2, word_among(f->words, value, &i) ? f->numbers[i] : 0);
	else
		params_text(p, value);
}

static struct params *list_params(struct listing *l)
{
	const struct page *page = l->page;
	struct params *p = params_new(l);
	size_t i = 0;

	params_uuid(p, &l->rq->who.brand);
	if (page->has_parent)
		params_uuid(p, &l->parent);
	for (const struct filter *f = page->filters; f && f->name; f++, i++)
		add_filter(p, f, l->value[i]);
	if (page->key == PAGE_BY_UPDATE)
		params_time(p, l->cursor.updated);
	if (page->key == PAGE_BY_SEQ)
		params_int(p, P_INT8, l->cursor.seq);
	else
		params_uuid(p, &l->cursor.id);
	params_int(p, P_INT4, l->limit + 1);
	return p;
}

static void ask(struct listing *l)
{
	struct db *db = l->rq->worker->api_db->db;
	struct params *p;

	l->data = talloc_strdup(l, "");
	l->n = 0;
	l->more = false;
	l->parent_found = !l->page->has_parent;
	if (l->page->has_parent) {
		p = params_new(l);
		params_uuid(p, &l->rq->who.brand);
		params_uuid(p, &l->parent);
		db_query(db, l->page->parent, p, on_parent, l);
	}
	db_query(db, l->page->query, list_params(l), on_rows, l);
	db_unit(db, on_end, l);
}

void page_answer(struct request *rq, const struct page *page)
{
	struct listing *l = talloc_zero(rq, struct listing);

	l->rq = rq;
	l->page = page;
	if (page->has_parent && !path_id(rq, &l->parent))
		return;
	if (known_parameters(rq, page) && read_limit(l) && read_cursor(l) && read_filters(l))
		ask(l);
}
