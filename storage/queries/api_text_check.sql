-- Why no text of this class may go to this customer; read once the customer is locked. The thread it goes into is made if need be.
WITH c AS (
	SELECT * FROM customers
	WHERE brand_id = $1::uuid AND id = coalesce($2::uuid, (SELECT id FROM customers WHERE brand_id = $1::uuid AND phone = $3::text))
), s AS (
	SELECT id FROM senders WHERE brand_id = $1::uuid ORDER BY created_at, id LIMIT 1
), refused AS MATERIALIZED (
	SELECT CASE
		WHEN NOT EXISTS (SELECT FROM c) THEN refuse('customer_unknown')
		WHEN (SELECT opted_out_at FROM c) IS NOT NULL THEN refuse('opted_out')
		WHEN (SELECT number_bad FROM c) IS NOT NULL THEN refuse('number_bad')
		WHEN $5::smallint = 1 AND NOT EXISTS (SELECT FROM conversations v JOIN c ON v.brand_id = c.brand_id AND v.customer_id = c.id
			WHERE v.last_in_at > $6::timestamptz - interval '24 hours') THEN refuse('not_conversing')
		WHEN $7::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM orders o JOIN c ON o.brand_id = c.brand_id AND o.customer_id = c.id
			WHERE o.id = $7::uuid) THEN refuse('order_of_another')
		WHEN $5::smallint >= 2 AND EXISTS (SELECT FROM orders o WHERE o.brand_id = $1::uuid AND o.id = $7::uuid
			AND o.muted_at IS NOT NULL) THEN refuse('order_muted')
		WHEN NOT EXISTS (SELECT FROM s) THEN refuse('no_sender')
		ELSE false END AS no
)
INSERT INTO conversations (brand_id, id, sender_id, customer_id, last_at)
SELECT c.brand_id, $4::uuid, s.id, c.id, $6::timestamptz FROM refused, c, s
WHERE NOT no AND NOT EXISTS (SELECT FROM conversations v WHERE v.brand_id = c.brand_id AND v.customer_id = c.id)
