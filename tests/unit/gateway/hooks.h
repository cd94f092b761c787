/* A channel and a webhook made by hand, for the providers' tests and fuzz targets. */
#ifndef AFTERWORD_TEST_HOOKS_H
#define AFTERWORD_TEST_HOOKS_H

#include <string.h>
#include <strings.h>

#include "gateway/providers/provider.h"

#define TEST_HEADERS_MAX 12

static inline struct channel make_channel(const char *provider, const char *account, const char *secret,
					  const char *base_url)
{
	return (struct channel){
		.key = "k",
		.provider = provider_find(provider),
		.account = account,
		.secret = secret,
		.hook_secret = "",
		.base_url = base_url,
		.public_url = "",
		.region = "US",
	};
}

/* Each test's state is a talloc context. */
static inline int new_state(void **state)
{
	*state = talloc_new(NULL);
	return 0;
}

static inline int free_state(void **state)
{
	talloc_free(*state);
	return 0;
}

struct test_headers {
	size_t n;
	const char *name[TEST_HEADERS_MAX], *value[TEST_HEADERS_MAX];
};

static inline const char *test_header(const void *arg, const char *name)
{
	const struct test_headers *h = arg;

	for (size_t i = 0; i < h->n; i++)
		if (!strcasecmp(h->name[i], name))
			return h->value[i];
	return NULL;
}

static inline void add_header(struct test_headers *h, const char *name, const char *value)
{
	if (value && h->n < TEST_HEADERS_MAX) {
		h->name[h->n] = name;
		h->value[h->n++] = value;
	}
}

static inline struct hook make_hook(const char *method, const char *url, const char *content_type, const char *body,
				    size_t body_len, const struct test_headers *headers)
{
	const char *query = strchr(url, '?');

	return (struct hook){
		.method = method,
		.url = url,
		.query = query ? query + 1 : "",
		.body = body,
		.body_len = body_len,
		.content_type = content_type ? content_type : "",
		.header = test_header,
		.header_arg = headers,
	};
}

/* Is it UTF-8 without NUL, as the contract promises of texts? utf8_clean is itself tested against utf8proc. */
static inline bool is_clean(TALLOC_CTX *ctx, const char *s)
{
	return s && !strcmp(utf8_clean(ctx, s, strlen(s)), s);
}

#endif
