#include "router/maysend.h"

#include <string.h>
#include <strings.h>

#define CONFIRMATION_LIFE (5 * USEC_MINUTE) /* OO-4 */
#define HOLD_LOOK_AGAIN USEC_HOUR           /* a hold ends by a person, the customer, or 24 h: look now and then */
#define DATA_LOOK_AGAIN USEC_HOUR           /* somebody installs the tz database */
#define ANSWER_FRESH USEC_HOUR

/* How long a text is worth sending when nobody said otherwise. */
static const usec_t life[] = {
	[CLASS_COMPLIANCE] = USEC_HOUR,       [CLASS_CONVERSATIONAL] = 24 * USEC_HOUR,
	[CLASS_TRANSACTIONAL] = 2 * USEC_DAY, [CLASS_RELATIONSHIP] = 3 * USEC_DAY,
	[CLASS_PROMOTIONAL] = USEC_DAY,
};

static const struct {
	const char *name, *text;
} reasons[REASONS] = {
	[REASON_NONE] = {NULL, "It may go."},
	[REASON_EXPIRED] = {"expired", "It is no longer true: its time ran out before it could go."},
	[REASON_OPTED_OUT] = {"opted_out", "The customer opted out of all texts of this brand."},
	[REASON_NUMBER_BAD] = {"number_bad", "The number cannot get texts."},
	[REASON_ORDER_MUTED] = {"order_muted", "The customer wants no more texts about this order."},
	[REASON_ORDER_STATE] = {"order_state", "The order is no longer in the state that the text speaks of."},
	[REASON_SENDER_COUNTRY] = {"sender_country", "The sender cannot reach the customer's country."},
	[REASON_SENDER_ONE_WAY] =
		{"sender_one_way",
		 "The sender cannot be answered, and the text needs an answer or another way to opt out."},
	[REASON_MARKETING_OUT] = {"marketing_out", "The customer opted out of marketing texts."},
	[REASON_TRANSACTIONAL_ONLY] = {"transactional_only", "The customer wants texts about orders only."},
	[REASON_PLACE_UNKNOWN] = {"place_unknown", "Nothing tells which country's rules protect the customer."},
	[REASON_NO_CONSENT] = {"no_consent", "The customer has not allowed texts of this kind."},
	[REASON_CONSENT_REFUSED] = {"consent_refused", "The customer refused texts of this kind."},
	[REASON_CONSENT_CLAIMED] = {"consent_claimed",
				    "The consent was imported without evidence, which marketing needs."},
	[REASON_CONSENT_WEAK] =
		{"consent_weak",
		 "The consent is not of the form that the customer's country asks for (written, or confirmed)."},
	[REASON_CONSENT_LAPSED] = {"consent_lapsed", "The consent came of a purchase or inquiry that is too long ago."},
	[REASON_ON_HOLD] = {"on_hold", "Marketing is paused: a person has yet to read what the customer wrote."},
	[REASON_CAP_24H] = {"cap_24h", "The customer got as many marketing texts in 24 hours as are allowed."},
	[REASON_CAP_DAY] = {"cap_day", "The customer got as many texts of this kind today as the brand allows."},
	[REASON_CAP_WEEK] = {"cap_week", "The customer got as many texts of this kind in 7 days as are allowed."},
	[REASON_CAP_GAP] = {"cap_gap", "The last text of this kind went too short a time ago."},
	[REASON_CAP_TRANSACTIONAL] = {"cap_transactional",
				      "Many order texts went in 24 hours: the newest state of each shipment waits."},
	[REASON_COLLAPSED] = {"collapsed", "A newer text about the same shipment takes its place."},
	[REASON_QUIET_HOURS] = {"quiet_hours",
				"It is outside the hours in which marketing may be sent where the customer may be."},
	[REASON_COURTESY_HOURS] = {"courtesy_hours",
				   "It is night where the customer may be, and the text is not urgent."},
	[REASON_NO_WINDOW] = {"no_window",
			      "No hour is allowed by all the rules of the places where the customer may be."},
	[REASON_ZONE_DATA] = {"zone_data",
			      "The time zone database of this machine lacks a zone: install or update tzdata."},
};

