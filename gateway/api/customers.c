#include "gateway/api/api.h"

void customers_list(struct request *rq)
{
	static const struct filter filters[] = {{.name = "phone", .kind = FILTER_PHONE}, {.name = NULL}};
	static const struct page page = {.query = Q_API_CUSTOMERS, .key = PAGE_BY_ID, .filters = filters};

	page_answer(rq, &page);
}

void customers_get(struct request *rq)
{
	resource_answer(rq, Q_API_CUSTOMER);
}
