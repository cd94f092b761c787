/* The words of the playbook's files. */
#include <string.h>

#include "templates/playbook_private.h"

/* In the order of their enums. */
const char pb_classes[] = "compliance conversational transactional relationship promotional";
const char pb_order_states[] = "placed paid shipped out_for_delivery delivered delayed exception returned refunded "
			       "cancelled partially_shipped "
			       "lost damaged return_started";
const char pb_days[] = "mon tue wed thu fri sat sun";
/* What a customer can ask for: router/names.c. */
#define INTENTS "order_status cancel_order change_delivery return refund damaged missing agent subscription"
const char pb_intents[] = INTENTS;
const char pb_ticket_intents[] = INTENTS " other";
const char pb_events[] =
	"order.placed order.paid order.partially_shipped order.shipped order.out_for_delivery order.delivered "
	"order.delayed "
	"order.exception order.lost order.damaged order.return_started order.returned order.refunded order.cancelled "
	"subscription.renewing subscription.renewed subscription.cancelled ticket.solved customer.opted_in";

const struct pb_program_name pb_program_names[] = {
	{"opt_out_confirmed", CLASS_COMPLIANCE},
	{"opt_out_marketing_confirmed", CLASS_COMPLIANCE},
	{"opt_in_confirmed", CLASS_COMPLIANCE},
	{"already_subscribed", CLASS_COMPLIANCE},
	{"opt_in_question", CLASS_COMPLIANCE},
	{"opt_in_double", CLASS_COMPLIANCE},
	{"help", CLASS_COMPLIANCE},
	{"opt_out_order_confirmed", CLASS_COMPLIANCE},
	{"start_question", CLASS_COMPLIANCE},
	{"hold_question", CLASS_COMPLIANCE},
	{"hold_released", CLASS_CONVERSATIONAL},
	{"help_menu", CLASS_CONVERSATIONAL},
	{"ack", CLASS_CONVERSATIONAL},
	{"no_orders", CLASS_CONVERSATIONAL},
	{"orders_question", CLASS_CONVERSATIONAL},
	{"order_choice", CLASS_CONVERSATIONAL},
	{"order_status_placed", CLASS_CONVERSATIONAL},
	{"order_status_paid", CLASS_CONVERSATIONAL},
	{"order_status_shipped", CLASS_CONVERSATIONAL},
	{"order_status_out_for_delivery", CLASS_CONVERSATIONAL},
	{"order_status_delivered", CLASS_CONVERSATIONAL},
	{"order_status_delayed", CLASS_CONVERSATIONAL},
	{"order_status_exception", CLASS_CONVERSATIONAL},
	{"order_status_returned", CLASS_CONVERSATIONAL},
	{"order_status_refunded", CLASS_CONVERSATIONAL},
	{"order_status_cancelled", CLASS_CONVERSATIONAL},
	{"order_status_carrier", CLASS_CONVERSATIONAL},
	{"order_status_expected", CLASS_CONVERSATIONAL},
	{"order_status_tracking", CLASS_CONVERSATIONAL},
	{"order_status_tracking_number", CLASS_CONVERSATIONAL},
	{"menu_again", CLASS_CONVERSATIONAL},
	{"rating_thanks", CLASS_CONVERSATIONAL},
	{"rating_again_csat", CLASS_CONVERSATIONAL},
	{"rating_again_nps", CLASS_CONVERSATIONAL},
	{"ticket_opened_cancel_order", CLASS_CONVERSATIONAL},
	{"ticket_opened_change_delivery", CLASS_CONVERSATIONAL},
	{"ticket_opened_return", CLASS_CONVERSATIONAL},
	{"ticket_opened_refund", CLASS_CONVERSATIONAL},
	{"ticket_opened_damaged", CLASS_CONVERSATIONAL},
	{"ticket_opened_missing", CLASS_CONVERSATIONAL},
	{"ticket_opened_agent", CLASS_CONVERSATIONAL},
	{"ticket_opened_subscription", CLASS_CONVERSATIONAL},
	{NULL, CLASS_COMPLIANCE},
};

const struct pb_program_name *pb_program_name(const char *name)
{
	for (const struct pb_program_name *p = pb_program_names; p->name; p++)
		if (!strcmp(p->name, name))
			return p;
	return NULL;
}
