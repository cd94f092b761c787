/* Twilio Programmable Messaging: https://www.twilio.com/docs/messaging/guides/webhook-request (inbound),
 * https://www.twilio.com/docs/messaging/guides/track-outbound-message-status (receipts),
 * https://www.twilio.com/docs/messaging/api/message-resource (sends),
 * https://www.twilio.com/docs/usage/webhooks/webhooks-security (signatures). */
#include "gateway/providers/common.h"

#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/providers/signing.h"

#define FORM_TYPE "application/x-www-form-urlencoded"
#define MEDIA_MAX 10       /* what one message may carry */
#define VALIDITY_MAX 36000 /* seconds; the Messages resource's ceiling */

/* compliance.md section 11, Twilio's column, first; then codes of Twilio's own error dictionary
 * (https://www.twilio.com/docs/api/errors) that sends and receipts bring and the column leaves out. Any other code is
 * MEAN_UNKNOWN in a receipt, and in an answer what its HTTP status says. */
static const struct code_meaning codes[] = {
	{"21610", MEAN_OPTED_OUT},
	{"21211", MEAN_BAD_NUMBER},
	{"21614", MEAN_BAD_NUMBER},
	{"30006", MEAN_BAD_NUMBER},
	{"30003", MEAN_UNREACHABLE},
	{"30005", MEAN_UNKNOWN},
	{"30008", MEAN_UNKNOWN},
	{"30410", MEAN_UNKNOWN},
	{"20429", MEAN_TOO_FAST},
	{"30022", MEAN_TOO_FAST},
	{"30023", MEAN_TOO_FAST},
	{"14107", MEAN_TOO_FAST},
	{"30007", MEAN_FILTERED},
	{"30034", MEAN_UNREGISTERED},
	{"30032", MEAN_UNREGISTERED},
	{"30036", MEAN_EXPIRED},
	{"30610", MEAN_QUIET_HOURS},
	{"30047", MEAN_QUIET_HOURS},
	/* the dictionary's */
	{"20003", MEAN_REJECTED},     /* credentials */
	{"20404", MEAN_REJECTED},     /* no such account */
	{"21212", MEAN_REJECTED},     /* From is no number */
	{"21408", MEAN_REJECTED},     /* country not switched on */
	{"21602", MEAN_REJECTED},     /* no body */
	{"21603", MEAN_REJECTED},     /* no From */
	{"21604", MEAN_REJECTED},     /* no To */
	{"21606", MEAN_REJECTED},     /* From is not the account's */
	{"21611", MEAN_TOO_FAST},     /* the sender's queue is full */
	{"21617", MEAN_REJECTED},     /* body too long */
	{"30001", MEAN_TOO_FAST},     /* queue overflow */
	{"30002", MEAN_UNREGISTERED}, /* account suspended */
};

static bool is_form(const struct hook *hook)
{
	return !*hook->content_type || content_type_is(hook->content_type, FORM_TYPE);
}

/* What the webhook's fields are: what was signed, and nothing else. */
static struct form *fields_of(TALLOC_CTX *ctx, const struct hook *hook)
{
	if (method_is_post(hook))
		return form_parse(ctx, hook->body, hook->body_len);
	return form_parse(ctx, hook->query, strlen(hook->query));
}

/* The fields' order in the signature ----------------------------------------------------------- */
struct sortable {
	uint64_t key; /* first eight bytes of the name, big-endian: decides most comparisons */
	const struct form_field *field;
};

static uint64_t key_of(const struct form_field *field)
{
	uint64_t key = 0;

	for (size_t i = 0; i < 8; i++)
		key = key << 8 | (i < field->name_len ? (uint8_t)field->name[i] : 0);
	return key;
}

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_fields(const void *a, const void *b)
{
	const struct sortable *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	int order = compare_bytes(x->field->name, x->field->name_len, y->field->name, y->field->name_len);
	return order ? order
		     : compare_bytes(x->field->value, x->field->value_len, y->field->value, y->field->value_len);
}

