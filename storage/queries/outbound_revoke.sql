-- OO-6: a provider's block on a number we thought open is a revocation in our ledger. What is queued and not claimed goes.
WITH t AS MATERIALIZED (
	SELECT DISTINCT ON (m.customer_id) m.brand_id, m.customer_id, m.id AS message_id, t.event_id, t.code
	FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) t(brand_id, message_id, event_id, code)
	JOIN messages m ON m.brand_id = t.brand_id AND m.id = t.message_id
	ORDER BY m.customer_id, m.id
), closed AS (
	UPDATE customers c SET opted_out_at = $5::timestamptz, updated_at = $5
	FROM t WHERE c.brand_id = t.brand_id AND c.id = t.customer_id AND c.opted_out_at IS NULL
	RETURNING c.brand_id, c.id, c.phone, t.message_id, t.event_id, t.code
), ledger AS (
	INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, source, message_id, tier, phrase)
	SELECT brand_id, event_id, id, phone, $5, 'revoke_all', 'provider', message_id, 'provider', code FROM closed
), gone AS (
	DELETE FROM outbox o USING t WHERE o.customer_id = t.customer_id AND o.class >= 1 AND o.claimed_at IS NULL
	RETURNING o.brand_id, o.message_id
)
UPDATE messages m SET state = 44, error = 'opted_out', final_at = $5
FROM gone WHERE m.brand_id = gone.brand_id AND m.id = gone.message_id AND m.state < 40
