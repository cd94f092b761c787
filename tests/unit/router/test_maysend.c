/* The gate before every text: every reason, caps at their edges, consent by country, what the record keeps, and that no
 * marketing passes outside the hours or without consent, whatever else is true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "router/maysend.h"

static uint64_t seed = 20261126;

static uint32_t draw(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + 1;
	return (uint32_t)(seed >> 33) % below;
}

static usec_t at(const char *iso)
{
	struct tm tm = {0};

	assert_non_null(strptime(iso, "%Y-%m-%dT%H:%M:%SZ", &tm));
	return (usec_t)timegm(&tm) * USEC_SECOND;
}

#define NOON at("2026-07-01T16:00:00Z")  /* a Wednesday, noon in New York */
#define NIGHT at("2026-07-02T03:00:00Z") /* 23:00 there */

/* A promotional text to a number of New York that all rules let pass at noon. */
static struct gate_input good(enum message_class cls, usec_t now)
{
	struct gate_input in = {
		.cls = cls,
		.queued_at = now - USEC_MINUTE,
		.expires_at = now + 3 * USEC_DAY,
		.sender_country = "US",
		.where = {.number = "+12125550100"},
		.grants = {.of[PURPOSE_PROMOTIONAL] = {.kind = GRANT_WRITTEN, .granted_at = 1},
			   .of[PURPOSE_RELATIONSHIP] = {.kind = GRANT_WRITTEN, .granted_at = 1},
			   .number_given_at = 1},
	};

	return in;
}

static struct gate_answer is(usec_t now, const struct gate_input *in, enum gate_verdict verdict, enum gate_reason why)
{
	struct gate_answer a = router_may_send(now, in);

	if (a.verdict != verdict || a.why != why)
		print_error("got %d %s\n", a.verdict, a.reason ? a.reason : "-");
	assert_int_equal(a.verdict, verdict);
	assert_int_equal(a.why, why);
	assert_string_equal(a.rules, rules.version);
	if (verdict == GATE_DEFER || verdict == GATE_COLLAPSE)
		assert_true(a.until > now);
	if (verdict == GATE_SEND)
		assert_true(a.validity >= 1 && !a.reason);
	else
		assert_string_equal(a.reason, gate_reason_name(why));
	return a;
}

/* One field changed from a good text: what the gate says, by class. SEND rows show that it does not ask too much. */
enum by { PROMO = 1, RELATION = 2, SERVICE = 4, TALK = 8, ALL = 15, MARKETING = 3 };

