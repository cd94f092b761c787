-- A page of customers; a phone is one customer's.
SELECT customer_json(c), c.id FROM (
	(SELECT * FROM customers WHERE $2::text IS NOT NULL AND brand_id = $1::uuid AND phone = $2::text AND id < $3::uuid)
	UNION ALL
	(SELECT * FROM customers WHERE $2::text IS NULL AND brand_id = $1::uuid AND id < $3::uuid ORDER BY id DESC LIMIT $4::int)
) c
ORDER BY c.id DESC
