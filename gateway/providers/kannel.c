/* Kannel 1.4's smsbox, the way to an SMSC of one's own (SMPP). Its user guide (https://www.kannel.org/userguide.shtml),
 * chapter "Setting up a SMS Gateway": escape codes of get-url and dlr-url, X-Kannel-* headers of post-url, the sendsms
 * interface and its answers, delivery reports. The configuration lines that fit are in README.md. */
#include "gateway/providers/common.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "gateway/providers/signing.h"

#define FORM_TYPE "application/x-www-form-urlencoded"

/* Kannel has no codes of its own. A report's reply (%A) is "NACK/<SMPP command_status>/<words>" where the SMSC refused
 * (SMPP 3.4, 5.1.3), or the SMSC's receipt with its "stat:" (SMPP 3.4, appendix B); answers to sendsms have their HTTP
 * status. Each lands in compliance.md section 11's row of that meaning. */
static const struct code_meaning codes[] = {
	{"0x00000001", MEAN_REJECTED},     /* ESME_RINVMSGLEN */
	{"0x00000008", MEAN_UNREACHABLE},  /* ESME_RSYSERR */
	{"0x0000000a", MEAN_UNREGISTERED}, /* ESME_RINVSRCADR: the sender is not ours to use */
	{"0x0000000b", MEAN_BAD_NUMBER},   /* ESME_RINVDSTADR */
	{"0x0000000d", MEAN_REJECTED},     /* ESME_RBINDFAIL */
	{"0x0000000e", MEAN_REJECTED},     /* ESME_RINVPASWD */
	{"0x0000000f", MEAN_REJECTED},     /* ESME_RINVSYSID */
	{"0x00000014", MEAN_TOO_FAST},     /* ESME_RMSGQFUL */
	{"0x00000045", MEAN_UNKNOWN},      /* ESME_RSUBMITFAIL */
	{"0x00000058", MEAN_TOO_FAST},     /* ESME_RTHROTTLED */
	{"0x00000062", MEAN_REJECTED},     /* ESME_RINVEXPIRY */
	{"0x00000064", MEAN_UNREACHABLE},  /* ESME_RX_T_APPN */
	{"0x00000065", MEAN_REJECTED},     /* ESME_RX_P_APPN */
	{"0x00000066", MEAN_REJECTED},     /* ESME_RX_R_APPN */
	{"0x000000fe", MEAN_UNKNOWN},      /* ESME_RDELIVERYFAILURE */
	{"0x000000ff", MEAN_UNKNOWN},      /* ESME_RUNKNOWNERR */
	{"DELIVRD", MEAN_OK},
	{"ACCEPTD", MEAN_OK},
	{"ENROUTE", MEAN_OK},
	{"EXPIRED", MEAN_EXPIRED},
	{"DELETED", MEAN_UNKNOWN},
	{"UNDELIV", MEAN_UNKNOWN}, /* says neither why nor for how long */
	{"UNKNOWN", MEAN_UNKNOWN},
	{"REJECTD", MEAN_UNKNOWN}, /* by whom and why only the operator's err: tells */
	{"400", MEAN_REJECTED},
	{"403", MEAN_REJECTED},
	{"404", MEAN_REJECTED},
	{"415", MEAN_REJECTED},
	{"503", MEAN_UNREACHABLE},
};

static enum send_meaning kannel_meaning_of(const char *code)
{
	if (!code || !*code)
		return MEAN_OK;
	const struct code_meaning *known = code_find(codes, COUNT_OF(codes), code);
	return known ? known->meaning : MEAN_UNKNOWN;
}

/* Kannel signs nothing: a secret in the URLs it was configured with is what there is. */
static enum hook_verdict kannel_verify(TALLOC_CTX *ctx, const struct channel *ch, const struct hook *hook,
				       const char **why)
{
	if (!*ch->hook_secret)
		return HOOK_OK;
	struct form *query = form_parse(ctx, hook->query, strlen(hook->query));
	const struct form_field *given = form_find(query, "secret");
	enum hook_verdict verdict = HOOK_FORBIDDEN;

	if (!given)
		*why = "secret is missing from the URL's query";
	else if (!same_secret(given->value, given->value_len, ch->hook_secret, strlen(ch->hook_secret)))
		*why = "secret in the URL's query is not the channel's";
	else
		verdict = HOOK_OK;
	talloc_free(query);
	return verdict;
}

