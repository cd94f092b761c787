#include "gateway/suppression.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIGITS (2 * SUPPRESSION_KEY)

static bool from_hex(const char *s, uint8_t key[SUPPRESSION_KEY])
{
	if (strspn(s, "0123456789abcdefABCDEF") < DIGITS)
		return false;
	for (size_t i = 0; i < SUPPRESSION_KEY; i++) {
		char pair[3] = {s[2 * i], s[2 * i + 1], 0};
		key[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return true;
}

static bool read_file(const char *path, char text[DIGITS + 1])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, text, DIGITS);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = 0;
	return n == DIGITS;
}

/* Written whole under another name first, then linked: of two that start at once one wins, and both read the same. */
static bool make_file(TALLOC_CTX *ctx, const char *path)
{
	char *fresh = talloc_asprintf(ctx, "%s.%d", path, (int)getpid()), text[DIGITS + 2];
	uint8_t key[SUPPRESSION_KEY];
	bool ok;
	int fd;

	if (RAND_bytes(key, sizeof(key)) != 1)
		abort(); /* no entropy: the list could be read by trying */
	for (size_t i = 0; i < sizeof(key); i++)
		snprintf(text + 2 * i, 3, "%02x", key[i]);
	strcat(text, "\n");
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	ok = fd >= 0 && write(fd, text, DIGITS + 1) == DIGITS + 1 && !fsync(fd);
	if (fd >= 0)
		close(fd);
	ok = ok && (!link(fresh, path) || errno == EEXIST);
	unlink(fresh);
	return ok;
}

bool suppression_key(TALLOC_CTX *ctx, const struct settings *s, uint8_t key[SUPPRESSION_KEY], char **error)
{
	char *path = talloc_asprintf(ctx, "%s/suppression.key", s->state_dir), text[DIGITS + 1];

	if (*s->suppression_key)
		return from_hex(s->suppression_key, key);
	if (access(path, F_OK) && !make_file(ctx, path)) {
		*error = talloc_asprintf(ctx, "%s: %s", path, strerror(errno));
		return false;
	}
	if (read_file(path, text) && from_hex(text, key))
		return true;
	*error = talloc_asprintf(ctx, "%s: does not hold %d hexadecimal digits; bring it back from a backup", path,
				 DIGITS);
	return false;
}
