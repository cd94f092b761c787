-- Why no ticket may be opened here; read once the customer is locked.
SELECT CASE
	WHEN v.id IS NULL THEN refuse('conversation_unknown')
	WHEN $3::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM orders o
		WHERE o.brand_id = $1::uuid AND o.id = $3::uuid AND o.customer_id = v.customer_id) THEN refuse('order_of_another')
	ELSE true END
FROM (SELECT 1) x LEFT JOIN conversations v ON v.brand_id = $1::uuid AND v.id = $2::uuid