#define CHANGE(NAME) static void NAME(struct gate_input *in)
CHANGE(opted_out)
{
	in->opted_out = true;
}
CHANGE(number_bad)
{
	in->number_bad = true;
}
CHANGE(marketing_out)
{
	in->marketing_out = true;
}
CHANGE(transactional_only)
{
	in->transactional_only = true;
}
CHANGE(on_hold)
{
	in->on_hold = true;
}
CHANGE(order_muted)
{
	in->order_muted = true;
}
CHANGE(wrong_state)
{
	in->has_order = true;
	in->order_state = ORDER_DELIVERED;
	in->order_states = 1u << ORDER_OUT_FOR_DELIVERY;
}
CHANGE(no_order)
{
	in->order_states = 1u << ORDER_OUT_FOR_DELIVERY;
}
CHANGE(right_state)
{
	in->has_order = true;
	in->order_state = ORDER_DELIVERED;
	in->order_states = 1u << ORDER_SHIPPED | 1u << ORDER_DELIVERED;
}
CHANGE(no_sender)
{
	in->sender_country = NULL;
}
CHANGE(foreign_sender)
{
	in->sender_country = "GB";
}
CHANGE(listed_sender)
{
	static const char *const list[] = {"CA", "US"};
	in->sender_country = "GB";
	in->n_sender_reaches = 2;
	in->sender_reaches = list;
}
CHANGE(unlisted_sender)
{
	static const char *const list[] = {"CA"};
	in->n_sender_reaches = 1;
	in->sender_reaches = list;
}
CHANGE(alphanumeric)
{
	in->sender_kind = SENDER_ALPHANUMERIC;
	in->sender_country = "GB";
}
CHANGE(british) /* number, sender, and a soft opt-in */
{
	in->where.number = "+447700900100";
	in->sender_country = "GB";
	in->grants = (struct grants){.soft_opt_in_at = 1, .number_given_at = 1};
}
CHANGE(british_one_way)
{
	british(in);
	in->sender_kind = SENDER_ALPHANUMERIC;
}
CHANGE(british_one_way_link)
{
	british_one_way(in);
	in->opt_out_link = true;
}
CHANGE(british_one_way_question)
{
	british_one_way_link(in);
	in->expects_reply = true;
}
CHANGE(domestic)
{
	in->where.number = "+17875550100"; /* Puerto Rico */
}
CHANGE(toll_free_sender)
{
	in->sender_kind = SENDER_TOLL_FREE;
	in->where.number = "+14165550100";
	in->grants.of[PURPOSE_PROMOTIONAL].kind = GRANT_EXPRESS;
	in->grants.of[PURPOSE_RELATIONSHIP].kind = GRANT_EXPRESS;
}
CHANGE(no_place)
{
	in->where.number = NULL;
}
CHANGE(satellite)
{
	in->where.number = "+881612345678";
}
CHANGE(no_grant)
{
	memset(in->grants.of, 0, sizeof in->grants.of);
}
CHANGE(nothing_given)
{
	memset(&in->grants, 0, sizeof in->grants);
}
CHANGE(refused)
{
	for (int p = 0; p < PURPOSES; p++)
		in->grants.of[p].refused_at = 2;
}
CHANGE(refused_before)
{
	for (int p = 0; p < PURPOSES; p++) {
		in->grants.of[p].kind = GRANT_WRITTEN;
		in->grants.of[p].granted_at = 3;
		in->grants.of[p].refused_at = 2;
	}
}
CHANGE(claimed)
{
	for (int p = 0; p < PURPOSES; p++)
		in->grants.of[p] = (struct grant){.kind = GRANT_CLAIMED, .granted_at = 1};
	in->grants.number_given_at = 0;
}
CHANGE(only_express)
{
	for (int p = 0; p < PURPOSES; p++)
		in->grants.of[p].kind = GRANT_EXPRESS;
}
CHANGE(german_written)
{
	in->where.number = "+4915123456789";
	in->sender_country = "DE";
}
CHANGE(german_double)
{
	german_written(in);
	in->grants.of[PURPOSE_PROMOTIONAL].kind = GRANT_DOUBLE;
}
CHANGE(gift_to_germany) /* both countries count */
{
	in->where.ship_country = "DE";
}
CHANGE(promotional_only)
{
	in->grants.of[PURPOSE_RELATIONSHIP] = (struct grant){0};
}
CHANGE(relationship_only)
{
	in->grants.of[PURPOSE_PROMOTIONAL] = (struct grant){0};
}
CHANGE(service_only)
{
	in->service_only = true;
	no_grant(in);
}
CHANGE(canadian)
{
	in->where.number = "+14165550100";
	in->sender_country = "CA";
	in->grants = (struct grants){.last_purchase_at = NOON - 730 * USEC_DAY + USEC_SECOND};
}
CHANGE(canadian_late)
{
	canadian(in);
	in->grants.last_purchase_at = NOON - 730 * USEC_DAY;
}
CHANGE(canadian_inquiry)
{
	canadian(in);
	in->grants = (struct grants){.last_inquiry_at = NOON - 180 * USEC_DAY};
}
CHANGE(canadian_refused)
{
	canadian(in);
	refused(in);
}
CHANGE(nothing)
{
	(void)in;
}
CHANGE(expires_now)
{
	in->expires_at = NOON;
}

