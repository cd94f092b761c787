#include "gateway/api/body.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "router/uuid.h"

/* single values --------------------------------------------------------------------------------- */
bool phone_valid(const char *s)
{
	size_t digits = s[0] == '+' ? strspn(s + 1, "0123456789") : 0;

	return digits >= 7 && digits <= 15 && s[1] != '0' && !s[1 + digits];
}

bool word_among(const char *words, const char *s, size_t *index)
{
	size_t len = strlen(s), i = 0;

	for (const char *w = words; len; i++) {
		size_t n = strcspn(w, "|");
		if (n == len && !memcmp(w, s, n)) {
			if (index)
				*index = i;
			return true;
		}
		if (!w[n])
			break;
		w += n + 1;
	}
	return false;
}

/* Reads n digits. */
static bool digits(const char **s, int n, int *out)
{
	*out = 0;
	for (int i = 0; i < n; i++, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return false;
		*out = *out * 10 + (**s - '0');
	}
	return true;
}

static bool expect(const char **s, const char *one_of)
{
	return **s && strchr(one_of, **s) && (*s)++;
}

static usec_t fraction(const char **s)
{
	usec_t sum = 0, unit = USEC_SECOND / 10;

	for (; isdigit((unsigned char)**s); (*s)++, unit /= 10)
		sum += (**s - '0') * unit;
	return sum;
}

/* Minutes east of Greenwich. */
static bool zone(const char **s, int *minutes)
{
	int hour, minute, sign;

	*minutes = 0;
	if (expect(s, "Zz"))
		return true;
	sign = **s == '-' ? -1 : 1;
	if (!expect(s, "+-") || !digits(s, 2, &hour) || !expect(s, ":") || !digits(s, 2, &minute) || hour > 23 ||
	    minute > 59)
		return false;
	*minutes = sign * (hour * 60 + minute);
	return true;
}

bool time_parse(const char *s, usec_t *out)
{
	struct tm t = {0}, again;
	int year, month, minutes;
	usec_t part = 0;
	time_t seconds;

	if (!digits(&s, 4, &year) || !expect(&s, "-") || !digits(&s, 2, &month) || !expect(&s, "-") ||
	    !digits(&s, 2, &t.tm_mday) || !expect(&s, "Tt ") || !digits(&s, 2, &t.tm_hour) || !expect(&s, ":") ||
	    !digits(&s, 2, &t.tm_min) || !expect(&s, ":") || !digits(&s, 2, &t.tm_sec))
		return false;
	if (expect(&s, ".")) {
		if (!isdigit((unsigned char)*s))
			return false;
		part = fraction(&s);
	}
	if (!zone(&s, &minutes) || *s || year < 1970 || t.tm_hour > 23 || t.tm_min > 59 || t.tm_sec > 60)
		return false;
	t.tm_year = year - 1900;
	t.tm_mon = month - 1;
	again = t;
	seconds = timegm(&again);
	if (again.tm_mon != t.tm_mon || again.tm_year != t.tm_year || (again.tm_mday != t.tm_mday && t.tm_sec < 60))
		return false; /* 30 February */
	*out = ((usec_t)seconds - minutes * 60) * USEC_SECOND + part;
	return *out > 0;
}

/* Characters in s, or -1 if one is a control character that may not be there. s is valid UTF-8: jansson has seen to it.
 */
static long characters(const char *s, bool lines)
{
	long n = 0;

	for (const unsigned char *c = (const unsigned char *)s; *c; c++) {
		if ((*c < 0x20 && !(lines && *c == '\n')) || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0))
			return -1;
		n += (*c & 0xc0) != 0x80;
	}
	return n;
}

/* fields ------------------------------------------------------------------------------------------ */
static bool wrong(struct request *rq, const char *field, const char *detail)
{
	http_problem(rq, 400, "invalid-field", field, "%s", detail);
	return false;
}

