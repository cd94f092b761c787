#include "gateway/providers/signing.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

struct macs {
	EVP_MAC_CTX *of[2]; /* by enum hmac_kind */
};

static once_flag once = ONCE_FLAG_INIT;
static tss_t slot; /* struct macs of this thread: a context is not for two threads at once */
static bool slot_made;

static void free_macs(void *arg)
{
	struct macs *m = arg;

	for (size_t i = 0; i < 2; i++)
		EVP_MAC_CTX_free(m->of[i]);
	free(m);
}

static void make_slot(void)
{
	slot_made = tss_create(&slot, free_macs) == thrd_success;
}

static EVP_MAC_CTX *make_mac(const char *digest)
{
	char name[16];
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);

	EVP_MAC_free(mac); /* the context holds its own reference */
	strncpy(name, digest, sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	if (ctx && !EVP_MAC_CTX_set_params(ctx, params)) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

static EVP_MAC_CTX *mac_of(enum hmac_kind kind)
{
	static const char *const digests[] = {[HMAC_SHA1] = "SHA1", [HMAC_SHA256] = "SHA256"};

	call_once(&once, make_slot);
	if (!slot_made)
		return NULL;
	struct macs *m = tss_get(slot);
	if (!m) {
		m = calloc(1, sizeof(*m));
		if (!m)
			return NULL;
		if (tss_set(slot, m) != thrd_success) {
			free(m);
			return NULL;
		}
	}
	if (!m->of[kind])
		m->of[kind] = make_mac(digests[kind]);
	return m->of[kind];
}

size_t hmac_sign(enum hmac_kind kind, const char *key, const struct bytes *piece, size_t n, uint8_t out[HMAC_MAX])
{
	EVP_MAC_CTX *mac = mac_of(kind);
	size_t len = 0;

	if (!mac || !EVP_MAC_init(mac, (const unsigned char *)key, strlen(key), NULL))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (piece[i].len && !EVP_MAC_update(mac, piece[i].at, piece[i].len))
			return 0;
	return EVP_MAC_final(mac, out, &len, HMAC_MAX) ? len : 0;
}

void hex_lower(const uint8_t *in, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[in[i] >> 4];
		*out++ = digits[in[i] & 15];
	}
	*out = 0;
}

void sha256_hex(const void *at, size_t len, char out[65])
{
	uint8_t hash[SHA256_DIGEST_LENGTH];

	SHA256(at, len, hash);
	hex_lower(hash, sizeof(hash), out);
}

bool same_secret(const char *given, size_t given_len, const char *wanted, size_t wanted_len)
{
	return given_len == wanted_len && CRYPTO_memcmp(given, wanted, wanted_len) == 0;
}
