-- A ticket that an agent opens. Replies join it unless another one is open in the thread already.
WITH v AS (
	UPDATE conversations SET open_ticket_id = coalesce(open_ticket_id, $3::uuid)
	WHERE brand_id = $1::uuid AND id = $2::uuid RETURNING *
), e AS (
	INSERT INTO ticket_events (brand_id, id, ticket_id, at, kind, author, body)
	VALUES ($1::uuid, $4::uuid, $3::uuid, $5::timestamptz, 'opened', $6::text, $7::text)
)
INSERT INTO tickets (brand_id, id, conversation_id, customer_id, order_id, priority, intent, subject, assignee, opened_at, updated_at)
SELECT brand_id, $3::uuid, id, customer_id, $8::uuid, $9::text, $10::text, $7::text, $11::text, $5::timestamptz, $5::timestamptz FROM v
