/* What becomes of a text once the provider has answered, or has not. Pure. */
#ifndef AFTERWORD_ROUTER_BACKOFF_H
#define AFTERWORD_ROUTER_BACKOFF_H

#include "router/types.h"

enum retry_verdict {
	RETRY_DONE = 0, /* accepted */
	RETRY_LATER,    /* again at due_at */
	RETRY_FAILED,   /* for good */
	RETRY_WAIT,     /* the lost-answer rule: wait for a receipt, then router_after_loss */
};

struct retry_input {
	enum send_meaning meaning;
	enum message_class cls;
	bool confirms_opt_out;
	int attempts; /* this one included */
	usec_t now, queued_at;
	usec_t expires_at;  /* 0: the class's default life */
	usec_t retry_after; /* what the provider asked for, 0 nothing */
	uint64_t random;
};

struct retry_answer {
	enum retry_verdict verdict;
	usec_t due_at;      /* RETRY_LATER */
	bool free_attempt;  /* RETRY_LATER: it does not count as an attempt */
	usec_t hold_sender; /* nothing more leaves this sender until then; 0: no hold */
	bool stop_sender;   /* nothing leaves until a person says so */
	const char *reason; /* RETRY_FAILED: static, where the provider gave no code */
};

struct retry_answer router_after_answer(const struct retry_input *in);

/* Full jitter: evenly spread over 0 … min(most, base·2^(attempts-1)), so that a crowd that failed together does not
 * return together. */
usec_t router_backoff(usec_t base, usec_t most, int attempts, uint64_t random);

/* A claim whose answer never came and whose grace is over without a receipt. True: send again (service texts, once). */
bool router_after_loss(enum message_class cls, bool confirms_opt_out, bool lost_before, usec_t queued_at, usec_t now);

/* OO-4: the confirmation of an opt-out leaves within this or not at all. */
#define CONFIRMATION_LIFE (5 * USEC_MINUTE)

/* Stable lower-case name for logs and metrics. */
const char *send_meaning_name(enum send_meaning meaning);

#endif
