-- A note on a ticket: for agents, never sent.
WITH e AS (
	INSERT INTO ticket_events (brand_id, id, ticket_id, at, kind, author, body)
	VALUES ($1::uuid, $3::uuid, $2::uuid, $4::timestamptz, 'note', $5::text, $6::text)
)
UPDATE tickets SET updated_at = greatest($4::timestamptz, updated_at + interval '1 microsecond')
WHERE brand_id = $1::uuid AND id = $2::uuid
