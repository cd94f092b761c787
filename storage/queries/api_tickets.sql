-- A page of tickets, the last changed first; each way of asking has its own index, and the branches not asked for are never run.
-- By order: the tickets of the order's customer are looked through.
SELECT ticket_json(t), t.updated_at, t.id FROM (
	(SELECT * FROM tickets WHERE ($4::uuid IS NOT NULL OR $5::uuid IS NOT NULL) AND brand_id = $1::uuid
		AND customer_id = coalesce($4::uuid, (SELECT customer_id FROM orders WHERE brand_id = $1::uuid AND id = $5::uuid))
		AND ($5::uuid IS NULL OR order_id = $5::uuid)
		AND ($2::text IS NULL OR status = $2::text) AND ($3::text IS NULL OR assignee = $3::text)
		AND (updated_at, id) < ($6::timestamptz, $7::uuid)
		ORDER BY updated_at DESC, id DESC LIMIT $8::int)
	UNION ALL
	(SELECT * FROM tickets WHERE $4::uuid IS NULL AND $5::uuid IS NULL AND $3::text IS NOT NULL AND brand_id = $1::uuid
		AND assignee = $3::text AND ($2::text IS NULL OR status = $2::text)
		AND (updated_at, id) < ($6::timestamptz, $7::uuid)
		ORDER BY updated_at DESC, id DESC LIMIT $8::int)
	UNION ALL
	(SELECT * FROM tickets WHERE $4::uuid IS NULL AND $5::uuid IS NULL AND $3::text IS NULL AND $2::text IS NOT NULL
		AND brand_id = $1::uuid AND status = $2::text
		AND (updated_at, id) < ($6::timestamptz, $7::uuid)
		ORDER BY updated_at DESC, id DESC LIMIT $8::int)
	UNION ALL
	(SELECT * FROM tickets WHERE $4::uuid IS NULL AND $5::uuid IS NULL AND $3::text IS NULL AND $2::text IS NULL
		AND brand_id = $1::uuid
		AND (updated_at, id) < ($6::timestamptz, $7::uuid)
		ORDER BY updated_at DESC, id DESC LIMIT $8::int)
) t
ORDER BY t.updated_at DESC, t.id DESC