static const struct {
	void (*change)(struct gate_input *in);
	unsigned classes; /* for which the answer is */
	enum gate_verdict verdict;
	enum gate_reason why;
} table[] = {
	{nothing, ALL, GATE_SEND, REASON_NONE},
	{expires_now, ALL, GATE_SUPPRESS, REASON_EXPIRED},
	{opted_out, ALL, GATE_SUPPRESS, REASON_OPTED_OUT},
	{number_bad, ALL, GATE_SUPPRESS, REASON_NUMBER_BAD},
	{marketing_out, MARKETING, GATE_SUPPRESS, REASON_MARKETING_OUT},
	{marketing_out, SERVICE | TALK, GATE_SEND, REASON_NONE},
	{transactional_only, MARKETING, GATE_SUPPRESS, REASON_TRANSACTIONAL_ONLY},
	{transactional_only, SERVICE | TALK, GATE_SEND, REASON_NONE},
	{on_hold, MARKETING, GATE_DEFER, REASON_ON_HOLD},
	{on_hold, SERVICE | TALK, GATE_SEND, REASON_NONE},
	{order_muted, MARKETING | SERVICE, GATE_SUPPRESS, REASON_ORDER_MUTED},
	{order_muted, TALK, GATE_SEND, REASON_NONE},
	{wrong_state, MARKETING | SERVICE, GATE_SUPPRESS, REASON_ORDER_STATE},
	{no_order, MARKETING | SERVICE, GATE_SUPPRESS, REASON_ORDER_STATE},
	{right_state, ALL, GATE_SEND, REASON_NONE},
	{no_sender, MARKETING, GATE_SUPPRESS, REASON_SENDER_COUNTRY},
	{no_sender, SERVICE | TALK, GATE_SEND, REASON_NONE},
	{foreign_sender, ALL, GATE_SUPPRESS, REASON_SENDER_COUNTRY},
	{listed_sender, ALL, GATE_SEND, REASON_NONE},
	{unlisted_sender, ALL, GATE_SUPPRESS, REASON_SENDER_COUNTRY},
	{alphanumeric, ALL, GATE_SUPPRESS, REASON_SENDER_COUNTRY},
	{british, ALL, GATE_SEND, REASON_NONE},
	{british_one_way, MARKETING, GATE_SUPPRESS, REASON_SENDER_ONE_WAY},
	{british_one_way, SERVICE, GATE_SEND, REASON_NONE},
	{british_one_way_link, ALL, GATE_SEND, REASON_NONE},
	{british_one_way_question, ALL, GATE_SUPPRESS, REASON_SENDER_ONE_WAY},
	{domestic, ALL, GATE_SEND, REASON_NONE},
	{toll_free_sender, ALL, GATE_SEND, REASON_NONE},
	{no_place, MARKETING, GATE_SUPPRESS, REASON_PLACE_UNKNOWN},
	{no_place, SERVICE | TALK, GATE_SEND, REASON_NONE},
	{satellite, MARKETING, GATE_SUPPRESS, REASON_PLACE_UNKNOWN},
	{no_grant, MARKETING, GATE_SUPPRESS, REASON_NO_CONSENT},
	{no_grant, SERVICE | TALK, GATE_SEND, REASON_NONE},
	{nothing_given, MARKETING | SERVICE, GATE_SUPPRESS, REASON_NO_CONSENT},
	{nothing_given, TALK, GATE_SEND, REASON_NONE},
	{refused, MARKETING | SERVICE, GATE_SUPPRESS, REASON_CONSENT_REFUSED},
	{refused_before, ALL, GATE_SEND, REASON_NONE},
	{claimed, MARKETING, GATE_SUPPRESS, REASON_CONSENT_CLAIMED}, /* CO-6 */
	{claimed, SERVICE, GATE_SEND, REASON_NONE},
	{only_express, MARKETING, GATE_SUPPRESS, REASON_CONSENT_WEAK}, /* CO-2 */
	{only_express, SERVICE, GATE_SEND, REASON_NONE},
	{german_written, MARKETING, GATE_SUPPRESS, REASON_CONSENT_WEAK},
	{german_double, ALL, GATE_SEND, REASON_NONE},
	{gift_to_germany, MARKETING, GATE_SUPPRESS, REASON_CONSENT_WEAK},
	{promotional_only, ALL, GATE_SEND, REASON_NONE},
	{relationship_only, PROMO, GATE_SUPPRESS, REASON_NO_CONSENT},
	{relationship_only, RELATION, GATE_SEND, REASON_NONE},
	{service_only, PROMO, GATE_SUPPRESS, REASON_NO_CONSENT}, /* CL-2: no promotional text is service */
	{service_only, RELATION, GATE_SEND, REASON_NONE},
	{canadian, ALL, GATE_SEND, REASON_NONE}, /* CO-4 */
	{canadian_late, MARKETING, GATE_SUPPRESS, REASON_CONSENT_LAPSED},
	{canadian_late, SERVICE, GATE_SEND, REASON_NONE},
	{canadian_inquiry, MARKETING, GATE_SEND, REASON_NONE},
	{canadian_refused, MARKETING, GATE_SUPPRESS, REASON_CONSENT_REFUSED},
};

static void test_reasons(void **state)
{
	static const enum message_class class_of[] = {CLASS_PROMOTIONAL, CLASS_RELATIONSHIP, CLASS_TRANSACTIONAL,
						      CLASS_CONVERSATIONAL};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		for (int c = 0; c < 4; c++) {
			struct gate_input in = good(class_of[c], NOON);
			struct gate_answer a;
			in.last_inbound_at = NOON - USEC_MINUTE;
			table[i].change(&in);
			if (!(table[i].classes >> c & 1))
				continue;
			a = router_may_send(NOON, &in);
			if (a.verdict != table[i].verdict || a.why != table[i].why)
				fail_msg("row %zu, class %d: %d %s", i, class_of[c], a.verdict,
					 a.reason ? a.reason : "-");
			is(NOON, &in, table[i].verdict, table[i].why);
		}
}

