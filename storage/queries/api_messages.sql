-- A page of texts. By order: the texts of the order's customer are looked through. By state alone a page looks
-- at no more than 10,000 texts: its last row then has no element, only the place to go on from.
WITH w AS MATERIALIZED (
	(SELECT m.* FROM messages m WHERE $2::uuid IS NULL AND $3::uuid IS NULL AND m.brand_id = $1::uuid AND m.id < $5::uuid
		ORDER BY m.id DESC LIMIT CASE WHEN $4::smallint IS NULL THEN $6::int ELSE 10000 END)
	UNION ALL
	(SELECT m.* FROM messages m WHERE $2::uuid IS NOT NULL AND m.conversation_id = $2::uuid AND m.brand_id = $1::uuid AND m.id < $5::uuid
		AND ($3::uuid IS NULL OR m.order_id = $3::uuid) AND ($4::smallint IS NULL OR m.state = $4::smallint)
		ORDER BY m.id DESC LIMIT $6::int)
	UNION ALL
	(SELECT m.* FROM orders o JOIN conversations v ON v.brand_id = o.brand_id AND v.customer_id = o.customer_id
		JOIN messages m ON m.conversation_id = v.id AND m.brand_id = o.brand_id
		WHERE $2::uuid IS NULL AND $3::uuid IS NOT NULL AND o.brand_id = $1::uuid AND o.id = $3::uuid AND m.order_id = o.id
		AND m.id < $5::uuid AND ($4::smallint IS NULL OR m.state = $4::smallint)
		ORDER BY m.id DESC LIMIT $6::int)
)
SELECT message_json(p::messages), p.id FROM (
	SELECT * FROM w WHERE $4::smallint IS NULL OR state = $4::smallint ORDER BY id DESC LIMIT $6::int
) p
UNION ALL
(SELECT NULL::json, id FROM (SELECT id, count(*) OVER () AS n FROM w WHERE $4::smallint IS NOT NULL AND $2::uuid IS NULL AND $3::uuid IS NULL) l
	WHERE l.n = 10000 ORDER BY id LIMIT 1)
