/* The built-in carrier: JSON over HTTP, for trying a flow without a provider and for load tests. Both ways carry
 * X-Afterword-Signature: the hex HMAC-SHA256 of the body under the channel's secret. README.md has the format. */
#include "gateway/providers/common.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/providers/signing.h"
#include "router/uuid.h"

#define MEDIA_MAX 10

/* The codes are the meanings' own names: every row of compliance.md section 11 can be played. */
static const struct code_meaning codes[] = {
	{"opted_out", MEAN_OPTED_OUT},     {"bad_number", MEAN_BAD_NUMBER},     {"disconnected", MEAN_DISCONNECTED},
	{"unreachable", MEAN_UNREACHABLE}, {"unknown", MEAN_UNKNOWN},           {"too_fast", MEAN_TOO_FAST},
	{"filtered", MEAN_FILTERED},       {"unregistered", MEAN_UNREGISTERED}, {"expired", MEAN_EXPIRED},
	{"quiet_hours", MEAN_QUIET_HOURS}, {"rejected", MEAN_REJECTED},         {"lost", MEAN_LOST},
	{"not_sent", MEAN_NOT_SENT},
};

static enum send_meaning simulator_meaning_of(const char *code)
{
	if (!code || !*code)
		return MEAN_OK;
	const struct code_meaning *known = code_find(codes, COUNT_OF(codes), code);
	return known ? known->meaning : MEAN_UNKNOWN;
}

static enum hook_verdict simulator_verify(TALLOC_CTX *ctx, const struct channel *ch, const struct hook *hook,
					  const char **why)
{
	const char *given = hook->header(hook->header_arg, "X-Afterword-Signature");
	struct bytes body = {hook->body, hook->body_len};
	uint8_t hash[HMAC_MAX];
	char wanted[2 * HMAC_MAX + 1];

	(void)ctx;
	*why = "X-Afterword-Signature does not fit the body";
	if (!*ch->secret) {
		*why = "the channel has no secret";
		return HOOK_FORBIDDEN;
	}
	if (!given || !*given) {
		*why = "the X-Afterword-Signature header is missing";
		return HOOK_FORBIDDEN;
	}
	if (strcmp(hook->method, "POST") != 0) { /* a GET has no body, hence nothing signed */
		*why = "the method is not POST";
		return HOOK_FORBIDDEN;
	}
	size_t len = hmac_sign(HMAC_SHA256, ch->secret, &body, 1, hash);
	if (!len)
		return HOOK_FORBIDDEN;
	hex_lower(hash, len, wanted);
	return same_secret(given, strlen(given), wanted, 2 * len) ? HOOK_OK : HOOK_FORBIDDEN;
}

static enum hook_verdict malformed(const char **field, const char **why, const char *f, const char *w)
{
	*field = f;
	*why = w;
	return HOOK_MALFORMED;
}

static json_t *read_object(const struct hook *hook)
{
	json_t *json = json_loadb(hook->body, hook->body_len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);

	if (json_is_object(json))
		return json;
	json_decref(json);
	return NULL;
}

/* NULL where it is absent or no string. */
static char *string_of(TALLOC_CTX *ctx, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_string(value) ? utf8_clean(ctx, json_string_value(value), json_string_length(value)) : NULL;
}

/* [{"url": "https://…", "content_type": "image/png"}] */
static bool read_media(TALLOC_CTX *ctx, const json_t *media, struct inbound_text *out)
{
	if (!media || json_is_null(media))
		return true;
	if (!json_is_array(media) || json_array_size(media) > MEDIA_MAX)
		return false;
	out->media = talloc_array(ctx, struct media, MEDIA_MAX);
	for (size_t i = 0; out->media && i < json_array_size(media); i++) {
		const json_t *one = json_array_get(media, i);
		const char *url = string_of(ctx, one, "url"), *type = string_of(ctx, one, "content_type");

		if (!url || (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0))
			return false;
		out->media[out->n_media++] = (struct media){url, type ? type : ""};
	}
	return true;
}

/* {"ref": 0..65535, "total": 1..255, "seq": 1..total}, as 3GPP TS 23.040 9.2.3.24.8 bounds them. */
static bool read_part(const json_t *part, struct inbound_text *out)
{
	if (!part || json_is_null(part))
		return true;
	const json_t *ref = json_object_get(part, "ref"), *total = json_object_get(part, "total"),
		     *seq = json_object_get(part, "seq");
	if (!json_is_integer(ref) || !json_is_integer(total) || !json_is_integer(seq))
		return false;
	json_int_t r = json_integer_value(ref), t = json_integer_value(total), n = json_integer_value(seq);
	if (r < 0 || r > 65535 || t < 1 || t > 255 || n < 1 || n > t)
		return false;
	if (t > 1) {
		out->part_ref = (unsigned)r;
		out->part_total = (unsigned)t;
		out->part_seq = (unsigned)n;
	}
	return true;
}

static enum hook_verdict read_inbound(TALLOC_CTX *ctx, const json_t *json, struct inbound_text *out, const char **field,
				      const char **why)
{
	const char *trouble;

	out->provider_id = string_of(ctx, json, "id");
	out->from = string_of(ctx, json, "from");
	out->to = string_of(ctx, json, "to");
	out->text = string_of(ctx, json, "text");
	if ((trouble = id_trouble(out->provider_id)))
		return malformed(field, why, "id", trouble);
	if ((trouble = number_trouble(out->from)))
		return malformed(field, why, "from", trouble);
	if ((trouble = number_trouble(out->to)))
		return malformed(field, why, "to", trouble);
	if (!read_media(ctx, json_object_get(json, "media"), out))
		return malformed(field, why, "media", "must be at most 10 objects with an http(s) url");
	if (!read_part(json_object_get(json, "part"), out))
		return malformed(field, why, "part", "must have ref 0..65535, total 1..255 and seq 1..total");
	if (!out->text) {
		if (json_object_get(json, "text"))
			return malformed(field, why, "text", "must be a string");
		out->text = "";
	}
	return HOOK_OK;
}

