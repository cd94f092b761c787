#include "router/grants.h"

static bool refused(const struct grant *g)
{
	return g->refused_at && g->refused_at >= g->granted_at;
}

static enum grant_answer proof(const struct grant *g, enum rules_need need)
{
	static const enum grant_kind least[] = {
		[NEED_NONE] = GRANT_NONE,       [NEED_NUMBER] = GRANT_CLAIMED, [NEED_EXPRESS] = GRANT_EXPRESS,
		[NEED_WRITTEN] = GRANT_WRITTEN, [NEED_DOUBLE] = GRANT_DOUBLE,
	};

	if (refused(g))
		return GRANT_REFUSED;
	if (!g->granted_at || g->kind == GRANT_NONE)
		return GRANT_MISSING;
	if (g->kind >= least[need])
		return GRANTED;
	return g->kind == GRANT_CLAIMED ? GRANT_UNPROVED : GRANT_WEAK;
}

/* A service text: nothing where the country asks for nothing, and the number given for the order elsewhere. */
static enum grant_answer service(const struct grants *g, enum message_class cls, enum rules_need need)
{
	const struct grant *own = &g->of[PURPOSE_TRANSACTIONAL];

	if (cls == CLASS_RELATIONSHIP && refused(&g->of[PURPOSE_RELATIONSHIP]))
		return GRANT_REFUSED;
	if (refused(own) && own->refused_at >= g->number_given_at)
		return GRANT_REFUSED;
	if (need == NEED_NONE || (need == NEED_NUMBER && g->number_given_at))
		return GRANTED;
	return proof(own, need);
}

/* Consent that the law reads out of a purchase or an inquiry (CO-4), or soft opt-in (CO-5). */
static enum grant_answer implied(usec_t now, const struct grants *g, const struct rules_consent *c)
{
	usec_t purchase = c->purchase_days * USEC_DAY, inquiry = c->inquiry_days * USEC_DAY;
	bool bought = c->purchase_days && g->last_purchase_at, asked = c->inquiry_days && g->last_inquiry_at;

	if (c->soft_opt_in && g->soft_opt_in_at)
		return GRANTED;
	if ((bought && now - g->last_purchase_at < purchase) || (asked && now - g->last_inquiry_at < inquiry))
		return GRANTED;
	return bought || asked ? GRANT_LAPSED : GRANT_MISSING;
}

static enum grant_answer marketing(usec_t now, const struct grants *g, enum message_class cls,
				   const struct rules_consent *c)
{
	const struct grant *own = &g->of[cls == CLASS_PROMOTIONAL ? PURPOSE_PROMOTIONAL : PURPOSE_RELATIONSHIP];
	enum rules_need need = cls == CLASS_PROMOTIONAL ? c->promotional : c->relationship;
	enum grant_answer a = need == NEED_NONE ? GRANTED : proof(own, need), other;

	if (a == GRANTED || refused(own))
		return refused(own) ? GRANT_REFUSED : a;
	if (cls == CLASS_RELATIONSHIP) {
		other = proof(&g->of[PURPOSE_PROMOTIONAL], need);
		if (other == GRANTED)
			return other;
		if (a == GRANT_MISSING && other != GRANT_REFUSED)
			a = other;
	}
	other = implied(now, g, c);
	return other == GRANTED || a == GRANT_MISSING ? other : a;
}

enum grant_answer grants_allow(usec_t now, const struct grants *g, enum message_class cls, bool service_only,
			       const struct zone_candidates *who)
{
	/* the worst first: what no better proof of the same grant would mend */
	static const int rank[] = {[GRANTED] = 0,      [GRANT_WEAK] = 1,    [GRANT_UNPROVED] = 2,
				   [GRANT_LAPSED] = 3, [GRANT_MISSING] = 4, [GRANT_REFUSED] = 5};
	bool is_service = cls == CLASS_TRANSACTIONAL || (cls == CLASS_RELATIONSHIP && service_only);
	enum grant_answer worst = GRANTED;
	size_t n = who->n_places ? who->n_places : 1;

	for (size_t i = 0; i < n; i++) {
		uint16_t place = who->n_places ? who->place[i] : rules.others;
		const struct rules_consent *c = &rules.consents[rules.places[place].consent];
		enum grant_answer a = is_service ? service(g, cls, c->transactional) : marketing(now, g, cls, c);
		if (rank[a] > rank[worst])
			worst = a;
	}
	return worst;
}