const char *gate_reason_name(enum gate_reason why)
{
	return reasons[why].name;
}

const char *gate_reason_text(enum gate_reason why)
{
	return reasons[why].text;
}

/* One asking. */
struct gate {
	usec_t now, end;
	const struct gate_input *in;
	enum message_class cls;
	bool marketing;    /* promotional and relationship: opt-outs, hold, caps */
	bool as_marketing; /* and their consent and hours apply */
	struct zone_candidates who;
	struct hours hours;
	bool held_by_hours; /* hours apply at all */
};

/* CL-6: a day after the customer's last text an answer is no conversation any more: it is what it is about. */
static enum message_class class_now(usec_t now, const struct gate_input *in)
{
	bool stale = !in->last_inbound_at || now - in->last_inbound_at > 24 * USEC_HOUR;

	if (in->cls != CLASS_CONVERSATIONAL || !stale)
		return in->cls;
	return in->content > CLASS_TRANSACTIONAL ? in->content : CLASS_TRANSACTIONAL;
}

static usec_t ends(const struct gate_input *in, enum message_class cls)
{
	usec_t end = in->expires_at ? in->expires_at : in->queued_at + life[cls];

	if (in->confirms_opt_out && end > in->queued_at + CONFIRMATION_LIFE)
		end = in->queued_at + CONFIRMATION_LIFE;
	return end;
}

/* What bars a text for good, in the order in which it is told -------------------------------------------- */
static enum gate_reason customer_bars(const struct gate *g)
{
	if (g->in->opted_out) /* OO-1 */
		return REASON_OPTED_OUT;
	if (g->in->number_bad)
		return REASON_NUMBER_BAD;
	if (g->marketing && g->in->marketing_out) /* OO-3 */
		return REASON_MARKETING_OUT;
	if (g->marketing && g->in->transactional_only)
		return REASON_TRANSACTIONAL_ONLY;
	return REASON_NONE;
}

static enum gate_reason order_bars(const struct gate *g)
{
	const struct gate_input *in = g->in;

	if (g->cls == CLASS_CONVERSATIONAL)
		return REASON_NONE;
	if (in->order_muted) /* OO-3 */
		return REASON_ORDER_MUTED;
	if (in->order_states && (!in->has_order || !(in->order_states >> in->order_state & 1)))
		return REASON_ORDER_STATE;
	return REASON_NONE;
}

static bool listed(const uint16_t *list, size_t n, int place)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == place)
			return true;
	return false;
}

static bool reaches(const struct gate_input *in, int country)
{
	const struct rules_reach *r = &rules.reach[in->sender_kind];
	int own = in->sender_country ? rules_place(in->sender_country) : -1;

	for (size_t i = 0; i < in->n_sender_reaches; i++)
		if (strcasecmp(in->sender_reaches[i], rules.places[country].code) == 0)
			return true;
	if (in->n_sender_reaches)
		return false;
	if (!r->own)
		return listed(r->place, r->n_places, country) != r->all_but;
	return own == country ||
	       (listed(rules.domestic, rules.n_domestic, own) && listed(rules.domestic, rules.n_domestic, country));
}

static enum gate_reason sender_bars(const struct gate *g)
{
	const struct gate_input *in = g->in;
	int country = zones_number_country(in->where.number);
	bool one_way = rules.reach[in->sender_kind].one_way;

	if (!in->sender_country) /* not known: service texts take their chance */
		return g->marketing ? REASON_SENDER_COUNTRY : REASON_NONE;
	if (country >= 0 && !reaches(in, country))
		return REASON_SENDER_COUNTRY;
	if (one_way && (in->expects_reply || (g->marketing && !in->opt_out_link))) /* SR-3 */
		return REASON_SENDER_ONE_WAY;
	return REASON_NONE;
}

