/* What becomes of a text after the provider's answer: compliance.md section 11, OO-4, the lost-answer rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "router/backoff.h"

#define NOW (1000000 * USEC_SECOND)

static struct retry_input input(enum send_meaning meaning, enum message_class cls, int attempts)
{
	return (struct retry_input){
		.meaning = meaning, .cls = cls, .attempts = attempts, .now = NOW, .queued_at = NOW, .random = 0};
}

static void each_meaning_has_its_verdict(void **state)
{
	static const struct {
		enum send_meaning meaning;
		int attempts;
		enum retry_verdict verdict;
		bool free_attempt, hold, stop;
	} cases[] = {
		{MEAN_OK, 1, RETRY_DONE, false, false, false},
		{MEAN_OPTED_OUT, 1, RETRY_FAILED, false, false, false},
		{MEAN_BAD_NUMBER, 1, RETRY_FAILED, false, false, false},
		{MEAN_DISCONNECTED, 1, RETRY_FAILED, false, false, false},
		{MEAN_UNREACHABLE, 9, RETRY_LATER, false, false, false},
		{MEAN_UNKNOWN, 1, RETRY_LATER, false, false, false},
		{MEAN_UNKNOWN, 2, RETRY_FAILED, false, false, false},
		{MEAN_TOO_FAST, 9, RETRY_LATER, true, true, false},
		{MEAN_FILTERED, 1, RETRY_FAILED, false, false, false},
		{MEAN_UNREGISTERED, 1, RETRY_FAILED, false, false, true},
		{MEAN_EXPIRED, 1, RETRY_LATER, false, false, false},
		{MEAN_QUIET_HOURS, 1, RETRY_LATER, true, false, false},
		{MEAN_REJECTED, 1, RETRY_FAILED, false, false, false},
		{MEAN_LOST, 1, RETRY_WAIT, false, false, false},
		{MEAN_NOT_SENT, 30, RETRY_LATER, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct retry_input in = input(cases[i].meaning, CLASS_TRANSACTIONAL, cases[i].attempts);
		struct retry_answer a = router_after_answer(&in);
		assert_int_equal(a.verdict, cases[i].verdict);
		assert_int_equal(a.free_attempt, cases[i].free_attempt);
		assert_int_equal(a.hold_sender > NOW, cases[i].hold);
		assert_int_equal(a.stop_sender, cases[i].stop);
	}
}

static void pauses_grow_are_capped_and_jittered(void **state)
{
	(void)state;
	assert_int_equal(router_backoff(1000, 8000, 1, UINT64_MAX - UINT64_MAX % 1001 - 1), 1000);
	for (uint64_t r = 0; r < 5000; r++) {
		assert_in_range(router_backoff(1000, 8000, 1, r * 7919), 0, 1000);
		assert_in_range(router_backoff(1000, 8000, 3, r * 7919), 0, 4000);
		assert_in_range(router_backoff(1000, 8000, 1000, r * 7919), 0, 8000);
	}
	assert_int_equal(router_backoff(1000, 8000, 1000, 8000), 8000);
	assert_int_equal(router_backoff(1000, 8000, 0, 1000), 1000);
}

static void the_provider_may_ask_for_a_longer_pause(void **state)
{
	struct retry_input in = input(MEAN_TOO_FAST, CLASS_TRANSACTIONAL, 1);

	(void)state;
	assert_int_equal(router_after_answer(&in).due_at, NOW + USEC_SECOND);
	in.retry_after = 30 * USEC_SECOND;
	assert_int_equal(router_after_answer(&in).due_at, NOW + 30 * USEC_SECOND);
	assert_int_equal(router_after_answer(&in).hold_sender, NOW + 30 * USEC_SECOND);
	in.meaning = MEAN_UNREACHABLE;
	assert_int_equal(router_after_answer(&in).due_at, NOW + 30 * USEC_SECOND);
}

static void nothing_is_tried_beyond_its_life(void **state)
{
	struct retry_input in = input(MEAN_UNREACHABLE, CLASS_COMPLIANCE, 1);
	struct retry_answer a;

	(void)state;
	in.confirms_opt_out = true;
	in.queued_at = NOW - CONFIRMATION_LIFE + 1;
	assert_int_equal(router_after_answer(&in).verdict, RETRY_LATER); /* random 0: at once */
	in.queued_at = NOW - CONFIRMATION_LIFE;
	a = router_after_answer(&in);
	assert_int_equal(a.verdict, RETRY_FAILED);
	assert_string_equal(a.reason, "expired");
	in = input(MEAN_NOT_SENT, CLASS_TRANSACTIONAL, 1);
	in.expires_at = NOW - 1;
	assert_int_equal(router_after_answer(&in).verdict, RETRY_FAILED);
	in.expires_at = 0;
	in.queued_at = NOW - USEC_DAY;
	assert_int_equal(router_after_answer(&in).verdict, RETRY_FAILED);
}

static void only_service_texts_go_again_after_a_loss_and_once(void **state)
{
	(void)state;
	assert_true(router_after_loss(CLASS_COMPLIANCE, false, false, NOW, NOW));
	assert_true(router_after_loss(CLASS_CONVERSATIONAL, false, false, NOW, NOW));
	assert_true(router_after_loss(CLASS_TRANSACTIONAL, false, false, NOW, NOW));
	assert_false(router_after_loss(CLASS_RELATIONSHIP, false, false, NOW, NOW));
	assert_false(router_after_loss(CLASS_PROMOTIONAL, false, false, NOW, NOW));
	assert_false(router_after_loss(CLASS_TRANSACTIONAL, false, true, NOW, NOW));
	assert_true(router_after_loss(CLASS_COMPLIANCE, true, false, NOW - CONFIRMATION_LIFE + 1, NOW));
	assert_false(router_after_loss(CLASS_COMPLIANCE, true, false, NOW - CONFIRMATION_LIFE, NOW));
}

static void meanings_have_names(void **state)
{
	(void)state;
	for (int m = MEAN_OK; m <= MEAN_NOT_SENT; m++)
		assert_true(strlen(send_meaning_name((enum send_meaning)m)) > 0);
	assert_string_equal(send_meaning_name(MEAN_TOO_FAST), "too_fast");
	assert_string_equal(send_meaning_name((enum send_meaning)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_meaning_has_its_verdict),
		cmocka_unit_test(pauses_grow_are_capped_and_jittered),
		cmocka_unit_test(the_provider_may_ask_for_a_longer_pause),
		cmocka_unit_test(nothing_is_tried_beyond_its_life),
		cmocka_unit_test(only_service_texts_go_again_after_a_loss_and_once),
		cmocka_unit_test(meanings_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
