/* The other side of the benchmark: build/bench/peer PORT PROCESSES empty|twilio, on loopback until it is killed.
 * empty: an empty answer to everything, what libmicrohttpd can do at most when it is driven as the gateway drives it
 * (external epoll, a process a core, SO_REUSEPORT). twilio: the Messages resource; reads the form, refuses what Twilio
 * would refuse, answers a message. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FIELDS 5

static const char *const names[FIELDS] = {"To", "From", "Body", "StatusCallback", "ValidityPeriod"};
static unsigned long answered;

struct call {
	struct MHD_PostProcessor *form;
	char field[FIELDS][2048];
};

static enum MHD_Result respond(struct MHD_Connection *c, unsigned status, const char *type, const char *text)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	if (*type)
		MHD_add_response_header(r, "Content-Type", type);
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result on_field(void *arg, enum MHD_ValueKind kind, const char *key, const char *file, const char *type,
				const char *encoding, const char *data, uint64_t at, size_t n)
{
	struct call *call = arg;

	(void)kind, (void)file, (void)type, (void)encoding;
	for (int i = 0; i < FIELDS; i++)
		if (!strcmp(names[i], key) && at + n < sizeof(call->field[i]))
			memcpy(call->field[i] + at, data, n);
	return MHD_YES;
}

static void put_json(char **to, const char *s)
{
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			*(*to)++ = '\\';
		if ((unsigned char)*s >= 0x20)
			*(*to)++ = *s;
	}
	*(*to) = 0;
}

/* As https://www.twilio.com/docs/messaging/api/message-resource shows it. */
static enum MHD_Result accept_message(struct MHD_Connection *c, const struct call *call)
{
	char text[12288], *end = text;

	end += sprintf(
		end,
		"{\"account_sid\":\"AC00000000000000000000000000000001\",\"api_version\":\"2010-04-01\",\"body\":\"");
	put_json(&end, call->field[2]);
	end += sprintf(end,
		       "\",\"date_created\":\"Thu, 24 Aug 2023 05:01:45 +0000\",\"date_sent\":null,\"date_updated\":"
		       "\"Thu, 24 Aug 2023 05:01:45 +0000\",\"direction\":\"outbound-api\",\"error_code\":null,"
		       "\"error_message\":null,\"from\":\"");
	put_json(&end, call->field[1]);
	end += sprintf(end,
		       "\",\"messaging_service_sid\":null,\"num_media\":\"0\",\"num_segments\":\"1\",\"price\":null,"
		       "\"price_unit\":\"USD\",\"sid\":\"SM%08x%024lx\",\"status\":\"queued\",\"to\":\"",
		       (unsigned)getpid(), ++answered);
	put_json(&end, call->field[0]);
	sprintf(end, "\",\"uri\":\"/2010-04-01/Accounts/AC00000000000000000000000000000001/Messages.json\"}");
	return respond(c, MHD_HTTP_CREATED, "application/json", text);
}

static enum MHD_Result on_empty(void *arg, struct MHD_Connection *c, const char *url, const char *method,
				const char *version, const char *data, size_t *n, void **state)
{
	static int begun;

	(void)arg, (void)url, (void)method, (void)version, (void)data;
	if (!*state || *n) {
		*state = &begun;
		*n = 0;
		return MHD_YES;
	}
	return respond(c, MHD_HTTP_OK, "", "");
}

static enum MHD_Result on_twilio(void *arg, struct MHD_Connection *c, const char *url, const char *method,
				 const char *version, const char *data, size_t *n, void **state)
{
	struct call *call = *state;
	char *password = NULL, *user;

	(void)arg, (void)version;
	if (!call) {
		call = *state = calloc(1, sizeof(*call));
		call->form = MHD_create_post_processor(c, 8192, on_field, call);
		return MHD_YES;
	}
	if (*n) {
		if (call->form)
			MHD_post_process(call->form, data, *n);
		*n = 0;
		return MHD_YES;
	}
	user = MHD_basic_auth_get_username_password(c, &password);
	bool known = user && password && !strncmp(user, "AC", 2) && *password;
	MHD_free(user);
	MHD_free(password);
	if (!known)
		return respond(c, MHD_HTTP_UNAUTHORIZED, "application/json",
			       "{\"code\":20003,\"message\":\"Authenticate\",\"status\":401}");
	if (strcmp(method, "POST") || !strstr(url, "/Messages.json"))
		return respond(c, MHD_HTTP_NOT_FOUND, "application/json",
			       "{\"code\":20404,\"message\":\"not found\",\"status\":404}");
	if (*call->field[0] != '+' || !*call->field[1] || !*call->field[2])
		return respond(c, MHD_HTTP_BAD_REQUEST, "application/json",
			       "{\"code\":21604,\"message\":\"bad field\",\"status\":400}");
	return accept_message(c, call);
}

static void on_end(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct call *call = *state;

	(void)arg, (void)c, (void)why;
	if (!call)
		return;
	if (call->form)
		MHD_destroy_post_processor(call->form);
	free(call);
}

static void on_empty_end(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	(void)arg, (void)c, (void)state, (void)why;
}

static int listen_on(int port)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 1024)) {
		perror("peer");
		exit(1);
	}
	return fd;
}

static void serve(int port, bool empty)
{
	struct MHD_Daemon *d = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, empty ? on_empty : on_twilio, NULL, MHD_OPTION_LISTEN_SOCKET,
		listen_on(port), MHD_OPTION_CONNECTION_LIMIT, 4000u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384,
		MHD_OPTION_NOTIFY_COMPLETED, empty ? on_empty_end : on_end, NULL, MHD_OPTION_END);
	struct pollfd p = {.events = POLLIN};

	if (!d)
		exit(1);
	p.fd = MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	for (;;) {
		MHD_UNSIGNED_LONG_LONG wait;
		poll(&p, 1, MHD_get_timeout(d, &wait) == MHD_YES ? (int)wait : 1000);
		MHD_run(d);
	}
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "peer PORT PROCESSES empty|twilio\n");
		return 2;
	}
	for (int i = 1; i < atoi(argv[2]); i++) {
		if (fork())
			continue;
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		break;
	}
	serve(atoi(argv[1]), !strcmp(argv[3], "empty"));
}
