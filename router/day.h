/* A civil day: how many days it is after 1970-01-01. */
#ifndef AFTERWORD_ROUTER_DAY_H
#define AFTERWORD_ROUTER_DAY_H

#include <stdint.h>

#define DAY_NONE INT32_MIN

/* The day of "2026-12-25"; DAY_NONE: there is no such day, or it is not written so. */
int32_t day_of(const char *iso);
/* Monday is 0. */
int day_weekday(int32_t day);

#endif
