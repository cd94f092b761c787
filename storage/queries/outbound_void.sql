-- RN-2: a number that the provider calls disconnected is void at every other brand too. Marked bad, consent that was given for it counts
-- for nothing any more (inbound_context).
WITH t AS MATERIALIZED (
	SELECT DISTINCT ON (c.id) c.brand_id, c.id, c.phone, m.id AS message_id, t.code
	FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) t(brand_id, message_id, event_id, code)
	JOIN messages m ON m.brand_id = t.brand_id AND m.id = t.message_id
	JOIN customers me ON me.brand_id = m.brand_id AND me.id = m.customer_id
	JOIN brands b ON b.id <> m.brand_id
	JOIN customers c ON c.brand_id = b.id AND c.phone = me.phone
	ORDER BY c.id, m.id
), marked AS (
	UPDATE customers c SET number_bad = coalesce(c.number_bad, t.code), updated_at = $5::timestamptz
	FROM t WHERE c.brand_id = t.brand_id AND c.id = t.id
	RETURNING c.brand_id, c.id, c.phone, t.message_id, t.code
)
INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, source, message_id, tier, phrase)
SELECT brand_id, gen_random_uuid(), id, phone, $5, 'revoke_all', 'provider', message_id, 'provider', code FROM marked
