#include "gateway/api/preference_html.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

#include "gateway/zones.h"
#include "templates/pages.h"

static const char style[] =
	":root{color-scheme:light "
	"dark;--ink:#1b1c1e;--soft:#55585e;--line:#c9ccd1;--ground:#f6f6f4;--card:#fff;--act:#1a5fb4;"
	"--on-act:#fff;--stop:#a51d2d;--good:#e6f3e8;--good-line:#5f9f6a;--bad:#fdecec;--bad-line:#c0525e}"
	"@media(prefers-color-scheme:dark){:root{--ink:#ececea;--soft:#b0b3b8;--line:#4a4d52;--ground:#17181a;--card:#"
	"212327;--act:#8ab8f5;"
	"--on-act:#10243d;--stop:#ff9aa2;--good:#1f3324;--good-line:#5f9f6a;--bad:#3a2226;--bad-line:#c0525e}}"
	"*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:1.0625rem/1.5 "
	"system-ui,sans-serif}"
	"main{max-width:34rem;margin:0 auto;padding:1.5rem 1rem 3rem}"
	".brand{margin:0;color:var(--soft);font-weight:600;overflow-wrap:anywhere}h1{font-size:1.5rem;line-height:1.25;"
	"margin:.25rem 0 .75rem}"
	"p{margin:0 0 1rem;overflow-wrap:anywhere}form{margin:0 0 1.25rem}"
	"fieldset{border:1px solid var(--line);border-radius:.75rem;background:var(--card);padding:.25rem 1rem "
	".625rem;margin:0 0 .75rem;min-width:0}"
	"legend{font-weight:600;padding:0 .375rem;margin-left:-.375rem}"
	".choice{display:flex;gap:.75rem;padding:.625rem 0;cursor:pointer}.choice+.choice{border-top:1px solid "
	"var(--line)}"
	".choice input{flex:none;width:1.375rem;height:1.375rem;margin:.125rem 0 0;accent-color:var(--act)}"
	".choice b{display:block}.more{display:block;color:var(--soft);font-size:.9375rem;line-height:1.45}"
	".field{display:block;padding:.375rem 0}.field b{display:block;margin-bottom:.25rem}"
	"select{width:100%;min-height:2.75rem;font:inherit;color:inherit;background:var(--ground);border:1px solid "
	"var(--line);"
	"border-radius:.5rem;padding:.25rem .5rem}"
	"button{width:100%;min-height:2.875rem;font:inherit;font-weight:600;border-radius:.625rem;border:1px solid "
	"var(--act);"
	"background:var(--act);color:var(--on-act);padding:.5rem 1rem;cursor:pointer}"
	".plain{background:transparent;color:var(--act)}.stop{background:transparent;color:var(--stop);border-color:"
	"var(--stop)}"
	":focus-visible{outline:3px solid var(--act);outline-offset:2px}"
	".notice{border:1px solid var(--good-line);background:var(--good);border-radius:.75rem;padding:.875rem "
	"1rem;margin:0 0 1.25rem}"
	".notice.bad{border-color:var(--bad-line);background:var(--bad)}.notice p{margin:0}.notice p+p,.notice "
	"form{margin:.75rem 0 0}"
	"footer{color:var(--soft);font-size:.9375rem}footer p{margin:0 0 .375rem}";

/* Nothing is loaded from anywhere and nothing runs: of the page's own style the hash is named. */
static const char *policy(TALLOC_CTX *ctx)
{
	unsigned char hash[SHA256_DIGEST_LENGTH], text[45];

	SHA256((const unsigned char *)style, strlen(style), hash);
	EVP_EncodeBlock(text, hash, sizeof(hash));
	return talloc_asprintf(ctx,
			       "default-src 'none'; style-src 'sha256-%s'; form-action 'self'; base-uri 'none'; "
			       "frame-ancestors 'none'",
			       text);
}

