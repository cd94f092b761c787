-- A page of threads.
SELECT conversation_json(v), v.id FROM (
	(SELECT * FROM conversations WHERE $2::uuid IS NOT NULL AND brand_id = $1::uuid AND customer_id = $2::uuid AND id < $3::uuid
		ORDER BY id DESC LIMIT $4::int)
	UNION ALL
	(SELECT * FROM conversations WHERE $2::uuid IS NULL AND brand_id = $1::uuid AND id < $3::uuid ORDER BY id DESC LIMIT $4::int)
) v
ORDER BY v.id DESC