static void test_names(void **state)
{
	(void)state;
	assert_null(gate_reason_name(REASON_NONE));
	for (int r = 0; r < REASONS; r++) {
		assert_non_null(gate_reason_text((enum gate_reason)r));
		for (int k = 1; k < r; k++)
			assert_string_not_equal(gate_reason_name((enum gate_reason)r),
						gate_reason_name((enum gate_reason)k));
	}
}

/* A text of a caller that fills nothing but the class: no marketing, service as ever. */
static void test_zero_is_no(void **state)
{
	struct gate_input in = {.cls = CLASS_PROMOTIONAL, .queued_at = NOON};

	(void)state;
	is(NOON, &in, GATE_SUPPRESS, REASON_SENDER_COUNTRY);
	in.cls = CLASS_RELATIONSHIP;
	is(NOON, &in, GATE_SUPPRESS, REASON_SENDER_COUNTRY);
	in.cls = CLASS_TRANSACTIONAL;
	is(NOON, &in, GATE_SUPPRESS, REASON_NO_CONSENT);
	in.grants.number_given_at = 1;
	is(NIGHT, &in, GATE_SEND, REASON_NONE);
}

static void test_compliance(void **state)
{
	struct gate_input in = {.cls = CLASS_COMPLIANCE, .queued_at = NIGHT, .opted_out = true, .number_bad = true};

	(void)state;
	is(NIGHT, &in, GATE_SEND, REASON_NONE); /* HP-1 */
	in.confirms_opt_out = true;             /* OO-4 */
	is(NIGHT + 5 * USEC_MINUTE - 1, &in, GATE_SEND, REASON_NONE);
	is(NIGHT + 5 * USEC_MINUTE, &in, GATE_SUPPRESS, REASON_EXPIRED);
}

static void test_conversation(void **state)
{
	struct gate_input in = good(CLASS_CONVERSATIONAL, NIGHT);

	(void)state;
	in.last_inbound_at = NIGHT - 24 * USEC_HOUR; /* CL-6: just still one; no hours hold it */
	is(NIGHT, &in, GATE_SEND, REASON_NONE);
	in.last_inbound_at -= USEC_SECOND;
	is(NIGHT, &in, GATE_DEFER, REASON_COURTESY_HOURS);
	in.content = CLASS_PROMOTIONAL;
	is(NIGHT, &in, GATE_DEFER, REASON_QUIET_HOURS);
	no_grant(&in);
	is(NIGHT, &in, GATE_SUPPRESS, REASON_NO_CONSENT);
	in = good(CLASS_PROMOTIONAL, NIGHT); /* an answer to the customer's own text, of any class */
	in.answers_at = NIGHT - USEC_HOUR;
	is(NIGHT, &in, GATE_SEND, REASON_NONE);
	in.answers_at -= 1;
	is(NIGHT, &in, GATE_DEFER, REASON_QUIET_HOURS);
}

