-- RE-2: who has just become a customer and is in the list of suppressions starts opted out. A customer with a line in the ledger is not new.
INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, purpose, source, reference)
SELECT c.brand_id, gen_random_uuid(), c.id, c.phone, now(), 'revoke', s.scope, 'rule', 'suppressed since ' || utc_text(s.at)
FROM unnest($1::uuid[], $2::text[], $3::bytea[]) n(brand_id, phone, hmac)
JOIN suppressions s ON s.brand_id = n.brand_id AND s.hmac = n.hmac
JOIN customers c ON c.brand_id = n.brand_id AND c.phone = n.phone
WHERE NOT EXISTS (SELECT FROM consent_events e WHERE e.brand_id = c.brand_id AND e.customer_id = c.id)
ORDER BY c.id
ON CONFLICT DO NOTHING
