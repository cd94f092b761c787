#include "gateway/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Set once at start, before anything is logged by the worker. */
static enum log_level lowest_level = LOG_INFO_;
static int worker_number = -1;

struct line {
	char text[2048];
	size_t len;
};

void log_setup(enum log_level lowest, int worker)
{
	lowest_level = lowest;
	worker_number = worker;
}

static void put(struct line *l, const char *s, size_t n)
{
	size_t room = sizeof(l->text) - 4 - l->len; /* for the closing quote, brace and newline */

	if (n > room)
		n = room;
	memcpy(l->text + l->len, s, n);
	l->len += n;
}

static void put_text(struct line *l, const char *s)
{
	put(l, s, strlen(s));
}

static void put_escaped(struct line *l, const char *s)
{
	char escape[8];

	put(l, "\"", 1);
	for (; *s && l->len < sizeof(l->text) - 16; s++) {
		unsigned char c = (unsigned char)*s;
		if (c >= 0x20 && c != '"' && c != '\\') {
			put(l, s, 1);
			continue;
		}
		snprintf(escape, sizeof(escape), "\\u%04x", c);
		put_text(l, escape);
	}
	put(l, "\"", 1);
}

/* +14155550123 -> +1415***23: enough to see a pattern, not enough to call. */
static void put_phone(struct line *l, const char *phone)
{
	size_t n = strlen(phone);

	put(l, "\"", 1);
	if (n >= 10) {
		put(l, phone, 5);
		put_text(l, "***");
		put(l, phone + n - 2, 2);
	} else {
		put_text(l, "***");
	}
	put(l, "\"", 1);
}

static void put_field(struct line *l, const struct log_field *f)
{
	char number[40];

	put_text(l, ",");
	put_escaped(l, f->name);
	put_text(l, ":");
	switch (f->kind) {
	case LOG_KIND_S:
		put_escaped(l, f->s ? f->s : "");
		break;
	case LOG_KIND_PHONE:
		put_phone(l, f->s ? f->s : "");
		break;
	case LOG_KIND_I:
		snprintf(number, sizeof(number), "%lld", (long long)f->i);
		put_text(l, number);
		break;
	case LOG_KIND_F:
		snprintf(number, sizeof(number), "%.6g", f->f);
		put_text(l, number);
		break;
	}
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	struct line l = {.len = 0};
	struct timespec now;
	struct tm utc;
	char head[96];
	size_t n;

	if (level < lowest_level)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	n = strftime(head, sizeof(head), "{\"t\":\"%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(head + n, sizeof(head) - n, ".%03ldZ\",\"level\":\"%s\",\"event\":", now.tv_nsec / 1000000, names[level]);
	put_text(&l, head);
	put_escaped(&l, event);
	if (worker_number >= 0)
		put_field(&l, &(struct log_field)LOG_I("worker", worker_number));
	for (; fields->name; fields++)
		put_field(&l, fields);
	memcpy(l.text + l.len, "}\n", 2);
	l.len += 2;
	/* one write a line: lines of several processes do not mix; nothing to do about a closed pipe */
	if (write(STDERR_FILENO, l.text, l.len) < 0)
		return;
}