static void test_hours(void **state)
{
	struct gate_input in = good(CLASS_PROMOTIONAL, NIGHT);
	struct pb_brand brand = {.quiet[CLASS_PROMOTIONAL] = {10 * 60, 20 * 60}};
	int32_t closed = day_of("2026-07-02");
	struct gate_answer a = is(NIGHT, &in, GATE_DEFER, REASON_QUIET_HOURS);

	(void)state;
	assert_true(a.until == at("2026-07-02T12:00:00Z"));
	in.spread = UINT32_MAX; /* QH-8 */
	a = is(NIGHT, &in, GATE_DEFER, REASON_QUIET_HOURS);
	assert_true(a.until > at("2026-07-02T12:29:59Z") && a.until < at("2026-07-02T12:30:00Z"));
	in.expires_at = at("2026-07-02T12:10:00Z"); /* not past its end */
	a = is(NIGHT, &in, GATE_DEFER, REASON_QUIET_HOURS);
	assert_true(a.until == at("2026-07-02T12:00:00Z"));
	in.expires_at = at("2026-07-02T12:00:00Z"); /* FQ-3: it would not be true any more */
	is(NIGHT, &in, GATE_SUPPRESS, REASON_QUIET_HOURS);
	in = good(CLASS_PROMOTIONAL, NIGHT);
	in.brand = &brand;
	in.n_closed = 1;
	in.closed = &closed;
	a = is(NIGHT, &in, GATE_DEFER, REASON_QUIET_HOURS);
	assert_true(a.until == at("2026-07-03T14:00:00Z"));
	in = good(CLASS_PROMOTIONAL, NIGHT); /* QH-3: 20:44:59 and 20:45:00 */
	a = is(at("2026-07-02T00:44:59Z"), &in, GATE_SEND, REASON_NONE);
	assert_int_equal(a.validity, 15 * 60 + 1);
	is(at("2026-07-02T00:45:00Z"), &in, GATE_DEFER, REASON_QUIET_HOURS);
	in.cls = CLASS_TRANSACTIONAL; /* QH-9 */
	a = is(NIGHT, &in, GATE_DEFER, REASON_COURTESY_HOURS);
	assert_true(a.until == at("2026-07-02T11:00:00Z"));
	in.urgent = true;
	is(NIGHT, &in, GATE_SEND, REASON_NONE);
	in = good(CLASS_RELATIONSHIP, NIGHT); /* CL-2: courtesy hours only */
	service_only(&in);
	is(at("2026-07-02T01:30:00Z"), &in, GATE_SEND, REASON_NONE);
	is(NIGHT, &in, GATE_DEFER, REASON_COURTESY_HOURS);
}

static void test_no_window(void **state)
{
	struct gate_input in = good(CLASS_PROMOTIONAL, NOON);

	(void)state;
	in.where.number = "+14015550100"; /* Rhode Island's hours there and in Sydney: never both */
	in.where.ship_country = "AU";
	in.where.ship_region = "NSW";
	is(NOON, &in, GATE_SUPPRESS, REASON_NO_WINDOW);
	in.cls = CLASS_TRANSACTIONAL;
	is(NOON, &in, GATE_DEFER, REASON_COURTESY_HOURS);
	in.where.number = "+12125550100"; /* 7 to 22 in New York and in Perth: 19:00 to 22:00 */
	in.where.ship_region = "WA";
	is(at("2026-07-01T23:30:00Z"), &in, GATE_SEND, REASON_NONE);
}

/* Without the tz database: no marketing, and no crash. GLib reads it where TZDIR says. */
static void test_zone_data(void **state)
{
	struct gate_input in = good(CLASS_PROMOTIONAL, NOON);

	(void)state;
	assert_null(zones_missing());
	setenv("TZDIR", "/nonexistent", 1);
	zones_refresh(NOON - 2 * USEC_HOUR);
	zones_refresh(NOON);
	assert_non_null(zones_missing());
	is(NOON, &in, GATE_DEFER, REASON_ZONE_DATA);
	in.cls = CLASS_TRANSACTIONAL;
	is(NIGHT, &in, GATE_SEND, REASON_NONE);
	unsetenv("TZDIR"); /* QH-7: an update takes effect without a restart */
	in.cls = CLASS_PROMOTIONAL;
	is(NOON + 2 * USEC_HOUR, &in, GATE_SEND, REASON_NONE);
}

static void test_record(void **state)
{
	struct gate_input in = good(CLASS_PROMOTIONAL, NOON);
	struct gate_answer a = is(NOON, &in, GATE_SEND, REASON_NONE);

	(void)state;
	assert_string_equal(a.places, "US-NY US");
	assert_string_equal(a.zones, "America/New_York");
	assert_string_equal(a.window, "Wed 2026-07-01 08:00-21:00");
	assert_int_equal(a.validity, 9 * 3600);
	in.where.ship_country = "US";
	in.where.ship_postal = "79901"; /* El Paso */
	a = is(NOON, &in, GATE_SEND, REASON_NONE);
	assert_string_equal(a.places, "US-NY US US-TX");
	assert_string_equal(a.zones, "America/Chicago America/Denver America/New_York");
	assert_string_equal(a.window, "Wed 2026-07-01 09:00-21:00");
	in.where = (struct zone_evidence){.number = "+79161234567"}; /* what does not fit is counted */
	in.sender_country = "RU";
	a = router_may_send(at("2026-07-01T08:00:00Z"), &in);
	assert_int_equal(a.verdict, GATE_SEND);
	assert_non_null(strstr(a.zones, " +"));
}