static enum gate_reason consent_bars(const struct gate *g)
{
	static const enum gate_reason told[] = {
		[GRANTED] = REASON_NONE,
		[GRANT_MISSING] = REASON_NO_CONSENT,
		[GRANT_REFUSED] = REASON_CONSENT_REFUSED,
		[GRANT_UNPROVED] = REASON_CONSENT_CLAIMED,
		[GRANT_WEAK] = REASON_CONSENT_WEAK,
		[GRANT_LAPSED] = REASON_CONSENT_LAPSED,
	};

	if (g->cls == CLASS_CONVERSATIONAL) /* the inbound text implies it */
		return REASON_NONE;
	if (g->as_marketing && !g->who.n_places)
		return REASON_PLACE_UNKNOWN;
	return told[grants_allow(g->now, &g->in->grants, g->cls, g->in->service_only, &g->who)];
}

static enum gate_reason barred(const struct gate *g)
{
	static enum gate_reason (*const bars[])(const struct gate *) = {customer_bars, order_bars, sender_bars,
									consent_bars};
	enum gate_reason why = REASON_NONE;

	for (size_t i = 0; !why && i < sizeof bars / sizeof bars[0]; i++)
		why = bars[i](g);
	return why;
}

/* What makes it wait ---------------------------------------------------------------------------------------- */
static struct gate_answer no(enum gate_verdict verdict, enum gate_reason why, usec_t until)
{
	return (struct gate_answer){.verdict = verdict,
				    .why = why,
				    .reason = gate_reason_name(why),
				    .until = until,
				    .rules = rules.version};
}

/* FQ-3: it waits if it is still true then, else it is suppressed, and the reason is the same. */
static struct gate_answer wait(const struct gate *g, enum gate_reason why, usec_t until)
{
	return until < g->end ? no(GATE_DEFER, why, until) : no(GATE_SUPPRESS, why, 0);
}

static void find_hours(struct gate *g)
{
	const struct pb_brand *brand = g->in->brand;
	bool answers = g->in->answers_at && g->now - g->in->answers_at <= ANSWER_FRESH;

	g->hours = (struct hours){
		.who = &g->who,
		.kind = g->as_marketing ? HOURS_LAW : HOURS_COURTESY,
		.brand = brand ? brand->quiet[g->cls] : (struct pb_window){0, 0},
		.n_closed = g->as_marketing ? g->in->n_closed : 0,
		.closed = g->in->closed,
		.guard = g->as_marketing ? rules.guard : 0,
	};
	g->held_by_hours =
		g->cls != CLASS_CONVERSATIONAL && !answers && (g->as_marketing || (!g->in->urgent && g->who.n_places));
}

static bool zones_known(const struct rules_zones *set)
{
	struct zone_span span;

	for (unsigned z = 0; z < rules.n_zones; z++)
		if (zones_has(set, z) && !zone_at(z, 0, &span))
			return false;
	return true;
}

/* When the hours first let it pass, at or after t; 0: never. */
static usec_t opening(const struct gate *g, usec_t t)
{
	usec_t at = g->held_by_hours ? hours_next(&g->hours, t) : t;

	/* courtesy hours that cannot be kept, or told, hold nothing */
	return !at && !g->as_marketing ? t : at;
}

/* QH-8: what opens at once is spread, but never past the close or the text's end. */
static usec_t spread(const struct gate *g, usec_t at)
{
	usec_t later = at + (usec_t)(((uint64_t)g->in->spread * (uint64_t)(rules.spread * USEC_MINUTE)) >> 32);

	return later < g->end && hours_allowed(&g->hours, later) ? later : at;
}

static struct caps_answer cap(const struct gate *g)
{
	static const struct pb_caps none = {0, 0, 0};
	const struct pb_brand *b = g->in->brand;

