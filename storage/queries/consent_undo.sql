-- Takes back what the customer chose on the page, as a line of its own. Only the last choice, and only for an hour. The customer is locked.
INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, purpose, source, shown, shown_version, wording, ip, user_agent, undoes)
SELECT c.brand_id, $3::uuid, c.id, c.phone, $5::timestamptz, 'undo', e.purpose, 'page', $6::text, $7::text, $8::text, $9::text, $10::text, e.id
FROM customers c JOIN consent_events e ON e.brand_id = c.brand_id AND e.customer_id = c.id
WHERE c.brand_id = $1::uuid AND c.id = $2::uuid AND c.erased_at IS NULL AND e.id = $4::uuid AND e.source = 'page' AND e.action <> 'undo'
	AND e.at > $5::timestamptz - interval '1 hour'
	AND EXISTS (SELECT FROM consents s WHERE s.brand_id = c.brand_id AND s.customer_id = c.id AND s.event_id = e.id)
ON CONFLICT DO NOTHING
RETURNING 1
