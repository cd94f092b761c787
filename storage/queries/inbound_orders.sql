-- The newest orders of the customers of a batch.
SELECT p.ord, o.id, o.number, o.state, o.placed_at, o.state_at, o.expected_at, o.carrier, o.tracking_number, o.tracking_url, o.title,
	o.muted_at IS NOT NULL
FROM unnest($1::int[], $2::uuid[], $3::text[]) p(ord, brand_id, phone)
JOIN customers c ON c.brand_id = p.brand_id AND c.phone = p.phone
CROSS JOIN LATERAL (SELECT * FROM orders o WHERE o.brand_id = c.brand_id AND o.customer_id = c.id
	ORDER BY placed_at DESC LIMIT 12) o
ORDER BY p.ord, o.placed_at DESC