	if (g->marketing)
		return caps_marketing(g->now, &g->in->marketing_sent, b ? &b->caps[CLASS_PROMOTIONAL] : &none,
				      b ? &b->caps[CLASS_RELATIONSHIP] : &none, &g->who.zones);
	if (g->cls == CLASS_TRANSACTIONAL)
		return caps_transactional(g->now, &g->in->transactional_sent, b ? &b->caps[CLASS_TRANSACTIONAL] : &none,
					  &g->who.zones);
	return (struct caps_answer){CAPS_FREE, g->now};
}

static struct gate_answer held_by_cap(const struct gate *g, enum caps_limit limit, usec_t until)
{
	static const enum gate_reason told[] = {[CAPS_FREE] = REASON_NONE,
						[CAPS_24H] = REASON_CAP_24H,
						[CAPS_DAY] = REASON_CAP_DAY,
						[CAPS_WEEK] = REASON_CAP_WEEK,
						[CAPS_GAP] = REASON_CAP_GAP};
	struct gate_answer a;

	if (g->marketing)
		return wait(g, told[limit], until);
	if (g->in->superseded)
		return no(GATE_SUPPRESS, REASON_COLLAPSED, 0);
	a = wait(g, REASON_CAP_TRANSACTIONAL, until);
	if (a.verdict == GATE_DEFER)
		a.verdict = GATE_COLLAPSE;
	return a;
}

static struct gate_answer send(const struct gate *g)
{
	struct gate_answer a = {.verdict = GATE_SEND, .rules = rules.version};
	usec_t until = g->end, close;

	if (g->held_by_hours) {
		close = g->as_marketing ? hours_closes(&g->hours, g->now) : g->end;
		until = close < until ? close : until;
		zones_places_text(&g->who, a.places, sizeof a.places);
		zones_text(&g->who.zones, a.zones, sizeof a.zones);
		hours_text(&g->hours, g->now, a.window, sizeof a.window);
	}
	a.validity = (int)((until - g->now) / USEC_SECOND);
	if (a.validity < 1)
		a.validity = 1;
	return a;
}

static struct gate_answer when(struct gate *g)
{
	struct caps_answer c = cap(g);
	usec_t at;

	find_hours(g);
	at = opening(g, c.until);
	if (!at && !zones_known(&g->who.zones))
		return wait(g, REASON_ZONE_DATA, g->now + DATA_LOOK_AGAIN);
	if (!at)
		return no(GATE_SUPPRESS, REASON_NO_WINDOW, 0);
	if (at > c.until)
		at = spread(g, at);
	if (c.limit != CAPS_FREE)
		return held_by_cap(g, c.limit, at);
	if (at > g->now)
		return wait(g, g->as_marketing ? REASON_QUIET_HOURS : REASON_COURTESY_HOURS, at);
	return send(g);
}

struct gate_answer router_may_send(usec_t now, const struct gate_input *in)
{
	struct zone_evidence where = in->where;
	struct gate g = {.now = now, .in = in, .cls = class_now(now, in)};
	enum gate_reason why;

	g.end = ends(in, g.cls);
	if (now >= g.end)
		return no(GATE_SUPPRESS, REASON_EXPIRED, 0);
	if (g.cls == CLASS_COMPLIANCE) /* HP-1, OO-4: exempt from the block */
		return send(&g);
	g.marketing = g.cls == CLASS_RELATIONSHIP || g.cls == CLASS_PROMOTIONAL;
	g.as_marketing = g.marketing && !(g.cls == CLASS_RELATIONSHIP && in->service_only);
	where.unknown_state_federal |= in->brand && in->brand->unknown_state_federal;
	zones_candidates(&where, &g.who);
	why = barred(&g);
	if (why)
		return no(GATE_SUPPRESS, why, 0);
	if (g.marketing && in->on_hold) { /* NM-3 */
		usec_t until = now + HOLD_LOOK_AGAIN;
		return no(GATE_DEFER, REASON_ON_HOLD, until < g.end ? until : g.end);
	}
	zones_refresh(now);
	return when(&g);
}