static enum hook_verdict simulator_parse_inbound(TALLOC_CTX *ctx, const struct channel *ch, const struct hook *hook,
						 struct inbound_text *out, const char **field, const char **why)
{
	json_t *json = read_object(hook);

	(void)ch;
	*out = (struct inbound_text){0};
	if (!json)
		return malformed(field, why, "body", "must be a JSON object");
	enum hook_verdict verdict = read_inbound(ctx, json, out, field, why);
	json_decref(json);
	return verdict;
}

static const struct {
	const char *name;
	enum message_state state;
} statuses[] = {
	{"queued", MSG_QUEUED},           {"sent", MSG_SENT},     {"delivered", MSG_DELIVERED},
	{"undelivered", MSG_UNDELIVERED}, {"failed", MSG_FAILED}, {"expired", MSG_EXPIRED},
};

static enum hook_verdict read_receipt(TALLOC_CTX *ctx, const struct hook *hook, const json_t *json, struct receipt *out,
				      const char **field, const char **why)
{
	const char *m = string_of(ctx, json, "m"), *status = string_of(ctx, json, "status");
	size_t i = 0;

	if (!m) /* the status URL has it too */
		m = form_get(form_parse(ctx, hook->query, strlen(hook->query)), "m");
	if (!message_of(m, out))
		return malformed(field, why, "m", "must be the UUID of the text");
	out->provider_id = string_of(ctx, json, "id");
	if (id_trouble(out->provider_id)) {
		out->provider_id = NULL;
		if (!out->has_message)
			return malformed(field, why, "m", "is missing: the UUID of the text is needed");
	}
	while (status && i < COUNT_OF(statuses) && strcmp(statuses[i].name, status) != 0)
		i++;
	if (!status || i == COUNT_OF(statuses))
		return malformed(field, why, "status",
				 "must be queued, sent, delivered, undelivered, failed or expired");
	out->state = statuses[i].state;
	if (out->state <= MSG_DELIVERED)
		return HOOK_OK;
	out->code = string_of(ctx, json, "code");
	if (out->code && *out->code)
		out->meaning = simulator_meaning_of(out->code);
	else
		out->meaning = out->state == MSG_EXPIRED ? MEAN_EXPIRED : MEAN_UNKNOWN;
	if (out->meaning == MEAN_EXPIRED)
		out->state = MSG_EXPIRED;
	return HOOK_OK;
}

static enum hook_verdict simulator_parse_receipt(TALLOC_CTX *ctx, const struct channel *ch, const struct hook *hook,
						 struct receipt *out, const char **field, const char **why)
{
	json_t *json = read_object(hook);

	(void)ch;
	*out = (struct receipt){.state = MSG_QUEUED};
	if (!json)
		return malformed(field, why, "body", "must be a JSON object");
	enum hook_verdict verdict = read_receipt(ctx, hook, json, out, field, why);
	json_decref(json);
	return verdict;
}

static void simulator_build_send(TALLOC_CTX *ctx, const struct channel *ch, const struct outbound_text *text,
				 struct send_request *out)
{
	char id[37], *body = NULL;

	uuid_format(&text->message, id);
	/* The text is valid UTF-8 when it gets here; json_pack would give NULL for one that is not. */
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:i, s:s}", "id", id, "from", text->from, "to", text->to, "text",
				 utf8_clean(ctx, text->text, strlen(text->text)), "segments", text->segments,
				 "status_url", text->status_url);
	char *dumped = json ? json_dumps(json, JSON_COMPACT) : NULL;

	if (dumped)
		body = talloc_strdup(ctx, dumped);
	free(dumped);
	json_decref(json);
	if (!body)
		body = talloc_strdup(ctx, "{}");
	char *path = talloc_asprintf(ctx, "/sim/%s/messages", form_encode(ctx, ch->key));
	*out = (struct send_request){
		.method = "POST",
		.url = join_url(ctx, ch->base_url, path),
		.body = body,
		.body_len = strlen(body),
		.content_type = "application/json",
	};
}

static void simulator_parse_answer(TALLOC_CTX *ctx, const struct channel *ch, long status, const char *body, size_t len,
				   const char *retry_after, struct send_answer *out)
{
	json_t *json = body && len ? json_loadb(body, len, 0, NULL) : NULL;

	(void)ch;
	*out = (struct send_answer){
		.meaning = meaning_of_status(status),
		.retry_after = retry_after_seconds(retry_after),
	};
	if (out->meaning == MEAN_OK) {
		const char *id = string_of(ctx, json, "id");

		out->provider_id = id_trouble(id) ? NULL : id;
	} else {
		out->code = string_of(ctx, json, "code");
		const struct code_meaning *known = code_find(codes, COUNT_OF(codes), out->code);
		/* As with a real carrier: a code refines a refusal, not a lost answer. */
		if (known && out->meaning == MEAN_REJECTED)
			out->meaning = known->meaning;
	}
	json_decref(json);
}

const struct provider simulator_provider = {
	.name = "simulator",
	.verify = simulator_verify,
	.parse_inbound = simulator_parse_inbound,
	.parse_receipt = simulator_parse_receipt,
	.build_send = simulator_build_send,
	.parse_answer = simulator_parse_answer,
	.meaning_of = simulator_meaning_of,
	.inbound_reply = {200, "application/json", "{}"},
	.receipt_reply = {200, "application/json", "{}"},
};
