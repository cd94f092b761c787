#include "gateway/metrics.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { COUNTER, GAUGE, HISTOGRAM };

#define SERIES_MAX 512  /* labels come from closed sets; what is beyond is counted as "other" */
#define SERIES_FIRST 16 /* power of two */
#define LABEL_MAX 48
#define BUCKETS 12

static const double seconds[BUCKETS] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30};
static const double sizes[BUCKETS] = {1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 1000, 2000};

/* clang-format off */
static const struct {
	const char *name, *help, *label;
	enum kind kind;
	const double *buckets;
} table[METRICS] = {
	[M_INBOUND_TEXTS] = {"afterword_inbound_texts_total", "Customers' texts taken in.", "provider", COUNTER, NULL},
	[M_INBOUND_REPEATS] = {"afterword_inbound_repeats_total", "Webhooks that repeated a text.", "provider", COUNTER, NULL},
	[M_INBOUND_REFUSED] = {"afterword_webhooks_refused_total", "Webhooks with a bad signature or content.", "provider", COUNTER, NULL},
	[M_DECISIONS] = {"afterword_decisions_total", "What the router made of texts.", "decision", COUNTER, NULL},
	[M_RECEIPTS] = {"afterword_receipts_total", "Delivery receipts by state.", "state", COUNTER, NULL},
	[M_SENDS] = {"afterword_sends_total", "Providers' answers to sends, by meaning.", "meaning", COUNTER, NULL},
	[M_SUPPRESSED] = {"afterword_suppressed_total", "Texts not sent, by reason.", "reason", COUNTER, NULL},
	[M_EVENTS] = {"afterword_order_events_total", "Order events by type.", "type", COUNTER, NULL},
	[M_HTTP_REQUESTS] = {"afterword_http_requests_total", "HTTP requests by route and status class.", "route", COUNTER, NULL},
	[M_DB_RECONNECTS] = {"afterword_database_connects_total", "Connections made to PostgreSQL.", "connection", COUNTER, NULL},
	[M_DB_RETRIES] = {"afterword_database_retries_total", "Batches repeated after a deadlock.", "pipeline", COUNTER, NULL},
	[M_SPOOLED] = {"afterword_spooled_total", "Items written to the spool.", "kind", COUNTER, NULL},
	[M_SPOOL_REPLAYED] = {"afterword_spool_replayed_total", "Items read back from the spool.", "kind", COUNTER, NULL},
	[M_SPOOL_REFUSED] = {"afterword_spool_refused_total", "Items the spool had no room for.", "kind", COUNTER, NULL},
	[M_OUTBOX_DEPTH] = {"afterword_outbox_depth", "Texts that are due and wait.", NULL, GAUGE, NULL},
	[M_OUTBOX_LAG_SECONDS] = {"afterword_outbox_lag_seconds", "Age of the oldest due text.", NULL, GAUGE, NULL},
	[M_SPOOL_BYTES] = {"afterword_spool_bytes", "Bytes in the spool.", NULL, GAUGE, NULL},
	[M_QUEUE] = {"afterword_queue_length", "Items that wait for a batch.", "pipeline", GAUGE, NULL},
	[M_CONNECTIONS] = {"afterword_http_connections", "Open HTTP connections.", NULL, GAUGE, NULL},
	[M_SENDS_IN_FLIGHT] = {"afterword_sends_in_flight", "Sends without an answer yet.", NULL, GAUGE, NULL},
	[M_LEASES_HELD] = {"afterword_leases_held", "Senders this worker sends for.", NULL, GAUGE, NULL},
	[M_DB_UP] = {"afterword_database_up", "Is the connection to PostgreSQL ready.", "connection", GAUGE, NULL},
	[M_WORKER_UP] = {"afterword_worker_up", "Did the worker answer the scrape.", NULL, GAUGE, NULL},
	[M_BATCH_SIZE] = {"afterword_batch_size", "Items in a batch.", "pipeline", HISTOGRAM, sizes},
	[M_BATCH_SECONDS] = {"afterword_batch_seconds", "Time from a batch's opening to its commit.", "pipeline", HISTOGRAM, seconds},
	[M_HTTP_SECONDS] = {"afterword_http_request_seconds", "Time from a request's headers to its answer.", "route", HISTOGRAM, seconds},
	[M_SEND_SECONDS] = {"afterword_send_seconds", "Time a provider takes to answer.", "provider", HISTOGRAM, seconds},
	[M_QUEUED_TO_SENT_SECONDS] = {"afterword_queued_to_sent_seconds", "Time from queueing to the provider's yes.", NULL, HISTOGRAM, seconds},
};
/* clang-format on */

