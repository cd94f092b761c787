-- Narrower and wider opt-outs: one order's texts (OO-3), a plain STOP's reach (OO-2), and a doubt that nobody answered (NM-3).

ALTER TABLE orders ADD COLUMN muted_at timestamptz;  -- the customer wants no texts about this order; only START ends it
ALTER TABLE consent_events ADD COLUMN order_id uuid; -- revoke_order: which one

ALTER TABLE brands ADD COLUMN stop_scope text NOT NULL DEFAULT 'rules' CHECK (stop_scope IN ('rules', 'brand', 'entity'));

CREATE INDEX customers_on_hold ON customers (hold_at) WHERE hold_at IS NOT NULL;

-- An id of that time for what a statement makes itself: lists of events are read by id.
CREATE FUNCTION uuid_v7_at(t timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
	SELECT (lpad(to_hex((extract(epoch FROM t) * 1000)::bigint), 12, '0') || '7' ||
		substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid
$$;

CREATE OR REPLACE FUNCTION decision_name(decision smallint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT (ARRAY['drop', 'opt_out', 'opt_out_marketing', 'hold', 'opt_in', 'help', 'menu', 'rating', 'answer', 'intent', 'append',
		'ticket', 'opt_out_order'])[decision + 1]
$$;
CREATE OR REPLACE FUNCTION order_json(o orders) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', o.id, 'number', o.number, 'source', o.source, 'external_id', o.external_id, 'customer', o.customer_id,
		'state', order_state_name(o.state), 'state_at', utc_text(o.state_at), 'placed_at', utc_text(o.placed_at),
		'expected_at', utc_text(o.expected_at), 'carrier', o.carrier, 'tracking_number', o.tracking_number,
		'tracking_url', o.tracking_url, 'title', o.title, 'currency', o.currency, 'total', o.total::text,
		'muted_at', utc_text(o.muted_at), 'updated_at', utc_text(o.updated_at))
$$;
