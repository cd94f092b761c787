-- The shipments of those orders, as they are.
SELECT n.ord, s.reference, s.carrier, s.tracking_number, s.tracking_url, s.expected_at, s.state, s.state_at
FROM unnest($1::int[], $2::uuid[], $3::text[], $4::text[]) n(ord, brand_id, source, external_id)
JOIN orders o ON o.brand_id = n.brand_id AND o.source = n.source AND o.external_id = n.external_id
JOIN shipments s ON s.brand_id = o.brand_id AND s.order_id = o.id
