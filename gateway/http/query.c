/* What a handler may ask of its request beside struct request. */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

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

static bool ours(const struct sockaddr *a)
{
	const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
	uint32_t four;

	if (a->sa_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(six))
		return IN6_IS_ADDR_LOOPBACK(six) || (six->s6_addr[0] & 0xfe) == 0xfc;
	four = a->sa_family == AF_INET6 ? ((const uint32_t *)(const void *)six->s6_addr)[3]
					: ((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr;
	four = ntohl(four);
	return four >> 24 == 127 || four >> 24 == 10 || four >> 20 == (172 << 4 | 1) || four >> 16 == (192 << 8 | 168);
}

/* The last entry is what our own proxy wrote; what stands before it anybody could have written. */
static const char *forwarded(struct request *rq)
{
	const char *header = http_header(rq, "X-Forwarded-For"), *last = header ? strrchr(header, ',') : NULL;
	unsigned char bytes[16];
	char *out;

	if (!header)
		return NULL;
	last = last ? last + 1 : header;
	last += strspn(last, " ");
	out = talloc_strndup(rq, last, strcspn(last, " "));
	return inet_pton(AF_INET, out, bytes) == 1 || inet_pton(AF_INET6, out, bytes) == 1 ? out : NULL;
}

const char *http_client_address(struct request *rq)
{
	const union MHD_ConnectionInfo *info;
	const struct sockaddr *a;
	char text[INET6_ADDRSTRLEN] = "";
	const char *behind;

	if (!rq->http->connection)
		return "";
	info = MHD_get_connection_info(rq->http->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	a = info ? info->client_addr : NULL;
	if (!a || (a->sa_family != AF_INET && a->sa_family != AF_INET6))
		return "";
	behind = ours(a) ? forwarded(rq) : NULL;
	if (behind)
		return behind;
	inet_ntop(a->sa_family,
		  a->sa_family == AF_INET ? (const void *)&((const struct sockaddr_in *)(const void *)a)->sin_addr
					  : (const void *)&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
		  text, sizeof(text));
	return talloc_strdup(rq, text);
}
