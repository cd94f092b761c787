/* Form parsing and UTF-8 repair on any bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gateway/hooks.h"

#define ALWAYS(condition)                                                                                              \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			abort();                                                                                       \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	const char *bytes = (const char *)data;
	struct form *form = form_parse(ctx, bytes, size);
	size_t sum = 0;

	for (size_t i = 0; form && i < form->n; i++) {
		const struct form_field *f = &form->field[i];

		sum += f->name_len + f->value_len;
		ALWAYS(!f->name[f->name_len] && !f->value[f->value_len]);
		ALWAYS(strlen(f->name) < f->name_len || form_get(form, f->name));
	}
	ALWAYS(sum <= size);

	char *clean = utf8_clean(ctx, bytes, size);
	ALWAYS(strlen(clean) <= 3 * size && is_clean(ctx, clean));
	char *encoded = form_encode(ctx, clean);
	struct form *again = form_parse(ctx, encoded, strlen(encoded));
	ALWAYS(again->n == (*clean != 0));
	ALWAYS(!again->n || !strcmp(again->field[0].name, clean));
	talloc_free(ctx);
	return 0;
}
