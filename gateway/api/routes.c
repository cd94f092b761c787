/* Every address of the gateway. */
#include "gateway/api/api.h"
#include "gateway/http/assets.h"
#include "gateway/pipelines/pipelines.h"
#include "gateway/pipelines/simcarrier.h"
#include "gateway/scrape.h"

#define KIB 1024

http_handler assets_handle;

/* clang-format off */
const struct route http_routes[] = {
	/* carriers and providers: authenticated by their own signatures */
	{"POST", "/webhooks/{provider}/{channel}/inbound", inbound_handle, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 64 * KIB, "inbound"},
	{"GET", "/webhooks/{provider}/{channel}/inbound", inbound_handle, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 64 * KIB, "inbound"},
	{"POST", "/webhooks/{provider}/{channel}/status", receipts_handle, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 64 * KIB, "status"},
	{"GET", "/webhooks/{provider}/{channel}/status", receipts_handle, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 64 * KIB, "status"},

	/* shops and helpdesks */
	{"POST", "/v1/events", events_handle, SCOPE_EVENTS_WRITE, 0, 2048 * KIB, "events"},
	{"GET", "/v1/orders", orders_list, SCOPE_ORDERS_READ, 0, 0, "orders"},
	{"GET", "/v1/orders/{id}", orders_get, SCOPE_ORDERS_READ, 0, 0, "order"},
	{"GET", "/v1/customers", customers_list, SCOPE_CUSTOMERS_READ, 0, 0, "customers"},
	{"GET", "/v1/customers/{id}", customers_get, SCOPE_CUSTOMERS_READ, 0, 0, "customer"},
	{"DELETE", "/v1/customers/{id}", customers_erase, SCOPE_PRIVACY_WRITE, 0, 0, "customer_erase"},
	{"GET", "/v1/customers/{id}/export", customers_export, SCOPE_PRIVACY_WRITE, 0, 0, "customer_export"},
	{"PUT", "/v1/customers/{id}/legal-hold", customers_hold, SCOPE_PRIVACY_WRITE, 0, 4 * KIB, "customer_hold"},
	{"GET", "/v1/customers/{id}/consents", consents_get, SCOPE_CONSENTS_READ, 0, 0, "consents"},
	{"POST", "/v1/customers/{id}/consents", consents_post, SCOPE_CONSENTS_WRITE, ROUTE_IDEMPOTENT, 64 * KIB, "consent_add"},
	{"PUT", "/v1/customers/{id}/preferences", preferences_put, SCOPE_CONSENTS_WRITE, 0, 64 * KIB, "preferences"},
	{"POST", "/v1/customers/{id}/preference-link", preferences_link, SCOPE_CUSTOMERS_WRITE, 0, 0, "preference_link"},
	{"GET", "/v1/conversations", conversations_list, SCOPE_CONVERSATIONS_READ, 0, 0, "conversations"},
	{"GET", "/v1/conversations/{id}", conversations_get, SCOPE_CONVERSATIONS_READ, 0, 0, "conversation"},
	{"PATCH", "/v1/conversations/{id}", conversations_patch, SCOPE_CONVERSATIONS_WRITE, 0, 4 * KIB, "conversation_change"},
	{"GET", "/v1/conversations/{id}/messages", conversations_messages, SCOPE_CONVERSATIONS_READ | SCOPE_MESSAGES_READ, 0, 0, "thread"},
	{"GET", "/v1/messages", messages_list, SCOPE_MESSAGES_READ, 0, 0, "messages"},
	{"POST", "/v1/messages", messages_post, SCOPE_MESSAGES_WRITE, ROUTE_IDEMPOTENT, 64 * KIB, "message_send"},
	{"GET", "/v1/messages/{id}", messages_get, SCOPE_MESSAGES_READ, 0, 0, "message"},
	{"GET", "/v1/tickets", tickets_list, SCOPE_TICKETS_READ, 0, 0, "tickets"},
	{"POST", "/v1/tickets", tickets_post, SCOPE_TICKETS_WRITE, ROUTE_IDEMPOTENT, 64 * KIB, "ticket_open"},
	{"GET", "/v1/tickets/{id}", tickets_get, SCOPE_TICKETS_READ, 0, 0, "ticket"},
	{"PATCH", "/v1/tickets/{id}", tickets_patch, SCOPE_TICKETS_WRITE, 0, 64 * KIB, "ticket_change"},
	{"POST", "/v1/tickets/{id}/replies", tickets_reply, SCOPE_TICKETS_WRITE, ROUTE_IDEMPOTENT, 64 * KIB, "ticket_reply"},
	{"POST", "/v1/tickets/{id}/notes", tickets_note, SCOPE_TICKETS_WRITE, ROUTE_IDEMPOTENT, 64 * KIB, "ticket_note"},

	/* customers, in a browser: the token in the address is the authority */
	{"GET", "/preferences/{token}", preference_page_get, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 0, "preference_page"},
	{"POST", "/preferences/{token}", preference_page_post, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 4 * KIB, "preference_page"},

	/* the built-in carrier: channels of the provider "simulator" only */
	{"POST", "/sim/{channel}/messages", simcarrier_messages, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 64 * KIB, "sim_messages"},
	{"POST", "/sim/{channel}/phones/{number}/texts", simcarrier_text, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 64 * KIB, "sim_text"},
	{"GET", "/sim/{channel}/phones/{number}/texts", simcarrier_thread, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 0, "sim_thread"},
	{"GET", "/sim/{channel}/behaviour", simcarrier_behaviour, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 0, "sim_behaviour"},
	{"PUT", "/sim/{channel}/behaviour", simcarrier_behaviour, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 4 * KIB, "sim_behaviour"},

	/* operators and readers */
	{"GET", "/", home_page, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 0, "home"},
	{"GET", "/openapi.yaml", assets_handle, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 0, "openapi"},
	{"GET", "/healthz", health_live, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 0, "healthz"},
	{"GET", "/readyz", health_ready, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 0, "readyz"},
	{"GET", "/metrics", scrape_answer, SCOPE_NONE_NEEDED, ROUTE_PUBLIC, 0, "metrics"},
	{NULL, NULL, NULL, 0, 0, 0, NULL},
};
/* clang-format on */