static enum hook_verdict malformed(const char **field, const char **why, const char *f, const char *w)
{
	*field = f;
	*why = w;
	return HOOK_MALFORMED;
}

/* A value of the hook: from the query, else the form in the body, else the header of post-url. */
struct sources {
	const struct hook *hook;
	struct form *query, *body; /* body NULL: no form */
};

static bool read_sources(TALLOC_CTX *ctx, const struct hook *hook, struct sources *s)
{
	*s = (struct sources){hook, form_parse(ctx, hook->query, strlen(hook->query)), NULL};
	if (!s->query)
		return false;
	if (method_is_post(hook) && content_type_is(hook->content_type, FORM_TYPE)) {
		s->body = form_parse(ctx, hook->body, hook->body_len);
		return s->body;
	}
	return true;
}

static struct bytes value_of(const struct sources *s, const char *name, const char *header)
{
	const struct form_field *field = form_find(s->query, name);

	if (!field || !field->value_len) {
		const struct form_field *other = form_find(s->body, name);

		field = other ? other : field;
	}
	if (field && field->value_len)
		return (struct bytes){field->value, field->value_len};
	const char *value = header ? s->hook->header(s->hook->header_arg, header) : NULL;
	return value ? (struct bytes){value, strlen(value)} : (struct bytes){"", 0};
}

/* Text ----------------------------------------------------------------------------------------- */

static char *from_utf16be(TALLOC_CTX *ctx, const uint8_t *p, size_t len)
{
	/* Two bytes make at most three, a pair of surrogates (four bytes) four; an odd last byte one U+FFFD. */
	char *utf8 = talloc_size(ctx, len / 2 * 3 + 4), *out = utf8;

	for (size_t i = 0; utf8 && i < len; i += 2) {
		uint32_t c = 0xfffd;

		if (i + 1 < len)
			c = (uint32_t)(p[i] << 8 | p[i + 1]);
		if (c >= 0xd800 && c <= 0xdfff) {
			uint32_t low = i + 3 < len ? (uint32_t)(p[i + 2] << 8 | p[i + 3]) : 0;

			if (c <= 0xdbff && low >= 0xdc00 && low <= 0xdfff) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			} else {
				c = 0xfffd;
			}
		}
		if (!c || (c == 0xfeff && i == 0)) /* NUL; byte order mark */
			continue;
		if (c < 0x80) {
			*out++ = (char)c;
		} else if (c < 0x800) {
			*out++ = (char)(0xc0 | c >> 6);
			*out++ = (char)(0x80 | (c & 0x3f));
		} else if (c < 0x10000) {
			*out++ = (char)(0xe0 | c >> 12);
			*out++ = (char)(0x80 | (c >> 6 & 0x3f));
			*out++ = (char)(0x80 | (c & 0x3f));
		} else {
			*out++ = (char)(0xf0 | c >> 18);
			*out++ = (char)(0x80 | (c >> 12 & 0x3f));
			*out++ = (char)(0x80 | (c >> 6 & 0x3f));
			*out++ = (char)(0x80 | (c & 0x3f));
		}
	}
	if (utf8)
		*out = 0;
	return utf8;
}

static char *from_single_byte(TALLOC_CTX *ctx, const char *charset, struct bytes text)
{
	iconv_t cd = iconv_open("UTF-8", charset);

	if (cd == (iconv_t)-1)
		return utf8_clean(ctx, text.at, text.len);
	/* One byte of these charsets makes at most three. */
	size_t left = text.len, room = 3 * text.len;
	char *utf8 = talloc_size(ctx, room + 1), *out = utf8;
	char *in = talloc_memdup(ctx, text.len ? text.at : "", text.len + !text.len); /* iconv wants it writable */

	while (utf8 && in && left && iconv(cd, &in, &left, &out, &room) == (size_t)-1) {
		if (errno != EILSEQ || room < 3)
			break;
		memcpy(out, "\xef\xbf\xbd", 3); /* a byte the charset leaves undefined */
		out += 3;
		room -= 3;
		in++;
		left--;
	}
	iconv_close(cd);
	return utf8 ? utf8_clean(ctx, utf8, (size_t)(out - utf8)) : NULL;
}