/* Caps ------------------------------------------------------------------------------------------------------ */
static void caps_case(struct gate_input *in, const usec_t *sent, size_t n, enum gate_verdict verdict,
		      enum gate_reason why, const char *until)
{
	struct gate_answer a;

	in->marketing_sent = (struct caps_sent){n, sent};
	a = is(NOON, in, verdict, why);
	if (until)
		assert_true(a.until == at(until));
}

static void test_caps_marketing(void **state)
{
	struct gate_input in = good(CLASS_PROMOTIONAL, NOON);
	struct pb_brand brand = {.name = "Acme"};
	usec_t day = NOON - 24 * USEC_HOUR, week = NOON - 7 * USEC_DAY;
	usec_t just[] = {day + USEC_SECOND}, gone[] = {day}, three[] = {day, day - 1, week + USEC_SECOND};
	usec_t three_gone[] = {day, day - 1, week}, busy[] = {NOON - 1, NOON - 2, NOON - USEC_HOUR};
	usec_t two_of_today[] = {at("2026-07-01T04:00:00Z"), at("2026-07-01T04:00:00Z")};
	usec_t two_of_yesterday[] = {at("2026-07-01T04:00:00Z"), at("2026-07-01T03:59:59Z")};

	(void)state;
	/* ours: 1 in 24 h, 3 in 7 days; elapsed time */
	caps_case(&in, just, 1, GATE_DEFER, REASON_CAP_24H, "2026-07-01T16:00:01Z");
	caps_case(&in, gone, 1, GATE_SEND, REASON_NONE, NULL);
	caps_case(&in, three, 3, GATE_DEFER, REASON_CAP_WEEK, "2026-07-01T16:00:01Z");
	caps_case(&in, three_gone, 3, GATE_SEND, REASON_NONE, NULL);
	in.cls = CLASS_RELATIONSHIP; /* shares the cap */
	caps_case(&in, just, 1, GATE_DEFER, REASON_CAP_24H, NULL);
	in.cls = CLASS_PROMOTIONAL;
	in.brand = &brand; /* FQ-1: the ceiling, whatever the brand says */
	brand.caps[CLASS_PROMOTIONAL] = (struct pb_caps){.per_day = 9, .per_week = 30};
	caps_case(&in, busy, 2, GATE_SEND, REASON_NONE, NULL);
	caps_case(&in, busy, 3, GATE_DEFER, REASON_CAP_24H, "2026-07-02T15:00:00Z");
	/* the brand's a day: the local date; midnight is 04:00Z */
	brand.caps[CLASS_RELATIONSHIP] = (struct pb_caps){.per_day = 2};                     /* the tighter of both */
	caps_case(&in, two_of_today, 2, GATE_DEFER, REASON_CAP_DAY, "2026-07-02T12:00:00Z"); /* and then quiet hours */
	caps_case(&in, two_of_yesterday, 2, GATE_SEND, REASON_NONE, NULL);
	brand.caps[CLASS_PROMOTIONAL].min_gap = 7200;
	brand.caps[CLASS_RELATIONSHIP].per_day = 3;
	usec_t near[] = {NOON - 7200 * USEC_SECOND + USEC_SECOND}, far[] = {NOON - 7200 * USEC_SECOND};
	caps_case(&in, near, 1, GATE_DEFER, REASON_CAP_GAP, "2026-07-01T16:00:01Z");
	caps_case(&in, far, 1, GATE_SEND, REASON_NONE, NULL);
	in.expires_at = NOON + USEC_SECOND; /* FQ-3 */
	caps_case(&in, near, 1, GATE_SUPPRESS, REASON_CAP_GAP, NULL);
	in.cls = CLASS_CONVERSATIONAL; /* FQ-2: not counted */
	in.last_inbound_at = NOON;
	caps_case(&in, busy, 3, GATE_SEND, REASON_NONE, NULL);
}

