-- The consent ledger as evidence (CO-1), the state that follows from it, suppressions that outlive a customer (RE-1), links to the
-- preference page, and the audit log. Whatever statement appends to the ledger: the line is sealed before, and afterwards, in the same
-- transaction, the state follows and an opt-out stops what is queued. Nobody else writes consents or the four columns of customers.

ALTER TABLE brands ADD COLUMN double_opt_in boolean NOT NULL DEFAULT false;
ALTER TABLE customers ADD COLUMN IF NOT EXISTS zone text, ADD COLUMN legal_hold_at timestamptz, ADD COLUMN legal_hold_reason text,
	ADD COLUMN erased_at timestamptz;
-- An erased customer's row stays as a name for what must be kept; its number is gone (RE-1).
ALTER TABLE customers DROP CONSTRAINT customers_phone_check, ADD CONSTRAINT customers_phone_check
	CHECK (CASE WHEN erased_at IS NULL THEN phone ~ '^\+?[0-9]{3,15}$' ELSE phone = 'erased:' || id END);

-- The ledger -----------------------------------------------------------------------------------------
-- wording is what the customer wrote, ticked or said; shown is what was put before them.
ALTER TABLE consent_events
	ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY, -- the order in which lines came; a customer's are given under its lock
	ADD COLUMN purpose text CHECK (purpose IN ('transactional', 'relationship', 'promotional', 'marketing', 'all')),
	ADD COLUMN kind text CHECK (kind IN ('given', 'written', 'double_opt_in', 'claimed')),
	ADD COLUMN name text,
	ADD COLUMN shown text,
	ADD COLUMN shown_version text,
	ADD COLUMN ip text,
	ADD COLUMN user_agent text,
	ADD COLUMN actor text,                      -- who recorded it; null: the customer's own act
	ADD COLUMN reference text,                  -- where else proof lies: a recording, a form's entry, a file
	ADD COLUMN undoes uuid,
	ADD COLUMN evidence bytea,                  -- SHA-256 of what was said, as it was said; null: from before it was kept
	ADD COLUMN recorded_at timestamptz;         -- at is when it was said; null: the same
ALTER TABLE consent_events ALTER COLUMN recorded_at SET DEFAULT now(),
	DROP CONSTRAINT consent_events_action_check, DROP CONSTRAINT consent_events_source_check,
	ADD CONSTRAINT consent_events_action_check CHECK (action IN ('revoke_all', 'revoke_entity', 'revoke_marketing', 'revoke_order',
		'hold_marketing', 'grant_service', 'grant_all', 'release_hold',
		'grant', 'refuse', 'revoke', 'hold', 'release', 'claim', 'ask', 'undo')),
	ADD CONSTRAINT consent_events_source_check CHECK (source IN ('text', 'checkout', 'form', 'page', 'agent', 'email', 'phone', 'api',
		'import', 'provider', 'carrier', 'rule'));
CREATE INDEX consent_events_by_seq ON consent_events (brand_id, seq);
-- The same evidence twice is one line.
CREATE UNIQUE INDEX consent_events_evidence ON consent_events (brand_id, evidence) WHERE evidence IS NOT NULL;

-- Appended to, never changed; but an erasure takes out what tells the person, of that one customer, in that one transaction.
CREATE FUNCTION consent_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' AND current_setting('afterword.erasing', true) = OLD.customer_id::text
		AND NEW.name IS NULL AND NEW.ip IS NULL AND NEW.user_agent IS NULL AND NEW.reference IS NULL
		AND (OLD.brand_id, OLD.id, OLD.customer_id, OLD.seq, OLD.at, OLD.action, OLD.purpose, OLD.kind, OLD.source, OLD.message_id,
			OLD.shown, OLD.shown_version, OLD.undoes, OLD.evidence, OLD.recorded_at, OLD.actor, OLD.tier, OLD.phrase, OLD.rule_version)
		IS NOT DISTINCT FROM (NEW.brand_id, NEW.id, NEW.customer_id, NEW.seq, NEW.at, NEW.action, NEW.purpose, NEW.kind, NEW.source,
			NEW.message_id, NEW.shown, NEW.shown_version, NEW.undoes, NEW.evidence, NEW.recorded_at, NEW.actor, NEW.tier, NEW.phrase,
			NEW.rule_version) THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
