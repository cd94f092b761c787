/* The server on a loop of its own thread, with a small table of routes; the clients are raw sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <uv.h>

#include "gateway/http/assets.h"
#include "gateway/http/assets_handler.h"
#include "gateway/http/auth.h"
#include "gateway/http/http.h"
#include "gateway/http/server_hooks.h"
#include "gateway/metrics.h"

#define BIG (8 * 1024 * 1024)
#define HELD_MAX 32

struct worker {
	struct metrics *metrics;
};

struct metrics *worker_metrics(struct worker *w)
{
	return w->metrics;
}

/* the server's side ------------------------------------------------------------------------------------------- */
static struct {
	struct worker *worker;
	uv_loop_t loop;
	uv_async_t call;
	uv_sem_t called;
	void (*fn)(void);
	pthread_t thread;
	struct http_server *server;
	struct http_limits limits;
	int port;
	struct request *held[HELD_MAX];
	size_t n_held;
	unsigned drained, connections, requests;
	char *text;
} t;

static void say(struct request *rq, const char *text)
{
	http_respond(rq, 200, "text/plain", text, strlen(text));
}

static void on_ping(struct request *rq)
{
	say(rq, "pong");
}

static void on_echo(struct request *rq)
{
	assert(rq->body[rq->body_len] == 0);
	http_respond(rq, 200, "text/plain", rq->body, rq->body_len);
}

static void on_items(struct request *rq)
{
	say(rq,
	    talloc_asprintf(rq, "%s %s|%s|%s", rq->method, rq->path, rq->param[0], rq->param[1] ? rq->param[1] : "-"));
}

static void on_special(struct request *rq)
{
	say(rq, "special");
}

static void on_query(struct request *rq)
{
	const char *x = http_query(rq, "x");

	say(rq, talloc_asprintf(rq, "%s|%s|%s", x ? x : "none", rq->query, rq->raw_url));
}

static void on_hold(struct request *rq)
{
	t.held[t.n_held++] = rq;
}

static void later(uv_timer_t *timer)
{
	say(timer->data, "later");
	uv_close((uv_handle_t *)timer, (uv_close_cb)(void (*)(void))free);
}

static void on_later(struct request *rq)
{
	uv_timer_t *timer = calloc(1, sizeof(*timer));

	uv_timer_init(&t.loop, timer);
	timer->data = rq;
	uv_timer_start(timer, later, 20, 0);
}

static void on_problem(struct request *rq)
{
	http_problem(rq, 422, "invalid-field", "order.\"x\"", "not \"%s\" \xff\n", "this");
}

static void on_away(struct request *rq)
{
	http_unavailable(rq, "try later");
}

static void on_json(struct request *rq)
{
	http_add_header(rq, "ETag", "\"7\"");
	http_add_header(rq, "Location", "/v1/json/7");
	http_respond_json(rq, 201, json_pack("{s:i}", "n", 7));
}

static void on_big(struct request *rq)
{
	char *big = talloc_zero_size(rq, BIG);

	http_respond(rq, 200, "application/octet-stream", big, BIG);
}

static void on_twice(struct request *rq)
{
	say(rq, "once");
	say(rq, "twice");
}

const struct asset assets[] = {{"/guide.yaml", "a: 1\n", 5}, {"/logo.bin", "\0\1", 2}, {NULL, NULL, 0}};

static void on_who(struct request *rq)
{
	say(rq, rq->who.name);
}

static uv_timer_t auth_timer;
static void (*auth_next)(struct request *rq);

static void auth_later(uv_timer_t *timer)
{
	auth_next(timer->data);
}

void http_authenticate(struct request *rq, void (*next)(struct request *rq))
{
	const char *token = http_header(rq, "authorization");

	if (!token) {
		http_problem(rq, 401, "unauthorized", NULL, "send a token");
		return;
	}
	snprintf(rq->who.name, sizeof(rq->who.name), "%s", token);
	if (strcmp(token, "slow")) {
		next(rq);
		return;
	}
	auth_next = next;
	auth_timer.data = rq;
	uv_timer_start(&auth_timer, auth_later, 10, 0);
}

