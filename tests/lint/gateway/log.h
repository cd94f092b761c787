/* For cppcheck only, which does not know __VA_OPT__: the log as calls that it can read past. */
#ifndef AFTERWORD_LOG_H
#define AFTERWORD_LOG_H

#include <stdint.h>

enum log_level { LOG_DEBUG_ = 0, LOG_INFO_, LOG_WARN_, LOG_ERROR_ };

#define log_debug(...) ((void)0)
#define log_info(...) ((void)0)
#define log_warn(...) ((void)0)
#define log_error(...) ((void)0)
void log_setup(enum log_level lowest, int worker);

#endif