static void respond(struct request *rq, unsigned status, const struct html *h)
{
	http_add_header(rq, "Content-Security-Policy", policy(rq));
	http_add_header(rq, "Referrer-Policy", "no-referrer"); /* the token is in the address */
	http_add_header(rq, "Cache-Control", "no-store");
	http_add_header(rq, "X-Robots-Tag", "noindex, nofollow");
	if (status == 503)
		http_add_header(rq, "Retry-After", "2");
	http_respond(rq, status, "text/html; charset=utf-8", h->bytes, h->len);
}

/* pieces ------------------------------------------------------------------------------------------------------- */
struct page {
	struct html *html;
	const struct preference_view *v;
};

static const char *words(struct page *p, const char *key)
{
	const struct preference_view *v = p->v;
	struct page_var vars[] = {{"brand.name", v->brand}, {"support.contact", v->contact}, {"digits", v->digits}};

	return page_text(p->html, v->language, key, vars, 3);
}

static void say(struct page *p, const char *before, const char *key, const char *after)
{
	html_raw(p->html, before);
	html_text(p->html, words(p, key));
	html_raw(p->html, after);
}

static void head(struct page *p, const char *title)
{
	html_raw(p->html, "<!doctype html><html lang=\"");
	html_text(p->html, p->v->language);
	html_raw(p->html, "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
			  "content=\"width=device-width,initial-scale=1\">"
			  "<meta name=\"robots\" content=\"noindex,nofollow\"><title>");
	html_text(p->html, words(p, title));
	html_raw(p->html, "</title><style>");
	html_raw(p->html, style);
	html_raw(p->html, "</style></head><body><main>");
	if (p->v->brand) {
		html_raw(p->html, "<p class=\"brand\">");
		html_text(p->html, p->v->brand);
		html_raw(p->html, "</p>");
	}
	say(p, "<h1>", title, "</h1>");
}

static void notice(struct page *p)
{
	const struct preference_view *v = p->v;

	if (!v->notice)
		return;
	say(p, v->wrong ? "<div class=\"notice bad\" role=\"alert\"><p>" : "<div class=\"notice\" role=\"status\"><p>",
	    v->notice, "</p>");
	if (v->start_hint)
		say(p, "<p>", "start_hint", "</p>");
	if (v->undo) {
		html_raw(p->html, "<form method=\"post\"><input type=\"hidden\" name=\"undo\" value=\"");
		html_text(p->html, v->undo);
		say(p, "\"><button class=\"plain\">", "undo", "</button></form>");
	}
	html_raw(p->html, "</div>");
}

static const struct choice {
	const char *value, *key, *more;
} choices[] = {
	{"all", "all", "all_more"},
	{"transactional_only", "orders", "orders_more"},
	{"none", "none", "none_more"},
};
#define CHOICES (sizeof(choices) / sizeof(choices[0]))

static void what(struct page *p)
{
	say(p, "<form method=\"post\"><fieldset><legend>", "receive", "</legend>");
	for (size_t i = 0; i < CHOICES; i++) {
		html_raw(p->html, "<label class=\"choice\"><input type=\"radio\" name=\"receive\" required value=\"");
		html_text(p->html, choices[i].value);
		html_raw(p->html, strcmp(choices[i].value, p->v->receives) ? "\">" : "\" checked>");
		say(p, "<span><b>", choices[i].key, "</b>");
		say(p, "<span class=\"more\">", choices[i].more, "</span></span></label>");
	}
	say(p, "</fieldset><button>", "save", "</button></form>");
	if (strcmp(p->v->receives, "none"))
		say(p,
		    "<form method=\"post\"><input type=\"hidden\" name=\"receive\" value=\"none\"><button "
		    "class=\"stop\">",
		    "stop_now", "</button></form>");
}

static void option(struct page *p, const char *value, const char *text, bool selected)
{
	html_raw(p->html, "<option value=\"");
	html_text(p->html, value);
	html_raw(p->html, selected ? "\" selected>" : "\">");
	html_text(p->html, text);
	html_raw(p->html, "</option>");
}