static void test_caps_transactional(void **state)
{
	struct gate_input in = good(CLASS_TRANSACTIONAL, NOON);
	usec_t sent[6], oldest = NOON - 24 * USEC_HOUR + USEC_MINUTE;
	struct pb_brand brand = {.caps[CLASS_TRANSACTIONAL] = {.per_day = 2}};
	struct gate_answer a;

	(void)state;
	for (int i = 0; i < 6; i++)
		sent[i] = oldest + (5 - i) * USEC_MINUTE;
	in.transactional_sent = (struct caps_sent){5, sent};
	is(NOON, &in, GATE_SEND, REASON_NONE);
	in.transactional_sent.n = 6;
	a = is(NOON, &in, GATE_COLLAPSE, REASON_CAP_TRANSACTIONAL);
	assert_true(a.until == NOON + USEC_MINUTE);
	in.superseded = true;
	is(NOON, &in, GATE_SUPPRESS, REASON_COLLAPSED);
	in.superseded = false;
	is(NOON + USEC_MINUTE, &in, GATE_SEND, REASON_NONE);
	in.expires_at = NOON + USEC_SECOND;
	is(NOON, &in, GATE_SUPPRESS, REASON_CAP_TRANSACTIONAL);
	in.expires_at = 0;
	in.brand = &brand;
	in.transactional_sent = (struct caps_sent){2, (usec_t[]){NOON - 1, NOON - USEC_HOUR}};
	a = is(NOON, &in, GATE_COLLAPSE, REASON_CAP_TRANSACTIONAL);
	assert_true(a.until == at("2026-07-02T11:00:00Z"));
}

/* A local date is not 24 hours where the clock changes; and where no zone is known it is. */
static void test_caps_dst(void **state)
{
	struct rules_zones ny = {{0}}, none = {{0}};
	int z = rules_zone("America/New_York");
	usec_t sent = at("2026-11-01T04:30:00Z"), now = at("2026-11-01T14:00:00Z"); /* 00:30, a day of 25 hours */
	struct caps_sent one = {1, &sent};
	struct pb_caps cap = {.per_day = 1}, off = {0};

	(void)state;
	ny.bits[z / 64] = UINT64_C(1) << (z % 64);
	assert_true(caps_marketing(now, &one, &cap, &off, &ny).until == at("2026-11-02T05:00:00Z"));
	assert_true(caps_marketing(sent, &one, &cap, &off, &ny).until == at("2026-11-02T05:00:00Z"));
	sent = at("2026-03-08T05:30:00Z"); /* 00:30, a day of 23 hours */
	assert_true(caps_marketing(sent, &one, &cap, &off, &ny).until == at("2026-03-09T04:00:00Z"));
	assert_int_equal(caps_marketing(sent, &one, &cap, &off, &ny).limit, CAPS_DAY);
	assert_true(caps_marketing(sent, &one, &cap, &off, &none).until == sent + USEC_DAY);
}

/* What is to hold by the C library's local time: asked zone by zone at the end, since it reads a file for each. */
static struct claim {
	unsigned zone;
	usec_t t;
} * claims;
static size_t n_claims;

static void claim_daytime(const struct zone_candidates *who, usec_t t)
{
	for (unsigned z = 0; z < rules.n_zones; z++)
		if (zones_has(&who->zones, z)) {
			if (n_claims % 4096 == 0)
				claims = realloc(claims, (n_claims + 4096) * sizeof *claims);
			claims[n_claims++] = (struct claim){z, t};
		}
}

static int by_zone(const void *a, const void *b)
{
	return (int)((const struct claim *)a)->zone - (int)((const struct claim *)b)->zone;
}

static void check_claims(void)
{
	qsort(claims, n_claims, sizeof *claims, by_zone);
	for (size_t i = 0; i < n_claims; i++) {
		time_t t = (time_t)(claims[i].t / USEC_SECOND);
		struct tm tm;
		if (!i || claims[i].zone != claims[i - 1].zone) {
			setenv("TZ", rules.zones[claims[i].zone], 1);
			tzset();
		}
		localtime_r(&t, &tm);
		if (tm.tm_hour < 8 || tm.tm_hour >= 21)
			fail_msg("%s at %lld", rules.zones[claims[i].zone], (long long)t);
	}
	free(claims);
}

static struct gate_input anything(usec_t now)
{
	static const char *const numbers[] = {"+12125550100",
					      "+18505550100",
					      "+19285550100",
					      "+14015550100",
					      "+18005550100",
					      "+15555550100",
					      "+33612345678",
					      "+447700900100",
					      "+919812345678",
					      "+61412345678",
					      "+79161234567",
					      "+5511987654321",
					      NULL};
	static const char *const countries[] = {NULL, "US", "us", "CA", "FR", "AU", "ZZ"};
	static const char *const regions[] = {NULL, "TX", "US-AK", "California", "WA", "RI", "ON", "nowhere", "48"};
	static const char *const stated[] = {NULL, NULL, "America/Denver", "US/Hawaii", "Mars/Olympus"};
	static const char *const reached[] = {"US", "CA", "FR", "GB", "IN", "AU", "RU"};
	struct gate_input in = good((enum message_class)draw(5), now);

