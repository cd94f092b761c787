/* What a browser sees at the address of a running gateway. */
#include "gateway/api/api.h"

static const char page[] =
	"<!doctype html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>Afterword</title>\n"
	"<style>\n"
	"body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 "
	"1rem;color:#222;background:#fff}\n"
	"a{color:#0b5394}code{background:#f2f2f2;padding:.1em .3em}\n"
	"@media (prefers-color-scheme:dark){body{color:#ddd;background:#1a1a1a}a{color:#8ab4f8}code{background:#333}}\n"
	"</style>\n"
	"</head>\n"
	"<body>\n"
	"<h1>Afterword</h1>\n"
	"<p>A two-way SMS gateway for what comes after the purchase: order events become timely texts, replies become\n"
	"answers or tickets, and every text is a line in one thread.</p>\n"
	"<ul>\n"
	"<li><a href=\"/openapi.yaml\">/openapi.yaml</a>: the REST API. It wants <code>Authorization: Bearer</code> "
	"and a token that\n"
	"<code>afterword token create</code> makes.</li>\n"
	"<li><a href=\"/healthz\">/healthz</a>: this process is alive.</li>\n"
	"<li><a href=\"/readyz\">/readyz</a>: it has its database and takes requests.</li>\n"
	"<li><a href=\"/metrics\">/metrics</a>: counters for Prometheus.</li>\n"
	"</ul>\n"
	"</body>\n"
	"</html>\n";

void home_page(struct request *rq)
{
	http_respond(rq, 200, "text/html; charset=utf-8", page, sizeof(page) - 1);
}