/* Name and value of each field, sorted by name; of a repeated name, its distinct values, sorted. */
static bool signed_fields(TALLOC_CTX *ctx, const struct form *form, struct bytes *out)
{
	struct sortable sorted[FORM_FIELDS_MAX];
	size_t len = 0;

	for (size_t i = 0; i < form->n; i++) {
		sorted[i] = (struct sortable){key_of(&form->field[i]), &form->field[i]};
		len += form->field[i].name_len + form->field[i].value_len;
	}
	qsort(sorted, form->n, sizeof(sorted[0]), compare_fields);
	char *text = talloc_size(ctx, len + 1), *end = text;
	if (!text)
		return false;
	for (size_t i = 0; i < form->n; i++) {
		const struct form_field *field = sorted[i].field;

		if (i && !compare_fields(&sorted[i - 1], &sorted[i]))
			continue;
		memcpy(end, field->name, field->name_len);
		end += field->name_len;
		memcpy(end, field->value, field->value_len);
		end += field->value_len;
	}
	*out = (struct bytes){text, (size_t)(end - text)};
	return true;
}

/* The URL in two: up to where the port is or would be, and from the path on. *port is what stands between. */
static void split_port(const char *url, struct bytes *before, struct bytes *port, struct bytes *after)
{
	const char *scheme = strstr(url, "://"), *host = scheme ? scheme + 3 : url;
	const char *end = host + strcspn(host, "/?#"), *colon = end;

	while (colon > host && colon[-1] >= '0' && colon[-1] <= '9')
		colon--;
	if (colon > host && colon[-1] == ':' && (colon - 1 == host || colon[-2] != ':'))
		colon--;
	else
		colon = end; /* no port; digits alone are the host's, and "::1" without brackets is no host */
	*before = (struct bytes){url, (size_t)(colon - url)};
	*port = (struct bytes){colon, (size_t)(end - colon)};
	*after = (struct bytes){end, strlen(end)};
}

static bool signature_fits(const struct channel *ch, const struct bytes piece[4], const char *given, size_t given_len)
{
	uint8_t hash[HMAC_MAX];
	char wanted[4 * ((HMAC_MAX + 2) / 3) + 1];
	size_t len = hmac_sign(HMAC_SHA1, ch->secret, piece, 4, hash);

	if (!len)
		return false;
	int wanted_len = EVP_EncodeBlock((unsigned char *)wanted, hash, (int)len);
	return same_secret(given, given_len, wanted, (size_t)wanted_len);
}

/* What is signed of the body: a form's fields, here; another body through its hash in the URL. Returns what is wrong
 * with it, NULL: nothing. */
static const char *signed_body(TALLOC_CTX *ctx, const struct hook *hook, struct bytes *fields)
{
	const struct form_field *claimed;
	struct form *form;
	char hash[65];

	if (!method_is_post(hook))
		return strcmp(hook->method, "GET") ? "the method is neither POST nor GET" : NULL;
	if (is_form(hook)) {
		form = form_parse(ctx, hook->body, hook->body_len);
		return form && signed_fields(form, form, fields) ? NULL : "the body has too many fields";
	}
	claimed = form_find(form_parse(ctx, hook->query, strlen(hook->query)), "bodySHA256");
	sha256_hex(hook->body, hook->body_len, hash);
	return claimed && same_secret(claimed->value, claimed->value_len, hash, 64)
		       ? NULL
		       : "bodySHA256 does not fit the body";
}

/* Twilio's back ends do not agree on whether the port is part of the URL: both forms are tried, as its own libraries do
 * (https://github.com/twilio/twilio-node/blob/main/src/webhooks/webhooks.ts). */
