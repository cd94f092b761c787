-- Why a ticket may not be changed like this; read once its customer is locked. $3: the version the caller saw, 0 any.
SELECT CASE
	WHEN $3::bigint <> 0 AND version_of(t.updated_at) <> $3::bigint THEN refuse('version_conflict')
	WHEN $4::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM orders o
		WHERE o.brand_id = t.brand_id AND o.id = $4::uuid AND o.customer_id = t.customer_id) THEN refuse('order_of_another')
	ELSE true END
FROM tickets t WHERE t.brand_id = $1::uuid AND t.id = $2::uuid
