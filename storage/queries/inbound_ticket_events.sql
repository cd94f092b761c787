-- What happened on tickets; a customer's text reopens a pending one.
WITH e AS (
	SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::uuid[])
		e(brand_id, id, ticket_id, at, kind, author, body, message_id)
), added AS (
	INSERT INTO ticket_events (brand_id, id, ticket_id, at, kind, author, body, message_id) SELECT * FROM e
)
UPDATE tickets t SET updated_at = l.at, status = CASE WHEN t.status = 'pending' AND l.spoke THEN 'open' ELSE t.status END
FROM (SELECT brand_id, ticket_id, max(at) AS at, bool_or(kind = 'message') AS spoke FROM e GROUP BY brand_id, ticket_id) l
WHERE t.brand_id = l.brand_id AND t.id = l.ticket_id
