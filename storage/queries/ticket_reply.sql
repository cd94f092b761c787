-- An agent's reply: into the thread, queued, told on the ticket, which now waits for the customer. Who replies first takes it over.
-- Within 24 hours of the customer's last text it is conversation, later it is service.
WITH v AS (
	UPDATE conversations v SET last_seq = v.last_seq + 1, last_at = $5::timestamptz, open_ticket_id = coalesce(v.open_ticket_id, t.id)
	FROM tickets t
	WHERE t.brand_id = $1::uuid AND t.id = $2::uuid AND v.brand_id = t.brand_id AND v.id = t.conversation_id
	RETURNING v.*, t.order_id AS about,
		(CASE WHEN v.last_in_at > $5::timestamptz - interval '24 hours' THEN 1 ELSE 2 END)::smallint AS class
), m AS (
	INSERT INTO messages (brand_id, id, conversation_id, customer_id, seq, inbound, state, class, at, order_id, ticket_id, body, segments,
		author)
	SELECT brand_id, $3::uuid, id, customer_id, last_seq, false, 10, class, $5::timestamptz, about, $2::uuid, $6::text, $7::smallint,
		$8::text FROM v
), o AS (
	INSERT INTO outbox (brand_id, sender_id, customer_id, message_id, conversation_id, class, due_at, queued_at)
	SELECT brand_id, sender_id, customer_id, $3::uuid, id, class, $5::timestamptz, $5::timestamptz FROM v
), e AS (
	INSERT INTO ticket_events (brand_id, id, ticket_id, at, kind, author, body, message_id)
	VALUES ($1::uuid, $4::uuid, $2::uuid, $5::timestamptz, 'reply', $8::text, $6::text, $3::uuid)
)
UPDATE tickets SET status = 'pending', solved_at = NULL, assignee = coalesce(assignee, $8::text),
	updated_at = greatest($5::timestamptz, updated_at + interval '1 microsecond')
WHERE brand_id = $1::uuid AND id = $2::uuid
