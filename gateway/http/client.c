/* libcurl's multi_socket interface on the worker's loop. A transfer (easy handle, buffers, headers) is used again and
 * again; a socket that waits for its next request stays in the loop's poll set, so that a keep-alive request costs no
 * epoll_ctl. */
#include "gateway/http/client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/worker.h"

#define ANSWER_MAX ((size_t)64 * 1024)
#define CONNECT_SECONDS 5L
/* Idle connections are not used again after this: a peer that closes them meanwhile would take a text with it. */
#define IDLE_SECONDS 15L
#define CONNECTIONS_KEPT 512L
#define SPARE_MAX 1024

struct poller {
	uv_poll_t poll; /* first: the handle is the poller */
	struct http_client *client;
	curl_socket_t fd;
	int wanted, polled; /* UV_READABLE | UV_WRITABLE */
	bool ours;          /* opened by open_socket: lives until close_socket */
};

struct transfer {
	struct http_client *client;
	CURL *easy;
	struct transfer *next; /* spare list */
	char *body;            /* of the request */
	size_t body_cap;
	char *answer;
	size_t len, cap;
	struct curl_slist *headers;
	char *content_type; /* the plain header list is kept while this stays the same; NULL: none kept */
	unsigned tries;     /* how often the request was about to be written */
	void (*done)(void *arg, const struct http_answer *answer);
	void *arg;
};

struct http_client {
	struct worker *worker;
	CURLM *multi;
	uv_timer_t timer;
	struct poller **pollers; /* by descriptor; only sockets of open_socket */
	size_t n_pollers;
	struct transfer *spare;
	unsigned n_spare, in_flight;
	char *direct; /* hosts that no proxy stands before */
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* sockets ----------------------------------------------------------------------------------------- */
static void finish_transfers(struct http_client *c);

static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct poller *p = (struct poller *)handle;
	struct http_client *c = p->client;
	int flags = 0, running;

	if (!p->wanted) { /* idle in the pool: the peer closed it; libcurl looks before it uses it again */
		uv_poll_stop(handle);
		p->polled = 0;
		return;
	}
	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	curl_multi_socket_action(c->multi, p->fd, flags, &running);
	finish_transfers(c);
}

static struct poller *poller_new(struct http_client *c, curl_socket_t fd, bool ours)
{
	struct poller *p = must(calloc(1, sizeof(*p)));

	p->client = c;
	p->fd = fd;
	p->ours = ours;
	if (uv_poll_init(c->worker->loop, &p->poll, fd)) {
		free(p);
		return NULL;
	}
	return p;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

static void poller_close(struct poller *p)
{
	uv_poll_stop(&p->poll);
	uv_close((uv_handle_t *)&p->poll, on_closed);
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct http_client *c = arg;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

	(void)purpose;
	if (fd < 0)
		return CURL_SOCKET_BAD;
	if ((size_t)fd >= c->n_pollers) {
		size_t n = (size_t)fd * 2 + 64;
		c->pollers = must(realloc(c->pollers, n * sizeof(*c->pollers)));
		memset(c->pollers + c->n_pollers, 0, (n - c->n_pollers) * sizeof(*c->pollers));
		c->n_pollers = n;
	}
	c->pollers[fd] = poller_new(c, fd, true);
	return fd;
}

static int close_socket(void *arg, curl_socket_t fd)
{
	struct http_client *c = arg;

	if ((size_t)fd < c->n_pollers && c->pollers[fd]) {
		poller_close(c->pollers[fd]);
		c->pollers[fd] = NULL;
	}
	return close(fd);
}

static void poll_for(struct poller *p, int wanted)
{
	p->wanted = wanted;
	if (wanted && p->polled != wanted) {
		uv_poll_start(&p->poll, wanted, on_poll);
		p->polled = wanted;
	}
}

/* libcurl says what it waits for on a socket. Sockets that open_socket did not make are the resolver's own. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct http_client *c = arg;
	struct poller *p = known;

	(void)easy;
	if (!p && what != CURL_POLL_REMOVE) {
		p = (size_t)fd < c->n_pollers ? c->pollers[fd] : NULL;
		if (!p)
			p = poller_new(c, fd, false);
		if (!p)
			return -1;
		curl_multi_assign(c->multi, fd, p);
	}
	if (!p)
		return 0;
	if (what == CURL_POLL_REMOVE) {
		curl_multi_assign(c->multi, fd, NULL);
		if (p->ours)
			poll_for(p, 0);
		else
			poller_close(p);
		return 0;
	}
	poll_for(p, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0));
	return 0;
}

static void on_timer(uv_timer_t *timer)
{
	struct http_client *c = timer->data;
	int running;

	curl_multi_socket_action(c->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	finish_transfers(c);
}

static int on_timeout(CURLM *multi, long ms, void *arg)
{
	struct http_client *c = arg;

	(void)multi;
	if (ms < 0)
		uv_timer_stop(&c->timer);
	else
		uv_timer_start(&c->timer, on_timer, (uint64_t)ms, 0);
	return 0;
}

/* transfers --------------------------------------------------------------------------------------- */
static size_t on_bytes(char *bytes, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t keep = size * n;

	if (keep > ANSWER_MAX - t->len)
		keep = ANSWER_MAX - t->len;
	if (t->len + keep + 1 > t->cap) {
		t->cap = (t->len + keep + 1) * 2;
		t->answer = must(realloc(t->answer, t->cap));
	}
	memcpy(t->answer + t->len, bytes, keep);
	t->len += keep;
	return size * n; /* the rest is read and dropped */
}

/* libcurl sends a request again by itself if a kept connection died under it. It cannot know whether the peer acted on
 * it: a text is never sent twice behind our back. */
static int before_request(void *arg, char *peer, char *local, int peer_port, int local_port)
{
	struct transfer *t = arg;

	(void)peer;
	(void)local;
	(void)peer_port;
	(void)local_port;
	return t->tries++ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

static struct transfer *transfer_new(struct http_client *c)
{
	struct transfer *t = must(calloc(1, sizeof(*t)));
	CURL *e = must(curl_easy_init());

	t->client = c;
	t->easy = e;
	t->cap = 512;
	t->answer = must(malloc(t->cap));
	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(e, CURLOPT_PREREQDATA, t);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, c);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, c);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "afterword");
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, IDLE_SECONDS);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_NOPROXY, c->direct);
	return t;
}

