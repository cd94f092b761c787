-- The first schema. Every table leads with brand_id (multi-brand; the sharding key of a distributed PostgreSQL); ids are UUIDv7.
-- Hot tables (messages, outbox, inbound_seen) carry no foreign keys: their rows are written by one statement that has
-- just read the parent under lock, and a check per row would cost more than the row.

CREATE TABLE brands (
	id uuid PRIMARY KEY,
	entity text NOT NULL,                       -- legal entity: STOP ALL reaches every brand of it (OO-2)
	name text NOT NULL,
	support_contact text NOT NULL,
	locale text NOT NULL DEFAULT 'en',
	country text NOT NULL DEFAULT 'US' CHECK (country ~ '^[A-Z]{2}$'),
	stop_inside_sentence text NOT NULL DEFAULT 'hold' CHECK (stop_inside_sentence IN ('hold', 'optout', 'ignore')),
	answer_opted_out boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE channels (
	brand_id uuid NOT NULL REFERENCES brands,
	id uuid NOT NULL,
	key text NOT NULL UNIQUE CHECK (key ~ '^[a-z0-9_-]{1,63}$'),
	provider text NOT NULL,
	account text NOT NULL DEFAULT '',
	secret text NOT NULL DEFAULT '',
	hook_secret text NOT NULL DEFAULT '',
	base_url text NOT NULL DEFAULT '',
	public_url text NOT NULL DEFAULT '',
	replies_to_keywords boolean NOT NULL DEFAULT false,
	active boolean NOT NULL DEFAULT true,
	PRIMARY KEY (brand_id, id)
);

CREATE TABLE senders (
	brand_id uuid NOT NULL REFERENCES brands,
	id uuid NOT NULL,
	channel_id uuid NOT NULL,
	number text NOT NULL,                       -- as the provider writes it: E.164, short code
	mps double precision CHECK (mps > 0),       -- segments a second; NULL: no pacing
	paused_reason text,                         -- why nothing leaves (unregistered, operator); NULL: sending
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (brand_id, id),
	UNIQUE (channel_id, number),
	FOREIGN KEY (brand_id, channel_id) REFERENCES channels
);

-- A customer is a number: whoever shares it is one consent subject. The row is also the lock under which everything about that
-- person is decided: inbound batches hold it FOR NO KEY UPDATE, and whoever queues a text holds it at least FOR SHARE (invariant 3).
CREATE TABLE customers (
	brand_id uuid NOT NULL REFERENCES brands,
	id uuid NOT NULL,
	phone text NOT NULL CHECK (phone ~ '^\+?[0-9]{3,15}$'),
	name text,
	email text,
	locale text,
	country text,
	opted_out_at timestamptz,                   -- STOP: every class
	marketing_out_at timestamptz,               -- promotional and relationship
	hold_at timestamptz,                        -- NM-3
	marketing_granted_at timestamptz,
	number_bad text,                            -- invalid, landline, disconnected, wrong person
	created_at timestamptz NOT NULL DEFAULT now(),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (brand_id, id),
	UNIQUE (brand_id, phone)
) WITH (fillfactor = 85);

-- A shop's own names of its customers; two of them may share a number.
CREATE TABLE customer_refs (
	brand_id uuid NOT NULL,
	source text NOT NULL,
	external_id text NOT NULL,
	customer_id uuid NOT NULL,
	PRIMARY KEY (brand_id, source, external_id),
	FOREIGN KEY (brand_id, customer_id) REFERENCES customers
);

-- The ledger (CO-1, CO-6): appended to, never changed.
CREATE TABLE consent_events (
	brand_id uuid NOT NULL,
	id uuid NOT NULL,
	customer_id uuid NOT NULL,
	phone text NOT NULL,
	at timestamptz NOT NULL,
	action text NOT NULL CHECK (action IN ('revoke_all', 'revoke_entity', 'revoke_marketing', 'hold_marketing',
		'grant_service', 'grant_all', 'release_hold')),
	source text NOT NULL CHECK (source IN ('text', 'agent', 'provider', 'api', 'import', 'checkout', 'form')),
	message_id uuid,
	tier text,
	phrase text,
	wording text,                               -- the customer's own words
	rule_version integer,
	PRIMARY KEY (brand_id, id)
);
CREATE INDEX consent_events_by_customer ON consent_events (brand_id, customer_id, id);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER consent_events_append_only BEFORE UPDATE OR DELETE ON consent_events
	FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE orders (
	brand_id uuid NOT NULL,
	id uuid NOT NULL,
	source text NOT NULL,
	external_id text NOT NULL,
	number text NOT NULL,
	customer_id uuid NOT NULL,
	state smallint NOT NULL,                    -- enum order_state
	state_at timestamptz NOT NULL,
	placed_at timestamptz NOT NULL,
	expected_at timestamptz,
	carrier text,
	tracking_number text,
	tracking_url text,
	title text,
	currency text,
	total numeric(14, 2),
	updated_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (brand_id, id),
	UNIQUE (brand_id, source, external_id),
	FOREIGN KEY (brand_id, customer_id) REFERENCES customers
);
CREATE INDEX orders_by_customer ON orders (brand_id, customer_id, placed_at DESC);
CREATE INDEX orders_by_number ON orders (brand_id, number);

CREATE TABLE order_items (
	brand_id uuid NOT NULL,
	order_id uuid NOT NULL,
	position smallint NOT NULL,
	sku text,
	title text NOT NULL,
	quantity integer NOT NULL CHECK (quantity > 0),
	price numeric(14, 2),
	PRIMARY KEY (brand_id, order_id, position),
	FOREIGN KEY (brand_id, order_id) REFERENCES orders ON DELETE CASCADE
);

CREATE TABLE shipments (
	brand_id uuid NOT NULL,
	order_id uuid NOT NULL,
	reference text NOT NULL,                    -- the shop's shipment id, or the tracking number, or '' for the only one
	carrier text,
	tracking_number text,
	tracking_url text,
	expected_at timestamptz,
	state smallint NOT NULL,
	state_at timestamptz NOT NULL,
	PRIMARY KEY (brand_id, order_id, reference),
	FOREIGN KEY (brand_id, order_id) REFERENCES orders ON DELETE CASCADE
);

CREATE TABLE order_events (
	brand_id uuid NOT NULL,
	id uuid NOT NULL,
	source text NOT NULL,
	event_id text NOT NULL,
	type text NOT NULL,
	order_id uuid,
	occurred_at timestamptz NOT NULL,
	received_at timestamptz NOT NULL DEFAULT now(),
	changed_state boolean NOT NULL DEFAULT false, -- false: an older event that came late
	body jsonb NOT NULL,
	PRIMARY KEY (brand_id, id),
	UNIQUE (brand_id, source, event_id)
);
CREATE INDEX order_events_by_order ON order_events (brand_id, order_id, occurred_at);

-- One endless thread per sender and customer. Holds what the router must remember.
CREATE TABLE conversations (
	brand_id uuid NOT NULL,
	id uuid NOT NULL,
	sender_id uuid NOT NULL,
	customer_id uuid NOT NULL,
	robot_off boolean NOT NULL DEFAULT false,
	open_ticket_id uuid,
	last_seq bigint NOT NULL DEFAULT 0,
	last_at timestamptz NOT NULL DEFAULT now(),
	last_in_at timestamptz,
	last_in_hash bigint NOT NULL DEFAULT 0,
	same_in_count integer NOT NULL DEFAULT 0,
	ack_at timestamptz,
	robot_at timestamptz,
	robot_count integer NOT NULL DEFAULT 0,
	opt_out_confirmed_at timestamptz,
	question smallint NOT NULL DEFAULT 0,
	question_expires_at timestamptz,
	menu bytea,                                 -- storage/memory.c; NULL: no open menu
	order_id uuid,
	PRIMARY KEY (brand_id, id),
	UNIQUE (brand_id, customer_id, sender_id)
) WITH (fillfactor = 70);

-- The order of decision within a thread is seq, given under the customer's lock.
CREATE TABLE messages (
	brand_id uuid NOT NULL,
	id uuid NOT NULL,
	conversation_id uuid NOT NULL,
	customer_id uuid NOT NULL,
	seq bigint NOT NULL,
	inbound boolean NOT NULL,
	state smallint NOT NULL,                    -- enum message_state; only ever rises
	class smallint,                             -- outbound: enum message_class
	at timestamptz NOT NULL,
	order_id uuid,
	ticket_id uuid,
	body text NOT NULL,
	media jsonb,
	segments smallint,
	template text,                              -- outbound: which wording; NULL: an agent's own words
	author text,                                -- outbound: robot, or the agent's name
	decision smallint,                          -- inbound: enum decision_kind
	tier text,
	phrase text,
	rule_version smallint,
	in_reply_to uuid,
	provider_id text,
	error text,
	sent_at timestamptz,
	final_at timestamptz,
	PRIMARY KEY (brand_id, id)
) PARTITION BY RANGE (id);
CREATE INDEX messages_by_conversation ON messages (conversation_id, seq);

-- The partition of one calendar month (UTC), bounded by the smallest UUIDv7 of that month and of the next.
CREATE FUNCTION uuid_v7_floor(t timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
	SELECT (lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid
$$;
CREATE FUNCTION make_message_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	part text := 'messages_' || to_char(month, 'YYYY_MM');
	low uuid := uuid_v7_floor(month::timestamp AT TIME ZONE 'UTC');
	high uuid := uuid_v7_floor((month + interval '1 month')::timestamp AT TIME ZONE 'UTC');
BEGIN
	IF to_regclass(part) IS NULL THEN
		EXECUTE format('CREATE TABLE %I PARTITION OF messages FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = 85)',
			part, low, high);
	END IF;
END $$;
DO $$
DECLARE
	first date := date_trunc('month', now() AT TIME ZONE 'UTC')::date;
BEGIN
	EXECUTE format('CREATE TABLE messages_before PARTITION OF messages FOR VALUES FROM (MINVALUE) TO (%L)',
		uuid_v7_floor(first::timestamp AT TIME ZONE 'UTC'));
	FOR n IN 0..3 LOOP
		PERFORM make_message_partition((first + n * interval '1 month')::date);
	END LOOP;
END $$;

-- Texts on their way out. A row is deleted when the provider's answer is written. claimed_at set: handed over, no answer yet.
CREATE TABLE outbox (
	brand_id uuid NOT NULL,
	sender_id uuid NOT NULL,
	customer_id uuid NOT NULL,
	message_id uuid NOT NULL,
	conversation_id uuid NOT NULL,
	class smallint NOT NULL,
	due_at timestamptz NOT NULL,
	queued_at timestamptz NOT NULL,
	expires_at timestamptz,
	confirms_opt_out boolean NOT NULL DEFAULT false,
	attempts smallint NOT NULL DEFAULT 0,
	claimed_at timestamptz,
	fence bigint,
	PRIMARY KEY (customer_id, message_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 20000);
CREATE INDEX outbox_due ON outbox (sender_id, class, due_at) WHERE claimed_at IS NULL;
CREATE INDEX outbox_claimed ON outbox (sender_id, claimed_at) WHERE claimed_at IS NOT NULL;

-- What has been taken in already: key is the first 128 bits of SHA-256 over channel and provider message id.
CREATE TABLE inbound_seen (
	key uuid PRIMARY KEY,
	message_id uuid NOT NULL
);

-- Parts of long texts that the provider does not join.
CREATE TABLE inbound_parts (
	brand_id uuid NOT NULL,
	channel_id uuid NOT NULL,
	sender_id uuid NOT NULL,
	phone text NOT NULL,
	ref integer NOT NULL,
	total smallint NOT NULL,
	seq smallint NOT NULL,
	body text NOT NULL,
	message_id uuid NOT NULL,
	at timestamptz NOT NULL,
	PRIMARY KEY (channel_id, phone, ref, total, seq)
);
CREATE INDEX inbound_parts_by_age ON inbound_parts (at);

CREATE TABLE tickets (
	brand_id uuid NOT NULL,
	id uuid NOT NULL,
	number bigint GENERATED ALWAYS AS IDENTITY,
	conversation_id uuid NOT NULL,
	customer_id uuid NOT NULL,
	order_id uuid,
	status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'pending', 'solved', 'closed')),
	priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
	intent text NOT NULL,
	subject text NOT NULL,
	assignee text,                              -- set: a person handles it and the robot keeps quiet
	opened_at timestamptz NOT NULL,
	updated_at timestamptz NOT NULL,
	solved_at timestamptz,
	PRIMARY KEY (brand_id, id)
);
CREATE INDEX tickets_by_update ON tickets (brand_id, updated_at DESC, id DESC);
CREATE INDEX tickets_by_status ON tickets (brand_id, status, updated_at DESC, id DESC);
CREATE INDEX tickets_by_conversation ON tickets (brand_id, conversation_id, id);

CREATE TABLE ticket_events (
	brand_id uuid NOT NULL,
	id uuid NOT NULL,
	ticket_id uuid NOT NULL,
	at timestamptz NOT NULL,
	kind text NOT NULL CHECK (kind IN ('opened', 'message', 'reply', 'note', 'status', 'assigned', 'priority', 'alert')),
	author text NOT NULL,
	body text,
	message_id uuid,
	PRIMARY KEY (brand_id, id)
);
CREATE INDEX ticket_events_by_ticket ON ticket_events (brand_id, ticket_id, id);

CREATE TABLE api_tokens (
	brand_id uuid NOT NULL REFERENCES brands,
	id uuid NOT NULL,
	name text NOT NULL,
	hash bytea NOT NULL UNIQUE,                 -- SHA-256 of the token; the token itself has 256 random bits
	scopes integer NOT NULL,
	created_at timestamptz NOT NULL DEFAULT now(),
	revoked_at timestamptz,
	PRIMARY KEY (brand_id, id)
);

-- A repeat of a request with the same key is answered by reading the resource that the first one made.
CREATE TABLE idempotency_keys (
	brand_id uuid NOT NULL,
	token_id uuid NOT NULL,
	key text NOT NULL,
	request_hash bytea NOT NULL,                -- SHA-256 of method, path and body
	resource_id uuid NOT NULL,
	at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (brand_id, token_id, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (at);

-- Work that must happen once: who does it, until when, under which fencing number.
CREATE TABLE leases (
	name text PRIMARY KEY,
	holder uuid NOT NULL,
	fence bigint NOT NULL,
	expires_at timestamptz NOT NULL
);

-- How a statement says no: the unit is rolled back and the reason reaches the caller as the error's message.
CREATE FUNCTION refuse(reason text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'AW001', MESSAGE = reason;
END $$;
