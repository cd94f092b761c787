#include "gateway/simulate.h"

#include <curl/curl.h>
#include <jansson.h>
#include <poll.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define QUIET_MS 1500 /* a script's next line goes once nothing has come for so long */
#define ANSWER_MS 10000
#define LOOK_MS 300

struct phone {
	const char *url, *channel, *from, *to;
	CURL *curl;
	char *texts_url;
	struct curl_slist *headers;
	char *answer;
	size_t len;
	json_int_t seen;
	unsigned received;
};

static const struct option {
	const char *name;
	size_t offset;
	const char *meaning;
} options[] = {
	{"--url", offsetof(struct phone, url), "where afterword listens (http://127.0.0.1:8080)"},
	{"--channel", offsetof(struct phone, channel), "key of a simulator channel (demo)"},
	{"--from", offsetof(struct phone, from), "the phone's number (+14155550123)"},
	{"--to", offsetof(struct phone, to), "the shop's number (the channel's first)"},
};
#define N_OPTIONS (sizeof(options) / sizeof(*options))

static int usage(const char *why, const char *what)
{
	fprintf(stderr, "afterword: simulate: %s%s; see afterword simulate --help\n", why, what);
	return 2;
}

void simulate_help(FILE *to)
{
	fputs("Type a text and press return; what the shop answers is shown with \"<\". Reads standard input too, a "
	      "text a line.\n",
	      to);
	for (size_t i = 0; i < N_OPTIONS; i++)
		fprintf(to, "  %-10s %s\n", options[i].name, options[i].meaning);
}

static bool is_number(const char *s)
{
	size_t n = strspn(s + (*s == '+'), "0123456789");

	return n >= 3 && n <= 15 && !s[n + (*s == '+')];
}

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, struct phone *p)
{
	for (int i = 1; i < argc; i++) {
		size_t k = 0;
		while (k < N_OPTIONS && strcmp(argv[i], options[k].name))
			k++;
		if (k == N_OPTIONS)
			return usage("unknown argument ", argv[i]);
		if (++i == argc)
			return usage("a value is missing after ", options[k].name);
		*(const char **)((char *)p + options[k].offset) = argv[i];
	}
	if (!is_number(p->from))
		return usage("--from must be a phone number such as +14155550123, not ", p->from);
	if (p->to && !is_number(p->to))
		return usage("--to must be a phone number such as +14155550100, not ", p->to);
	if (strncmp(p->url, "http://", 7) && strncmp(p->url, "https://", 8))
		return usage("--url must begin with http:// or https://, not ", p->url);
	return -1;
}

static size_t on_bytes(char *bytes, size_t size, size_t n, void *arg)
{
	struct phone *p = arg;

	p->answer = realloc(p->answer, p->len + size * n + 1);
	if (!p->answer)
		abort();
	memcpy(p->answer + p->len, bytes, size * n);
	p->len += size * n;
	p->answer[p->len] = 0;
	return size * n;
}

/* One request; the JSON of a 2xx answer, else NULL after a line on standard error. */
static json_t *call(struct phone *p, const char *url, const char *body)
{
	long status = 0;
	CURLcode code;
	json_t *j, *detail;

	p->len = 0;
	curl_easy_setopt(p->curl, CURLOPT_URL, url);
	if (body)
		curl_easy_setopt(p->curl, CURLOPT_POSTFIELDS, body);
	else
		curl_easy_setopt(p->curl, CURLOPT_HTTPGET, 1L);
	code = curl_easy_perform(p->curl);
	curl_easy_getinfo(p->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK) {
		fprintf(stderr, "afterword simulate: %s: %s\n", p->url, curl_easy_strerror(code));
		return NULL;
	}
	j = p->len ? json_loadb(p->answer, p->len, 0, NULL) : NULL;
	if (status >= 200 && status < 300 && j)
		return j;
	detail = json_object_get(j, "detail");
	fprintf(stderr, "afterword simulate: %s answered %ld%s%s\n", p->url, status, detail ? ": " : "",
		detail ? json_string_value(detail) : "");
	json_decref(j);
	return NULL;
}