struct series {
	char label[LABEL_MAX], code[4];
	double value; /* counter, gauge, or a histogram's sum */
	uint64_t count, bucket[BUCKETS];
};

/* The series of one metric in the order they were first seen, and an open hash that finds them: places hold index + 1.
 */
struct family {
	unsigned n, places;
	struct series *series;
	uint16_t *place;
};

struct metrics {
	int worker;
	struct family family[METRICS];
};

/* finding a series -------------------------------------------------------------------------------------------- */
static unsigned hash(const char *label, const char *code)
{
	unsigned h = 2166136261u;

	for (int i = 0; i < LABEL_MAX - 1 && label[i]; i++)
		h = (h ^ (unsigned char)label[i]) * 16777619u;
	return (h ^ (unsigned char)*code) * 16777619u;
}

static bool is_named(const struct series *s, const char *label, const char *code)
{
	return !strncmp(s->label, label, LABEL_MAX - 1) && *s->code == *code;
}

/* The place of that series, or the free one where it belongs. */
static uint16_t *place_of(const struct family *f, const char *label, const char *code)
{
	unsigned i = hash(label, code);

	while (f->place[i % f->places] && !is_named(&f->series[f->place[i % f->places] - 1], label, code))
		i++;
	return &f->place[i % f->places];
}

static void grow(struct metrics *m, struct family *f)
{
	f->places = f->places ? f->places * 2 : SERIES_FIRST;
	talloc_free(f->place);
	f->place = talloc_zero_array(m, uint16_t, f->places);
	f->series = talloc_realloc(m, f->series, struct series, f->places / 2);
	if (!f->place || !f->series)
		abort(); /* out of memory: the supervisor starts the worker again */
	for (unsigned i = 0; i < f->n; i++)
		*place_of(f, f->series[i].label, f->series[i].code) = (uint16_t)(i + 1);
}

static struct series *find(struct metrics *m, enum metric id, const char *label, const char *code)
{
	struct family *f = &m->family[id];
	uint16_t *place;
	struct series *s;

	if (!label)
		label = "";
	if (!f->places)
		grow(m, f);
	place = place_of(f, label, code);
	if (*place)
		return &f->series[*place - 1];
	if (f->n >= SERIES_MAX && strcmp(label, "other") != 0)
		return find(m, id, "other", code);
	if (f->n == f->places / 2) {
		grow(m, f);
		place = place_of(f, label, code);
	}
	s = &f->series[f->n++];
	*place = (uint16_t)f->n;
	memset(s, 0, sizeof(*s));
	snprintf(s->label, sizeof(s->label), "%s", label);
	snprintf(s->code, sizeof(s->code), "%s", code);
	return s;
}

struct metrics *metrics_new(TALLOC_CTX *ctx, int worker)
{
	struct metrics *m = talloc_zero(ctx, struct metrics);

	if (!m)
		abort();
	m->worker = worker;
	/* without a label there is one series, which begins at zero rather than with its first event */
	for (int id = 0; id < METRICS; id++)
		if (!table[id].label)
			find(m, (enum metric)id, NULL, "");
	metric_set(m, M_WORKER_UP, NULL, 1);
	return m;
}

/* counting ------------------------------------------------------------------------------------------------------- */
void metric_add(struct metrics *m, enum metric id, const char *label, double by)
{
	find(m, id, label, "")->value += by;
}

void metric_set(struct metrics *m, enum metric id, const char *label, double value)
{
	find(m, id, label, "")->value = value;
}

void metric_observe(struct metrics *m, enum metric id, const char *label, double value)
{
	struct series *s = find(m, id, label, "");
	int i = 0;

	s->value += value;
	s->count++;
	while (i < BUCKETS && value > table[id].buckets[i])
		i++;
	if (i < BUCKETS)
		s->bucket[i]++;
}

void metric_http(struct metrics *m, const char *route, unsigned status, double took)
{
	char code[4] = {(char)('0' + status / 100 % 10), 'x', 'x', 0};

	find(m, M_HTTP_REQUESTS, route, code)->value += 1;
	metric_observe(m, M_HTTP_SECONDS, route, took);
}

/* printing ------------------------------------------------------------------------------------------------------- */
static void print_label(FILE *to, const char *name, const char *value)
{
	fprintf(to, ",%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", to);
		else if (*value == '"' || *value == '\\')
			fprintf(to, "\\%c", *value);
		else
			putc(*value, to);
	}
	putc('"', to);
}

