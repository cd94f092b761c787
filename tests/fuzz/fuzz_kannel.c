/* Kannel's webhooks and answers on any bytes. */
#include "tests/fuzz/fuzz_hook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {"application/x-www-form-urlencoded", "", "text/plain; charset=\"UTF-16BE\"",
					    "text/plain; charset=windows-1252", "application/octet-stream"};
	static const char *const headers[] = {"X-Kannel-UDH", "X-Kannel-Coding", "X-Kannel-Time"};

	return fuzz_provider("kannel", types, COUNT_OF(types), headers, COUNT_OF(headers), data, size);
}
