-- The lock under which everything about a person is decided; by id or by number.
SELECT 1 FROM customers
WHERE brand_id = $1::uuid AND id = coalesce($2::uuid, (SELECT id FROM customers WHERE brand_id = $1::uuid AND phone = $3::text))
FOR NO KEY UPDATE
