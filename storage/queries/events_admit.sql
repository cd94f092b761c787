-- Customers nobody knew, of events that were taken in just now: a repeat makes nobody anew. Gives those that are new.
INSERT INTO customers (brand_id, id, phone, country)
SELECT DISTINCT ON (n.brand_id, n.phone) n.brand_id, n.id, n.phone, n.country
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[]) n(brand_id, event_id, id, phone, country)
JOIN order_events e ON e.brand_id = n.brand_id AND e.id = n.event_id
ORDER BY n.brand_id, n.phone
ON CONFLICT (brand_id, phone) DO NOTHING
RETURNING id
