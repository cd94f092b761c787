-- Changes a ticket; every change that is one is told on it. Replies join the ticket as long as it is open; once it is not, they
-- join the newest other open one of the thread, if there is one.
WITH was AS (
	SELECT * FROM tickets WHERE brand_id = $1::uuid AND id = $2::uuid
), e AS (
	INSERT INTO ticket_events (brand_id, id, ticket_id, at, kind, author, body)
	SELECT $1::uuid, c.id, $2::uuid, $3::timestamptz, c.kind, $4::text, c.body FROM was, LATERAL (VALUES
		($5::uuid, 'status', $6::text, $6::text IS NOT NULL AND $6::text <> was.status),
		($7::uuid, 'priority', $8::text, $8::text IS NOT NULL AND $8::text <> was.priority),
		($9::uuid, 'assigned', $11::text, $10::boolean AND $11::text IS DISTINCT FROM was.assignee),
		($12::uuid, 'order', (SELECT number FROM orders WHERE brand_id = $1::uuid AND id = $14::uuid),
			$13::boolean AND $14::uuid IS DISTINCT FROM was.order_id)) c(id, kind, body, changed)
	WHERE c.changed
), v AS (
	UPDATE conversations v SET open_ticket_id = CASE
		WHEN $6::text IN ('open', 'pending') THEN coalesce(v.open_ticket_id, was.id)
		WHEN v.open_ticket_id = was.id THEN (SELECT o.id FROM tickets o WHERE o.brand_id = was.brand_id
			AND o.conversation_id = was.conversation_id AND o.id <> was.id AND o.status IN ('open', 'pending') ORDER BY o.id DESC LIMIT 1)
		ELSE v.open_ticket_id END
	FROM was WHERE $6::text IS NOT NULL AND v.brand_id = was.brand_id AND v.id = was.conversation_id
)
UPDATE tickets t SET status = coalesce($6::text, t.status), priority = coalesce($8::text, t.priority),
	assignee = CASE WHEN $10::boolean THEN $11::text ELSE t.assignee END,
	order_id = CASE WHEN $13::boolean THEN $14::uuid ELSE t.order_id END,
	solved_at = CASE WHEN $6::text IN ('open', 'pending') THEN NULL WHEN $6::text IS NULL THEN t.solved_at
		ELSE coalesce(t.solved_at, $3::timestamptz) END,
	updated_at = greatest($3::timestamptz, t.updated_at + interval '1 microsecond')
FROM was WHERE t.brand_id = was.brand_id AND t.id = was.id
