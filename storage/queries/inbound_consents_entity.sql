-- STOP ALL: the same number at every other brand of the same legal entity (OO-2), with what is queued for it.
WITH others AS (
	SELECT c.brand_id, c.id, c.phone, s.at, s.message_id
	FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[]) s(brand_id, phone, at, message_id)
	JOIN brands mine ON mine.id = s.brand_id
	JOIN brands b ON b.entity = mine.entity AND b.id <> mine.id
	JOIN customers c ON c.brand_id = b.id AND c.phone = s.phone
), ledger AS (
	INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, source, message_id)
	SELECT brand_id, gen_random_uuid(), id, phone, at, 'revoke_entity', 'text', message_id FROM others
), gone AS (
	DELETE FROM outbox o USING others c WHERE o.customer_id = c.id AND o.class > 0 AND o.claimed_at IS NULL
	RETURNING o.brand_id, o.message_id
), suppressed AS (
	UPDATE messages m SET state = 44, error = 'opted_out', final_at = now()
	FROM gone WHERE m.brand_id = gone.brand_id AND m.id = gone.message_id AND m.state < 40
)
UPDATE customers c SET opted_out_at = coalesce(c.opted_out_at, o.at), marketing_out_at = coalesce(c.marketing_out_at, o.at),
	hold_at = NULL, updated_at = now()
FROM others o WHERE c.brand_id = o.brand_id AND c.id = o.id
