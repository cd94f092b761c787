#include "gateway/log.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096
#define VALUE_MAX_BYTES 1024 /* of one string; a line always ends as JSON */

/* Set once at start, before anything is logged by the worker. */
static enum log_level lowest_level = LOG_INFO_;
static int worker_number = -1;

struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
};

void log_setup(enum log_level lowest, int worker)
{
	lowest_level = lowest;
	worker_number = worker;
}

/* Whole pieces or nothing: half an escape or half a number would spoil the line. */
static bool put(struct line *l, const char *s, size_t n)
{
	if (n > sizeof(l->text) - 2 - l->len) /* "}\n" */
		return false;
	memcpy(l->text + l->len, s, n);
	l->len += n;
	return true;
}

static bool put_text(struct line *l, const char *s)
{
	return put(l, s, strlen(s));
}

/* Length of the UTF-8 sequence at s; 0: there is none. */
static size_t sequence(const unsigned char *s)
{
	size_t n = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) || (*s == 0xf0 && s[1] < 0x90) ||
	    (*s == 0xf4 && s[1] > 0x8f))
		return 0; /* too long a form, a surrogate, beyond Unicode */
	return n;
}

static bool put_character(struct line *l, const unsigned char *s, size_t n)
{
	char escape[8];

	if (n == 0)
		return put_text(l, "\xef\xbf\xbd");
	if (n > 1 || (*s >= 0x20 && *s != '"' && *s != '\\' && *s != 0x7f))
		return put(l, (const char *)s, n);
	snprintf(escape, sizeof(escape), *s == '"' || *s == '\\' ? "\\%c" : "\\u%04x", *s);
	return put_text(l, escape);
}

static bool put_string(struct line *l, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t end;

	if (!put_text(l, "\""))
		return false;
	end = l->len + VALUE_MAX_BYTES;
	while (*s && l->len < end && l->len < sizeof(l->text) - 16) {
		size_t n = sequence(s);
		if (!put_character(l, s, n))
			return false;
		s += n ? n : 1;
	}
	return put_text(l, *s ? "…\"" : "\"");
}

/* +14155550123 -> +1415***0123: enough to recognise one's own, not enough to call. What is short, or no number, is
 * hidden. */
static bool put_phone(struct line *l, const char *phone)
{
	size_t plus = *phone == '+', digits = 0;
	char masked[24];

	while (isdigit((unsigned char)phone[plus + digits]))
		digits++;
	if (phone[plus + digits] || digits < 9)
		return put_text(l, "\"***\"");
	snprintf(masked, sizeof(masked), "\"%.*s***%s\"", (int)(plus + 4), phone,
		 phone + plus + digits - (digits < 11 ? 2 : 4));
	return put_text(l, masked);
}

static bool put_value(struct line *l, const struct log_field *f)
{
	char number[40];

	switch (f->kind) {
	case LOG_KIND_S:
		return f->s ? put_string(l, f->s) : put_text(l, "null");
	case LOG_KIND_PHONE:
		return f->s ? put_phone(l, f->s) : put_text(l, "null");
	case LOG_KIND_I:
		snprintf(number, sizeof(number), "%lld", (long long)f->i);
		return put_text(l, number);
	case LOG_KIND_F:
		snprintf(number, sizeof(number), "%.9g", f->f);
		return put_text(l, isfinite(f->f) ? number : "null");
	}
	return false;
}

/* A field that does not fit is left out whole. */
static void put_field(struct line *l, const struct log_field *f)
{
	size_t before = l->len;

	if (!put_text(l, ",") || !put_string(l, f->name) || !put_text(l, ":") || !put_value(l, f))
		l->len = before;
}

static void put_head(struct line *l, enum log_level level)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	struct timespec now;
	struct tm utc;
	char head[96];
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	n = strftime(head, sizeof(head), "{\"t\":\"%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(head + n, sizeof(head) - n, ".%03ldZ\",\"level\":\"%s\"", now.tv_nsec / 1000000, names[level]);
	put_text(l, head);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	struct line l;

	if (level < lowest_level)
		return;
	l.len = 0;
	put_head(&l, level);
	put_field(&l, &(struct log_field)LOG_S("event", event));
	if (worker_number >= 0)
		put_field(&l, &(struct log_field)LOG_I("worker", worker_number));
	for (; fields->name; fields++)
		put_field(&l, fields);
	memcpy(l.text + l.len, "}\n", 2);
	l.len += 2;
	/* one write a line, so that lines of several processes do not mix; nobody is left to be told of a failure */
	if (write(STDERR_FILENO, l.text, l.len) < 0)
		return;
}