static struct transfer *transfer_take(struct http_client *c)
{
	struct transfer *t = c->spare;

	if (!t)
		return transfer_new(c);
	c->spare = t->next;
	c->n_spare--;
	return t;
}

static void transfer_give(struct transfer *t)
{
	struct http_client *c = t->client;

	if (c->n_spare < SPARE_MAX) {
		t->next = c->spare;
		c->spare = t;
		c->n_spare++;
		return;
	}
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	free(t->content_type);
	free(t->body);
	free(t->answer);
	free(t);
}

static const CURLcode never_sent[] = {
	CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT,     CURLE_COULDNT_RESOLVE_PROXY,    CURLE_COULDNT_RESOLVE_HOST,
	CURLE_COULDNT_CONNECT,      CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
};

static bool provably_unsent(const struct transfer *t, CURLcode code)
{
	for (size_t i = 0; i < sizeof(never_sent) / sizeof(*never_sent); i++)
		if (code == never_sent[i])
			return true;
	return t->tries == 0; /* no connection ever got as far as the request */
}

static void transfer_done(struct transfer *t, CURLcode code)
{
	struct http_answer a = {.body = t->answer, .len = t->len};
	struct curl_header *after = NULL;
	curl_off_t microseconds = 0;

	t->answer[t->len] = 0;
	curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &microseconds);
	a.seconds = (double)microseconds / 1e6;
	if (code == CURLE_OK) {
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &a.status);
		if (a.status >= 300 && !curl_easy_header(t->easy, "Retry-After", 0, CURLH_HEADER, -1, &after))
			a.retry_after = after->value;
	} else {
		a.error = curl_easy_strerror(code);
		a.never_sent = provably_unsent(t, code);
	}
	t->client->in_flight--;
	t->done(t->arg, &a);
	transfer_give(t);
}

static void finish_transfers(struct http_client *c)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(c->multi, &left))) {
		struct transfer *t;
		CURLcode code = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		curl_multi_remove_handle(c->multi, t->easy);
		transfer_done(t, code);
	}
}

static void set_headers(struct transfer *t, const char *content_type, const char *const *extra)
{
	char line[256];

	if (!content_type)
		content_type = "";
	if (!extra && t->content_type && !strcmp(t->content_type, content_type))
		return;
	curl_slist_free_all(t->headers);
	free(t->content_type);
	t->content_type = extra ? NULL : must(strdup(content_type));
	t->headers = must(curl_slist_append(NULL, "Expect:"));
	if (*content_type) {
		snprintf(line, sizeof(line), "Content-Type: %s", content_type);
		t->headers = must(curl_slist_append(t->headers, line));
	}
	for (; extra && *extra; extra++)
		t->headers = must(curl_slist_append(t->headers, *extra));
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

static void set_body(struct transfer *t, const struct send_request *rq)
{
	if (!rq->body) {
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, NULL);
		curl_easy_setopt(t->easy, CURLOPT_HTTPGET, 1L);
		return;
	}
	if (rq->body_len > t->body_cap) {
		t->body_cap = rq->body_len * 2;
		t->body = must(realloc(t->body, t->body_cap));
	}
	memcpy(t->body ? t->body : must(t->body = malloc(t->body_cap = 64)), rq->body, rq->body_len);
	curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->body_len);
	curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->body);
}

void http_client_send(struct worker *w, const struct send_request *rq, const char *const *headers, long timeout_seconds,
		      void (*done)(void *, const struct http_answer *), void *arg)
{
	struct http_client *c = w->client;
	struct transfer *t = transfer_take(c);
	bool plain = !strcmp(rq->method, "GET") || !strcmp(rq->method, "POST");

	t->done = done;
	t->arg = arg;
	t->len = 0;
	t->tries = 0;
	curl_easy_setopt(t->easy, CURLOPT_URL, rq->url);
	set_body(t, rq);
	curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, plain ? NULL : rq->method);
	set_headers(t, rq->content_type, headers);
	curl_easy_setopt(t->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(t->easy, CURLOPT_USERNAME, rq->user);
	curl_easy_setopt(t->easy, CURLOPT_PASSWORD, rq->password);
	curl_easy_setopt(t->easy, CURLOPT_TIMEOUT, timeout_seconds);
	c->in_flight++;
	if (curl_multi_add_handle(c->multi, t->easy))
		abort(); /* a handle that is in use already: a programming error */
}

unsigned http_client_in_flight(const struct worker *w)
{
	return w->client ? w->client->in_flight : 0;
}

void http_client_start(struct worker *w)
{
	struct http_client *c = talloc_zero(w, struct http_client);
	const char *no_proxy = getenv("NO_PROXY") ? getenv("NO_PROXY") : getenv("no_proxy");

	c->worker = w;
	/* this machine's own addresses are never behind a proxy */
	c->direct = talloc_asprintf(c, "localhost,127.0.0.1,::1%s%s", no_proxy ? "," : "", no_proxy ? no_proxy : "");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	c->multi = must(curl_multi_init());
	uv_timer_init(w->loop, &c->timer);
	c->timer.data = c;
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT);
	curl_multi_setopt(c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	w->client = c;
}
