/* Keyed hashes of webhook bodies. Called once or twice a webhook, tens of thousands of times a second: the OpenSSL
 * context is made once a thread, which halves the cost of HMAC() (it looks its digest up anew each call). */
#ifndef AFTERWORD_SIGNING_H
#define AFTERWORD_SIGNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	const void *at;
	size_t len;
};

enum hmac_kind { HMAC_SHA1 = 0, HMAC_SHA256 };
#define HMAC_MAX 32

/* HMAC (RFC 2104) over the pieces in order. Gives the length written to out: 20 or 32; 0 if OpenSSL failed. */
size_t hmac_sign(enum hmac_kind kind, const char *key, const struct bytes *piece, size_t n, uint8_t out[HMAC_MAX]);

/* Lower-case hex of SHA-256. */
void sha256_hex(const void *at, size_t len, char out[65]);
void hex_lower(const uint8_t *in, size_t len, char *out); /* out: 2 * len + 1 */

/* Equal, in time that depends on the lengths alone. */
bool same_secret(const char *given, size_t given_len, const char *wanted, size_t wanted_len);

#endif
