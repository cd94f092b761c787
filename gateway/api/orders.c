#include "gateway/api/api.h"

#define STATES "placed|paid|shipped|out_for_delivery|delivered|delayed|exception|returned|refunded|cancelled"
static const short state_numbers[] = {
	ORDER_PLACED,  ORDER_PAID,      ORDER_SHIPPED,  ORDER_OUT_FOR_DELIVERY, ORDER_DELIVERED,
	ORDER_DELAYED, ORDER_EXCEPTION, ORDER_RETURNED, ORDER_REFUNDED,         ORDER_CANCELLED,
};

void orders_list(struct request *rq)
{
	static const struct filter filters[] = {
		{.name = "number", .kind = FILTER_TEXT},
		{.name = "customer", .kind = FILTER_UUID},
		{.name = "state", .kind = FILTER_NUMBERED, .words = STATES, .numbers = state_numbers},
		{.name = NULL},
	};
	static const struct page page = {.query = Q_API_ORDERS, .key = PAGE_BY_ID, .filters = filters};

	page_answer(rq, &page);
}

void orders_get(struct request *rq)
{
	resource_answer(rq, Q_API_ORDER);
}
