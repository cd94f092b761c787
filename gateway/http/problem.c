/* RFC 9457: what went wrong, said so that a program can tell and a person can mend it. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/http/http.h"
#include "gateway/providers/provider.h"

#define PROBLEMS "https://afterword.dev/problems/"

static const struct {
	unsigned status;
	const char *title;
} titles[] = {
	{400, "Bad request"},
	{401, "Not authenticated"},
	{403, "Not allowed"},
	{404, "Not found"},
	{405, "Method not allowed"},
	{406, "Not acceptable"},
	{409, "Conflict"},
	{410, "Gone"},
	{412, "Changed in the meantime"},
	{413, "Too large"},
	{415, "Unsupported media type"},
	{422, "Cannot be done"},
	{428, "Precondition required"},
	{429, "Too many requests"},
	{500, "Internal error"},
	{503, "Unavailable"},
};

static const char *title_of(unsigned status)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return status < 500 ? "Bad request" : "Internal error";
}

/* Details quote what the client sent, which need not be UTF-8; JSON must be. */
static json_t *clean_string(struct request *rq, const char *s)
{
	return json_string(utf8_clean(rq, s, strlen(s)));
}

void http_problem(struct request *rq, unsigned status, const char *type, const char *field, const char *detail, ...)
{
	va_list args;
	json_t *problem, *says;
	char *text;

	va_start(args, detail);
	text = talloc_vasprintf(rq, detail, args);
	va_end(args);
	if (!text)
		abort(); /* out of memory */
	says = clean_string(rq, text);
	problem = json_pack("{s:o, s:s, s:i, s:O}", "type", json_sprintf(PROBLEMS "%s", type), "title",
			    title_of(status), "status", (int)status, "detail", says);
	if (field)
		json_object_set_new(problem, "errors",
				    json_pack("[{s:o, s:O}]", "field", clean_string(rq, field), "detail", says));
	json_decref(says);
	text = json_dumps(problem, JSON_COMPACT);
	json_decref(problem);
	if (!text)
		abort();
	http_respond(rq, status, "application/problem+json", text, strlen(text));
	free(text);
}

void http_unavailable(struct request *rq, const char *detail)
{
	http_add_header(rq, "Retry-After", "2");
	http_problem(rq, 503, "unavailable", NULL, "%s", detail);
}
