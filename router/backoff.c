#include "router/backoff.h"

/* How a class is tried again: first and longest pause, and for how long at all. The gate before every text has the last
 * word. */
static const struct {
	usec_t base, most, life;
} pace[] = {
	[CLASS_COMPLIANCE] = {USEC_SECOND, 30 * USEC_SECOND, USEC_HOUR},
	[CLASS_CONVERSATIONAL] = {2 * USEC_SECOND, 2 * USEC_MINUTE, USEC_DAY},
	[CLASS_TRANSACTIONAL] = {5 * USEC_SECOND, 10 * USEC_MINUTE, USEC_DAY},
	[CLASS_RELATIONSHIP] = {30 * USEC_SECOND, 30 * USEC_MINUTE, USEC_DAY},
	[CLASS_PROMOTIONAL] = {30 * USEC_SECOND, 30 * USEC_MINUTE, USEC_DAY},
};

enum action { ACT_DONE, ACT_BACKOFF, ACT_ONCE, ACT_PACE, ACT_HOURS, ACT_FAIL, ACT_WAIT };

/* compliance.md section 11. */
static const struct {
	enum action action;
	bool stop_sender;
	const char *name;
} table[] = {
	[MEAN_OK] = {ACT_DONE, false, "ok"},
	[MEAN_OPTED_OUT] = {ACT_FAIL, false, "opted_out"},
	[MEAN_BAD_NUMBER] = {ACT_FAIL, false, "bad_number"},
	[MEAN_DISCONNECTED] = {ACT_FAIL, false, "disconnected"},
	[MEAN_UNREACHABLE] = {ACT_BACKOFF, false, "unreachable"},
	[MEAN_UNKNOWN] = {ACT_ONCE, false, "unknown"},
	[MEAN_TOO_FAST] = {ACT_PACE, false, "too_fast"},
	[MEAN_FILTERED] = {ACT_FAIL, false, "filtered"},
	[MEAN_UNREGISTERED] = {ACT_FAIL, true, "unregistered"},
	[MEAN_EXPIRED] = {ACT_BACKOFF, false, "expired"},
	[MEAN_QUIET_HOURS] = {ACT_HOURS, false, "quiet_hours"},
	[MEAN_REJECTED] = {ACT_FAIL, false, "rejected"},
	[MEAN_LOST] = {ACT_WAIT, false, "lost"},
	[MEAN_NOT_SENT] = {ACT_BACKOFF, false, "not_sent"},
};

const char *send_meaning_name(enum send_meaning meaning)
{
	return (size_t)meaning < sizeof(table) / sizeof(*table) ? table[meaning].name : "unknown";
}

usec_t router_backoff(usec_t base, usec_t most, int attempts, uint64_t random)
{
	usec_t top = base;

	for (int i = 1; i < attempts && top < most; i++)
		top *= 2;
	if (top > most)
		top = most;
	return (usec_t)(random % (uint64_t)(top + 1));
}

static usec_t end_of_life(const struct retry_input *in)
{
	usec_t end = in->expires_at ? in->expires_at : in->queued_at + pace[in->cls].life;

	if (in->confirms_opt_out && in->queued_at + CONFIRMATION_LIFE < end)
		end = in->queued_at + CONFIRMATION_LIFE; /* OO-4 */
	return end;
}

static struct retry_answer later(const struct retry_input *in, usec_t pause, bool free_attempt)
{
	struct retry_answer a = {.verdict = RETRY_LATER, .due_at = in->now + pause, .free_attempt = free_attempt};

	if (a.due_at >= end_of_life(in))
		return (struct retry_answer){.verdict = RETRY_FAILED, .reason = "expired"};
	return a;
}

struct retry_answer router_after_answer(const struct retry_input *in)
{
	struct retry_answer a = {.verdict = RETRY_FAILED, .reason = send_meaning_name(in->meaning)};
	usec_t pause = router_backoff(pace[in->cls].base, pace[in->cls].most, in->attempts, in->random);

	if (in->retry_after > pause)
		pause = in->retry_after;
	switch (table[in->meaning].action) {
	case ACT_DONE:
		return (struct retry_answer){.verdict = RETRY_DONE};
	case ACT_WAIT:
		return (struct retry_answer){.verdict = RETRY_WAIT};
	case ACT_BACKOFF:
		return later(in, pause, false);
	case ACT_ONCE:
		return in->attempts <= 1 ? later(in, pause, false) : a;
	case ACT_PACE: /* not a failure of the text: the sender slows down */
		pause = in->retry_after ? in->retry_after : USEC_SECOND;
		a = later(in, pause, true);
		a.hold_sender = in->now + pause;
		return a;
	case ACT_HOURS:
		return later(in, 30 * USEC_MINUTE, true);
	case ACT_FAIL:
		break;
	}
	a.stop_sender = table[in->meaning].stop_sender;
	return a;
}

bool router_after_loss(enum message_class cls, bool confirms_opt_out, bool lost_before, usec_t queued_at, usec_t now)
{
	if (lost_before || cls > CLASS_TRANSACTIONAL)
		return false;
	return !confirms_opt_out || now < queued_at + CONFIRMATION_LIFE; /* OO-4 */
}
