/* Sends requests at a steady rate and tells how long each took from the moment it was due: build/bench/paced PORT FILE
 * FROM RATE SECONDS CONNECTIONS [HOLD]. A request that is due while all connections are busy waits, and its waiting
 * counts, so that a server that stalls does not hide it (coordinated omission). RATE 0: each connection sends as soon
 * as it was answered. FILE: sign.mjs's lines, from line FROM on. HOLD: keeps the connections open for so many seconds
 * after the last answer. Prints: RESULT answered seconds p50 p99 max (ms) errors. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MAX 4096
#define GRACE 5.0 /* seconds for the last answers */

struct connection {
	int fd;
	double due; /* of the request under way */
	size_t got;
	char answer[ANSWER_MAX];
};

static struct connection *conns, **idle; /* idle: a ring, so that all connections have their turn */
static int n_conns, n_idle, first_idle, epoll_fd, port;
static FILE *requests;
static double *took;
static size_t n_took, n_errors, cap_took;
static bool exhausted; /* the file has no more requests */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *why)
{
	perror(why);
	exit(1);
}

static void connect_to(struct connection *c)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof(a)))
		fail("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &(struct epoll_event){EPOLLIN, {.ptr = c}}))
		fail("epoll_ctl");
}

/* The next line of the file as a request; 0: there is none. */
static int next_request(char *out, size_t size)
{
	static char *line;
	static size_t cap;
	char *signature, *body;

	if (getline(&line, &cap, requests) <= 0)
		return 0;
	line[strcspn(line, "\n")] = 0;
	signature = strchr(line, '\t');
	body = signature ? strchr(signature + 1, '\t') : NULL;
	if (!body) {
		fprintf(stderr, "paced: a line is not PATH TAB SIGNATURE TAB BODY\n");
		exit(1);
	}
	*signature++ = *body++ = 0;
	return snprintf(out, size,
			"POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/x-www-form-urlencoded; "
			"charset=utf-8\r\n"
			"X-Twilio-Signature: %s\r\nContent-Length: %zu\r\n\r\n%s",
			line, port, signature, strlen(body), body);
}

static void send_one(double due)
{
	struct connection *c = idle[first_idle];
	char request[4096];
	int n = next_request(request, sizeof(request));

	exhausted = !n;
	if (exhausted)
		return;
	first_idle = (first_idle + 1) % n_conns;
	n_idle--;
	c->due = due;
	c->got = 0;
	if (write(c->fd, request, (size_t)n) != n)
		fail("write");
}

/* The length of a whole answer; 0: there is more to come. */
static size_t whole(const struct connection *c)
{
	const char *end = memmem(c->answer, c->got, "\r\n\r\n", 4),
		   *length = strcasestr(c->answer, "\r\nContent-Length:");
	size_t n = end && length && length < end ? (size_t)(end + 4 - c->answer) + strtoul(length + 17, NULL, 10) : 0;

	return n && c->got >= n ? n : 0;
}

static void on_readable(struct connection *c)
{
	ssize_t n = read(c->fd, c->answer + c->got, ANSWER_MAX - 1 - c->got);

	if (n <= 0)
		fail("the server closed a connection");
	c->got += (size_t)n;
	c->answer[c->got] = 0;
	if (!whole(c))
		return;
	if (n_took == cap_took) {
		cap_took = cap_took ? cap_took * 2 : 65536;
		took = realloc(took, cap_took * sizeof(*took));
	}
	took[n_took++] = now() - c->due;
	n_errors += strncmp(c->answer, "HTTP/1.1 2", 10) != 0;
	idle[(first_idle + n_idle++) % n_conns] = c;
}

static void wait_until(double t)
{
	struct epoll_event events[256];
	double left = t - now();
	struct timespec wait = {(time_t)(left > 0 ? left : 0),
				left > 0 ? (long)((left - (double)(time_t)left) * 1e9) : 0};
	int n = epoll_pwait2(epoll_fd, events, 256, &wait, NULL);

	for (int i = 0; i < n; i++)
		on_readable(events[i].data.ptr);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Sends what is due and can be sent; returns when the next one is due. */
static double send_due(double due, double rate, double end)
{
	while (n_idle && !exhausted && due < end && due <= now()) {
		send_one(due);
		due = rate ? due + 1 / rate : now();
	}
	return due;
}

static double drive(double rate, double seconds)
{
	double began = now(), end = began + seconds, due = began;

	while (!exhausted && due < end && now() < end + GRACE) {
		due = send_due(due, rate, end);
		wait_until(!n_idle ? end + GRACE : due);
		if (!rate)
			due = now();
	}
	if (rate && due < end && !exhausted)
		n_errors += (size_t)((end - due) * rate); /* never sent */
	seconds = now() - began;
	for (double last = now() + GRACE; n_idle < n_conns && now() < last;)
		wait_until(last);
	n_errors += (size_t)(n_conns - n_idle);
	return seconds;
}

int main(int argc, char **argv)
{
	double rate, seconds;
	char skipped[4096];

	if (argc < 7) {
		fprintf(stderr, "paced PORT FILE FROM RATE SECONDS CONNECTIONS [HOLD]\n");
		return 2;
	}
	port = atoi(argv[1]);
	requests = fopen(argv[2], "r");
	if (!requests)
		fail(argv[2]);
	for (long i = atol(argv[3]); i > 0 && next_request(skipped, sizeof(skipped)); i--)
		;
	rate = atof(argv[4]);
	n_conns = atoi(argv[6]);
	conns = calloc((size_t)n_conns, sizeof(*conns));
	idle = calloc((size_t)n_conns, sizeof(struct connection *));
	epoll_fd = epoll_create1(0);
	for (n_idle = 0; n_idle < n_conns; n_idle++) {
		connect_to(&conns[n_idle]);
		idle[n_idle] = &conns[n_idle];
	}
	seconds = drive(rate, atof(argv[5]));
	qsort(took, n_took, sizeof(*took), by_value);
	printf("RESULT %zu %.3f %.3f %.3f %.3f %zu\n", n_took, seconds, n_took ? took[n_took / 2] * 1000 : 0.,
	       n_took ? took[n_took * 99 / 100] * 1000 : 0., n_took ? took[n_took - 1] * 1000 : 0., n_errors);
	fflush(stdout);
	if (argc > 7)
		sleep((unsigned)atoi(argv[7]));
	return 0;
}
