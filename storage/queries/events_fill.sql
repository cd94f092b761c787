-- What the shop says of a customer fills what is missing; it never replaces what is there.
UPDATE customers c SET name = coalesce(c.name, n.name), email = coalesce(c.email, n.email), locale = coalesce(c.locale, n.locale),
	country = coalesce(c.country, n.country), updated_at = now()
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[]) n(brand_id, id, name, email, locale, country)
WHERE c.brand_id = n.brand_id AND c.id = n.id
	AND ((c.name IS NULL AND n.name IS NOT NULL) OR (c.email IS NULL AND n.email IS NOT NULL)
		OR (c.locale IS NULL AND n.locale IS NOT NULL) OR (c.country IS NULL AND n.country IS NOT NULL))
