#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/metrics.h"

static int setup(void **state)
{
	*state = metrics_new(NULL, 3);
	return 0;
}

static int teardown(void **state)
{
	talloc_free(*state);
	return 0;
}

/* Does the text hold that line? */
static void assert_line(const char *text, const char *line)
{
	char *with_ends = talloc_asprintf(NULL, "\n%s\n", line);

	if (!strstr(text, with_ends))
		fail_msg("no line \"%s\" in:\n%s", line, text);
	talloc_free(with_ends);
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void test_counters(void **state)
{
	struct metrics *m = *state;
	char *text;

	metric_add(m, M_INBOUND_TEXTS, "twilio", 1);
	metric_add(m, M_INBOUND_TEXTS, "kannel", 1);
	metric_add(m, M_INBOUND_TEXTS, "twilio", 2);
	text = metrics_print(m, m);
	assert_line(text, "# TYPE afterword_inbound_texts_total counter");
	assert_line(text, "afterword_inbound_texts_total{worker=\"3\",provider=\"twilio\"} 3");
	assert_line(text, "afterword_inbound_texts_total{worker=\"3\",provider=\"kannel\"} 1");
	assert_int_equal(count_of(text, "# HELP afterword_inbound_texts_total "), 1);
	assert_null(strstr(text, "afterword_receipts_total")); /* labelled and not seen yet */
}

static void test_gauges(void **state)
{
	struct metrics *m = *state;
	char *text;

	metric_set(m, M_SPOOL_BYTES, NULL, 268435456.0 * 4096);
	metric_set(m, M_OUTBOX_LAG_SECONDS, NULL, 0.25);
	metric_set(m, M_QUEUE, "inbound", 7);
	metric_set(m, M_QUEUE, "inbound", 2);
	text = metrics_print(m, m);
	assert_line(text, "afterword_spool_bytes{worker=\"3\"} 1099511627776");
	assert_line(text, "afterword_outbox_lag_seconds{worker=\"3\"} 0.25");
	assert_line(text, "afterword_http_connections{worker=\"3\"} 0"); /* begins at zero */
	assert_non_null(strstr(text, "=\"inbound\"} 2\n"));
}

static void test_histograms(void **state)
{
	static const double values[] = {0, 0.0005, 0.00051, 0.3, 5, 31};
	struct metrics *m = *state;
	char *text;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		metric_observe(m, M_SEND_SECONDS, "kannel", values[i]);
	text = metrics_print(m, m);
	assert_line(text, "afterword_send_seconds_bucket{worker=\"3\",provider=\"kannel\",le=\"0.0005\"} 2");
	assert_line(text, "afterword_send_seconds_bucket{worker=\"3\",provider=\"kannel\",le=\"0.001\"} 3");
	assert_line(text, "afterword_send_seconds_bucket{worker=\"3\",provider=\"kannel\",le=\"1\"} 4");
	assert_line(text, "afterword_send_seconds_bucket{worker=\"3\",provider=\"kannel\",le=\"5\"} 5");
	assert_line(text, "afterword_send_seconds_bucket{worker=\"3\",provider=\"kannel\",le=\"30\"} 5");
	assert_line(text, "afterword_send_seconds_bucket{worker=\"3\",provider=\"kannel\",le=\"+Inf\"} 6");
	assert_line(text, "afterword_send_seconds_count{worker=\"3\",provider=\"kannel\"} 6");
	assert_line(text, "afterword_send_seconds_sum{worker=\"3\",provider=\"kannel\"} 36.30101");
}

static void test_http(void **state)
{
	struct metrics *m = *state;
	char *text;

	metric_http(m, "inbound", 200, 0.002);
	metric_http(m, "inbound", 204, 0.002);
	metric_http(m, "inbound", 503, 0.002);
	metric_http(m, "tickets", 404, 0.002);
	text = metrics_print(m, m);
	assert_line(text, "afterword_http_requests_total{worker=\"3\",route=\"inbound\",code=\"2xx\"} 2");
	assert_line(text, "afterword_http_requests_total{worker=\"3\",route=\"inbound\",code=\"5xx\"} 1");
	assert_line(text, "afterword_http_requests_total{worker=\"3\",route=\"tickets\",code=\"4xx\"} 1");
	assert_line(text, "afterword_http_request_seconds_count{worker=\"3\",route=\"inbound\"} 3");
}

static void test_many_labels(void **state)
{
	struct metrics *m = *state;
	char label[32], *text;

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 2000; i++) {
			snprintf(label, sizeof(label), "r%d", i);
			metric_add(m, M_EVENTS, label, 1);
		}
	text = metrics_print(m, m);
	assert_line(text, "afterword_order_events_total{worker=\"3\",type=\"r0\"} 2");
	assert_line(text, "afterword_order_events_total{worker=\"3\",type=\"r511\"} 2");
	assert_line(text, "afterword_order_events_total{worker=\"3\",type=\"other\"} 2976"); /* 2 * (2000 - 512) */
	assert_int_equal(count_of(text, "afterword_order_events_total{"), 513);
}

static void test_long_labels(void **state)
{
	struct metrics *m = *state;
	char label[200];

	memset(label, 'x', sizeof(label) - 1);
	label[sizeof(label) - 1] = 0;
	metric_add(m, M_EVENTS, label, 1);
	metric_add(m, M_EVENTS, label, 1);
	assert_int_equal(count_of(metrics_print(m, m), "afterword_order_events_total{"), 1);
}

static void test_escapes(void **state)
{
	struct metrics *m = *state;

	metric_add(m, M_EVENTS, "a\"b\\c\nd", 1);
	assert_line(metrics_print(m, m), "afterword_order_events_total{worker=\"3\",type=\"a\\\"b\\\\c\\nd\"} 1");
}

/* Prometheus' own reading of it. */
static void test_promtool(void **state)
{
	struct metrics *m = *state;
	FILE *promtool;

	if (system("command -v promtool >/dev/null 2>&1"))
		skip();
	for (int id = 0; id < METRICS; id++)
		if (id != M_HTTP_REQUESTS)
			metric_add(m, (enum metric)id, "a \"label\"", 0);
	metric_observe(m, M_BATCH_SIZE, "inbound", 17);
	metric_http(m, "inbound", 200, 0.001);
	promtool = popen("promtool check metrics", "w");
	assert_non_null(promtool);
	fputs(metrics_print(m, m), promtool);
	assert_int_equal(pclose(promtool), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_counters),    T(test_gauges),      T(test_histograms), T(test_http),
		T(test_many_labels), T(test_long_labels), T(test_escapes),    T(test_promtool),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