enum reading { READ_UTF8, READ_UTF16BE, READ_ICONV, READ_BINARY };

/* iconv is given names of this list only. Anything else is read as UTF-8: a customer's words with a few U+FFFD in them
 * are better than none. */
static const struct {
	const char *name;
	enum reading reading;
	const char *iconv_name;
} charsets[] = {
	{"UTF-8", READ_UTF8, NULL},
	{"US-ASCII", READ_UTF8, NULL},
	{"UTF-16BE", READ_UTF16BE, NULL},
	{"UTF16-BE", READ_UTF16BE, NULL}, /* as older manuals spell it */
	{"UTF-16", READ_UTF16BE, NULL},
	{"UCS-2", READ_UTF16BE, NULL},
	{"UCS-2BE", READ_UTF16BE, NULL},
	{"ISO-10646-UCS-2", READ_UTF16BE, NULL},
	{"ISO-8859-1", READ_ICONV, "ISO-8859-1"},
	{"LATIN1", READ_ICONV, "ISO-8859-1"},
	{"ISO-8859-15", READ_ICONV, "ISO-8859-15"},
	{"WINDOWS-1252", READ_ICONV, "WINDOWS-1252"},
	{"CP1252", READ_ICONV, "WINDOWS-1252"},
	{"8-BIT", READ_BINARY, NULL}, /* Kannel's %C of an 8-bit message */
	{"BINARY", READ_BINARY, NULL},
};

/* The charset parameter of a Content-Type: charset="UTF-16BE" or without the quotes. */
static struct bytes charset_of(const char *content_type)
{
	const char *p = strcasestr(content_type, "charset=");

	if (!p)
		return (struct bytes){"", 0};
	p += 8;
	if (*p == '"')
		p++;
	return (struct bytes){p, strcspn(p, "\"; \t")};
}

/* Text of an 8-bit message if it is any: well-formed UTF-8 without control characters. */
static bool looks_like_text(TALLOC_CTX *ctx, struct bytes text)
{
	const char *p = text.at;

	for (size_t i = 0; i < text.len; i++)
		if (((uint8_t)p[i] < 0x20 && !strchr("\t\r\n", p[i])) || !p[i])
			return false;
	char *clean = utf8_clean(ctx, text.at, text.len);
	bool same = clean && strlen(clean) == text.len && !memcmp(clean, text.at, text.len);
	talloc_free(clean);
	return same;
}

/* NULL: a binary message (ring tones, settings, SIM data) that says nothing to a reader. */
static char *read_text(TALLOC_CTX *ctx, const struct sources *s, struct bytes text, bool raw_body)
{
	struct bytes charset = value_of(s, "charset", NULL), coding = value_of(s, "coding", "X-Kannel-Coding");
	enum reading reading = READ_UTF8;
	const char *iconv_name = NULL;

	if (!charset.len && raw_body)
		charset = charset_of(s->hook->content_type);
	/* %c: 0 seven bits, 1 eight bits, 2 UCS-2. The charset knows better: smsbox may have recoded the text. */
	if (!charset.len && coding.len == 1)
		reading = *(const char *)coding.at == '2' ? READ_UTF16BE
							  : (*(const char *)coding.at == '1' ? READ_BINARY : READ_UTF8);
	if (!charset.len && raw_body && content_type_is(s->hook->content_type, "application/octet-stream"))
		reading = READ_BINARY;
	for (size_t i = 0; i < COUNT_OF(charsets); i++) {
		if (strlen(charsets[i].name) == charset.len &&
		    !strncasecmp(charsets[i].name, charset.at, charset.len)) {
			reading = charsets[i].reading;
			iconv_name = charsets[i].iconv_name;
		}
	}
	switch (reading) {
	case READ_UTF16BE:
		return from_utf16be(ctx, text.at, text.len);
	case READ_ICONV:
		return from_single_byte(ctx, iconv_name, text);
	case READ_BINARY:
		if (!looks_like_text(ctx, text))
			return NULL;
		break;
	case READ_UTF8:
		break;
	}
	return utf8_clean(ctx, text.at, text.len);
}

/* User data header (3GPP TS 23.040, 9.2.3.24) --------------------------------------------------- */

