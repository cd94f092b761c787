/* Who calls? Bearer tokens of /v1. */
#ifndef AFTERWORD_AUTH_H
#define AFTERWORD_AUTH_H

#include "gateway/http/http.h"

/* Runs next(rq) with rq->who filled in once the token is known and has every scope of rq->route; else answers 401, 403,
 * or 503 while PostgreSQL is away and the token has not been seen in the last 30 seconds. Public routes pass. */
void http_authenticate(struct request *rq, void (*next)(struct request *rq));

/* "tickets:write"; NULL for what is not one bit of enum scope. */
const char *scope_name(unsigned bit);

#endif
