-- Whose preferences a link opens, and how they stand. No row: no such link.
SELECT c.brand_id, c.id, t.expires_at <= now() OR c.erased_at IS NOT NULL, customer_receives(c), c.locale, c.zone, c.country, right(c.phone, 4),
	b.name, b.locale, b.support_contact
FROM preference_tokens t
JOIN customers c ON c.brand_id = t.brand_id AND c.id = t.customer_id
JOIN brands b ON b.id = c.brand_id
WHERE t.hash = $1::bytea