/* Shows what came since the last look; the first look only skips what is old. */
static bool look(struct phone *p, bool show)
{
	char url[1024];
	size_t i, n = 200;

	while (n == 200) {
		json_t *j, *t;
		snprintf(url, sizeof(url), "%s?after=%lld", p->texts_url, (long long)p->seen);
		if (!(j = call(p, url, NULL)))
			return false;
		json_array_foreach(json_object_get(j, "texts"), i, t)
		{
			const char *direction = json_string_value(json_object_get(t, "direction"));
			p->seen = json_integer_value(json_object_get(t, "id"));
			if (!show || !direction || strcmp(direction, "to_phone"))
				continue;
			printf("< %s\n", json_string_value(json_object_get(t, "text")));
			p->received++;
		}
		n = json_array_size(json_object_get(j, "texts"));
		json_decref(j);
	}
	fflush(stdout);
	return true;
}

static bool write_text(struct phone *p, const char *text)
{
	json_t *j = json_pack("{s:s}", "text", text), *answer = NULL;
	char *body;

	if (!j) {
		fprintf(stderr, "afterword simulate: the line is not valid UTF-8\n");
		return true;
	}
	if (p->to)
		json_object_set_new(j, "to", json_string(p->to));
	body = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	answer = call(p, p->texts_url, body);
	free(body);
	json_decref(answer);
	return answer != NULL;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* After a script's line: until an answer has come and it has been quiet for a while, or nothing comes at all. */
static bool await_answer(struct phone *p)
{
	long start = now_ms(), last = start;
	unsigned had = p->received;

	while (now_ms() - start < ANSWER_MS && (p->received == had || now_ms() - last < QUIET_MS)) {
		unsigned before = p->received;
		if (!look(p, true))
			return false;
		if (p->received != before)
			last = now_ms();
		usleep(100 * 1000);
	}
	return true;
}

static int run_script(struct phone *p)
{
	char *line = NULL;
	size_t cap = 0;
	bool ok = true;

	while (ok && getline(&line, &cap, stdin) > 0) {
		line[strcspn(line, "\r\n")] = 0;
		if (!*line)
			continue;
		printf("> %s\n", line);
		ok = write_text(p, line) && await_answer(p);
	}
	free(line);
	return ok ? 0 : 1;
}

static int run_terminal(struct phone *p)
{
	struct pollfd in = {STDIN_FILENO, POLLIN, 0};
	char *line = NULL;
	size_t cap = 0;
	bool ok = true;

	printf("%s on channel %s. Type a text and press return; Ctrl-D ends.\n", p->from, p->channel);
	while (ok) {
		if (poll(&in, 1, LOOK_MS) > 0) {
			if (getline(&line, &cap, stdin) <= 0)
				break;
			line[strcspn(line, "\r\n")] = 0;
			ok = !*line || write_text(p, line);
		}
		ok = ok && look(p, true);
	}
	free(line);
	return ok ? 0 : 1;
}

static bool set_up(struct phone *p)
{
	char *channel, *from, url[768];

	p->curl = curl_easy_init();
	channel = curl_easy_escape(p->curl, p->channel, 0);
	from = curl_easy_escape(p->curl, p->from, 0);
	if (!p->curl || !channel || !from)
		return false;
	snprintf(url, sizeof(url), "%s/sim/%s/phones/%s/texts", p->url, channel, from);
	p->texts_url = strdup(url);
	curl_free(channel);
	curl_free(from);
	p->headers = curl_slist_append(NULL, "Content-Type: application/json");
	curl_easy_setopt(p->curl, CURLOPT_HTTPHEADER, p->headers);
	curl_easy_setopt(p->curl, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(p->curl, CURLOPT_WRITEDATA, p);
	curl_easy_setopt(p->curl, CURLOPT_TIMEOUT, 40L);
	curl_easy_setopt(p->curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
	return p->texts_url != NULL;
}

int simulate_main(int argc, char **argv)
{
	struct phone p = {.url = "http://127.0.0.1:8080", .channel = "demo", .from = "+14155550123"};
	int status = parse(argc, argv, &p);

	if (status >= 0)
		return status;
	if (!set_up(&p) || !look(&p, false))
		status = 1;
	else
		status = isatty(STDIN_FILENO) ? run_terminal(&p) : run_script(&p);
	curl_easy_cleanup(p.curl);
	curl_slist_free_all(p.headers);
	free(p.texts_url);
	free(p.answer);
	return status;
}