static const struct route routes[] = {
	{"GET", "/", on_ping, 0, ROUTE_PUBLIC, 0, "root"},
	{"GET", "/ping", on_ping, 0, ROUTE_PUBLIC, 0, "ping"},
	{"POST", "/echo", on_echo, 0, ROUTE_PUBLIC, 1000, "echo"},
	{"PUT", "/echo", on_echo, 0, ROUTE_PUBLIC, 0, "echo_all"},
	{"GET", "/items/{id}", on_items, 0, ROUTE_PUBLIC, 0, "item"},
	{"DELETE", "/items/{id}", on_items, 0, ROUTE_PUBLIC, 0, "item_delete"},
	{"GET", "/items/special", on_special, 0, ROUTE_PUBLIC, 0, "special"},
	{"GET", "/items/{id}/parts/{part}", on_items, 0, ROUTE_PUBLIC, 0, "part"},
	{"GET", "/items/special/only", on_special, 0, ROUTE_PUBLIC, 0, "special"},
	{"GET", "/query", on_query, 0, ROUTE_PUBLIC, 0, "query"},
	{"GET", "/hold", on_hold, 0, ROUTE_PUBLIC, 0, "hold"},
	{"GET", "/later", on_later, 0, ROUTE_PUBLIC, 0, "later"},
	{"GET", "/problem", on_problem, 0, ROUTE_PUBLIC, 0, "problem"},
	{"GET", "/away", on_away, 0, ROUTE_PUBLIC, 0, "away"},
	{"GET", "/v1/json", on_json, 0, ROUTE_PUBLIC, 0, "json"},
	{"GET", "/big", on_big, 0, ROUTE_PUBLIC, 0, "big"},
	{"GET", "/twice", on_twice, 0, ROUTE_PUBLIC, 0, "twice"},
	{"GET", "/guide.yaml", assets_handle, 0, ROUTE_PUBLIC, 0, "guide"},
	{"GET", "/logo.bin", assets_handle, 0, ROUTE_PUBLIC, 0, "logo"},
	{"GET", "/v1/who", on_who, SCOPE_TICKETS_READ, 0, 0, "who"},
	{NULL, NULL, NULL, 0, 0, 0, NULL},
};

static void called(uv_async_t *async)
{
	(void)async;
	t.fn();
	uv_sem_post(&t.called);
}

/* Runs fn on the server's thread, and waits for it. */
static void on_loop(void (*fn)(void))
{
	t.fn = fn;
	uv_async_send(&t.call);
	uv_sem_wait(&t.called);
}

static void do_start(void)
{
	char *error = NULL;

	t.server = http_server_start(t.worker, &t.loop, "127.0.0.1", "0", &t.limits, &error);
	t.port = t.server ? http_server_port(t.server) : 0;
}

static void do_stop(void)
{
	if (t.server)
		http_server_stop(t.server);
	t.server = NULL;
}

static void do_close(void)
{
	do_stop();
	uv_close((uv_handle_t *)&t.call, NULL);
	uv_close((uv_handle_t *)&auth_timer, NULL);
}

static void do_look(void)
{
	t.connections = http_server_connections(t.server);
	t.requests = http_server_requests(t.server);
}

static void do_print(void)
{
	t.text = metrics_print(t.worker, t.worker->metrics);
}

static void do_answer_held(void)
{
	while (t.n_held)
		say(t.held[--t.n_held], "held");
}

static void drained(void *arg)
{
	assert(arg == &t);
	t.drained++;
}

static void do_drain(void)
{
	http_server_drain(t.server, drained, &t);
}

static void *thread_main(void *arg)
{
	uv_run(&t.loop, UV_RUN_DEFAULT);
	return arg;
}

static const struct http_limits ordinary = {
	.body_max = 100000,
	.header_max = 16384,
	.connections = 1200,
	.idle_seconds = 60,
	.request_seconds = 15,
	.routes = routes,
};

static void restart(struct http_limits limits)
{
	on_loop(do_stop);
	t.limits = limits;
	on_loop(do_start);
	assert_non_null(t.server);
}

static int setup(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.worker = talloc_zero(NULL, struct worker);
	t.worker->metrics = metrics_new(t.worker, 0);
	t.limits = ordinary;
	uv_loop_init(&t.loop);
	uv_sem_init(&t.called, 0);
	uv_async_init(&t.loop, &t.call, called);
	uv_timer_init(&t.loop, &auth_timer);
	if (pthread_create(&t.thread, NULL, thread_main, NULL))
		return -1;
	on_loop(do_start);
	return t.server ? 0 : -1;
}

static int teardown(void **state)
{
	int busy;

	(void)state;
	on_loop(do_close);
	pthread_join(t.thread, NULL);
	busy = uv_loop_close(&t.loop);
	uv_sem_destroy(&t.called);
	talloc_free(t.worker);
	return busy;
}

/* the client's side --------------------------------------------------------------------------------------------- */
struct client {
	int fd;
	size_t len;
	char buf[1 << 18];
};