static bool check_text(struct request *rq, const char *name, const json_t *v, const struct field *f)
{
	const char *s = json_string_value(v);
	long n = s ? characters(s, f->kind == FIELD_TEXT) : 0;

	if (!s)
		return wrong(rq, name, "must be a string");
	if (n < 0)
		return wrong(rq, name,
			     f->kind == FIELD_TEXT ? "must not hold control characters other than line feeds"
						   : "must not hold control characters");
	if (n < f->min || (f->max && n > f->max)) {
		http_problem(rq, 400, "invalid-field", name, "must be %ld to %ld characters long", f->min, f->max);
		return false;
	}
	if (f->min && !s[strspn(s, " \n")])
		return wrong(rq, name, "must not be blank");
	return true;
}

static bool check_word(struct request *rq, const char *name, const json_t *v, const struct field *f)
{
	const char *s = json_string_value(v);

	if (s && word_among(f->words, s, NULL))
		return true;
	http_problem(rq, 400, "invalid-field", name, "must be one of %s", f->words);
	return false;
}

static bool check_form(struct request *rq, const char *name, const json_t *v, const struct field *f)
{
	const char *s = json_string_value(v);
	struct uuid id;
	usec_t t;

	switch (f->kind) {
	case FIELD_UUID:
		return (s && uuid_parse(s, &id)) || wrong(rq, name, "must be a UUID");
	case FIELD_PHONE:
		return (s && phone_valid(s)) ||
		       wrong(rq, name, "must be a phone number in E.164 form, such as +14155550123");
	default:
		return (s && time_parse(s, &t)) ||
		       wrong(rq, name, "must be an RFC 3339 time, such as 2026-03-01T12:00:00Z");
	}
}

static bool check_number(struct request *rq, const char *name, const json_t *v, const struct field *f)
{
	double d = json_number_value(v);

	if (f->kind == FIELD_INT ? !json_is_integer(v) : !json_is_number(v))
		return wrong(rq, name, f->kind == FIELD_INT ? "must be a whole number" : "must be a number");
	if (d >= (double)f->min && (!f->max || d <= (double)f->max))
		return true;
	if (f->max)
		http_problem(rq, 400, "invalid-field", name, "must be %ld to %ld", f->min, f->max);
	else
		http_problem(rq, 400, "invalid-field", name, "must be at least %ld", f->min);
	return false;
}

static bool check_array(struct request *rq, const char *name, const json_t *v, const struct field *f)
{
	size_t n = json_array_size(v), i;
	json_t *one;

	if (!json_is_array(v))
		return wrong(rq, name, "must be an array");
	if (n < (size_t)f->min || (f->max && n > (size_t)f->max)) {
		http_problem(rq, 400, "invalid-field", name, "must have %ld to %ld elements", f->min, f->max);
		return false;
	}
	if (!f->fields)
		return true;
	json_array_foreach(v, i, one)
	{
		char *path = talloc_asprintf(rq, "%s[%zu]", name, i);
		if (!json_is_object(one))
			return wrong(rq, path, "must be an object");
		if (!body_check(rq, path, one, f->fields))
			return false;
	}
	return true;
}

static bool check_field(struct request *rq, const char *name, const json_t *v, const struct field *f)
{
	if (json_is_null(v) && f->flags & FIELD_NULLABLE)
		return true;
	switch (f->kind) {
	case FIELD_LINE:
	case FIELD_TEXT:
		return check_text(rq, name, v, f);
	case FIELD_WORD:
		return check_word(rq, name, v, f);
	case FIELD_UUID:
	case FIELD_PHONE:
	case FIELD_TIME:
		return check_form(rq, name, v, f);
	case FIELD_INT:
	case FIELD_NUMBER:
		return check_number(rq, name, v, f);
	case FIELD_BOOL:
		return json_is_boolean(v) || wrong(rq, name, "must be true or false");
	case FIELD_OBJECT:
		if (!json_is_object(v))
			return wrong(rq, name, "must be an object");
		return !f->fields || body_check(rq, name, v, f->fields);
	case FIELD_ARRAY:
		return check_array(rq, name, v, f);
	}
	return false;
}

