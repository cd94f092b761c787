-- The shop's own names of those customers.
INSERT INTO customer_refs (brand_id, source, external_id, customer_id)
SELECT DISTINCT ON (n.brand_id, n.source, n.external_id) n.brand_id, n.source, n.external_id, c.id
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) n(brand_id, event_id, source, external_id, phone)
JOIN order_events e ON e.brand_id = n.brand_id AND e.id = n.event_id
JOIN customers c ON c.brand_id = n.brand_id AND c.phone = n.phone
ORDER BY n.brand_id, n.source, n.external_id
ON CONFLICT (brand_id, source, external_id) DO UPDATE SET customer_id = excluded.customer_id