struct reply {
	int status;
	size_t len;
	char head[4096], body[1 << 17];
};

static struct client one, two;
static struct reply reply;

static int dial_raw(void)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)t.port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct timeval patience = {.tv_sec = 10};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void dial(struct client *c)
{
	c->fd = dial_raw();
	c->len = 0;
	assert_true(c->fd >= 0);
}

static void hang_up(struct client *c)
{
	close(c->fd);
}

static void put(struct client *c, const char *text)
{
	size_t n = strlen(text);

	assert_int_equal(send(c->fd, text, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* More bytes; false: the other side has closed. */
static bool more(struct client *c)
{
	ssize_t n = recv(c->fd, c->buf + c->len, sizeof(c->buf) - 1 - c->len, 0);

	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		fail_msg("nothing came for 10 seconds");
	if (n <= 0)
		return false;
	c->len += (size_t)n;
	c->buf[c->len] = 0;
	return true;
}

static const char *header_at(const char *head, const char *name)
{
	for (const char *line = head; (line = strchr(line, '\n')); line++)
		if (!strncasecmp(line + 1, name, strlen(name)) && line[1 + strlen(name)] == ':')
			return line + strlen(name) + 3;
	return NULL;
}

/* Reads one answer; returns its status, 0: closed without one. */
static int get_sized(struct client *c, bool has_body)
{
	const char *end, *length;
	size_t head;

	c->buf[c->len] = 0;
	while (!(end = strstr(c->buf, "\r\n\r\n")))
		if (!more(c))
			return 0;
	head = (size_t)(end - c->buf) + 4;
	assert_true(head < sizeof(reply.head));
	memcpy(reply.head, c->buf, head);
	reply.head[head] = 0;
	reply.status = atoi(reply.head + 9);
	length = header_at(reply.head, "content-length");
	reply.len = length && has_body ? strtoul(length, NULL, 10) : 0;
	assert_true(reply.len < sizeof(reply.body));
	while (c->len < head + reply.len)
		assert_true(more(c));
	memcpy(reply.body, c->buf + head, reply.len);
	reply.body[reply.len] = 0;
	c->len -= head + reply.len;
	memmove(c->buf, c->buf + head + reply.len, c->len);
	return reply.status;
}

static int get(struct client *c)
{
	return get_sized(c, true);
}

static int ask(struct client *c, const char *method, const char *url)
{
	char text[8192];

	snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: x\r\n\r\n", method, url);
	put(c, text);
	return get_sized(c, strcmp(method, "HEAD"));
}

static void assert_closed(struct client *c)
{
	while (more(c))
		continue;
}

static unsigned count_held(size_t want)
{
	for (int i = 0; i < 500 && t.n_held < want; i++) {
		usleep(2000);
		on_loop(do_look);
	}
	return (unsigned)t.n_held;
}

static unsigned wait_connections(unsigned want)
{
	for (int i = 0; i < 1500; i++) {
		on_loop(do_look);
		if (t.connections == want)
			break;
		usleep(2000);
	}
	return t.connections;
}

/* tests ------------------------------------------------------------------------------------------------------------ */
static void test_routing(void **state)
{
	static const struct {
		const char *method, *url;
		int status;
		const char *body;
	} cases[] = {
		{"GET", "/", 200, "pong"},
		{"GET", "/ping", 200, "pong"},
		{"GET", "/ping?", 200, "pong"},
		{"GET", "/ping/", 404, NULL},
		{"GET", "//ping", 404, NULL},
		{"GET", "/pin", 404, NULL},
		{"GET", "/items/42", 200, "GET /items/42|42|-"},
		{"GET", "/items/a%20b?x=1", 200, "GET /items/a b|a b|-"},
		{"GET", "/items/a%2Fb", 200, "GET /items/a/b|a/b|-"},
		{"GET", "/items/%c3%a9", 200, "GET /items/\xc3\xa9|\xc3\xa9|-"},
		{"GET", "/items/", 404, NULL},
		{"GET", "/items/special", 200, "special"},
		{"GET", "/items/special/only", 200, "special"},
		{"GET", "/items/special/parts/9", 200, "GET /items/special/parts/9|special|9"},
		{"GET", "/items/1/parts/2", 200, "GET /items/1/parts/2|1|2"},
		{"GET", "/items/1/parts", 404, NULL},
		{"DELETE", "/items/1", 200, "DELETE /items/1|1|-"},
		{"GET", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t", 404, NULL},
		{"GET", "http://shop.example/items/7", 200, "GET /items/7|7|-"},
		{"HEAD", "/ping", 200, ""},
		{"HEAD", "/nothing", 404, ""},
		{"POST", "/ping", 405, NULL},
		{"BREW", "/ping", 405, NULL},
		{"GET", "/echo", 405, NULL},
	};

	(void)state;
	dial(&one);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (ask(&one, cases[i].method, cases[i].url) != cases[i].status)
			fail_msg("%s %s: %d %s", cases[i].method, cases[i].url, reply.status, reply.body);
		if (cases[i].body)
			assert_string_equal(reply.body, cases[i].body);
	}
	assert_int_equal(ask(&one, "HEAD", "/ping"), 200);
	assert_memory_equal(header_at(reply.head, "Content-Length"), "4\r", 2);
	assert_int_equal(ask(&one, "GET", "/echo"), 405);
	assert_memory_equal(header_at(reply.head, "Allow"), "POST, PUT\r", 10);
	assert_int_equal(ask(&one, "PUT", "/ping"), 405);
	assert_memory_equal(header_at(reply.head, "Allow"), "GET, HEAD\r", 10);
	hang_up(&one);
}

static void test_bad_paths(void **state)
{
	static const char *const urls[] = {
		"/items/%",       "/items/%4",  "/items/%zz", "/items/%4g",       "/items/%00",
		"/items/a%0ab",   "/items/%7f", "/items/..",  "/items/%2e%2E/x",  "/items/.",
		"/items/../ping", "/items/%ff", "/items/%c3", "/items/%ed%a0%80", "*",
		"ping",
	};

	(void)state;
	dial(&one);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		if (ask(&one, "GET", urls[i]) != 400)
			fail_msg("%s: %d", urls[i], reply.status);
		assert_non_null(strstr(reply.body, "/problems/bad-path\""));
	}
	assert_int_equal(ask(&one, "GET", "/items/a..b"), 200);
	hang_up(&one);
}

static void test_query(void **state)
{
	(void)state;
	dial(&one);
	assert_int_equal(ask(&one, "GET", "/query"), 200);
	assert_string_equal(reply.body, "none||/query");
	ask(&one, "GET", "/query?y=1&x=a+b%26%C3%A9&z");
	assert_string_equal(reply.body, "a b&\xc3\xa9|y=1&x=a+b%26%C3%A9&z|/query?y=1&x=a+b%26%C3%A9&z");
	ask(&one, "GET", "/query?x=%ff");
	assert_non_null(strstr(reply.body, "\xef\xbf\xbd|"));
	hang_up(&one);
}

static void test_answers(void **state)
{
	json_t *problem;

	(void)state;
	dial(&one);
	assert_int_equal(ask(&one, "GET", "/problem"), 422);
	assert_memory_equal(header_at(reply.head, "Content-Type"), "application/problem+json\r", 25);
	problem = json_loads(reply.body, 0, NULL);
	assert_non_null(problem);
	assert_string_equal(json_string_value(json_object_get(problem, "type")),
			    "https://afterword.dev/problems/invalid-field");
	assert_int_equal(json_integer_value(json_object_get(problem, "status")), 422);
	assert_non_null(json_object_get(problem, "title"));
	assert_memory_equal(json_string_value(json_object_get(problem, "detail")), "not \"this\" ", 11);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(json_object_get(problem, "errors"), 0), "field")),
		"order.\"x\"");
	json_decref(problem);
	assert_int_equal(ask(&one, "GET", "/away"), 503);
	assert_non_null(header_at(reply.head, "Retry-After"));
	assert_int_equal(ask(&one, "GET", "/v1/json"), 201);
	assert_string_equal(reply.body, "{\"n\":7}");
	assert_memory_equal(header_at(reply.head, "Cache-Control"), "no-store\r", 9);
	assert_memory_equal(header_at(reply.head, "X-Content-Type-Options"), "nosniff\r", 8);
	assert_memory_equal(header_at(reply.head, "ETag"), "\"7\"\r", 4);
	assert_memory_equal(header_at(reply.head, "Location"), "/v1/json/7\r", 11);
	assert_int_equal(ask(&one, "GET", "/ping"), 200);
	assert_null(header_at(reply.head, "Cache-Control"));
	assert_int_equal(ask(&one, "GET", "/twice"), 200);
	assert_string_equal(reply.body, "once");
	hang_up(&one);
}

