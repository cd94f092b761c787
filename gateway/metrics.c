#include "gateway/metrics.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { COUNTER, GAUGE, HISTOGRAM };

#define SERIES_MAX 64 /* labels come from closed sets; what is beyond is counted as "other" */
#define BUCKETS 12

static const double seconds[BUCKETS] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30};
static const double sizes[BUCKETS] = {1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 1000, 2000};

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
	[M_BATCH_SIZE] = {"afterword_batch_size", "Items in a batch.", "pipeline", HISTOGRAM, sizes},
	[M_BATCH_SECONDS] = {"afterword_batch_seconds", "Time from a batch's opening to its commit.", "pipeline", HISTOGRAM, seconds},
	[M_HTTP_SECONDS] = {"afterword_http_request_seconds", "Time from a request's headers to its answer.", "route", HISTOGRAM, seconds},
	[M_SEND_SECONDS] = {"afterword_send_seconds", "Time a provider takes to answer.", "provider", HISTOGRAM, seconds},
	[M_QUEUED_TO_SENT_SECONDS] = {"afterword_queued_to_sent_seconds", "Time from queueing to the provider's yes.", "provider", HISTOGRAM, seconds},
};

struct series {
	char label[48], code[4];
	double value; /* counter, gauge, or a histogram's sum */
	uint64_t count, bucket[BUCKETS];
};

struct metrics {
	int worker;
	unsigned n[METRICS];
	struct series *series[METRICS];
};

struct metrics *metrics_new(TALLOC_CTX *ctx, int worker)
{
	struct metrics *m = talloc_zero(ctx, struct metrics);

	if (!m)
		abort();
	m->worker = worker;
	return m;
}

static struct series *find(struct metrics *m, enum metric id, const char *label, const char *code)
{
	struct series *list = m->series[id];

	if (!label)
		label = "";
	for (unsigned i = 0; i < m->n[id]; i++)
		if (!strcmp(list[i].label, label) && !strcmp(list[i].code, code))
			return &list[i];
	if (m->n[id] == SERIES_MAX)
		return &list[SERIES_MAX - 1];
	if (!list)
		list = m->series[id] = talloc_zero_array(m, struct series, SERIES_MAX);
	if (!list)
		abort();
	list += m->n[id]++;
	snprintf(list->label, sizeof(list->label), "%s", m->n[id] == SERIES_MAX ? "other" : label);
	snprintf(list->code, sizeof(list->code), "%s", code);
	return list;
}

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

	s->value += value;
	s->count++;
	for (int i = 0; i < BUCKETS; i++)
		if (value <= table[id].buckets[i]) {
			s->bucket[i]++;
			break;
		}
}

void metric_http(struct metrics *m, const char *route, unsigned status, double took)
{
	char code[4] = {(char)('0' + status / 100 % 10), 'x', 'x', 0};

	find(m, M_HTTP_REQUESTS, route, code)->value += 1;
	metric_observe(m, M_HTTP_SECONDS, route, took);
}

static char *print_series(char *out, const struct metrics *m, enum metric id, const struct series *s)
{
	char labels[160];
	uint64_t total = 0;
	int n = snprintf(labels, sizeof(labels), "worker=\"%d\"", m->worker);

	if (table[id].label)
		n += snprintf(labels + n, sizeof(labels) - (size_t)n, ",%s=\"%s\"", table[id].label, s->label);
	if (s->code[0])
		snprintf(labels + n, sizeof(labels) - (size_t)n, ",code=\"%s\"", s->code);
	if (table[id].kind != HISTOGRAM)
		return talloc_asprintf_append_buffer(out, "%s{%s} %.17g\n", table[id].name, labels, s->value);
	for (int i = 0; i < BUCKETS; i++) {
		total += s->bucket[i];
		out = talloc_asprintf_append_buffer(out, "%s_bucket{%s,le=\"%g\"} %llu\n", table[id].name, labels, table[id].buckets[i],
						    (unsigned long long)total);
	}
	return talloc_asprintf_append_buffer(out, "%s_bucket{%s,le=\"+Inf\"} %llu\n%s_sum{%s} %.17g\n%s_count{%s} %llu\n", table[id].name,
					     labels, (unsigned long long)s->count, table[id].name, labels, s->value, table[id].name,
					     labels, (unsigned long long)s->count);
}

char *metrics_print(TALLOC_CTX *ctx, const struct metrics *m)
{
	static const char *const kinds[] = {"counter", "gauge", "histogram"};
	char *out = talloc_strdup(ctx, "");

	for (int id = 0; id < METRICS; id++) {
		if (!m->n[id])
			continue;
		out = talloc_asprintf_append_buffer(out, "# HELP %s %s\n# TYPE %s %s\n", table[id].name, table[id].help, table[id].name,
						    kinds[table[id].kind]);
		for (unsigned i = 0; i < m->n[id]; i++)
			out = print_series(out, m, (enum metric)id, &m->series[id][i]);
	}
	return out;
}
