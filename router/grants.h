/* What a customer has allowed, and whether it is enough for a text in every country he may be in (sections 1, 2, 12).
 * Plain data, derived from the ledger by whoever calls; nothing here means "allowed" when it is zero. */
#ifndef AFTERWORD_ROUTER_GRANTS_H
#define AFTERWORD_ROUTER_GRANTS_H

#include "router/zones.h"

/* The ledger's purposes. A promotional grant covers relationship texts, not the other way round. */
enum purpose { PURPOSE_TRANSACTIONAL = 0, PURPOSE_RELATIONSHIP, PURPOSE_PROMOTIONAL, PURPOSES };

/* How good the proof of a grant is. The ledger's kinds: claimed, given (express), written, double_opt_in. */
enum grant_kind {
	GRANT_NONE = 0,
	GRANT_CLAIMED, /* imported without evidence of its own: not usable for marketing (CO-6) */
	GRANT_EXPRESS, /* said so, no signature */
	GRANT_WRITTEN, /* a ticked box or a reply, after a clear disclosure (CO-2) */
	GRANT_DOUBLE,  /* and confirmed from the phone itself */
};

struct grant {
	enum grant_kind kind; /* of the best grant that was not revoked since */
	usec_t granted_at;    /* 0: never */
	usec_t refused_at;    /* last refusal or revocation of this purpose alone; 0: never */
};

struct grants {
	struct grant of[PURPOSES];
	usec_t number_given_at;  /* the number came with an order, or by START; 0: no (transactional in the US) */
	usec_t last_purchase_at; /* CO-4; 0: never */
	usec_t last_inquiry_at;  /* CO-4: he asked about buying; 0: never */
	usec_t soft_opt_in_at;   /* CO-5 holds whole: got in a sale by the same legal person, own similar goods, a
				    free refusal offered then and in each text; 0: it does not */
};

enum grant_answer {
	GRANTED = 0,
	GRANT_MISSING,  /* nothing of the kind was granted */
	GRANT_REFUSED,  /* and it was refused since */
	GRANT_UNPROVED, /* granted, but only claimed by an import (CO-6) */
	GRANT_WEAK,     /* granted, but a country asks for a better proof: written, or double opt-in */
	GRANT_LAPSED,   /* implied once, and too long ago now (CO-4) */
};

/* cls: CLASS_TRANSACTIONAL … CLASS_PROMOTIONAL. service_only: CL-2. At most one country's "no" is told: the worst. */
enum grant_answer grants_allow(usec_t now, const struct grants *g, enum message_class cls, bool service_only,
			       const struct zone_candidates *who);

#endif
