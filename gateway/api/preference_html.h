/* How the preference page looks: HTML that needs no script. */
#ifndef AFTERWORD_PREFERENCE_HTML_H
#define AFTERWORD_PREFERENCE_HTML_H

#include <stdbool.h>

#include "gateway/html.h"
#include "gateway/http/http.h"

struct preference_view {
	const char *language; /* as page_language() says it */
	const char *brand, *contact, *digits;
	const char *receives;                /* all | transactional_only | none */
	const char *locale, *zone, *country; /* NULL: not known */
	const char *notice;                  /* key of what was just done; NULL: nothing */
	bool wrong;                          /* the notice is of a mistake */
	const char *undo;                    /* id of what can be taken back; NULL: nothing */
	bool start_hint;                     /* a STOP was taken back here, which a carrier may not have heard */
};

void preference_show(struct request *rq, unsigned status, const struct preference_view *v);
/* A page that only says something: key_title and key_more. brand may be NULL. */
void preference_say(struct request *rq, unsigned status, const char *language, const char *brand, const char *key);

/* What stands beside a choice, for the ledger: its name and what is under it, in the page's language. */
const char *preference_wording(TALLOC_CTX *ctx, const char *language, const char *brand, const char *receive);

#endif
