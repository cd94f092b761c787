#include "gateway/http/auth.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/worker.h"

#define TOKEN_LEAST 35 /* "aw_" and its random part; what is longer or shorter is not looked up */
#define TOKEN_MOST 128
#define SEEN_SLOTS 256
#define SEEN_FOR (30 * USEC_SECOND) /* a revoked token is refused at the latest after this */
#define TRIES 3

/* scopes ------------------------------------------------------------------------------------------ */
static const char *const scope_names[] = {
	"events:write",  "orders:read",    "customers:read", "conversations:read", "conversations:write",
	"messages:read", "messages:write", "tickets:read",   "tickets:write",      "consents:read",
	"consents:write", "customers:write", "privacy:write",
};
#define SCOPES (sizeof(scope_names) / sizeof(scope_names[0]))
_Static_assert(SCOPE_ALL == (1 << SCOPES) - 1, "every scope has a name");

const char *scope_name(unsigned bit)
{
	for (size_t i = 0; i < SCOPES; i++)
		if (bit == 1u << i)
			return scope_names[i];
	return NULL;
}

/* tokens seen lately -------------------------------------------------------------------------------- */
struct seen {
	uint8_t hash[SHA256_DIGEST_LENGTH];
	struct principal who;
	usec_t at; /* db_clock(); 0: empty */
};

/* One worker is one process with one thread, so this is the worker's own; where two tokens meet the later one stays. */
static struct seen seen[SEEN_SLOTS];

static struct seen *slot(const uint8_t *hash)
{
	return &seen[hash[0] % SEEN_SLOTS];
}

/* answers ------------------------------------------------------------------------------------------- */
struct asking {
	struct request *rq;
	void (*next)(struct request *rq);
	uint8_t hash[SHA256_DIGEST_LENGTH];
	bool found;
	int tries;
};

static void refuse(struct request *rq, bool sent)
{
	http_add_header(rq, "WWW-Authenticate",
			sent ? "Bearer realm=\"afterword\", error=\"invalid_token\"" : "Bearer realm=\"afterword\"");
	http_problem(rq, 401, "unauthorized", NULL,
		     sent ? "the token is unknown or revoked" : "send Authorization: Bearer and an API token");
}

static void enter(struct request *rq, void (*next)(struct request *rq))
{
	unsigned missing = rq->route->scope & ~rq->who.scopes;
	const char *name = scope_name(missing & -missing);
	char header[128];

	if (!missing) {
		next(rq);
		return;
	}
	snprintf(header, sizeof(header), "Bearer realm=\"afterword\", error=\"insufficient_scope\", scope=\"%s\"",
		 name);
	http_add_header(rq, "WWW-Authenticate", header);
	http_problem(rq, 403, "forbidden", NULL, "the token lacks the scope %s", name);
}

/* looking up ---------------------------------------------------------------------------------------- */
static void on_token(void *arg, const struct db_rows *rows)
{
	struct asking *a = arg;
	struct principal *who = &a->rq->who;

	a->found = rows->n > 0;
	if (!a->found)
		return;
	who->brand = db_uuid(rows, 0, 0);
	who->token = db_uuid(rows, 0, 1);
	snprintf(who->name, sizeof(who->name), "%s", db_text(rows, 0, 2));
	who->scopes = (unsigned)db_int(rows, 0, 3);
}

static void ask(struct asking *a);

static void on_end(void *arg, const struct db_end *end)
{
	struct asking *a = arg;
	struct seen *s = slot(a->hash);

	if (end->status == DB_RETRY && ++a->tries < TRIES) {
		ask(a);
		return;
	}
	if (end->status != DB_OK) {
		http_unavailable(a->rq, "the token could not be checked; try again");
		return;
	}
	if (!a->found) {
		if (!memcmp(s->hash, a->hash, sizeof(s->hash)))
			s->at = 0;
		refuse(a->rq, true);
		return;
	}
	memcpy(s->hash, a->hash, sizeof(s->hash));
	s->who = a->rq->who;
	s->at = db_clock();
	enter(a->rq, a->next);
}

static void ask(struct asking *a)
{
	struct db *db = a->rq->worker->api_db->db;
	struct params *p = params_new(a);

	params_bytea(p, a->hash, sizeof(a->hash));
	db_query(db, Q_TOKEN_BY_HASH, p, on_token, a);
	db_unit(db, on_end, a);
}

/* The token of the Authorization header; NULL: none that could be one of ours. */
static const char *bearer(const struct request *rq, bool *sent)
{
	const char *h = http_header(rq, "Authorization");

	*sent = h && !strncasecmp(h, "Bearer ", 7);
	if (!*sent)
		return NULL;
	h += 7;
	h += strspn(h, " ");
	return strlen(h) >= TOKEN_LEAST && strlen(h) <= TOKEN_MOST && !strncmp(h, "aw_", 3) ? h : NULL;
}

void http_authenticate(struct request *rq, void (*next)(struct request *rq))
{
	bool sent;
	const char *token = bearer(rq, &sent);
	uint8_t hash[SHA256_DIGEST_LENGTH];
	struct asking *a;
	struct seen *s;

	if (rq->route->flags & ROUTE_PUBLIC) {
		next(rq);
		return;
	}
	if (!token) {
		refuse(rq, sent);
		return;
	}
	SHA256((const unsigned char *)token, strlen(token), hash);
	s = slot(hash);
	if (s->at && db_clock() - s->at < SEEN_FOR && !memcmp(s->hash, hash, sizeof(hash))) {
		rq->who = s->who;
		enter(rq, next);
		return;
	}
	a = talloc_zero(rq, struct asking);
	a->rq = rq;
	a->next = next;
	memcpy(a->hash, hash, sizeof(hash));
	ask(a);
}