	in.where = (struct zone_evidence){.number = numbers[draw(13)],
					  .ship_country = countries[draw(7)],
					  .ship_region = regions[draw(9)],
					  .ship_postal = draw(2) ? "99501" : NULL,
					  .bill_country = countries[draw(7)],
					  .stated_zone = stated[draw(5)],
					  .unknown_state_federal = draw(2)};
	in.n_sender_reaches = 7;
	in.sender_reaches = reached;
	in.opted_out = !draw(10);
	in.marketing_out = !draw(10);
	in.on_hold = !draw(10);
	in.spread = draw(UINT32_MAX);
	in.grants.of[PURPOSE_PROMOTIONAL].kind = (enum grant_kind)draw(5);
	return in;
}

/* Whatever is true of a text: marketing that passes has its hours, its consent, and no opt-out. */
static void test_property(void **state)
{
	unsigned sent = 0, deferred = 0;
	usec_t base = 0;

	(void)state;
	for (int i = 0; i < 12000; i++) {
		struct zone_candidates who;
		struct gate_input in;
		struct gate_answer a;
		usec_t now;

		if (i % 40 == 0)
			base = at("2026-01-01T00:00:00Z") + (usec_t)draw(730 * 24) * USEC_HOUR;
		now = base + (usec_t)draw(3600) * USEC_SECOND;
		in = anything(now);
		a = router_may_send(now, &in);
		sent += a.verdict == GATE_SEND;
		deferred += a.verdict == GATE_DEFER;
		if (in.opted_out && in.cls != CLASS_COMPLIANCE)
			assert_int_equal(a.verdict, GATE_SUPPRESS);
		if (in.cls < CLASS_RELATIONSHIP)
			continue;
		zones_candidates(&in.where, &who);
		if (in.marketing_out || !who.n_places)
			assert_int_equal(a.verdict, GATE_SUPPRESS);
		if (in.on_hold)
			assert_int_not_equal(a.verdict, GATE_SEND);
		if (in.cls == CLASS_PROMOTIONAL && in.grants.of[PURPOSE_PROMOTIONAL].kind < GRANT_EXPRESS)
			assert_int_not_equal(a.verdict, GATE_SEND);
		if (a.verdict == GATE_SUPPRESS || a.why == REASON_ON_HOLD)
			continue;
		claim_daytime(&who, a.verdict == GATE_SEND ? now : a.until);
		if (a.verdict == GATE_SEND) /* and what is under way ends with the hours */
			claim_daytime(&who, now + (a.validity - 1) * USEC_SECOND);
		if (a.verdict == GATE_DEFER && i % 16 == 0) /* asked again then, it goes */
			assert_int_equal(router_may_send(a.until, &in).verdict, GATE_SEND);
	}
	print_message("%u sent, %u deferred of 12000; %zu local times\n", sent, deferred, n_claims);
	assert_true(sent > 2500 && deferred > 1000 && n_claims > 10000);
	check_claims();
}

static double measure(const char *what, const struct gate_input *in, usec_t now)
{
	struct timespec a, b;
	int n = 100000, sum = 0;
	double ns;

	for (int i = 0; i < 100; i++)
		sum += (int)router_may_send(now, in).verdict;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	for (int i = 0; i < n; i++)
		sum += (int)router_may_send(now, in).verdict;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	ns = ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / n;
	print_message("%s: %.0f ns a call (verdicts %d)\n", what, ns, sum);
	return ns;
}

/* For the report; only a thing gone badly wrong fails, whatever machine and sanitizer this runs on. */
static void test_speed(void **state)
{
	struct gate_input in = good(CLASS_PROMOTIONAL, NOON);

	(void)state;
	assert_true(measure("send, one zone", &in, NOON) < 200000);
	in.where.ship_country = "US";
	in.where.ship_region = "TX";
	in.where.ship_postal = "79901";
	measure("send, three zones, two states", &in, NOON);
	measure("defer", &in, NIGHT);
	in.where = (struct zone_evidence){.ship_country = "US"};
	measure("send, all of the United States", &in, at("2026-07-01T20:30:00Z"));
	measure("defer, all of the United States", &in, NIGHT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_zero_is_no),
		cmocka_unit_test(test_compliance),
		cmocka_unit_test(test_conversation),
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_no_window),
		cmocka_unit_test(test_zone_data),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_caps_marketing),
		cmocka_unit_test(test_caps_transactional),
		cmocka_unit_test(test_caps_dst),
		cmocka_unit_test(test_property),
		cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