static void languages(struct page *p)
{
	const char *language;

	say(p, "<label class=\"field\"><b>", "language", "</b><select name=\"locale\">");
	for (size_t i = 0; (language = page_language_at(i)); i++)
		option(p, language, page_word(language, "language_name"), !strcmp(language, p->v->language));
	html_raw(p->html, "</select></label>");
}

/* "America/Port_of_Spain" as people write it. */
static const char *spoken(TALLOC_CTX *ctx, const char *zone)
{
	char *text = talloc_strdup(ctx, zone);

	for (char *s = text; (s = strchr(s, '_')); s++)
		*s = ' ';
	return text;
}

static void group(struct page *p, const char *key, const char *country)
{
	const struct preference_view *v = p->v;
	size_t n;
	const struct zone *list = zones(&n);

	say(p, "<optgroup label=\"", key, "\">");
	for (size_t i = 0; i < n; i++)
		if (!country || zone_in(&list[i], country))
			option(p, list[i].name, spoken(p->html, list[i].name),
			       v->zone && !strcmp(list[i].name, v->zone) &&
				       (country || !v->country || !zone_in(&list[i], v->country)));
	html_raw(p->html, "</optgroup>");
}

static bool listed(const char *zone)
{
	size_t n;
	const struct zone *list = zones(&n);

	for (size_t i = 0; zone && i < n; i++)
		if (!strcmp(list[i].name, zone))
			return true;
	return !zone;
}

static void time_zones(struct page *p)
{
	const struct preference_view *v = p->v;

	say(p, "<label class=\"field\"><b>", "zone", "</b><span class=\"more\">");
	say(p, "", "zone_more", "</span><select name=\"zone\">");
	option(p, "", words(p, "zone_unsaid"), !v->zone);
	if (!listed(v->zone))
		option(p, v->zone, spoken(p->html, v->zone), true);
	if (v->country)
		group(p, "zones_near", v->country);
	group(p, "zones_all", NULL);
	html_raw(p->html, "</select></label>");
}

static void foot(struct page *p)
{
	html_raw(p->html, "<footer>");
	if (strcmp(p->v->receives, "none"))
		say(p, "<p>", "stop_hint", "</p>");
	say(p, "<p>", "questions", "</p></footer></main></body></html>");
}

/* pages -------------------------------------------------------------------------------------------------------- */
void preference_show(struct request *rq, unsigned status, const struct preference_view *v)
{
	struct page p = {.html = html_new(rq), .v = v};

	head(&p, "title");
	say(&p, "<p>", "intro", "</p>");
	notice(&p);
	what(&p);
	say(&p, "<form method=\"post\"><fieldset><legend>", "place", "</legend>");
	languages(&p);
	time_zones(&p);
	say(&p, "</fieldset><button class=\"plain\">", "save", "</button></form>");
	foot(&p);
	respond(rq, status, p.html);
}

void preference_say(struct request *rq, unsigned status, const char *language, const char *brand, const char *key)
{
	struct preference_view v = {.language = language, .brand = brand};
	struct page p = {.html = html_new(rq), .v = &v};

	head(&p, talloc_asprintf(rq, "%s_title", key));
	say(&p, "<p>", talloc_asprintf(rq, "%s_more", key), "</p></main></body></html>");
	respond(rq, status, p.html);
}

const char *preference_wording(TALLOC_CTX *ctx, const char *language, const char *brand, const char *receive)
{
	struct page_var vars[] = {{"brand.name", brand}};

	for (size_t i = 0; i < CHOICES; i++)
		if (!strcmp(choices[i].value, receive))
			return talloc_asprintf(ctx, "%s\n%s", page_text(ctx, language, choices[i].key, vars, 1),
					       page_text(ctx, language, choices[i].more, vars, 1));
	return NULL;
}