static bool signature_fits_url(const struct channel *ch, const struct hook *hook, struct bytes fields,
			       const char *given)
{
	struct bytes piece[4] = {[3] = fields}; /* URL up to the port, port, rest of the URL, fields */
	size_t given_len = strlen(given);
	const char *other;

	split_port(hook->url, &piece[0], &piece[1], &piece[2]);
	if (signature_fits(ch, piece, given, given_len))
		return true;
	other = piece[1].len ? "" : !strncasecmp(hook->url, "https:", 6) ? ":443" : ":80";
	piece[1] = (struct bytes){other, strlen(other)};
	return signature_fits(ch, piece, given, given_len);
}

static enum hook_verdict twilio_verify(TALLOC_CTX *ctx, const struct channel *ch, const struct hook *hook,
				       const char **why)
{
	const char *given = hook->header(hook->header_arg, "X-Twilio-Signature");
	TALLOC_CTX *scratch = talloc_new(ctx);
	struct bytes fields = {0};
	const char *wrong;

	if (!*ch->secret)
		wrong = "the channel has no auth token";
	else if (!given || !*given)
		wrong = "the X-Twilio-Signature header is missing";
	else
		wrong = signed_body(scratch, hook, &fields);
	if (!wrong && !signature_fits_url(ch, hook, fields, given))
		wrong = "X-Twilio-Signature does not fit the request";
	talloc_free(scratch);
	if (!wrong)
		return HOOK_OK;
	*why = wrong;
	return HOOK_FORBIDDEN;
}

static enum hook_verdict malformed(const char **field, const char **why, const char *f, const char *w)
{
	*field = f;
	*why = w;
	return HOOK_MALFORMED;
}

static enum hook_verdict read_fields(TALLOC_CTX *ctx, const struct hook *hook, struct form **form, const char **field,
				     const char **why)
{
	if (method_is_post(hook) && !is_form(hook))
		return malformed(field, why, "Content-Type", "must be " FORM_TYPE);
	*form = fields_of(ctx, hook);
	if (!*form)
		return malformed(field, why, "body", "must have at most 512 fields");
	return HOOK_OK;
}

/* SmsMessageSid and SmsSid are the older names of the same id, still sent beside it. */
static const char *message_sid(const struct form *form, const char **name)
{
	static const char *const names[] = {"MessageSid", "SmsMessageSid", "SmsSid"};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *sid = form_get(form, names[i]);

		if (sid && *sid) {
			*name = names[i];
			return sid;
		}
	}
	*name = names[0];
	return NULL;
}

static const char *address_trouble(const char *s)
{
	/* "whatsapp:+1415…", "messenger:…", "rcs:…": other channels of the same webhook */
	if (s && strchr(s, ':'))
		return "must be an SMS number: addresses of other channels ('whatsapp:') are not taken";
	return number_trouble(s);
}

static bool read_media(TALLOC_CTX *ctx, const struct form *form, struct inbound_text *out)
{
	const char *count = form_get(form, "NumMedia");
	size_t n = 0;

	if (!count || !*count)
		return true;
	if (count[strspn(count, "0123456789")])
		return false;
	for (; *count && n < MEDIA_MAX; count++)
		n = n * 10 + (size_t)(*count - '0');
	if (n > MEDIA_MAX)
		n = MEDIA_MAX;
	if (!n)
		return true;
	out->media = talloc_array(ctx, struct media, (unsigned)n);
	for (size_t i = 0; out->media && i < n; i++) {
		char name[32] = "MediaUrl0", type_name[32] = "MediaContentType0";

		name[8] = type_name[16] = (char)('0' + i); /* MEDIA_MAX is 10: one digit */
		const struct form_field *url = form_find(form, name), *type = form_find(form, type_name);
		if (!url || (strncmp(url->value, "https://", 8) != 0 && strncmp(url->value, "http://", 7) != 0))
			continue;
		out->media[out->n_media++] = (struct media){
			utf8_clean(ctx, url->value, url->value_len),
			type ? utf8_clean(ctx, type->value, type->value_len) : "",
		};
	}
	return true;
}

