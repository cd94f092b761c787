/* What Jansson does not know of our own types. */
#ifndef AFTERWORD_JSON_H
#define AFTERWORD_JSON_H

#include <jansson.h>

#include "router/uuid.h"

static inline json_t *json_uuid(const struct uuid *u)
{
	char text[37];

	uuid_format(u, text);
	return json_string(text);
}

#endif