DROP TRIGGER consent_events_append_only ON consent_events;

-- What an action does; null: nothing to the purposes below (an order is muted elsewhere).
CREATE FUNCTION consent_verb(action text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE action WHEN 'revoke_all' THEN 'revoke' WHEN 'revoke_entity' THEN 'revoke' WHEN 'revoke_marketing' THEN 'revoke'
		WHEN 'hold_marketing' THEN 'hold' WHEN 'release_hold' THEN 'release' WHEN 'grant_service' THEN 'grant' WHEN 'grant_all' THEN 'grant'
		WHEN 'revoke_order' THEN NULL ELSE action END
$$;
CREATE FUNCTION consent_purpose(action text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE action WHEN 'revoke_all' THEN 'all' WHEN 'revoke_entity' THEN 'all' WHEN 'grant_all' THEN 'all'
		WHEN 'revoke_marketing' THEN 'marketing' WHEN 'hold_marketing' THEN 'marketing' WHEN 'release_hold' THEN 'marketing'
		WHEN 'grant_service' THEN 'transactional' END
$$;
-- Whoever wants no order texts wants none at all: nothing could be confirmed to them.
CREATE FUNCTION consent_purposes(verb text, purpose text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN purpose = 'all' OR (purpose = 'transactional' AND verb IN ('revoke', 'refuse'))
			THEN ARRAY['transactional', 'relationship', 'promotional']
		WHEN purpose = 'marketing' THEN ARRAY['relationship', 'promotional'] ELSE ARRAY[purpose] END
$$;

ALTER TABLE consent_events ADD CONSTRAINT consent_events_purpose_said
	CHECK (purpose IS NOT NULL OR action = 'revoke_order') NOT VALID;
UPDATE consent_events SET purpose = consent_purpose(action), recorded_at = at,
	kind = CASE action WHEN 'grant_all' THEN 'double_opt_in' WHEN 'grant_service' THEN 'written' END;
ALTER TABLE consent_events VALIDATE CONSTRAINT consent_events_purpose_said;

-- What is hashed: all that was said, with its time if that was said too. Not who wrote it down, nor when.
CREATE FUNCTION consent_said(e consent_events) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT concat_ws(E'\x1f', e.brand_id, e.phone, e.action, coalesce(e.purpose, ''),
		coalesce((extract(epoch FROM e.at) * 1000000)::bigint::text, ''), e.source, coalesce(e.kind, ''), coalesce(e.shown, ''),
		coalesce(e.shown_version, ''), coalesce(e.wording, ''), coalesce(e.ip, ''), coalesce(e.user_agent, ''),
		coalesce(e.reference, ''), coalesce(e.message_id::text, ''), coalesce(e.undoes::text, ''))
$$;

-- Marketing needs proof: the wording that was shown and the act it was answered by (CO-1, CO-2). A grant without is kept as a claim,
-- which opens nothing (CO-6).
CREATE FUNCTION consent_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.purpose := coalesce(NEW.purpose, consent_purpose(NEW.action));
	NEW.evidence := sha256(convert_to(consent_said(NEW), 'UTF8'));
	NEW.at := coalesce(NEW.at, now());
	NEW.name := coalesce(NEW.name, (SELECT c.name FROM customers c WHERE c.brand_id = NEW.brand_id AND c.id = NEW.customer_id));
	IF consent_verb(NEW.action) <> 'grant' THEN
		RETURN NEW;
	END IF;
	IF NEW.purpose = 'transactional' THEN
		NEW.kind := CASE WHEN NEW.kind = 'double_opt_in' THEN NEW.kind WHEN NEW.shown IS NULL AND NEW.message_id IS NULL THEN 'given' ELSE 'written' END;
	ELSIF NEW.kind IS NOT DISTINCT FROM 'claimed' OR (NEW.shown IS NULL AND NEW.message_id IS NULL) THEN
		NEW.action := 'claim';
		NEW.kind := 'claimed';
	ELSE
		NEW.kind := coalesce(NEW.kind, CASE WHEN NEW.action = 'grant_all' THEN 'double_opt_in' ELSE 'written' END);
	END IF;
	RETURN NEW;
END $$;

-- The state -------------------------------------------------------------------------------------------
-- Derived from the ledger; no row: nothing was said. was_…: what the last line replaced, for a release and for an undo.
CREATE TABLE consents (
	brand_id uuid NOT NULL,
	customer_id uuid NOT NULL,
	purpose text NOT NULL CHECK (purpose IN ('transactional', 'relationship', 'promotional')),
	state text NOT NULL CHECK (state IN ('granted', 'refused', 'revoked', 'held', 'claimed', 'pending')),
	kind text,
	since timestamptz NOT NULL,
	event_id uuid NOT NULL,
	granted_at timestamptz,                     -- the last grant, kept through what came after it (ST-1)
	was_state text,
	was_kind text,
	was_since timestamptz,
	was_event uuid,
	PRIMARY KEY (brand_id, customer_id, purpose)
);

-- What a line makes of one purpose; state null: nothing is said any more. opted_out: of order texts, before the line.
-- own: the customer's own act, or an agent's note of it with the customer's words. Only that reverses a STOP (OO-12).
-- timed: we saw it happen, so it is the newest word. What others report may be older than what we know, and then counts for nothing.
CREATE FUNCTION consent_next(was consents, opted_out boolean, e consent_events, for_purpose text) RETURNS consents
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	verb text := consent_verb(e.action);
	timed boolean := e.source IN ('text', 'page', 'provider', 'rule');
	own boolean := timed OR (e.source IN ('agent', 'email', 'phone') AND e.wording IS NOT NULL);
	is_out boolean := coalesce(was.state IN ('revoked', 'refused'), false);
	becomes text;
	upon consents := was;
BEGIN
	CASE verb
	WHEN 'revoke', 'refuse' THEN
		IF was.state = 'revoked' OR (was.state = 'refused' AND verb = 'refuse')
			OR (NOT timed AND was.state = 'granted' AND was.since > e.at) THEN
			RETURN was;
		END IF;
		becomes := CASE verb WHEN 'revoke' THEN 'revoked' ELSE 'refused' END;
	WHEN 'hold' THEN
		IF is_out OR was.state = 'held' OR for_purpose = 'transactional' THEN
			RETURN was;
		END IF;
		becomes := 'held';
	WHEN 'claim' THEN
		IF for_purpose = 'transactional' OR was.state IS NOT NULL THEN
			RETURN was;
		END IF;
		becomes := 'claimed';
	WHEN 'ask' THEN
		IF for_purpose = 'transactional' OR NOT (coalesce(was.state, 'claimed') = 'claimed' OR (was.state = 'pending' AND e.at >= was.since + interval '24 hours')) THEN
			RETURN was; -- asked once, for as long as a YES counts (ST-2)
		END IF;
		becomes := 'pending';
	WHEN 'grant' THEN
		IF (opted_out AND NOT own) OR (NOT timed AND (is_out OR was.state = 'granted') AND e.at <= was.since) THEN
			RETURN was;
		END IF;
		upon.granted_at := e.at;
		IF was.state = 'held' AND NOT own THEN -- a person still has to read what the customer wrote (NM-3)
			upon.was_state := 'granted';
			upon.was_kind := e.kind;
			upon.was_since := e.at;
			upon.was_event := e.id;
			RETURN upon;
		END IF;
		becomes := 'granted';
	WHEN 'release', 'undo' THEN
		IF (verb = 'release' AND was.state IS DISTINCT FROM 'held') OR (verb = 'undo' AND was.event_id IS DISTINCT FROM e.undoes) THEN
			RETURN was;
		END IF;
		upon.state := was.was_state;
		upon.kind := was.was_kind;
		upon.since := was.was_since;
		upon.event_id := was.was_event;
		upon.was_state := NULL;
		upon.was_kind := NULL;
		upon.was_since := NULL;
		upon.was_event := NULL;
		RETURN upon;
	END CASE;
	upon.brand_id := e.brand_id;
	upon.customer_id := e.customer_id;
	upon.purpose := for_purpose;
	upon.state := becomes;
	upon.kind := CASE becomes WHEN 'granted' THEN e.kind WHEN 'claimed' THEN e.kind END;
	upon.since := CASE WHEN is_out AND becomes <> 'granted' THEN was.since ELSE e.at END;
	upon.event_id := e.id;
	upon.was_state := was.state;
	upon.was_kind := was.kind;
	upon.was_since := was.since;
	upon.was_event := was.event_id;
	RETURN upon;
END $$;

-- Takes lines into the state, a customer's in their order.
CREATE FUNCTION consent_fold(brands uuid[], ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lines_most bigint;
BEGIN
	SELECT max(n) INTO lines_most FROM (SELECT count(*) AS n FROM unnest(brands, ids) l(brand_id, id) JOIN consent_events e USING (brand_id, id)
		GROUP BY e.brand_id, e.customer_id) s;
	FOR k IN 1..coalesce(lines_most, 0) LOOP
		WITH line AS (
			SELECT e AS event, row_number() OVER (PARTITION BY e.brand_id, e.customer_id ORDER BY e.seq) AS place
			FROM unnest(brands, ids) l(brand_id, id) JOIN consent_events e USING (brand_id, id)
		), n AS MATERIALIZED (
			SELECT (line.event).brand_id AS brand, (line.event).customer_id AS customer, p.purpose AS what, n.*
			FROM line
			CROSS JOIN LATERAL unnest(consent_purposes(consent_verb((line.event).action), (line.event).purpose)) p(purpose)
			LEFT JOIN consents w ON w.brand_id = (line.event).brand_id AND w.customer_id = (line.event).customer_id AND w.purpose = p.purpose
			LEFT JOIN consents t ON t.brand_id = (line.event).brand_id AND t.customer_id = (line.event).customer_id AND t.purpose = 'transactional'
			CROSS JOIN LATERAL consent_next(w, coalesce(t.state IN ('revoked', 'refused'), false), line.event, p.purpose) n
			WHERE line.place = k AND consent_verb((line.event).action) IS NOT NULL AND n IS DISTINCT FROM w
		), gone AS (
			DELETE FROM consents c USING n WHERE n.state IS NULL AND c.brand_id = n.brand AND c.customer_id = n.customer AND c.purpose = n.what
		)
		INSERT INTO consents AS c (brand_id, customer_id, purpose, state, kind, since, event_id, granted_at, was_state, was_kind, was_since,
			was_event)
		SELECT brand, customer, what, state, kind, since, event_id, granted_at, was_state, was_kind, was_since, was_event
		FROM n WHERE state IS NOT NULL
		ON CONFLICT (brand_id, customer_id, purpose) DO UPDATE SET state = EXCLUDED.state, kind = EXCLUDED.kind, since = EXCLUDED.since,
			event_id = EXCLUDED.event_id, granted_at = EXCLUDED.granted_at, was_state = EXCLUDED.was_state, was_kind = EXCLUDED.was_kind,
			was_since = EXCLUDED.was_since, was_event = EXCLUDED.was_event;
	END LOOP;
END $$;

-- The columns that the inbound batch and the claim read. marketing_out_at is set if either kind of marketing is out: relationship counts
-- as promotional (CL-2). marketing_granted_at outlives an opt-out (ST-1): alone it permits nothing.
CREATE FUNCTION consent_columns(brand uuid, customer uuid, OUT opted_out_at timestamptz, OUT marketing_out_at timestamptz,
	OUT hold_at timestamptz, OUT marketing_granted_at timestamptz) LANGUAGE sql STABLE AS $$
	SELECT min(since) FILTER (WHERE purpose = 'transactional' AND state IN ('revoked', 'refused')),
		min(since) FILTER (WHERE purpose <> 'transactional' AND state IN ('revoked', 'refused')),
		min(since) FILTER (WHERE state = 'held'),
		max(granted_at) FILTER (WHERE purpose = 'promotional' AND (state IN ('granted', 'revoked', 'refused')
			OR (state = 'held' AND was_state = 'granted')))
	FROM consents WHERE brand_id = brand AND customer_id = customer
$$;

-- Behind every statement that appends. OO-1: an opt-out takes with it the customer's texts that nobody has claimed yet; answers to STOP,
-- HELP, START (class 0) stay, but nobody is asked any more whether they want marketing.
CREATE FUNCTION consent_apply() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM consent_fold(array_agg(brand_id), array_agg(id)) FROM fresh;
	UPDATE customers c SET opted_out_at = d.opted_out_at, marketing_out_at = d.marketing_out_at, hold_at = d.hold_at,
		marketing_granted_at = d.marketing_granted_at, updated_at = now()
	FROM (SELECT DISTINCT brand_id, customer_id FROM fresh) f CROSS JOIN LATERAL consent_columns(f.brand_id, f.customer_id) d
	WHERE c.brand_id = f.brand_id AND c.id = f.customer_id AND (c.opted_out_at, c.marketing_out_at, c.hold_at, c.marketing_granted_at)
		IS DISTINCT FROM (d.opted_out_at, d.marketing_out_at, d.hold_at, d.marketing_granted_at);
	WITH s AS (
		SELECT DISTINCT c.id, CASE WHEN c.opted_out_at IS NULL THEN 3 ELSE 1 END AS from_class
		FROM fresh f JOIN customers c ON c.brand_id = f.brand_id AND c.id = f.customer_id
		WHERE consent_verb(f.action) IN ('revoke', 'refuse') AND (c.opted_out_at IS NOT NULL OR c.marketing_out_at IS NOT NULL)
	), gone AS (
		DELETE FROM outbox o USING s WHERE o.customer_id = s.id AND o.claimed_at IS NULL
			AND (o.class >= s.from_class OR (o.class = 0 AND EXISTS (SELECT FROM messages m
				WHERE m.brand_id = o.brand_id AND m.id = o.message_id AND m.template IN ('opt_in_question', 'opt_in_double'))))
		RETURNING o.brand_id, o.message_id, CASE s.from_class WHEN 1 THEN 'opted_out' ELSE 'marketing_out' END AS why
	)
	UPDATE messages m SET state = 44, error = gone.why, final_at = now()
	FROM gone WHERE m.brand_id = gone.brand_id AND m.id = gone.message_id AND m.state < 40;
	RETURN NULL;
END $$;

-- What there was before: every line is taken in, and what a customer's row said without a line gets one.
SELECT consent_fold(array_agg(brand_id), array_agg(id)) FROM consent_events;
WITH kept AS (
	SELECT c.*, d.opted_out_at AS d_out, d.marketing_out_at AS d_marketing, d.hold_at AS d_hold, d.marketing_granted_at AS d_granted
	FROM customers c CROSS JOIN LATERAL consent_columns(c.brand_id, c.id) d
	WHERE c.opted_out_at IS NOT NULL OR c.marketing_out_at IS NOT NULL OR c.hold_at IS NOT NULL OR c.marketing_granted_at IS NOT NULL
), line AS (
	SELECT k.*, l.* FROM kept k CROSS JOIN LATERAL (VALUES
		(1, 'grant', 'marketing', 'written', CASE WHEN d_granted IS NULL THEN k.marketing_granted_at END),
		(2, 'hold', 'marketing', NULL, CASE WHEN d_hold IS NULL THEN k.hold_at END),
		(3, 'revoke', 'marketing', NULL, CASE WHEN d_marketing IS NULL THEN k.marketing_out_at END),
		(4, 'revoke', 'all', NULL, CASE WHEN d_out IS NULL THEN k.opted_out_at END)) l(place, action, purpose, kind, at)
	WHERE l.at IS NOT NULL
)
INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, purpose, kind, source, actor, reference)
SELECT brand_id, gen_random_uuid(), id, phone, at, action, purpose, kind, 'rule', 'upgrade', 'the customer''s row, before 0006'
FROM line ORDER BY brand_id, id, place;
SELECT consent_fold(array_agg(brand_id), array_agg(id)) FROM consent_events WHERE actor = 'upgrade';

CREATE TRIGGER consent_events_append_only BEFORE UPDATE OR DELETE ON consent_events FOR EACH ROW EXECUTE FUNCTION consent_keep();
CREATE TRIGGER consent_events_seal BEFORE INSERT ON consent_events FOR EACH ROW EXECUTE FUNCTION consent_seal();
CREATE TRIGGER consent_events_apply AFTER INSERT ON consent_events REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT
	EXECUTE FUNCTION consent_apply();

-- Suppressions, links, audit ---------------------------------------------------------------------------
-- RE-1: outlives the customer. hmac is of brand and number, under a key that is not in the database; key_id tells which key.
CREATE TABLE suppressions (
	brand_id uuid NOT NULL,
	hmac bytea NOT NULL,
	scope text NOT NULL CHECK (scope IN ('all', 'marketing')),
	at timestamptz NOT NULL,
	source text NOT NULL,
	key_id bytea NOT NULL,
	PRIMARY KEY (brand_id, hmac)
);

-- Links to the preference page; the token itself is only in the link.
CREATE TABLE preference_tokens (
	hash bytea PRIMARY KEY,                     -- SHA-256 of the token
	brand_id uuid NOT NULL,
	customer_id uuid NOT NULL,
	created_at timestamptz NOT NULL,
	expires_at timestamptz NOT NULL
);
CREATE INDEX preference_tokens_by_customer ON preference_tokens (customer_id);
CREATE INDEX preference_tokens_by_age ON preference_tokens (expires_at);

CREATE TABLE IF NOT EXISTS audit_log (
	brand_id uuid NOT NULL,
	id uuid NOT NULL,
	at timestamptz NOT NULL,
	actor text NOT NULL,
	action text NOT NULL,
	subject text NOT NULL,
	detail jsonb,
	PRIMARY KEY (brand_id, id)
);

-- What the API shows ------------------------------------------------------------------------------------
CREATE FUNCTION consent_event_json(e consent_events) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', e.id, 'at', utc_text(e.at), 'recorded_at', utc_text(coalesce(e.recorded_at, e.at)), 'action', e.action,
		'purpose', e.purpose, 'kind', e.kind, 'source', e.source, 'phone', CASE WHEN e.phone LIKE 'hmac:%' THEN NULL ELSE e.phone END,
		'name', e.name, 'wording', e.shown, 'wording_version', e.shown_version, 'reply', e.wording, 'message', e.message_id, 'ip', e.ip,
		'user_agent', e.user_agent, 'actor', e.actor, 'reference', e.reference, 'undoes', e.undoes, 'tier', e.tier, 'phrase', e.phrase,
		'rule_version', e.rule_version, 'evidence', encode(e.evidence, 'hex'))
$$;
-- What the customer gets: order texts only, where nothing was said.
CREATE FUNCTION customer_receives(c customers) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN c.opted_out_at IS NOT NULL THEN 'none'
		WHEN c.marketing_out_at IS NULL AND EXISTS (SELECT FROM consents s WHERE s.brand_id = c.brand_id AND s.customer_id = c.id
			AND s.purpose = 'promotional' AND s.state = 'granted') THEN 'all'
		ELSE 'transactional_only' END
$$;
-- May we text, by class, as far as consent goes; why not, in the words of the gate.
CREATE FUNCTION may_text_json(c customers) RETURNS json LANGUAGE sql STABLE AS $$
	WITH s AS (
		SELECT max(state) FILTER (WHERE purpose = 'relationship') AS relationship, max(state) FILTER (WHERE purpose = 'promotional') AS promotional
		FROM consents WHERE brand_id = c.brand_id AND customer_id = c.id
	), why AS (
		SELECT k.class, k.place, CASE WHEN k.class = 'compliance' THEN NULL
			WHEN c.erased_at IS NOT NULL THEN 'erased'
			WHEN c.opted_out_at IS NOT NULL THEN 'opted_out'
			WHEN c.number_bad IS NOT NULL THEN 'number_bad'
			WHEN k.class IN ('conversational', 'transactional') THEN NULL
			WHEN c.marketing_out_at IS NOT NULL THEN 'marketing_out'
			WHEN c.hold_at IS NOT NULL THEN 'on_hold'
			WHEN k.state = 'granted' THEN NULL
			WHEN k.state = 'claimed' THEN 'consent_claimed'
			WHEN k.state = 'pending' THEN 'consent_pending'
			ELSE 'no_consent' END AS reason
		FROM s CROSS JOIN LATERAL (VALUES (1, 'compliance', NULL), (2, 'conversational', NULL), (3, 'transactional', NULL),
			(4, 'relationship', s.relationship), (5, 'promotional', s.promotional)) k(place, class, state)
	)
	SELECT json_object_agg(class, json_build_object('allowed', reason IS NULL, 'reason', reason) ORDER BY place) FROM why
$$;
CREATE FUNCTION consents_json(c customers) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('customer', c.id, 'receives', customer_receives(c), 'may_text', may_text_json(c),
		'current', coalesce((SELECT json_agg(json_build_object('purpose', s.purpose, 'state', s.state, 'kind', s.kind, 'since', utc_text(s.since),
			'event', s.event_id) ORDER BY s.purpose DESC)
			FROM consents s WHERE s.brand_id = c.brand_id AND s.customer_id = c.id), '[]'),
		'history', coalesce((SELECT json_agg(consent_event_json(e) ORDER BY e.seq)
			FROM consent_events e WHERE e.brand_id = c.brand_id AND e.customer_id = c.id), '[]'))
$$;
CREATE OR REPLACE FUNCTION customer_json(c customers) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', c.id, 'phone', CASE WHEN c.erased_at IS NULL THEN c.phone END, 'name', c.name, 'email', c.email,
		'locale', c.locale, 'country', c.country, 'zone', c.zone,
		'opted_out_at', utc_text(c.opted_out_at), 'marketing_out_at', utc_text(c.marketing_out_at), 'hold_at', utc_text(c.hold_at),
		'marketing_granted_at', utc_text(c.marketing_granted_at), 'number_bad', c.number_bad,
		'legal_hold_at', utc_text(c.legal_hold_at), 'erased_at', utc_text(c.erased_at),
		'created_at', utc_text(c.created_at), 'updated_at', utc_text(c.updated_at))
$$;
CREATE OR REPLACE FUNCTION conversation_json(v conversations) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', v.id, 'customer', v.customer_id, 'sender', v.sender_id,
		'phone', (SELECT c.phone FROM customers c WHERE c.brand_id = v.brand_id AND c.id = v.customer_id AND c.erased_at IS NULL),
		'number', (SELECT s.number FROM senders s WHERE s.brand_id = v.brand_id AND s.id = v.sender_id),
		'robot', CASE WHEN v.robot_off THEN 'off' ELSE 'on' END, 'open_ticket', v.open_ticket_id, 'order', v.order_id,
		'last_seq', v.last_seq, 'last_at', utc_text(v.last_at), 'last_in_at', utc_text(v.last_in_at))
$$;
