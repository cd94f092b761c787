/* An SMS provider, as a table of pure functions over bytes: no I/O, no clock, no globals.
 * The pipelines own the sockets; a provider only reads and writes its wire format. */
#ifndef AFTERWORD_PROVIDER_H
#define AFTERWORD_PROVIDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

#include "router/types.h"

/* A configured account at a provider. Strings are never NULL unless said. Lives as long as the worker's config. */
struct channel {
	struct uuid id;
	struct uuid brand;
	char key[64]; /* in webhook URLs: /webhooks/{provider}/{key}/inbound */
	const struct provider *provider;
	const char *account;     /* Twilio: account SID; Kannel: sendsms username */
	const char *secret;      /* Twilio: auth token; Kannel: sendsms password */
	const char *hook_secret; /* Kannel: shared secret in the webhook URL (?secret=); "" none */
	const char *base_url;    /* where sends go: "https://api.twilio.com", "http://127.0.0.1:13013" */
	const char *public_url; /* how the provider reaches us, no trailing slash: "https://sms.shop.example" ("" : from
				   the request) */
	const char *region;     /* alpha-2: how to read numbers that are not E.164 */
	bool replies_to_keywords; /* OO-5: the provider answers STOP/START/HELP itself */
};

/* One HTTP request as the provider sent it. */
struct hook {
	const char *method; /* "POST", "GET" */
	const char *url;   /* absolute, as the provider called it: public_url (or scheme://Host) + raw path and query */
	const char *query; /* raw, without '?'; "" none */
	const char *body;
	size_t body_len;
	const char *content_type;                                 /* "" none */
	const char *(*header)(const void *arg, const char *name); /* case-insensitive; NULL if absent */
	const void *header_arg;
};

struct media {
	const char *url, *content_type;
};

/* An inbound text (MO), provider-neutral. Strings are owned by the ctx given to the parser. */
struct inbound_text {
	const char *provider_id; /* unique within the channel; if the provider gives none, a hash of what it gives */
	const char *from;        /* as given; E.164 where the provider says so */
	const char *to;
	const char *text; /* valid UTF-8, NULs and invalid bytes replaced; "" for media only */
	size_t n_media;
	struct media *media;
	enum provider_keyword keyword;
	usec_t sent_at; /* provider's time, 0 unknown */
	/* a part of a longer text that the provider did not join (3GPP 23.040 9.2.3.24.1 and .8); total 0: whole */
	unsigned part_ref, part_total, part_seq; /* seq is 1-based */
};

/* A delivery receipt (DLR). */
struct receipt {
	bool has_message;
	struct uuid message;      /* ours, from the callback URL (?m=uuid) */
	const char *provider_id;  /* may be NULL */
	enum message_state state; /* MSG_QUEUED where the receipt says nothing new */
	enum send_meaning meaning;
	const char *code; /* provider's error code, may be NULL */
};

/* A text to send (MT). */
struct outbound_text {
	struct uuid message;
	const char *from, *to, *text;
	int segments;
	bool ucs2;
	enum message_class cls;
	long validity;          /* seconds, 0: provider's default */
	const char *status_url; /* absolute, with ?m=<uuid>; "" none */
};

/* The HTTP request that sends it; strings owned by the ctx given. */
struct send_request {
	const char *method; /* "POST" or "GET" */
	const char *url;
	const char *body; /* NULL for GET */
	size_t body_len;
	const char *content_type;
	const char *user, *password; /* HTTP basic authentication; NULL none */
};

/* What the provider's answer means. */
struct send_answer {
	enum send_meaning meaning; /* MEAN_OK: accepted */
	const char *provider_id;   /* may be NULL; owned by ctx */
	const char *code;          /* provider's error code; may be NULL; owned by ctx */
	long retry_after;          /* seconds, 0 unknown */
};

/* What to answer on the webhook once the text is durable. */
struct hook_reply {
	unsigned status;
	const char *content_type, *body;
};

enum hook_verdict {
	HOOK_OK = 0,
	HOOK_FORBIDDEN,
	HOOK_MALFORMED,
	HOOK_IGNORE /* well-formed, nothing to do: answer OK */
};

struct provider {
	const char *name; /* in URLs and tables: "twilio" */
	/* Is the request really from the provider? Constant-time comparison. *why: static English reason on refusal. */
	enum hook_verdict (*verify)(TALLOC_CTX *ctx, const struct channel *ch, const struct hook *hook,
				    const char **why);
	/* Parse. On HOOK_MALFORMED *field names the field and *why what would be right (static). */
	enum hook_verdict (*parse_inbound)(TALLOC_CTX *ctx, const struct channel *ch, const struct hook *hook,
					   struct inbound_text *out, const char **field, const char **why);
	enum hook_verdict (*parse_receipt)(TALLOC_CTX *ctx, const struct channel *ch, const struct hook *hook,
					   struct receipt *out, const char **field, const char **why);
	/* Build the request for one text. Never fails: the text was checked when it was queued. */
	void (*build_send)(TALLOC_CTX *ctx, const struct channel *ch, const struct outbound_text *text,
			   struct send_request *out);
	/* Read the answer: HTTP status, body, Retry-After header value or NULL. */
	void (*parse_answer)(TALLOC_CTX *ctx, const struct channel *ch, long status, const char *body, size_t len,
			     const char *retry_after, struct send_answer *out);
	enum send_meaning (*meaning_of)(const char *code); /* error table, compliance.md section 11 */
	struct hook_reply inbound_reply, receipt_reply;
};

/* The table. NULL for an unknown name. */
const struct provider *provider_find(const char *name);
const struct provider *provider_at(size_t i); /* NULL past the end */

/* application/x-www-form-urlencoded, WHATWG rules (plus is a space, then percent-decoding). Fields keep their order;
 * values may hold any byte (lengths given), are NUL-terminated beside. At most FORM_FIELDS_MAX fields: more is NULL. */
#define FORM_FIELDS_MAX 512
struct form_field {
	const char *name, *value;
	size_t name_len, value_len;
};
struct form {
	size_t n;
	struct form_field *field;
};
struct form *form_parse(TALLOC_CTX *ctx, const char *bytes, size_t len);
const char *form_get(const struct form *form, const char *name); /* first of that name; NULL if absent */
char *form_encode(TALLOC_CTX *ctx, const char *value);           /* percent-encoding for a form or query value */
/* A copy that is valid UTF-8 without NUL: each bad sequence becomes U+FFFD, NUL is dropped. */
char *utf8_clean(TALLOC_CTX *ctx, const char *bytes, size_t len);

#endif
