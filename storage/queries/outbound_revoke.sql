-- OO-6: a provider's block on a number we thought open is a revocation in our ledger. The customers are locked.
INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, source, message_id, tier, phrase)
SELECT DISTINCT ON (m.customer_id) m.brand_id, t.event_id, c.id, c.phone, $5::timestamptz, 'revoke_all', 'provider', m.id, 'provider', t.code
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) t(brand_id, message_id, event_id, code)
JOIN messages m ON m.brand_id = t.brand_id AND m.id = t.message_id
JOIN customers c ON c.brand_id = m.brand_id AND c.id = m.customer_id
WHERE c.opted_out_at IS NULL
ORDER BY m.customer_id, m.id
