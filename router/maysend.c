#include "router/maysend.h"

#define CONFIRMATION_LIFE (5 * USEC_MINUTE) /* OO-4 */
#define HOLD_LOOK_AGAIN USEC_HOUR           /* a hold ends by a person, the customer, or 24 h: look now and then */

/* How long a text is worth sending when nobody said otherwise. */
static const usec_t life[] = {
	[CLASS_COMPLIANCE] = USEC_HOUR,       [CLASS_CONVERSATIONAL] = 24 * USEC_HOUR,
	[CLASS_TRANSACTIONAL] = 2 * USEC_DAY, [CLASS_RELATIONSHIP] = 3 * USEC_DAY,
	[CLASS_PROMOTIONAL] = USEC_DAY,
};

/* CL-6: a day after the customer's last text an answer is no conversation any more. What an agent or the robot says
 * then is about an order; marketing is never queued as conversational, so the linter's class of it stands. */
static enum message_class class_now(usec_t now, const struct gate_input *in)
{
	bool stale = !in->last_inbound_at || now - in->last_inbound_at > 24 * USEC_HOUR;

	return in->cls == CLASS_CONVERSATIONAL && stale ? CLASS_TRANSACTIONAL : in->cls;
}

static usec_t ends(const struct gate_input *in, enum message_class cls)
{
	usec_t end = in->expires_at ? in->expires_at : in->queued_at + life[cls];

	if (in->confirms_opt_out && end > in->queued_at + CONFIRMATION_LIFE)
		end = in->queued_at + CONFIRMATION_LIFE;
	return end;
}

static struct gate_answer suppress(const char *reason)
{
	return (struct gate_answer){.verdict = GATE_SUPPRESS, .reason = reason};
}

struct gate_answer router_may_send(usec_t now, const struct gate_input *in)
{
	enum message_class cls = class_now(now, in);
	usec_t end = ends(in, cls);
	bool marketing = cls == CLASS_RELATIONSHIP || cls == CLASS_PROMOTIONAL;

	if (now >= end)
		return suppress("expired");
	if (cls == CLASS_COMPLIANCE) /* HP-1, OO-4: exempt from the block */
		return (struct gate_answer){.verdict = GATE_SEND};
	if (in->opted_out) /* OO-1 */
		return suppress("opted_out");
	if (in->number_bad)
		return suppress("number_bad");
	if (cls >= CLASS_TRANSACTIONAL && in->order_muted) /* OO-3 */
		return suppress("order_muted");
	if (marketing && in->marketing_out) /* OO-3 */
		return suppress("marketing_out");
	if (marketing && in->on_hold) { /* NM-3 */
		usec_t until = now + HOLD_LOOK_AGAIN;
		return (struct gate_answer){
			.verdict = GATE_DEFER, .until = until < end ? until : end, .reason = "on_hold"};
	}
	return (struct gate_answer){.verdict = GATE_SEND};
}
