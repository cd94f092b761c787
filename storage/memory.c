#include "storage/inbound.h"

#include <string.h>

/* version, kind, intent, n, expires (8, big-endian), then for each choice: action, order's 16 bytes */
#define MENU_VERSION 1
#define MENU_HEAD 12
#define MENU_CHOICE 17

size_t memory_pack_menu(const struct router_menu *menu, uint8_t out[256])
{
	uint8_t *at = out;

	*at++ = MENU_VERSION;
	*at++ = (uint8_t)menu->kind;
	*at++ = (uint8_t)menu->intent;
	*at++ = (uint8_t)menu->n;
	for (int i = 0; i < 8; i++)
		*at++ = (uint8_t)((uint64_t)menu->expires_at >> (56 - 8 * i));
	for (unsigned i = 0; i < menu->n && i < MENU_MAX; i++) {
		*at++ = (uint8_t)menu->option[i].action;
		memcpy(at, menu->option[i].order.b, 16);
		at += 16;
	}
	return (size_t)(at - out);
}

bool memory_unpack_menu(const uint8_t *bytes, size_t n, struct router_menu *menu)
{
	uint64_t expires = 0;

	memset(menu, 0, sizeof(*menu));
	if (n < MENU_HEAD || bytes[0] != MENU_VERSION || bytes[1] > MENU_ORDERS || bytes[2] >= INTENTS ||
	    bytes[3] > MENU_MAX || n != MENU_HEAD + (size_t)bytes[3] * MENU_CHOICE)
		return false;
	menu->kind = (enum menu_kind)bytes[1];
	menu->intent = (enum intent)bytes[2];
	menu->n = bytes[3];
	for (int i = 0; i < 8; i++)
		expires = expires << 8 | bytes[4 + i];
	menu->expires_at = (usec_t)expires;
	for (unsigned i = 0; i < menu->n; i++) {
		const uint8_t *choice = bytes + MENU_HEAD + i * MENU_CHOICE;
		menu->option[i].action = choice[0] < INTENTS ? (enum intent)choice[0] : INTENT_OTHER;
		memcpy(menu->option[i].order.b, choice + 1, 16);
	}
	return true;
}
