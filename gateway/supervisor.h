/* Runs the workers: starts them, starts them again when they die, stops them in bounded time. */
#ifndef AFTERWORD_SUPERVISOR_H
#define AFTERWORD_SUPERVISOR_H

#include "gateway/settings.h"

/* `afterword serve`: returns the exit status. */
int supervisor_main(struct settings *s);

#endif
