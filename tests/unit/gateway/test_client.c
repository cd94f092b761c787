/* The HTTP client against a small server in a thread: answers, limits, what counts as never sent, and that a request is
 * never repeated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/http/client.h"
#include "gateway/worker.h"

static atomic_int requests, connections;
static int port;

/* Reads one request; false at the end of the connection. */
static bool read_request(int fd, char *buffer, size_t cap)
{
	size_t n = 0, want = 0;

	while (n < cap - 1) {
		char *end, *length;
		ssize_t r = recv(fd, buffer + n, cap - 1 - n, 0);
		if (r <= 0)
			return false;
		n += (size_t)r;
		buffer[n] = 0;
		end = strstr(buffer, "\r\n\r\n");
		if (!end)
			continue;
		length = strcasestr(buffer, "\r\nContent-Length:");
		want = (size_t)(end + 4 - buffer) + (length && length < end ? (size_t)atol(length + 17) : 0);
		if (n >= want)
			return true;
	}
	return false;
}

static void answer(int fd, const char *status, const char *header, const char *body, size_t len)
{
	char head[256];
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, header, len);

	if (send(fd, head, (size_t)n, MSG_NOSIGNAL) < 0 || send(fd, body, len, MSG_NOSIGNAL) < 0)
		return;
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	static char big[100000];
	char in[8192], *body;

	while (read_request(fd, in, sizeof(in))) {
		atomic_fetch_add(&requests, 1);
		body = strstr(in, "\r\n\r\n") + 4;
		if (strstr(in, " /hang ")) {
			sleep(3);
			break;
		}
		if (strstr(in, " /drop "))
			break; /* read, acted upon perhaps, and no answer */
		if (strstr(in, " /big ")) {
			memset(big, 'x', sizeof(big));
			answer(fd, "200 OK", "", big, sizeof(big));
		} else if (strstr(in, " /busy ")) {
			answer(fd, "429 Too Many Requests", "Retry-After: 7\r\n", "", 0);
		} else if (strstr(in, " /head ")) {
			answer(fd, "200 OK", "", in, (size_t)(body - in));
		} else {
			answer(fd, "201 Created", "", body, strlen(body));
		}
	}
	close(fd);
	return NULL;
}

static void *listen_on(void *arg)
{
	int fd = (int)(intptr_t)arg, one;
	pthread_t thread;

	while ((one = accept(fd, NULL, NULL)) >= 0) {
		atomic_fetch_add(&connections, 1);
		pthread_create(&thread, NULL, serve, (void *)(intptr_t)one);
		pthread_detach(thread);
	}
	return NULL;
}

static int start_server(void **state)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	pthread_t thread;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct worker *w = talloc_zero(NULL, struct worker);

	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 256) ||
	    getsockname(fd, (struct sockaddr *)&a, &len))
		return -1;
	port = ntohs(a.sin_port);
	pthread_create(&thread, NULL, listen_on, (void *)(intptr_t)fd);
	pthread_detach(thread);
	w->loop = uv_default_loop();
	http_client_start(w);
	*state = w;
	return 0;
}

struct result {
	int done;
	long status;
	bool never_sent;
	size_t len;
	char body[2048], retry_after[16];
};

static void on_done(void *arg, const struct http_answer *a)
{
	struct result *r = arg;

	r->done++;
	uv_stop(uv_default_loop()); /* a timer may have brought the answer: then there is nothing to sleep for */
	r->status = a->status;
	r->never_sent = a->never_sent;
	r->len = a->len;
	snprintf(r->body, sizeof(r->body), "%s", a->body);
	snprintf(r->retry_after, sizeof(r->retry_after), "%s", a->retry_after ? a->retry_after : "");
	assert_int_equal(strlen(a->body), a->len);
	assert_true(a->status || a->error);
}

static void post(struct worker *w, const char *path, const char *body, const char *const *headers, long timeout,
		 struct result *r)
{
	char url[128];
	struct send_request rq = {.method = body ? "POST" : "GET",
				  .url = url,
				  .body = body,
				  .body_len = body ? strlen(body) : 0,
				  .content_type = body ? "application/json" : NULL};

	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", port, path);
	http_client_send(w, &rq, headers, timeout, on_done, r);
}

static void run(struct worker *w, const struct result *r, int times)
{
	while (r->done < times)
		uv_run(w->loop, UV_RUN_DEFAULT);
	assert_int_equal(http_client_in_flight(w), 0);
}