static void test_assets(void **state)
{
	char etag[64] = {0}, text[256];
	const char *at;

	(void)state;
	dial(&one);
	assert_int_equal(ask(&one, "GET", "/guide.yaml"), 200);
	assert_string_equal(reply.body, "a: 1\n");
	assert_memory_equal(header_at(reply.head, "Content-Type"), "application/yaml\r", 17);
	at = header_at(reply.head, "ETag");
	assert_non_null(at);
	memcpy(etag, at, strcspn(at, "\r"));
	snprintf(text, sizeof(text), "GET /guide.yaml HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"x\", %s\r\n\r\n", etag);
	put(&one, text);
	assert_int_equal(get_sized(&one, false), 304);
	put(&one, "GET /guide.yaml HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"x\"\r\n\r\n");
	assert_int_equal(get(&one), 200);
	assert_int_equal(ask(&one, "GET", "/logo.bin"), 200);
	assert_int_equal(reply.len, 2);
	assert_memory_equal(header_at(reply.head, "Content-Type"), "application/octet-stream\r", 25);
	hang_up(&one);
}

static void test_authentication(void **state)
{
	(void)state;
	dial(&one);
	assert_int_equal(ask(&one, "GET", "/v1/who"), 401);
	put(&one, "GET /v1/who HTTP/1.1\r\nHost: x\r\nAuthorization: me\r\n\r\n");
	assert_int_equal(get(&one), 200);
	assert_string_equal(reply.body, "me");
	put(&one, "GET /v1/who HTTP/1.1\r\nHost: x\r\nAuthorization: slow\r\n\r\n");
	assert_int_equal(get(&one), 200);
	assert_string_equal(reply.body, "slow");
	hang_up(&one);
}

