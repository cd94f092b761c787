-- STOP ALL: the same number at every other brand of the same legal entity (OO-2).
INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, source, message_id)
SELECT c.brand_id, gen_random_uuid(), c.id, c.phone, s.at, 'revoke_entity', 'text', s.message_id
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[]) s(brand_id, phone, at, message_id)
JOIN brands mine ON mine.id = s.brand_id
JOIN brands b ON b.entity = mine.entity AND b.id <> mine.id
JOIN customers c ON c.brand_id = b.id AND c.phone = s.phone
ORDER BY c.id
