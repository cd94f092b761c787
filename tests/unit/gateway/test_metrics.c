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
static void assert_promtool_accepts(const char *text)
{
	FILE *promtool;

	if (system("command -v promtool >/dev/null 2>&1"))
		skip();
	promtool = popen("promtool check metrics", "w");
	assert_non_null(promtool);
	fputs(text, promtool);
	assert_int_equal(pclose(promtool), 0);
}

static void test_promtool(void **state)
{
	struct metrics *m = *state;

	for (int id = 0; id < METRICS; id++)
		if (id != M_HTTP_REQUESTS)
			metric_add(m, (enum metric)id, "a \"label\"", 0);
	metric_observe(m, M_BATCH_SIZE, "inbound", 17);
	metric_http(m, "inbound", 200, 0.001);
	assert_promtool_accepts(metrics_print(m, m));
}

static void test_merge(void **state)
{
	struct metrics *m[3] = {metrics_new(*state, 0), metrics_new(*state, 1), metrics_new(*state, 12)};
	char *texts[4], *all, *lines;

	metric_add(m[0], M_INBOUND_TEXTS, "twilio", 5);
	metric_add(m[2], M_INBOUND_TEXTS, "twilio", 7);
	metric_add(m[1], M_RECEIPTS, "delivered", 1); /* nobody else has seen one */
	metric_observe(m[2], M_BATCH_SIZE, "inbound", 17);
	metric_http(m[1], "inbound", 200, 0.001);
	for (int i = 0; i < 3; i++)
		texts[i] = metrics_print(*state, m[i]);
	texts[3] = metrics_print_down(*state, 13);
	all = metrics_merge(*state, texts, 4);
	for (int i = 0; i < 4; i++) { /* all lines of all, and no more */
		for (char *line = strtok_r(texts[i], "\n", &lines); line; line = strtok_r(NULL, "\n", &lines)) {
			char *with_ends = talloc_asprintf(*state, "%s\n", line);
			assert_int_equal(count_of(all, with_ends), 1);
		}
	}
	assert_line(all, "afterword_inbound_texts_total{worker=\"0\",provider=\"twilio\"} 5\n"
			 "afterword_inbound_texts_total{worker=\"12\",provider=\"twilio\"} 7");
	assert_line(all, "afterword_worker_up{worker=\"0\"} 1\nafterword_worker_up{worker=\"1\"} 1\n"
			 "afterword_worker_up{worker=\"12\"} 1\nafterword_worker_up{worker=\"13\"} 0");
	assert_promtool_accepts(all);
}

static void test_merge_of_one(void **state)
{
	struct metrics *m = *state;
	char *text = metrics_print(m, m), *down = metrics_print_down(m, 1);

	assert_string_equal(metrics_merge(m, &text, 1), text);
	assert_string_equal(metrics_merge(m, &down, 1), down);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_counters),    T(test_gauges),  T(test_histograms), T(test_http),  T(test_many_labels),
		T(test_long_labels), T(test_escapes), T(test_promtool),   T(test_merge), T(test_merge_of_one),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
