/* Any text in any context: no crash, no opt-out without a tier, memory that stays within bounds. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "router/decide.h"

#define NOW ((usec_t)1764000000 * USEC_SECOND)

/* Keeps what is UTF-8: the router is promised valid text. */
static void make_valid(const uint8_t *data, size_t size, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < size;) {
		int32_t cp;
		utf8proc_ssize_t len = utf8proc_iterate(data + i, (utf8proc_ssize_t)(size - i), &cp);
		if (len > 0 && cp) {
			memcpy(out + n, data + i, (size_t)len);
			n += (size_t)len;
		}
		i += len > 0 ? (size_t)len : 1;
	}
	out[n] = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct playbook *shipped;
	struct router_brand brand = {.name = "Acme", .support_contact = "help@acme.example", .locale = "en"};
	static const char *const locales[] = {NULL, "en", "es-MX", "fr", "de", "fi", "zh", "tr"};
	static const char *const recent[] = {"Acme: your order shipped. Reply STOP to end all our texts."};
	static const struct router_order orders[] = {
		{.id = {{1}}, .number = "#1001", .state = ORDER_SHIPPED, .state_at = NOW},
		{.id = {{2}}, .number = "AB-1002", .state = ORDER_PAID, .muted = true}};

	if (size < 4)
		return 0;
	char *text = malloc(size + 1);
	make_valid(data + 4, size - 4, text);
	if (!shipped)
		shipped = playbook_shipped(NULL);
	brand.playbook = shipped;
	struct router_context in = {
		.brand = &brand, .locale = locales[data[0] & 7], .country = data[0] & 8 ? "CA" : NULL};
	brand.stop_inside_sentence = (enum stop_inside_sentence)((data[3] & 3) % 3);
	brand.stop_scope = (enum stop_scope)((data[3] >> 2 & 3) % 3);
	in.opted_out = data[1] & 1;
	in.marketing_out = data[1] & 2;
	in.on_hold = data[1] & 4;
	in.robot_off = data[1] & 8;
	in.ticket_open = data[1] & 16;
	in.ticket_human = data[1] & 32;
	in.provider_replies_to_keywords = data[1] & 64;
	in.marketing_granted_before = data[1] & 128;
	in.orders = orders;
	in.n_orders = data[0] >> 4 & 3 & 2;
	in.recent = recent;
	in.n_recent = data[0] >> 7;
	in.memory.question = (enum question)((data[2] & 7) % (ASK_START + 1));
	in.memory.question_expires_at = NOW + 1;
	if (data[2] & 8) {
		in.memory.menu = (struct router_menu){
			.kind = MENU_ORDERS, .intent = INTENT_ORDER_STATUS, .expires_at = NOW + USEC_DAY, .n = 2};
		in.memory.menu.option[0].order = orders[0].id;
	}
	struct router_input input = {.text = text,
				     .at = NOW,
				     .has_media = data[2] & 16,
				     .provider_keyword = (enum provider_keyword)(data[2] >> 5 & 3)};
	in.memory.has_order = data[3] & 16;
	in.memory.order = orders[data[3] >> 5 & 1].id;
	struct router_decision out;
	TALLOC_CTX *ctx = talloc_new(NULL);
	(void)router_needs(&input);
	router_decide(ctx, &in, &input, &out);
	/* Who is out hears nothing but compliance (OO-9), a mute names its order (OO-3), and what no question asked for
	 * only a list word grants, whatever the provider lifts (OO-6, ST-2). */
	for (size_t i = 0; i < out.n_replies; i++)
		if (in.opted_out && out.reply[i].cls != CLASS_COMPLIANCE)
			abort();
	if (out.consent == CONSENT_REVOKE_ORDER && (!out.has_order || in.opted_out))
		abort();
	bool asked = in.memory.question == ASK_OPT_IN || in.memory.question == ASK_START;
	if ((out.consent == CONSENT_GRANT_SERVICE || out.consent == CONSENT_GRANT_ALL) && !asked &&
	    strcmp(out.tier, "keyword") != 0)
		abort();
	if (!out.tier || (out.kind == DECIDE_OPT_OUT && !out.phrase) || out.n_replies > DECISION_REPLIES ||
	    out.memory.menu.n > MENU_MAX)
		abort();
	talloc_free(ctx);
	free(text);
	return 0;
}
