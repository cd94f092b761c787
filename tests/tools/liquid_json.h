/* JSON as data for Liquid. Strings are copied: the JSON may go. */
#ifndef AFTERWORD_TESTS_TOOLS_LIQUID_JSON_H
#define AFTERWORD_TESTS_TOOLS_LIQUID_JSON_H

#include <jansson.h>
#include <string.h>

#include "templates/liquid.h"

static inline struct liquid_value liquid_from_json(TALLOC_CTX *ctx, const json_t *json)
{
	struct liquid_value v = {0};
	const char *key;
	json_t *item;
	size_t i;

	switch (json ? json_typeof(json) : JSON_NULL) {
	case JSON_TRUE:
	case JSON_FALSE:
		return liquid_bool(json_is_true(json));
	case JSON_INTEGER:
		return liquid_int(json_integer_value(json));
	case JSON_REAL:
		return liquid_float(json_real_value(json));
	case JSON_STRING:
		v = liquid_text(talloc_strndup(ctx, json_string_value(json), json_string_length(json)));
		v.len = (uint32_t)json_string_length(json);
		return v;
	case JSON_ARRAY: {
		struct liquid_value *items =
			talloc_array(ctx, struct liquid_value, (unsigned)json_array_size(json) + 1);

		json_array_foreach(json, i, item) items[i] = liquid_from_json(ctx, item);
		return (struct liquid_value){
			.type = LIQUID_ARRAY, .len = (uint32_t)json_array_size(json), .array = items};
	}
	case JSON_OBJECT: {
		struct liquid_hash *hash = liquid_hash_new(ctx);

		json_object_foreach((json_t *)json, key, item)
			liquid_hash_put(hash, talloc_strdup(ctx, key), liquid_from_json(ctx, item));
		return liquid_hash_value(hash);
	}
	default:
		return v;
	}
}

#endif