static enum provider_keyword keyword_of(const char *opt_out_type)
{
	static const struct {
		const char *name;
		enum provider_keyword keyword;
	} names[] = {{"STOP", PK_STOP}, {"START", PK_START}, {"HELP", PK_HELP}};

	for (size_t i = 0; opt_out_type && i < COUNT_OF(names); i++)
		if (!strcasecmp(opt_out_type, names[i].name))
			return names[i].keyword;
	return PK_NONE;
}

static enum hook_verdict twilio_parse_inbound(TALLOC_CTX *ctx, const struct channel *ch, const struct hook *hook,
					      struct inbound_text *out, const char **field, const char **why)
{
	struct form *form;
	const char *name, *trouble;

	(void)ch;
	*out = (struct inbound_text){0};
	if (read_fields(ctx, hook, &form, field, why) != HOOK_OK)
		return HOOK_MALFORMED;
	out->from = form_get(form, "From");
	out->to = form_get(form, "To");
	out->provider_id = message_sid(form, &name);
	if ((trouble = id_trouble(out->provider_id)))
		return malformed(field, why, name, trouble);
	if ((trouble = address_trouble(out->from)))
		return malformed(field, why, "From", trouble);
	if ((trouble = address_trouble(out->to)))
		return malformed(field, why, "To", trouble);
	const struct form_field *body = form_find(form, "Body");
	out->text = body ? utf8_clean(ctx, body->value, body->value_len) : "";
	if (!read_media(ctx, form, out))
		return malformed(field, why, "NumMedia", "must be a number");
	out->keyword = keyword_of(form_get(form, "OptOutType")); /* OO-5 */
	return HOOK_OK;
}

static enum send_meaning twilio_meaning_of(const char *code)
{
	if (!code || !*code || !strcmp(code, "0"))
		return MEAN_OK;
	const struct code_meaning *known = code_find(codes, COUNT_OF(codes), code);
	return known ? known->meaning : MEAN_UNKNOWN;
}

static const struct {
	const char *name;
	enum message_state state;
} statuses[] = {
	{"accepted", MSG_QUEUED}, {"scheduled", MSG_QUEUED},
	{"queued", MSG_QUEUED},   {"sending", MSG_QUEUED},
	{"sent", MSG_SENT},       {"delivered", MSG_DELIVERED},
	{"read", MSG_DELIVERED},  {"undelivered", MSG_UNDELIVERED},
	{"failed", MSG_FAILED},   {"canceled", MSG_FAILED},
};

static enum hook_verdict twilio_parse_receipt(TALLOC_CTX *ctx, const struct channel *ch, const struct hook *hook,
					      struct receipt *out, const char **field, const char **why)
{
	struct form *form;
	const char *name, *trouble;

	(void)ch;
	*out = (struct receipt){.state = MSG_QUEUED};
	if (read_fields(ctx, hook, &form, field, why) != HOOK_OK)
		return HOOK_MALFORMED;
	struct form *query = form_parse(ctx, hook->query, strlen(hook->query));
	if (!query || !message_of(form_get(query, "m"), out))
		return malformed(field, why, "m", "must be the UUID that the status URL was given");
	out->provider_id = message_sid(form, &name);
	if ((trouble = id_trouble(out->provider_id))) {
		if (!out->has_message || out->provider_id)
			return malformed(field, why, name, trouble);
	}
	const char *status = form_get(form, "MessageStatus");
	if (!status || !*status)
		status = form_get(form, "SmsStatus");
	if (!status || !*status)
		return malformed(field, why, "MessageStatus", "is missing: the message's status is needed");
	if (!strcmp(status, "received") || !strcmp(status, "receiving"))
		return HOOK_IGNORE; /* an inbound text's, of a number whose status URL is ours */
	/* A status that Twilio adds some day says nothing new to us: MSG_QUEUED. */
	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		if (!strcmp(statuses[i].name, status))
			out->state = statuses[i].state;
	if (out->state <= MSG_DELIVERED)
		return HOOK_OK;
	const struct form_field *code = form_find(form, "ErrorCode");
	if (code && code->value_len && strcmp(code->value, "0") != 0)
		out->code = utf8_clean(ctx, code->value, code->value_len);
	out->meaning = out->code ? twilio_meaning_of(out->code) : MEAN_UNKNOWN;
	if (out->meaning == MEAN_EXPIRED)
		out->state = MSG_EXPIRED;
	return HOOK_OK;
}

