-- Numbers that belong to somebody else, at every brand (RN-2). Consent that was given for one counts for nothing any more
-- (inbound_context). What a text does to consent follows from the ledger by itself.
UPDATE customers c SET number_bad = 'wrong_person', updated_at = now()
FROM (SELECT c.brand_id, c.id FROM unnest($1::text[]) u(phone) CROSS JOIN brands b
	JOIN customers c ON c.brand_id = b.id AND c.phone = u.phone ORDER BY c.id FOR NO KEY UPDATE OF c) w
WHERE c.brand_id = w.brand_id AND c.id = w.id
