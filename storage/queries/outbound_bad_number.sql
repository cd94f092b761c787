-- Numbers that cannot be reached: marked, and an agent who waits for an answer is told on the open ticket.
WITH t AS MATERIALIZED (
	SELECT DISTINCT ON (m.customer_id) m.brand_id, m.customer_id, m.conversation_id, m.id AS message_id, t.event_id, t.code
	FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) t(brand_id, message_id, event_id, code)
	JOIN messages m ON m.brand_id = t.brand_id AND m.id = t.message_id
	ORDER BY m.customer_id, m.id
), marked AS (
	UPDATE customers c SET number_bad = t.code, updated_at = $5::timestamptz
	FROM t WHERE c.brand_id = t.brand_id AND c.id = t.customer_id AND c.number_bad IS NULL
), told AS (
	INSERT INTO ticket_events (brand_id, id, ticket_id, at, kind, author, body, message_id)
	SELECT t.brand_id, t.event_id, v.open_ticket_id, $5, 'alert', 'robot', $6::text || ' (' || t.code || ')', t.message_id
	FROM t JOIN conversations v ON v.brand_id = t.brand_id AND v.id = t.conversation_id
	WHERE v.open_ticket_id IS NOT NULL
	RETURNING brand_id, ticket_id
)
UPDATE tickets k SET updated_at = $5 FROM told WHERE k.brand_id = told.brand_id AND k.id = told.ticket_id
