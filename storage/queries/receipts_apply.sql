-- A batch of receipts, one a message, by rising id. State only rises and a final one stays (invariant 5). A receipt also settles
-- a send whose answer was lost: its outbox row goes.
WITH moved AS (
	UPDATE messages m SET state = r.state, error = r.code, sent_at = coalesce(m.sent_at, $5::timestamptz),
		final_at = CASE WHEN r.state >= 40 THEN $5 END
	FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[]) r(brand_id, message_id, state, code)
	WHERE m.brand_id = r.brand_id AND m.id = r.message_id AND NOT m.inbound AND m.state < 40 AND r.state > m.state
	RETURNING m.customer_id, m.id
)
DELETE FROM outbox o USING moved WHERE o.customer_id = moved.customer_id AND o.message_id = moved.id