static void twilio_build_send(TALLOC_CTX *ctx, const struct channel *ch, const struct outbound_text *text,
			      struct send_request *out)
{
	/* A Messaging Service picks the sender itself. */
	const char *sender = strncmp(text->from, "MG", 2) == 0 ? "MessagingServiceSid" : "From";
	char *path = talloc_asprintf(ctx, "/2010-04-01/Accounts/%s/Messages.json", form_encode(ctx, ch->account));
	char *body = talloc_asprintf(ctx, "To=%s&%s=%s&Body=%s", form_encode(ctx, text->to), sender,
				     form_encode(ctx, text->from), form_encode(ctx, text->text));

	if (*text->status_url)
		body = talloc_asprintf_append_buffer(body, "&StatusCallback=%s", form_encode(ctx, text->status_url));
	if (text->validity > 0)
		body = talloc_asprintf_append_buffer(body, "&ValidityPeriod=%ld",
						     text->validity < VALIDITY_MAX ? text->validity
										   : (long)VALIDITY_MAX);
	*out = (struct send_request){
		.method = "POST",
		.url = join_url(ctx, ch->base_url, path),
		.body = body,
		.body_len = strlen(body),
		.content_type = FORM_TYPE,
		.user = ch->account,
		.password = ch->secret,
	};
}

static void twilio_parse_answer(TALLOC_CTX *ctx, const struct channel *ch, long status, const char *body, size_t len,
				const char *retry_after, struct send_answer *out)
{
	json_t *json = body && len ? json_loadb(body, len, 0, NULL) : NULL; /* anything but JSON: the status alone */

	(void)ch;
	*out = (struct send_answer){
		.meaning = meaning_of_status(status),
		.retry_after = retry_after_seconds(retry_after),
	};
	if (out->meaning == MEAN_OK) {
		const char *sid = json_string_value(json_object_get(json, "sid"));

		if (!id_trouble(sid))
			out->provider_id = talloc_strdup(ctx, sid);
	} else {
		json_t *code = json_object_get(json, "code");

		if (json_is_integer(code))
			out->code = talloc_asprintf(ctx, "%" JSON_INTEGER_FORMAT, json_integer_value(code));
		else if (json_is_string(code))
			out->code = talloc_strdup(ctx, json_string_value(code));
		/* A code refines a refusal (4xx); it does not make a lost answer (5xx) a certain one. */
		const struct code_meaning *known = code_find(codes, COUNT_OF(codes), out->code);
		if (known && out->meaning == MEAN_REJECTED)
			out->meaning = known->meaning;
	}
	json_decref(json);
}

/* An empty TwiML document: nothing to answer now; what there is to say goes through the API. */
#define EMPTY_TWIML                                                                                                    \
	{                                                                                                              \
		200, "text/xml", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>"                               \
	}

const struct provider twilio_provider = {
	.name = "twilio",
	.verify = twilio_verify,
	.parse_inbound = twilio_parse_inbound,
	.parse_receipt = twilio_parse_receipt,
	.build_send = twilio_build_send,
	.parse_answer = twilio_parse_answer,
	.meaning_of = twilio_meaning_of,
	.inbound_reply = EMPTY_TWIML,
	.receipt_reply = EMPTY_TWIML,
};
