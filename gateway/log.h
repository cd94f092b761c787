/* JSON lines on standard error. Bodies and secrets never; phone numbers only through log_phone().
 * log_event("warn", "send_failed", "code", LOG_S(code), "attempt", LOG_I(n), NULL) */
#ifndef AFTERWORD_LOG_H
#define AFTERWORD_LOG_H

#include <stdint.h>

enum log_level { LOG_DEBUG_ = 0, LOG_INFO_, LOG_WARN_, LOG_ERROR_ };

enum log_kind { LOG_KIND_S, LOG_KIND_I, LOG_KIND_F, LOG_KIND_PHONE };
struct log_field {
	const char *name;
	enum log_kind kind;
	const char *s;
	int64_t i;
	double f;
};
/* clang-format off */
#define LOG_S(name, value) {name, LOG_KIND_S, value, 0, 0}
#define LOG_I(name, value) {name, LOG_KIND_I, 0, (int64_t)(value), 0}
#define LOG_F(name, value) {name, LOG_KIND_F, 0, 0, value}
#define LOG_PHONE(name, value) {name, LOG_KIND_PHONE, value, 0, 0} /* "+1415***0123" */
/* clang-format on */

/* Usage: log_info("started", LOG_I("workers", 2), LOG_S("listen", "…")); the event name is a stable snake_case word. */
#define log_at(level, event, ...)                                                                                      \
	log_write(level, event, (const struct log_field[]){LOG_S("", ""), ##__VA_ARGS__, LOG_S(NULL, NULL)} + 1)
#define log_debug(event, ...) log_at(LOG_DEBUG_, event, ##__VA_ARGS__)
#define log_info(event, ...) log_at(LOG_INFO_, event, ##__VA_ARGS__)
#define log_warn(event, ...) log_at(LOG_WARN_, event, ##__VA_ARGS__)
#define log_error(event, ...) log_at(LOG_ERROR_, event, ##__VA_ARGS__)

void log_write(enum log_level level, const char *event, const struct log_field *fields);
/* Process-wide, set once at start: lowest level written, and a worker number put into each line (-1 none). */
void log_setup(enum log_level lowest, int worker);

#endif