static void print_name(FILE *to, const struct metrics *m, enum metric id, const struct series *s, const char *suffix)
{
	fprintf(to, "%s%s{worker=\"%d\"", table[id].name, suffix, m->worker);
	if (table[id].label)
		print_label(to, table[id].label, s->label);
	if (*s->code)
		print_label(to, "code", s->code);
}

static void print_histogram(FILE *to, const struct metrics *m, enum metric id, const struct series *s)
{
	uint64_t total = 0;

	for (int i = 0; i < BUCKETS; i++) {
		total += s->bucket[i];
		print_name(to, m, id, s, "_bucket");
		fprintf(to, ",le=\"%g\"} %llu\n", table[id].buckets[i], (unsigned long long)total);
	}
	print_name(to, m, id, s, "_bucket");
	fprintf(to, ",le=\"+Inf\"} %llu\n", (unsigned long long)s->count);
	print_name(to, m, id, s, "_sum");
	fprintf(to, "} %.15g\n", s->value);
	print_name(to, m, id, s, "_count");
	fprintf(to, "} %llu\n", (unsigned long long)s->count);
}

static void print_head(FILE *to, enum metric id)
{
	static const char *const kinds[] = {"counter", "gauge", "histogram"};

	fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", table[id].name, table[id].help, table[id].name,
		kinds[table[id].kind]);
}

static void print_family(FILE *to, const struct metrics *m, enum metric id)
{
	const struct family *f = &m->family[id];

	if (!f->n)
		return;
	print_head(to, id);
	for (unsigned i = 0; i < f->n; i++) {
		if (table[id].kind == HISTOGRAM) {
			print_histogram(to, m, id, &f->series[i]);
			continue;
		}
		print_name(to, m, id, &f->series[i], "");
		fprintf(to, "} %.15g\n", f->series[i].value);
	}
}

struct printing {
	FILE *to;
	char *text;
	size_t len;
};

static FILE *begin_text(struct printing *p)
{
	p->to = open_memstream(&p->text, &p->len);
	if (!p->to)
		abort();
	return p->to;
}

static char *end_text(TALLOC_CTX *ctx, struct printing *p)
{
	char *out;

	fclose(p->to);
	out = talloc_strndup(ctx, p->text, p->len);
	free(p->text);
	return out;
}

char *metrics_print(TALLOC_CTX *ctx, const struct metrics *m)
{
	struct printing p;
	FILE *to = begin_text(&p);

	for (int id = 0; id < METRICS; id++)
		print_family(to, m, (enum metric)id);
	return end_text(ctx, &p);
}

char *metrics_print_down(TALLOC_CTX *ctx, int worker)
{
	struct printing p;
	FILE *to = begin_text(&p);

	print_head(to, M_WORKER_UP);
	fprintf(to, "%s{worker=\"%d\"} 0\n", table[M_WORKER_UP].name, worker);
	return end_text(ctx, &p);
}

/* merging -------------------------------------------------------------------------------------------------------- */
/* Passes over the head and the lines of that metric, if they come next; returns where its lines begin, NULL: it does
 * not come next. */
static const char *take_family(const char **at, const char *head, size_t head_len)
{
	const char *lines = *at + head_len, *end;

	if (strncmp(*at, head, head_len) != 0)
		return NULL;
	end = strstr(lines, "\n# HELP ");
	*at = end ? end + 1 : lines + strlen(lines);
	return lines;
}

char *metrics_merge(TALLOC_CTX *ctx, char *const *texts, size_t n)
{
	const char **at = talloc_array(ctx, const char *, (unsigned)n), *lines;
	struct printing p, head;
	FILE *to = begin_text(&p);

	for (size_t i = 0; i < n; i++)
		at[i] = texts[i];
	for (int id = 0; id < METRICS; id++) { /* the order of every text */
		bool begun = false;
		print_head(begin_text(&head), (enum metric)id);
		fflush(head.to);
		for (size_t i = 0; i < n; i++) {
			if (!(lines = take_family(&at[i], head.text, head.len)))
				continue;
			fwrite(head.text, 1, begun ? 0 : head.len, to);
			fwrite(lines, 1, (size_t)(at[i] - lines), to);
			begun = true;
		}
		fclose(head.to);
		free(head.text);
	}
	talloc_free(at);
	return end_text(ctx, &p);
}
