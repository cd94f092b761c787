-- A page of orders; each way of asking has its own index, and the branches not asked for are never run.
SELECT order_json(o), o.id FROM (
	(SELECT * FROM orders WHERE $2::text IS NOT NULL AND brand_id = $1::uuid AND number = $2::text AND id < $5::uuid
		AND ($3::uuid IS NULL OR customer_id = $3::uuid) AND ($4::smallint IS NULL OR state = $4::smallint)
		ORDER BY id DESC LIMIT $6::int)
	UNION ALL
	(SELECT * FROM orders WHERE $2::text IS NULL AND $3::uuid IS NOT NULL AND brand_id = $1::uuid AND customer_id = $3::uuid
		AND id < $5::uuid AND ($4::smallint IS NULL OR state = $4::smallint)
		ORDER BY id DESC LIMIT $6::int)
	UNION ALL
	(SELECT * FROM orders WHERE $2::text IS NULL AND $3::uuid IS NULL AND $4::smallint IS NOT NULL AND brand_id = $1::uuid
		AND state = $4::smallint AND state >= 0 AND id < $5::uuid
		ORDER BY id DESC LIMIT $6::int)
	UNION ALL
	(SELECT * FROM orders WHERE $2::text IS NULL AND $3::uuid IS NULL AND $4::smallint IS NULL AND brand_id = $1::uuid AND id < $5::uuid
		ORDER BY id DESC LIMIT $6::int)
) o
ORDER BY o.id DESC
