#include "gateway/providers/common.h"

#include <string.h>
#include <strings.h>

#include "router/uuid.h"

const struct form_field *form_find(const struct form *form, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; form && i < form->n; i++)
		if (form->field[i].name_len == len && !memcmp(form->field[i].name, name, len))
			return &form->field[i];
	return NULL;
}

const char *number_trouble(const char *s)
{
	if (!s || !*s)
		return "is missing: a phone number is needed";
	if (*s == '+')
		s++;
	/* The international prefix some SMSCs write for '+' is no part of E.164's 15 digits. */
	else if (s[0] == '0' && s[1] == '0')
		s += 2;
	size_t digits = strspn(s, "0123456789");
	if (s[digits])
		return "must be a phone number: an optional '+', then digits only";
	if (digits < 3 || digits > 15)
		return "must have 3 to 15 digits";
	return NULL;
}

const char *id_trouble(const char *s)
{
	size_t n = 0;

	if (!s || !*s)
		return "is missing: the provider's id of the message is needed";
	for (; s[n]; n++) {
		if (n == PROVIDER_ID_MAX)
			return "must be at most 64 characters";
		if (s[n] < 0x21 || s[n] > 0x7e)
			return "must be printable ASCII without spaces";
	}
	return NULL;
}

bool content_type_is(const char *content_type, const char *type)
{
	size_t len = strlen(type);

	while (*content_type == ' ' || *content_type == '\t')
		content_type++;
	if (strncasecmp(content_type, type, len))
		return false;
	content_type += len;
	return !*content_type || strchr("; \t", *content_type);
}

bool method_is_post(const struct hook *hook)
{
	return !strcmp(hook->method, "POST");
}

bool message_of(const char *m, struct receipt *out)
{
	out->has_message = m && *m && uuid_parse(m, &out->message);
	return out->has_message || !m || !*m;
}

const struct code_meaning *code_find(const struct code_meaning *table, size_t n, const char *code)
{
	for (size_t i = 0; code && i < n; i++)
		if (!strcmp(table[i].code, code))
			return &table[i];
	return NULL;
}

enum send_meaning meaning_of_status(long status)
{
	if (status >= 200 && status < 300)
		return MEAN_OK;
	if (status == 429)
		return MEAN_TOO_FAST;
	if (status == 503) /* "not now": refused before anything was done, so a retry doubles nothing */
		return MEAN_UNREACHABLE;
	/* 408 and the other 5xx come from somewhere on the way or from the middle of the work: it may have gone. */
	if (status == 408 || status >= 500 || status < 300)
		return MEAN_LOST;
	return MEAN_REJECTED;
}

long retry_after_seconds(const char *value)
{
	const long day = 24 * 3600;
	long seconds = 0;

	if (!value || !*value || value[strspn(value, "0123456789")])
		return 0;
	for (; *value && seconds < day; value++)
		seconds = seconds * 10 + (*value - '0');
	return seconds < day ? seconds : day;
}

char *join_url(TALLOC_CTX *ctx, const char *base, const char *path)
{
	size_t len = strlen(base);

	while (len && base[len - 1] == '/')
		len--;
	return talloc_asprintf(ctx, "%.*s%s", (int)len, base, path);
}
