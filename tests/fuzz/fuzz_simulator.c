/* The simulator's webhooks and answers on any bytes. */
#include "tests/fuzz/fuzz_hook.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = {"application/json"};
	static const char *const headers[] = {"X-Afterword-Signature"};

	return fuzz_provider("simulator", types, COUNT_OF(types), headers, COUNT_OF(headers), data, size);
}