static void test_deferred(void **state)
{
	(void)state;
	dial(&one);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(ask(&one, "GET", "/later"), 200);
		assert_string_equal(reply.body, "later");
	}
	dial(&two);
	put(&one, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(count_held(1), 1);
	assert_int_equal(ask(&two, "GET", "/ping"), 200);
	on_loop(do_look);
	assert_int_equal(t.requests, 1);
	on_loop(do_answer_held);
	assert_int_equal(get(&one), 200);
	assert_string_equal(reply.body, "held");
	assert_int_equal(ask(&one, "GET", "/ping"), 200);
	hang_up(&one);
	hang_up(&two);
}

static void test_half_closed(void **state)
{
	(void)state;
	dial(&one);
	put(&one, "GET /later HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	shutdown(one.fd, SHUT_WR);
	assert_int_equal(get(&one), 200);
	assert_closed(&one);
	hang_up(&one);
}

/* Writes until all is out, reading nothing meanwhile. False: the server has closed. */
static bool push(struct client *c, const char *bytes, size_t n)
{
	while (n) {
		ssize_t sent = send(c->fd, bytes, n, MSG_NOSIGNAL);
		if (sent < 0)
			return false;
		bytes += sent;
		n -= (size_t)sent;
	}
	return true;
}

static void send_sized(struct client *c, const char *method, size_t n, bool all)
{
	char *text = malloc(n + 200);
	int head = sprintf(text, "%s /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %zu\r\n\r\n", method, n);

	memset(text + head, 'a', n);
	text[(size_t)head + (all ? n : 0)] = 0;
	if (send(c->fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		assert_int_equal(errno, EPIPE);
	free(text);
}

static bool send_chunk(struct client *c, size_t n)
{
	bool sent;
	char *text = malloc(n + 32);
	int head = sprintf(text, "%zx\r\n", n);

	memset(text + head, 'b', n);
	memcpy(text + head + n, "\r\n", 3);
	sent = push(c, text, (size_t)head + n + 2);
	free(text);
	return sent;
}

static void test_bodies(void **state)
{
	static const size_t sizes[] = {0, 1, 999, 1000};
	char small[2] = {0};

	(void)state;
	dial(&one);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		send_sized(&one, "POST", sizes[i], true);
		assert_int_equal(get(&one), 200);
		assert_int_equal(reply.len, sizes[i]);
	}
	send_sized(&one, "PUT", 100000, true);
	assert_int_equal(get(&one), 200);
	assert_int_equal(reply.len, 100000);
	put(&one, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
	usleep(20000);
	put(&one, "4\r\ndefg\r\n0\r\n\r\n");
	assert_int_equal(get(&one), 200);
	assert_string_equal(reply.body, "abcdefg");
	put(&one, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
	assert_int_equal(get(&one), 200);
	assert_int_equal(reply.len, 0);
	for (const char *s = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nxyz"; *s; s++) {
		*small = *s;
		put(&one, small);
		usleep(200);
	}
	assert_int_equal(get(&one), 200);
	assert_string_equal(reply.body, "xyz");
	put(&one, "PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 10; i++)
		send_chunk(&one, 9999);
	put(&one, "0\r\n\r\n");
	assert_int_equal(get(&one), 200);
	assert_int_equal(reply.len, 99990);
	hang_up(&one);
}

static void test_too_large(void **state)
{
	(void)state;
	dial(&one);
	send_sized(&one, "POST", 1001, true); /* a little too much is read and thrown away */
	assert_int_equal(get(&one), 413);
	assert_non_null(strstr(reply.body, "1000 bytes"));
	assert_int_equal(ask(&one, "GET", "/ping"), 200);
	put(&one, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	send_chunk(&one, 600);
	send_chunk(&one, 600);
	put(&one, "0\r\n\r\n");
	assert_int_equal(get(&one), 413);
	assert_int_equal(ask(&one, "GET", "/ping"), 200);
	send_sized(&one, "POST", 50000000, false); /* far too much is refused before it comes */
	assert_int_equal(get(&one), 413);
	hang_up(&one);
	dial(&one);
	put(&one, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n");
	assert_int_equal(get(&one), 413);
	hang_up(&one);
	dial(&one);
	put(&one, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
	assert_int_equal(get(&one), 100);
	put(&one, "abc");
	assert_int_equal(get(&one), 200);
	hang_up(&one);
	dial(&one);
	put(&one, "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n"); /* the body of a lost request */
	send_chunk(&one, 493);
	assert_int_equal(get(&one), 404);
	assert_int_equal(ask(&one, "GET", "/ping"), 200);
	hang_up(&one);
}

/* A client that reads nothing before it has written everything. */
static void test_far_too_large(void **state)
{
	static const char *const starts[] = {
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6000000\r\n\r\n",
		"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 6000000\r\n\r\n",
		"GET /ping HTTP/1.1\r\nHost: x\r\nContent-Length: 6000000\r\n\r\n",
	};
	static const int want[] = {413, 404, 413};
	char *body = malloc(6000000);

	(void)state;
	memset(body, 'x', 6000000);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		dial(&one);
		assert_int_equal(ask(&one, "GET", "/ping"), 200);
		put(&one, starts[i]);
		assert_true(push(&one, body, 6000000));
		assert_int_equal(get(&one), want[i]);
		assert_memory_equal(header_at(reply.head, "Connection"), "close\r", 6);
		assert_non_null(strstr(reply.body, "\"status\":4"));
		assert_closed(&one);
		hang_up(&one);
	}
	free(body);
	assert_int_equal(wait_connections(0), 0);
	on_loop(do_look);
	assert_int_equal(t.requests, 0);
}

static void test_endless_body(void **state)
{
	size_t sent = 0;

	(void)state;
	dial(&one);
	put(&one, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	while (sent < 2000000) {
		send_chunk(&one, 5000);
		sent += 5000;
	}
	assert_int_equal(get(&one), 413);
	assert_non_null(strstr(reply.body, "1000 bytes"));
	while (send_chunk(&one, 5000) && sent < 100000000) /* what is thrown away is bounded */
		sent += 5000;
	assert_in_range(sent, 10000000, 40000000);
	hang_up(&one);
	assert_int_equal(wait_connections(0), 0);
	on_loop(do_look);
	assert_int_equal(t.requests, 0);
}

static void test_large_headers(void **state)
{
	char text[32000];
	int n = sprintf(text, "GET /ping HTTP/1.1\r\nHost: x\r\nX: ");

	(void)state;
	memset(text + n, 'h', 8000);
	strcpy(text + n + 8000, "\r\n\r\n");
	dial(&one);
	put(&one, text);
	assert_int_equal(get(&one), 200);
	memset(text + n, 'h', 20000);
	strcpy(text + n + 20000, "\r\n\r\n");
	put(&one, text);
	assert_int_equal(get(&one), 431);
	hang_up(&one);
	dial(&one);
	put(&one, "GARBAGE\r\n\r\n");
	assert_int_not_equal(get(&one), 200);
	assert_closed(&one);
	hang_up(&one);
}

static void test_pipelined(void **state)
{
	(void)state;
	dial(&one);
	for (int i = 0; i < 50; i++)
		put(&one, i % 10 == 5   ? "GET /later HTTP/1.1\r\nHost: x\r\n\r\n"
			  : i % 10 == 7 ? "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
					: "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
	for (int i = 0; i < 50; i++) {
		assert_int_equal(get(&one), 200);
		assert_string_equal(reply.body, i % 10 == 5 ? "later" : i % 10 == 7 ? "body" : "pong");
	}
	hang_up(&one);
	dial(&one);
	put(&one, "GET /ping HTTP/1.0\r\n\r\n");
	assert_int_equal(get(&one), 200);
	assert_closed(&one);
	hang_up(&one);
}

static void test_client_gone(void **state)
{
	struct linger reset = {1, 0};

	(void)state;
	for (int i = 0; i < 20; i++) {
		dial(&one);
		put(&one, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_int_equal(count_held((size_t)i + 1), i + 1);
		if (i % 2)
			setsockopt(one.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		hang_up(&one);
	}
	on_loop(do_answer_held);
	assert_int_equal(wait_connections(0), 0);
	dial(&one);
	assert_int_equal(ask(&one, "GET", "/ping"), 200);
	hang_up(&one);
}

static struct http_limits hasty(void)
{
	struct http_limits l = ordinary;

	l.idle_seconds = 1;
	l.request_seconds = 1;
	l.answer_seconds = 1;
	return l;
}

/* Sends a byte now and then; true: was cut off within some seconds. */
static bool is_cut(struct client *c)
{
	for (int i = 0; i < 80; i++) {
		struct pollfd p = {.fd = c->fd, .events = POLLIN};
		if (send(c->fd, "x", 1, MSG_NOSIGNAL) < 0)
			return true;
		if (poll(&p, 1, 100) > 0 && !more(c))
			return true;
	}
	return false;
}

static void test_slow_clients(void **state)
{
	static const char *const starts[] = {
		"G", /* request line */
		"GET /ping HTTP/1.1\r\nX-Slow: ",
		"PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n",
	};

	(void)state;
	restart(hasty());
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		dial(&one);
		put(&one, starts[i]);
		if (!is_cut(&one))
			fail_msg("not cut: %s", starts[i]);
		hang_up(&one);
	}
	dial(&one); /* idle */
	assert_int_equal(ask(&one, "GET", "/ping"), 200);
	assert_closed(&one);
	hang_up(&one);
	assert_int_equal(wait_connections(0), 0);
}

/* Its body is refused, and it neither hurries nor hangs up. */
static void test_slow_and_refused(void **state)
{
	(void)state;
	restart(hasty());
	dial(&one);
	send_sized(&one, "POST", 50000000, false);
	assert_int_equal(get(&one), 413);
	assert_true(is_cut(&one));
	hang_up(&one);
	assert_int_equal(wait_connections(0), 0);
}

static void test_slow_reader(void **state)
{
	int small = 4096;

	(void)state;
	restart(hasty());
	dial(&one);
	setsockopt(one.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	put(&one, "GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
	for (int i = 0; i < 600; i++) { /* reads a little, so that there is always some activity */
		char bytes[512];
		if (recv(one.fd, bytes, sizeof(bytes), MSG_DONTWAIT) == 0)
			break;
		usleep(10000);
		on_loop(do_look);
		if (!t.connections)
			break;
	}
	assert_int_equal(t.connections, 0);
	hang_up(&one);
}

static void test_overdue(void **state)
{
	(void)state;
	restart(hasty());
	dial(&one);
	put(&one, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(get(&one), 503); /* and the request is orphaned */
	assert_int_equal(ask(&one, "GET", "/ping"), 200);
	assert_int_equal(t.n_held, 1);
	on_loop(do_answer_held);
	assert_int_equal(ask(&one, "GET", "/ping"), 200);
	assert_string_equal(reply.body, "pong");
	put(&one, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(get(&one), 503);
	on_loop(do_stop);
	on_loop(do_answer_held); /* after the server has gone */
	hang_up(&one);
}

static void test_stop(void **state)
{
	(void)state;
	dial(&one);
	put(&one, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(count_held(1), 1);
	dial(&two);
	put(&two, "GET /pi");
	on_loop(do_stop);
	assert_int_equal(get(&one), 0);
	on_loop(do_answer_held);
	hang_up(&one);
	hang_up(&two);
}

static void test_drain(void **state)
{
	(void)state;
	dial(&one);
	dial(&two);
	assert_int_equal(ask(&two, "GET", "/ping"), 200);
	put(&one, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_int_equal(count_held(1), 1);
	on_loop(do_drain);
	assert_int_equal(t.drained, 0);
	assert_closed(&two); /* idle */
	hang_up(&two);
	assert_int_equal(dial_raw(), -1);
	usleep(50000);
	assert_int_equal(t.drained, 0);
	on_loop(do_answer_held);
	assert_int_equal(get(&one), 200);
	assert_memory_equal(header_at(reply.head, "Connection"), "close\r", 6);
	assert_closed(&one);
	hang_up(&one);
	for (int i = 0; i < 100 && !t.drained; i++) {
		usleep(5000);
		on_loop(do_look);
	}
	assert_int_equal(t.drained, 1);
}

static void test_drain_newcomers(void **state)
{
	(void)state;
	on_loop(do_look);
	dial(&one);
	on_loop(do_drain);
	assert_int_equal(ask(&one, "GET", "/ping"), 200); /* was connected: is answered */
	assert_closed(&one);
	hang_up(&one);
	for (int i = 0; i < 200 && !t.drained; i++) {
		usleep(5000);
		on_loop(do_look);
	}
	assert_int_equal(t.drained, 1);
}

/* What was refused has its answer: nobody waits for the rest of its body. */
static void test_drain_refused(void **state)
{
	(void)state;
	dial(&one);
	send_sized(&one, "POST", 50000000, false);
	assert_int_equal(get(&one), 413);
	on_loop(do_drain);
	assert_closed(&one);
	hang_up(&one);
	assert_int_equal(wait_connections(0), 0);
}

static void test_drain_nothing(void **state)
{
	(void)state;
	on_loop(do_drain);
	assert_int_equal(t.drained, 1);
}

static void test_many_idle(void **state)
{
	struct rlimit files;
	static int fds[1000];

	(void)state;
	getrlimit(RLIMIT_NOFILE, &files);
	if (files.rlim_cur < 2200) {
		files.rlim_cur = 2200;
		if (setrlimit(RLIMIT_NOFILE, &files))
			skip();
	}
	for (int i = 0; i < 1000; i++) {
		fds[i] = dial_raw();
		assert_true(fds[i] >= 0);
	}
	assert_int_equal(wait_connections(1000), 1000);
	dial(&one);
	for (int i = 0; i < 100; i++)
		assert_int_equal(ask(&one, "GET", "/ping"), 200);
	hang_up(&one);
	for (int i = 0; i < 1000; i++)
		close(fds[i]);
	assert_int_equal(wait_connections(0), 0);
}

static void test_connection_limit(void **state)
{
	struct http_limits l = ordinary;
	int fds[3];
	uint64_t began;

	(void)state;
	l.connections = 3;
	restart(l);
	for (int i = 0; i < 3; i++)
		fds[i] = dial_raw();
	assert_int_equal(wait_connections(3), 3);
	dial(&one); /* waits in the backlog */
	put(&one, "GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
	usleep(50000);
	on_loop(do_look);
	assert_int_equal(t.connections, 3);
	began = uv_hrtime();
	close(fds[0]);
	assert_int_equal(get(&one), 200);
	assert_true(uv_hrtime() - began < 500000000); /* at once, not at the next sweep */
	close(fds[1]);
	close(fds[2]);
	hang_up(&one);
}

static void test_metrics(void **state)
{
	(void)state;
	dial(&one);
	ask(&one, "GET", "/ping");
	ask(&one, "GET", "/ping");
	ask(&one, "GET", "/nothing");
	ask(&one, "GET", "/ping");
	on_loop(do_look); /* the last one's completion */
	on_loop(do_print);
	assert_non_null(strstr(t.text, "afterword_http_requests_total{worker=\"0\",route=\"ping\",code=\"2xx\"} 3\n"));
	assert_non_null(strstr(t.text, "afterword_http_requests_total{worker=\"0\",route=\"none\",code=\"4xx\"} 1\n"));
	hang_up(&one);
}

static void do_start_taken(void)
{
	char *error = NULL;

	t.server = http_server_start(t.worker, &t.loop, "192.0.2.1", "80", &t.limits, &error);
	t.text = error;
}

static void test_cannot_listen(void **state)
{
	(void)state;
	on_loop(do_stop);
	on_loop(do_start_taken);
	assert_null(t.server);
	assert_non_null(t.text);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_routing),       T(test_bad_paths),        T(test_query),
		T(test_answers),       T(test_authentication),   T(test_assets),
		T(test_deferred),      T(test_half_closed),      T(test_bodies),
		T(test_too_large),     T(test_far_too_large),    T(test_slow_and_refused),
		T(test_drain_refused), T(test_endless_body),     T(test_large_headers),
		T(test_pipelined),     T(test_client_gone),      T(test_slow_clients),
		T(test_slow_reader),   T(test_overdue),          T(test_stop),
		T(test_drain),         T(test_drain_newcomers),  T(test_drain_nothing),
		T(test_many_idle),     T(test_connection_limit), T(test_metrics),
		T(test_cannot_listen),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
