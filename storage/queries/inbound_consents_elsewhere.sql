-- Opt-outs that reach the same number at other brands: STOP ALL at those of the same legal entity (OO-2), a number that is somebody
-- else's at every brand ($5; RN-2).
INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, source, message_id, phrase)
SELECT c.brand_id, gen_random_uuid(), c.id, c.phone, s.at, CASE WHEN s.wrong THEN 'revoke_all' ELSE 'revoke_entity' END, 'text', s.message_id,
	CASE WHEN s.wrong THEN 'wrong number' END
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[], $5::boolean[]) s(brand_id, phone, at, message_id, wrong)
JOIN brands mine ON mine.id = s.brand_id
JOIN brands b ON b.id <> mine.id AND (s.wrong OR b.entity = mine.entity)
JOIN customers c ON c.brand_id = b.id AND c.phone = s.phone
ORDER BY c.id