static bool udh_whole(struct bytes udh)
{
	return udh.len && (size_t) * (const uint8_t *)udh.at + 1 == udh.len;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-encoded bytes in current Kannels, hex digits in the manuals: the length octet tells which it is. */
static struct bytes read_udh(TALLOC_CTX *ctx, const struct sources *s)
{
	struct bytes udh = value_of(s, "udh", NULL), none = {"", 0};

	if (!udh.len) {
		const char *header = s->hook->header(s->hook->header_arg, "X-Kannel-UDH");

		if (!header || strchr(header, '&'))
			return none;
		char *pair = talloc_asprintf(ctx, "udh=%s", header);
		const struct form_field *field = form_find(form_parse(ctx, pair, strlen(pair)), "udh");
		if (!field)
			return none;
		udh = (struct bytes){field->value, field->value_len};
	}
	if (udh_whole(udh))
		return udh;
	if (udh.len % 2 || udh.len > 2 * 140)
		return none;
	uint8_t *bytes = talloc_size(ctx, udh.len / 2 + 1);
	const char *hex = udh.at;
	for (size_t i = 0; bytes && i < udh.len / 2; i++) {
		int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return none;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	udh = (struct bytes){bytes, bytes ? udh.len / 2 : 0};
	return udh_whole(udh) ? udh : none;
}

/* Concatenation: element 0x00 with an 8-bit reference (9.2.3.24.1), 0x08 with a 16-bit one (9.2.3.24.8). A total or
 * number of zero, or a number past the total, makes the element one to ignore; of two, the last counts. */
static void read_parts(struct bytes udh, struct inbound_text *out)
{
	const uint8_t *p = udh.at;

	for (size_t i = 1; i + 2 <= udh.len && i + 2 + p[i + 1] <= udh.len; i += 2u + p[i + 1]) {
		const uint8_t *data = p + i + 2;
		unsigned ref, total, seq;

		if (p[i] == 0x00 && p[i + 1] == 3) {
			ref = data[0];
			total = data[1];
			seq = data[2];
		} else if (p[i] == 0x08 && p[i + 1] == 4) {
			ref = (unsigned)(data[0] << 8 | data[1]);
			total = data[2];
			seq = data[3];
		} else {
			continue;
		}
		if (total < 2 || !seq || seq > total)
			continue;
		out->part_ref = ref;
		out->part_total = total;
		out->part_seq = seq;
	}
}

/* Inbound -------------------------------------------------------------------------------------- */

/* %t and X-Kannel-Time are "YYYY-MM-DD HH:MM:SS" in UTC, %T is Unix seconds. */
static usec_t read_time(const char *s)
{
	struct tm tm = {0};

	if (*s && strlen(s) <= 11 && !s[strspn(s, "0123456789")])
		return (usec_t)strtoll(s, NULL, 10) * USEC_SECOND;
	const char *end = strptime(s, "%Y-%m-%d %H:%M", &tm);
	if (end && *end == ':')
		end = strptime(end, ":%S", &tm);
	if (!end || *end || tm.tm_year < 70)
		return 0;
	return (usec_t)timegm(&tm) * USEC_SECOND;
}

/* Where the URL has no id=%I: a repeat of the same webhook must make the same id. Lengths keep the parts apart. */
static char *hash_id(TALLOC_CTX *ctx, const struct bytes *piece, size_t n)
{
	char *all = talloc_strdup(ctx, ""), *id = talloc_size(ctx, 65);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		char head[24];
		size_t head_len = (size_t)snprintf(head, sizeof(head), "%zu:", piece[i].len);

		all = talloc_realloc(ctx, all, char, (unsigned)(len + head_len + piece[i].len + 1));
		if (!all)
			return NULL;
		memcpy(all + len, head, head_len);
		if (piece[i].len)
			memcpy(all + len + head_len, piece[i].at, piece[i].len);
		len += head_len + piece[i].len;
	}
	if (id)
		sha256_hex(all, len, id);
	talloc_free(all);
	return id;
}

static enum hook_verdict kannel_parse_inbound(TALLOC_CTX *ctx, const struct channel *ch, const struct hook *hook,
					      struct inbound_text *out, const char **field, const char **why)
{
	struct sources s;
	const char *trouble;

	(void)ch;
	*out = (struct inbound_text){0};
	if (!read_sources(ctx, hook, &s))
		return malformed(field, why, "query", "must have at most 512 fields");
	struct bytes from = value_of(&s, "from", "X-Kannel-From"), to = value_of(&s, "to", "X-Kannel-To");
	out->from = from.at;
	out->to = to.at;
	if ((trouble = number_trouble(out->from)))
		return malformed(field, why, "from", trouble);
	if ((trouble = number_trouble(out->to)))
		return malformed(field, why, "to", trouble);

	/* post-url sends the text as the body; get-url, and a form, as a field. */
	bool raw_body = method_is_post(hook) && !s.body;
	struct bytes text = raw_body ? (struct bytes){hook->body, hook->body_len} : value_of(&s, "text", NULL);
	struct bytes udh = read_udh(ctx, &s), time_given = value_of(&s, "time", "X-Kannel-Time");
	struct bytes id = value_of(&s, "id", NULL);
	out->sent_at = read_time(time_given.at);
	read_parts(udh, out);
	if (id.len) {
		out->provider_id = id.at;
		if ((trouble = id_trouble(out->provider_id)))
			return malformed(field, why, "id", trouble);
	} else {
		struct bytes piece[] = {from, to, time_given, text, udh, value_of(&s, "smsc", "X-Kannel-SMSC")};

		out->provider_id = hash_id(ctx, piece, COUNT_OF(piece));
	}
	out->text = read_text(ctx, &s, text, raw_body);
	return out->text ? HOOK_OK : HOOK_IGNORE;
}

/* Receipts ------------------------------------------------------------------------------------- */

/* The code in a report's reply (%A): see the table. NULL where there is none. */
static const char *reply_code(TALLOC_CTX *ctx, const char *reply)
{
	const char *stat = strcasestr(reply, "stat:");
	char *code = NULL;

	if (!strncmp(reply, "NACK/", 5))
		code = talloc_strndup(ctx, reply + 5, strcspn(reply + 5, "/ "));
	else if (stat)
		code = talloc_strndup(ctx, stat + 5, strcspn(stat + 5, " /\r\n"));
	if (!code || !*code || id_trouble(code))
		return NULL;
	/* "0x0000000B" and "delivrd" are seen too. */
	bool hex = !strncasecmp(code, "0x", 2);
	for (char *c = code; *c; c++) {
		if (hex && *c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
		else if (!hex && *c >= 'a' && *c <= 'z')
			*c = (char)(*c & ~0x20);
	}
	return code;
}

/* User guide, "Delivery reports": the values of %d and the bits of dlr-mask. */
static const struct {
	const char *status;
	enum message_state state;
} reports[] = {
	{"1", MSG_DELIVERED}, {"2", MSG_UNDELIVERED}, /* to and from the phone */
	{"4", MSG_QUEUED},                            /* queued at the SMSC */
	{"8", MSG_SENT},      {"16", MSG_FAILED},     /* by the SMSC: accepted, rejected */
};

static enum hook_verdict kannel_parse_receipt(TALLOC_CTX *ctx, const struct channel *ch, const struct hook *hook,
					      struct receipt *out, const char **field, const char **why)
{
	struct sources s;
	size_t i = 0;

	(void)ch;
	*out = (struct receipt){.state = MSG_QUEUED};
	if (!read_sources(ctx, hook, &s))
		return malformed(field, why, "query", "must have at most 512 fields");
	const char *m = value_of(&s, "m", NULL).at, *id = value_of(&s, "smsc", NULL).at;
	if (!message_of(m, out))
		return malformed(field, why, "m", "must be the UUID that the report URL was given");
	if (!id_trouble(id))
		out->provider_id = id;
	if (!out->has_message && !out->provider_id)
		return malformed(field, why, "m", "is missing: the UUID that the report URL was given is needed");
	const char *status = value_of(&s, "status", NULL).at;
	while (i < COUNT_OF(reports) && strcmp(reports[i].status, status) != 0)
		i++;
	if (i == COUNT_OF(reports))
		return malformed(field, why, "status", "must be 1, 2, 4, 8 or 16");
	out->state = reports[i].state;
	if (out->state <= MSG_DELIVERED)
		return HOOK_OK;
	out->code = reply_code(ctx, value_of(&s, "reply", NULL).at);
	out->meaning = kannel_meaning_of(out->code);
	if (out->meaning == MEAN_OK) /* no code, or one that belies the report */
		out->meaning = MEAN_UNKNOWN;
	if (out->meaning == MEAN_EXPIRED)
		out->state = MSG_EXPIRED;
	return HOOK_OK;
}

/* Sending -------------------------------------------------------------------------------------- */

/* Kannel fills escape codes into the report URL when the report comes: our own percent signs are doubled first. */
static char *report_url(TALLOC_CTX *ctx, const struct channel *ch, const char *status_url)
{
	char *url = talloc_size(ctx, 2 * strlen(status_url) + 1), *out = url;

	if (!url)
		return NULL;
	for (const char *p = status_url; *p; p++) {
		if (*p == '%')
			*out++ = '%';
		*out++ = *p;
	}
	*out = 0;
	/* append, not append_buffer: the block is longer than what it holds */
	url = talloc_asprintf_append(url, "%cstatus=%%d&reply=%%A&smsc=%%F", strchr(status_url, '?') ? '&' : '?');
	if (*ch->hook_secret) {
		const char *secret = form_encode(ctx, ch->hook_secret);

		url = talloc_asprintf_append_buffer(url, "&secret=");
		for (; *secret; secret++)
			url = talloc_asprintf_append_buffer(url, *secret == '%' ? "%%%%" : "%c", *secret);
	}
	return url;
}

static void kannel_build_send(TALLOC_CTX *ctx, const struct channel *ch, const struct outbound_text *text,
			      struct send_request *out)
{
	char *path = talloc_asprintf(ctx, "/cgi-bin/sendsms?username=%s&password=%s", form_encode(ctx, ch->account),
				     form_encode(ctx, ch->secret));

	if (*text->from) /* else the sendsms-user's default sender */
		path = talloc_asprintf_append_buffer(path, "&from=%s", form_encode(ctx, text->from));
	path = talloc_asprintf_append_buffer(path, "&to=%s&text=%s&charset=UTF-8&coding=%d", form_encode(ctx, text->to),
					     form_encode(ctx, text->text), text->ucs2 ? 2 : 0);
	if (*text->status_url) /* 31: every report there is */
		path = talloc_asprintf_append_buffer(path, "&dlr-mask=31&dlr-url=%s",
						     form_encode(ctx, report_url(ctx, ch, text->status_url)));
	if (text->validity > 0) /* minutes; a part of one counts whole, since 0 would be no limit */
		path = talloc_asprintf_append_buffer(path, "&validity=%ld",
						     text->validity / 60 + (text->validity % 60 != 0));
	*out = (struct send_request){.method = "GET", .url = join_url(ctx, ch->base_url, path)};
}

/* smsbox waits for bearerbox and answers 202 "0: Accepted for delivery" or "3: Queued for later delivery", 403 "Not
 * routable…" or "Authorization failed…", 503 "Temporal failure…", 400 for a bad field, 500 "Sending failed." before
 * anything left it. There is no id in an answer: reports come back by our own. */
static void kannel_parse_answer(TALLOC_CTX *ctx, const struct channel *ch, long status, const char *body, size_t len,
				const char *retry_after, struct send_answer *out)
{
	static const char failed[] = "Sending failed.";

	(void)ch;
	*out = (struct send_answer){
		.meaning = meaning_of_status(status),
		.retry_after = retry_after_seconds(retry_after),
	};
	if (out->meaning == MEAN_OK)
		return;
	if (status == 500 && body && len >= sizeof(failed) - 1 && !memcmp(body, failed, sizeof(failed) - 1))
		out->meaning = MEAN_UNREACHABLE;
	out->code = talloc_asprintf(ctx, "%ld", status);
}

const struct provider kannel_provider = {
	.name = "kannel",
	.verify = kannel_verify,
	.parse_inbound = kannel_parse_inbound,
	.parse_receipt = kannel_parse_receipt,
	.build_send = kannel_build_send,
	.parse_answer = kannel_parse_answer,
	.meaning_of = kannel_meaning_of,
	/* Empty: what smsbox reads here it would text to the customer, were max-messages not 0. */
	.inbound_reply = {200, "text/plain", ""},
	.receipt_reply = {200, "text/plain", ""},
};
