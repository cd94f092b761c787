/* What the fuzz targets of the providers share: bytes become a webhook and an answer, and what is read must keep the
 * contract of provider.h. */
#ifndef AFTERWORD_FUZZ_HOOK_H
#define AFTERWORD_FUZZ_HOOK_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/providers/common.h"
#include "tests/unit/gateway/hooks.h"

#define ALWAYS(condition)                                                                                              \
	do {                                                                                                           \
		if (!(condition))                                                                                      \
			abort();                                                                                       \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next line of the input, NUL-terminated; "" past the end. */
static inline char *take_line(TALLOC_CTX *ctx, const uint8_t **data, size_t *size)
{
	const uint8_t *end = *size ? memchr(*data, '\n', *size) : NULL;
	size_t len = end ? (size_t)(end - *data) : *size;
	char *line = talloc_strndup(ctx, *size ? (const char *)*data : "", len);

	*data += end ? len + 1 : len;
	*size -= end ? len + 1 : len;
	return line;
}

/* A line each: method and what the body is, query, header value; the rest is the body. */
static inline int fuzz_provider(const char *name, const char *const *types, size_t n_types,
				const char *const *header_names, size_t n_headers, const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = talloc_new(NULL);
	const struct provider *p = provider_find(name);
	struct channel channel = {
		.key = "k",
		.provider = p,
		.account = "a",
		.secret = "s",
		.hook_secret = "h",
		.base_url = "http://x",
		.public_url = "",
		.region = "US",
	};
	unsigned pick = size ? *data : 0;
	struct test_headers headers = {0};
	const char *field = NULL, *why = NULL;

	if (size) {
		data++;
		size--;
	}
	char *url = talloc_asprintf(ctx, "http://x%s?%s", pick & 2 ? ":8080" : "", take_line(ctx, &data, &size));
	char *value = take_line(ctx, &data, &size);
	for (size_t i = 0; i < n_headers; i++)
		add_header(&headers, header_names[i], value);
	/* an exact copy, so that a step past its end is seen */
	char *body = malloc(size + 1);
	if (size)
		memcpy(body, data, size);
	body[size] = 0;
	struct hook hook =
		make_hook(pick & 1 ? "POST" : "GET", url, types[(pick >> 2) % n_types], body, size, &headers);

	if (p->verify(ctx, &channel, &hook, &why) != HOOK_OK)
		ALWAYS(why);
	struct inbound_text text;
	enum hook_verdict verdict = p->parse_inbound(ctx, &channel, &hook, &text, &field, &why);
	if (verdict == HOOK_OK) {
		ALWAYS(is_clean(ctx, text.text));
		ALWAYS(!number_trouble(text.from) && !number_trouble(text.to) && !id_trouble(text.provider_id));
		ALWAYS(text.part_total ? text.part_seq >= 1 && text.part_seq <= text.part_total : !text.part_seq);
		for (size_t i = 0; i < text.n_media; i++)
			ALWAYS(is_clean(ctx, text.media[i].url) && is_clean(ctx, text.media[i].content_type));
	} else {
		ALWAYS(verdict == HOOK_IGNORE || (field && why));
	}
	struct receipt receipt;
	verdict = p->parse_receipt(ctx, &channel, &hook, &receipt, &field, &why);
	if (verdict == HOOK_OK) {
		ALWAYS(receipt.has_message || receipt.provider_id);
		ALWAYS((receipt.state > MSG_DELIVERED) == (receipt.meaning != MEAN_OK));
		ALWAYS(!receipt.code || is_clean(ctx, receipt.code));
	}
	struct send_answer answer;
	static const long statuses[] = {201, 400, 429, 500, 503};
	p->parse_answer(ctx, &channel, statuses[pick % COUNT_OF(statuses)], body, size, value, &answer);
	ALWAYS(answer.retry_after >= 0);

	char *clean = utf8_clean(ctx, body, size);
	struct outbound_text out = {.from = "123", .to = "+1", .text = clean, .status_url = url, .validity = pick};
	struct send_request request;
	p->build_send(ctx, &channel, &out, &request);
	ALWAYS(request.url && !strchr(request.url, ' ') && (!request.body || strlen(request.body) == request.body_len));
	free(body);
	talloc_free(ctx);
	return 0;
}

#endif