static const char *joined(struct request *rq, const char *path, const char *name)
{
	return *path ? talloc_asprintf(rq, "%s.%s", path, name) : name;
}

static const struct field *find(const struct field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return fields;
	return NULL;
}

bool body_check(struct request *rq, const char *path, const json_t *object, const struct field *fields)
{
	const char *name;
	json_t *v;

	json_object_foreach((json_t *)object, name, v)
	{
		const struct field *f = find(fields, name);
		if (!f)
			return wrong(rq, joined(rq, path, name), "is not a field of this request");
		if (!check_field(rq, joined(rq, path, name), v, f))
			return false;
	}
	for (; fields->name; fields++)
		if (fields->flags & FIELD_REQUIRED && !json_object_get(object, fields->name))
			return wrong(rq, joined(rq, path, fields->name), "is required");
	return true;
}

/* the whole ---------------------------------------------------------------------------------------- */
static bool is_json(const char *type)
{
	size_t n = type ? strcspn(type, "; \t") : 0;

	return n == strlen("application/json") && !strncasecmp(type, "application/json", n);
}

/* The deepest nesting, seen without building anything: brackets inside strings do not count. */
static unsigned depth(const char *s, size_t len)
{
	unsigned now = 0, most = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (quoted && s[i] == '\\')
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s[i] == '{' || s[i] == '['))
			most = ++now > most ? now : most;
		else if (!quoted && (s[i] == '}' || s[i] == ']') && now)
			now--;
	}
	return most;
}

static int let_go(json_t **held)
{
	json_decref(*held);
	return 0;
}

json_t *body_read(struct request *rq)
{
	json_error_t error;
	json_t *j, **held;

	if (!is_json(http_header(rq, "Content-Type"))) {
		http_problem(rq, 415, "unsupported-media-type", NULL,
			     "the body must be sent as Content-Type: application/json");
		return NULL;
	}
	if (depth(rq->body, rq->body_len) > BODY_DEPTH_MAX) {
		http_problem(rq, 400, "invalid-json", NULL, "the body is nested deeper than %d levels", BODY_DEPTH_MAX);
		return NULL;
	}
	j = json_loadb(rq->body, rq->body_len, JSON_REJECT_DUPLICATES, &error);
	if (!j) {
		http_problem(rq, 400, "invalid-json", NULL, "line %d, column %d: %s", error.line, error.column,
			     error.text);
		return NULL;
	}
	held = talloc(rq, json_t *);
	*held = j;
	talloc_set_destructor(held, let_go);
	if (!json_is_object(j)) {
		http_problem(rq, 400, "invalid-json", NULL, "the body must be a JSON object");
		return NULL;
	}
	return j;
}

json_t *body_checked(struct request *rq, const struct field *fields)
{
	json_t *j = body_read(rq);

	return j && body_check(rq, "", j, fields) ? j : NULL;
}

/* values ------------------------------------------------------------------------------------------- */
bool body_has(const json_t *object, const char *name)
{
	return json_object_get(object, name) != NULL;
}

const char *body_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

bool body_uuid(const json_t *object, const char *name, struct uuid *out)
{
	const char *s = body_text(object, name);

	return s && uuid_parse(s, out);
}

usec_t body_time(const json_t *object, const char *name)
{
	const char *s = body_text(object, name);
	usec_t t = 0;

	return s && time_parse(s, &t) ? t : 0;
}

bool locale_valid(const char *s)
{
	size_t language = strspn(s, "abcdefghijklmnopqrstuvwxyz");
	const char *subtag = s + language;

	for (; *subtag == '-' &&
	       strspn(subtag + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") > 1;)
		subtag += 1 + strcspn(subtag + 1, "-");
	return language >= 2 && language <= 3 && !*subtag;
}

void time_format(usec_t t, char out[32])
{
	time_t seconds = t / USEC_SECOND;
	struct tm tm;
	size_t n;

	gmtime_r(&seconds, &tm);
	n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, 32 - n, ".%03dZ", (int)(t % USEC_SECOND / 1000));
}
