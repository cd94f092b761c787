-- The orders that a batch of events speaks of, as they are, locked in one order.
SELECT n.ord, o.id, o.number, o.customer_id, o.state, o.state_at, o.placed_at, o.expected_at, o.carrier, o.tracking_number,
	o.tracking_url, o.title, o.currency, o.total::text
FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[]) n(ord, brand_id, source, external_id)
JOIN orders o ON o.brand_id = n.brand_id AND o.source = n.source AND o.external_id = n.external_id
ORDER BY o.id FOR NO KEY UPDATE OF o
