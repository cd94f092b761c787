/* Finds the route of a path. The table is made into a tree once, a level for each segment; a request walks down it with
 * its path cut into segments first and decoded after, so that %2F stays inside its segment. A segment that is spelt out
 * wins over a {parameter}. */
#include <string.h>

#include "gateway/http/private.h"
#include "gateway/providers/provider.h"

#define SEGMENTS_MAX 16

struct node {
	struct node *next;     /* beside it, under the same parent */
	struct node *children; /* spelt out */
	struct node *any;      /* {…} */
	const char *segment;
	size_t len;
	const struct route **routes; /* those that end here; talloc array */
	const char *allow;           /* their methods: "GET, HEAD, POST" */
};

struct router {
	struct node *root;
};

struct segments {
	size_t n;
	struct segment {
		const char *at;
		size_t len;
	} list[SEGMENTS_MAX];
};

/* at start ------------------------------------------------------------------------------------------------ */
static struct node *child(struct node *parent, const char *segment, size_t len)
{
	struct node **list = *segment == '{' ? &parent->any : &parent->children, *n;

	for (n = *list; n; n = n->next)
		if (*segment == '{' || (n->len == len && !memcmp(n->segment, segment, len)))
			return n;
	n = talloc_zero(parent, struct node);
	n->segment = segment;
	n->len = len;
	n->next = *list;
	*list = n;
	return n;
}

static void end_here(struct node *n, const struct route *route)
{
	unsigned count = (unsigned)talloc_array_length(n->routes);
	const char *also = strcmp(route->method, "GET") ? "" : ", HEAD";

	n->routes = talloc_realloc(n, n->routes, const struct route *, count + 1);
	n->routes[count] = route;
	n->allow = n->allow ? talloc_asprintf(n, "%s, %s%s", n->allow, route->method, also)
			    : talloc_asprintf(n, "%s%s", route->method, also);
}

struct router *router_compile(TALLOC_CTX *ctx, const struct route *routes)
{
	struct router *r = talloc_zero(ctx, struct router);

	r->root = talloc_zero(r, struct node);
	for (const struct route *route = routes; route->method; route++) {
		const char *s = route->pattern;
		struct node *n = r->root;

		do {
			size_t len = strcspn(++s, "/");
			n = child(n, s, len);
			s += len;
		} while (*s);
		end_here(n, route);
	}
	return r;
}

/* a path --------------------------------------------------------------------------------------------------- */
static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte of the path, decoded; negative: what no path of ours can hold. */
static int decode(const char **at, const char *end)
{
	const char *s = *at;
	int c = (unsigned char)*s;

	if (c == '%') {
		int high = end - s > 2 ? hex(s[1]) : -1, low = high < 0 ? -1 : hex(s[2]);
		if (low < 0)
			return -1;
		c = high << 4 | low;
		s += 2;
	}
	*at = s + 1;
	return c < 0x20 || c == 0x7f ? -1 : c;
}

static bool is_dots(const struct segment *s)
{
	return s->len && s->len <= 2 && !memcmp(s->at, "..", s->len);
}

/* False: refused. Too many segments are cut short: no pattern has as many, so nothing is found. */
static bool cut(struct request *rq, struct segments *out)
{
	const char *s = rq->raw_url, *end = s + strcspn(s, "?");
	char *to = talloc_size(rq, (size_t)(end - s) + 1);
	bool ascii = true;

	rq->path = to;
	if (*s != '/') {
		*to = 0;
		return false;
	}
	while (s < end) {
		struct segment seg = {.at = to + 1};
		*to++ = '/';
		for (s++; s < end && *s != '/';) {
			int c = decode(&s, end);
			if (c < 0) {
				*to = 0;
				return false;
			}
			ascii = ascii && c < 0x80;
			*to++ = (char)c;
		}
		seg.len = (size_t)(to - seg.at);
		if (is_dots(&seg)) {
			*to = 0;
			return false;
		}
		if (out->n < SEGMENTS_MAX)
			out->list[out->n] = seg;
		out->n++;
	}
	*to = 0;
	return ascii || !strcmp(utf8_clean(rq, rq->path, (size_t)(to - rq->path)), rq->path);
}

static const struct node *walk(const struct node *n, const struct segments *path, size_t i, struct segment *params,
			       size_t n_params)
{
	const struct segment *s = &path->list[i];
	const struct node *found;

	if (i == path->n)
		return n->routes ? n : NULL;
	for (const struct node *c = n->children; c; c = c->next) {
		if (c->len != s->len || memcmp(c->segment, s->at, s->len))
			continue;
		found = walk(c, path, i + 1, params, n_params);
		if (found)
			return found;
		break;
	}
	if (!n->any || !s->len || n_params == PATH_PARAMS_MAX)
		return NULL;
	params[n_params] = *s;
	return walk(n->any, path, i + 1, params, n_params + 1);
}

static const struct route *with_method(const struct node *n, const char *method)
{
	if (!strcmp(method, "HEAD"))
		method = "GET";
	for (size_t i = 0; i < talloc_array_length(n->routes); i++)
		if (!strcmp(n->routes[i]->method, method))
			return n->routes[i];
	return NULL;
}

enum refusal router_find(const struct router *r, struct request *rq, const char **allow)
{
	struct segments path = {.n = 0};
	struct segment params[PATH_PARAMS_MAX] = {{0}};
	const struct node *n;

	if (!cut(rq, &path))
		return REFUSE_PATH;
	n = path.n <= SEGMENTS_MAX ? walk(r->root, &path, 0, params, 0) : NULL;
	if (!n)
		return REFUSE_NOT_FOUND;
	rq->route = with_method(n, rq->method);
	if (!rq->route) {
		*allow = n->allow;
		return REFUSE_METHOD;
	}
	for (size_t i = 0; i < PATH_PARAMS_MAX && params[i].at; i++)
		rq->param[i] = talloc_strndup(rq, params[i].at, params[i].len);
	return REFUSE_NOTHING;
}
