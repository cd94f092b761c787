/* Segmentation and the GSM-7 codec on any bytes: nothing reads or writes past an end, and the parts add up. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "templates/segments.h"

#define ALWAYS(condition)                                                                                              \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			abort();                                                                                       \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_parts(const char *text, size_t len)
{
	struct sms_segments count = sms_count(text, len);
	size_t limit = count.encoding == SMS_GSM7 ? 153 : 67, sum = 0, start = 0;

	if (count.segments == 1)
		limit = count.encoding == SMS_GSM7 ? 160 : 70;
	ALWAYS(count.segments >= 1);
	/* Each question walks from the start: a long text is asked about its first parts and its last. */
	if (count.segments > 40)
		return;
	for (size_t i = 0; i < count.segments; i++) {
		size_t units = sms_segment_units(text, len, i), end = sms_segment_end(text, len, i);

		ALWAYS(units <= limit && end <= len && (end > start || len == 0));
		sum += units;
		start = end;
	}
	ALWAYS(sum == count.units && start == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t cap = 3 * size + 1;
	char *text = malloc(cap);
	uint8_t *septets = malloc(2 * size + 1);

	check_parts((const char *)data, size);

	/* Octets as a provider delivers them: what they say in UTF-8 is always GSM-7 again. */
	long len = gsm7_to_utf8(data, size, text, cap);
	ALWAYS(len >= 0 && (size_t)len < cap);
	struct sms_segments count = sms_count(text, (size_t)len);
	ALWAYS(count.encoding == SMS_GSM7 && count.units <= 2 * size);
	check_parts(text, (size_t)len);
	ALWAYS(utf8_to_gsm7(text, (size_t)len, septets, 2 * size + 1) == (long)count.units);
	ALWAYS(gsm7_to_utf8(data, size, text, size / 2) <= (long)(size / 2));

	/* Bytes as text: the codec refuses exactly what forces UCS-2. */
	count = sms_count((const char *)data, size);
	len = utf8_to_gsm7((const char *)data, size, septets, 2 * size + 1);
	ALWAYS((len >= 0) == (count.encoding == SMS_GSM7));
	if (len >= 0) {
		ALWAYS((size_t)len == count.units);
		ALWAYS(gsm7_to_utf8(septets, (size_t)len, text, cap) == (long)size);
		ALWAYS(memcmp(text, data, size) == 0);
	}
	free(text);
	free(septets);
	return 0;
}
