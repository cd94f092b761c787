/* What a handler may ask of its request beside struct request. */
#include <string.h>

#include "gateway/http/private.h"
#include "gateway/providers/provider.h"

const char *http_header(const struct request *rq, const char *name)
{
	if (!rq->http->connection) /* the client is gone, and libmicrohttpd's memory of it */
		return NULL;
	return MHD_lookup_connection_value(rq->http->connection, MHD_HEADER_KIND, name);
}

const char *http_query(struct request *rq, const char *name)
{
	struct http_private *p = rq->http;
	const char *value;

	if (!*rq->query)
		return NULL;
	if (!p->query)
		p->query = form_parse(rq, rq->query, strlen(rq->query));
	value = p->query ? form_get(p->query, name) : NULL;
	return value ? utf8_clean(rq, value, strlen(value)) : NULL;
}
