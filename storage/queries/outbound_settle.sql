-- Texts that will not be tried again: failed, suppressed, unknown. A state that a receipt has settled stays (invariant 5).
WITH done AS (
	UPDATE messages m SET state = CASE WHEN m.state < 40 THEN greatest(m.state, t.state) ELSE m.state END,
		error = CASE WHEN m.state < 40 THEN t.error ELSE m.error END,
		final_at = CASE WHEN m.state < 40 AND t.state >= 40 THEN $5::timestamptz ELSE m.final_at END
	FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[]) t(brand_id, message_id, state, error)
	WHERE m.brand_id = t.brand_id AND m.id = t.message_id
	RETURNING m.customer_id, m.id
)
DELETE FROM outbox o USING done WHERE o.customer_id = done.customer_id AND o.message_id = done.id
