-- NM-3: a doubt that 24 hours left without an answer is a no to marketing; state and outbox follow from the ledger. Agents are told on
-- the open ticket ($3: in which words). Who answers at this moment holds the customer's lock: that one is passed over.
WITH c AS MATERIALIZED (
	SELECT brand_id, id, phone FROM customers WHERE hold_at < $1::timestamptz - interval '24 hours'
	ORDER BY id LIMIT 500 FOR NO KEY UPDATE SKIP LOCKED
), told AS (
	INSERT INTO ticket_events (brand_id, id, ticket_id, at, kind, author, body)
	SELECT v.brand_id, uuid_v7_at($1), v.open_ticket_id, $1, 'note', 'robot', $3::text
	FROM c JOIN conversations v ON v.brand_id = c.brand_id AND v.customer_id = c.id
	WHERE v.open_ticket_id IS NOT NULL
	RETURNING brand_id, ticket_id
), touched AS (
	UPDATE tickets t SET updated_at = greatest($1, t.updated_at + interval '1 microsecond')
	FROM told WHERE t.brand_id = told.brand_id AND t.id = told.ticket_id
)
INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, source, tier, phrase, rule_version)
SELECT brand_id, gen_random_uuid(), id, phone, $1, 'revoke_marketing', 'rule', 'hold', 'no answer in 24 hours', $2::int FROM c