static void an_answer_comes_whole(void **state)
{
	struct result r = {0};

	post(*state, "/echo", "{\"text\":\"hello\"}", NULL, 5, &r);
	run(*state, &r, 1);
	assert_int_equal(r.status, 201);
	assert_string_equal(r.body, "{\"text\":\"hello\"}");
}

static void headers_are_those_of_this_request(void **state)
{
	const char *extra[] = {"X-Afterword-Signature: abc", NULL};
	struct result r = {0}, plain = {0}, get = {0};
	struct send_request rq = {.method = "GET", .user = "me", .password = "secret"};
	char url[64];

	post(*state, "/head", "{}", extra, 5, &r);
	run(*state, &r, 1);
	assert_non_null(strstr(r.body, "X-Afterword-Signature: abc\r\n"));
	assert_non_null(strstr(r.body, "Content-Type: application/json\r\n"));
	assert_null(strstr(r.body, "Expect:"));
	post(*state, "/head", "{}", NULL, 5, &plain);
	run(*state, &plain, 1);
	assert_null(strstr(plain.body, "X-Afterword-Signature"));
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/head", port);
	rq.url = url;
	http_client_send(*state, &rq, NULL, 5, on_done, &get);
	run(*state, &get, 1);
	assert_memory_equal(get.body, "GET /head HTTP/1.1", 18);
	assert_non_null(strstr(get.body, "Authorization: Basic bWU6c2VjcmV0\r\n"));
	assert_null(strstr(get.body, "Content-Type"));
	post(*state, "/head", "{}", NULL, 5, &plain);
	run(*state, &plain, 2);
	assert_null(strstr(plain.body, "Authorization"));
}

static void a_large_answer_is_cut(void **state)
{
	struct result r = {0};

	post(*state, "/big", "{}", NULL, 5, &r);
	run(*state, &r, 1);
	assert_int_equal(r.status, 200);
	assert_int_equal(r.len, 64 * 1024);
}

static void retry_after_is_handed_on(void **state)
{
	struct result r = {0};

	post(*state, "/busy", "{}", NULL, 5, &r);
	run(*state, &r, 1);
	assert_int_equal(r.status, 429);
	assert_string_equal(r.retry_after, "7");
}

static void refused_connections_were_never_sent(void **state)
{
	struct result r = {0};
	int kept = port;

	port = 1; /* nobody listens */
	post(*state, "/", "{}", NULL, 5, &r);
	port = kept;
	run(*state, &r, 1);
	assert_int_equal(r.status, 0);
	assert_true(r.never_sent);
}

static void silence_may_have_been_sent(void **state)
{
	struct result r = {0};

	post(*state, "/hang", "{}", NULL, 1, &r);
	run(*state, &r, 1);
	assert_int_equal(r.status, 0);
	assert_false(r.never_sent);
}

/* Both on a fresh and on a kept connection, both by POST and by GET: the server saw the request once. */
static void a_request_is_never_repeated(void **state)
{
	for (int get = 0; get < 2; get++) {
		struct result warm = {0}, r = {0};
		int before;

		post(*state, "/echo", "{}", NULL, 5, &warm);
		run(*state, &warm, 1);
		before = atomic_load(&requests);
		post(*state, "/drop", get ? NULL : "{}", NULL, 5, &r);
		run(*state, &r, 1);
		assert_int_equal(r.status, 0);
		assert_false(r.never_sent);
		assert_int_equal(atomic_load(&requests), before + 1);
	}
}

static void connections_are_kept(void **state)
{
	struct result r = {0};
	int before = atomic_load(&connections);

	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 20; i++)
			post(*state, "/echo", "{}", NULL, 5, &r);
		run(*state, &r, (round + 1) * 20);
		assert_int_equal(r.status, 201);
	}
	assert_in_range(atomic_load(&connections) - before, 0, 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_comes_whole),
		cmocka_unit_test(headers_are_those_of_this_request),
		cmocka_unit_test(a_large_answer_is_cut),
		cmocka_unit_test(retry_after_is_handed_on),
		cmocka_unit_test(refused_connections_were_never_sent),
		cmocka_unit_test(silence_may_have_been_sent),
		cmocka_unit_test(a_request_is_never_repeated),
		cmocka_unit_test(connections_are_kept),
	};

	return cmocka_run_group_tests(tests, start_server, NULL);
}
