-- The customers of new events, in one order; an event fills in what is missing, and takes nothing away.
INSERT INTO customers (brand_id, id, phone, name, email, locale, country)
SELECT DISTINCT ON (n.brand_id, n.phone) n.brand_id, n.new_id, n.phone, n.name, n.email, n.locale, n.country
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
	n(brand_id, event_id, new_id, phone, name, email, locale, country)
JOIN order_events e ON e.brand_id = n.brand_id AND e.id = n.event_id
ORDER BY n.brand_id, n.phone
ON CONFLICT (brand_id, phone) DO UPDATE SET name = coalesce(customers.name, excluded.name), email = coalesce(customers.email, excluded.email),
	locale = coalesce(customers.locale, excluded.locale), country = coalesce(customers.country, excluded.country), updated_at = now()
