-- An agent's text into the customer's latest thread, queued.
WITH v AS (
	UPDATE conversations SET last_seq = last_seq + 1, last_at = $6::timestamptz
	WHERE brand_id = $1::uuid AND id = (
		SELECT id FROM conversations WHERE brand_id = $1::uuid
			AND customer_id = coalesce($2::uuid, (SELECT id FROM customers WHERE brand_id = $1::uuid AND phone = $3::text))
		ORDER BY last_in_at DESC NULLS LAST, last_at DESC, id DESC LIMIT 1)
	RETURNING *
), m AS (
	INSERT INTO messages (brand_id, id, conversation_id, customer_id, seq, inbound, state, class, at, order_id, body, segments, author)
	SELECT brand_id, $4::uuid, id, customer_id, last_seq, false, 10, $5::smallint, $6::timestamptz, $10::uuid, $7::text, $8::smallint,
		$9::text FROM v
)
INSERT INTO outbox (brand_id, sender_id, customer_id, message_id, conversation_id, class, due_at, queued_at)
SELECT brand_id, sender_id, customer_id, $4::uuid, id, $5::smallint, $6::timestamptz, $6::timestamptz FROM v
