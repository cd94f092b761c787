-- The thread for a double opt-in question, where the customer has none yet. Only for lines that wait for an answer.
INSERT INTO conversations (brand_id, id, sender_id, customer_id, last_at)
SELECT DISTINCT ON (e.customer_id) e.brand_id, n.conversation_id, s.id, e.customer_id, $4::timestamptz
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) n(brand_id, event_id, conversation_id)
JOIN consent_events e ON e.brand_id = n.brand_id AND e.id = n.event_id AND e.action = 'ask'
CROSS JOIN LATERAL (SELECT id FROM senders WHERE brand_id = e.brand_id ORDER BY created_at, id LIMIT 1) s
WHERE NOT EXISTS (SELECT FROM conversations v WHERE v.brand_id = e.brand_id AND v.customer_id = e.customer_id)
ON CONFLICT (brand_id, customer_id, sender_id) DO NOTHING
