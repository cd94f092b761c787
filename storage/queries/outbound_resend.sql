-- Lost answers of service texts: once more, at once; the mark on the message keeps it at once.
WITH t AS MATERIALIZED (
	SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) t(brand_id, customer_id, message_id)
), again AS (
	UPDATE outbox o SET claimed_at = NULL, fence = NULL, due_at = $4::timestamptz
	FROM t WHERE o.customer_id = t.customer_id AND o.message_id = t.message_id
)
UPDATE messages m SET error = 'answer_lost' FROM t WHERE m.brand_id = t.brand_id AND m.id = t.message_id AND m.state < 30
