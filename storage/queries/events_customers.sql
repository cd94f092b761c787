-- The customers of a batch of events; their locks are held.
SELECT p.ord, c.id FROM unnest($1::int[], $2::uuid[], $3::text[]) p(ord, brand_id, phone)
JOIN customers c ON c.brand_id = p.brand_id AND c.phone = p.phone
