-- What a customer wants to receive, as one line of the ledger; none if it is so already. The customer is locked. "Order texts only" refuses
-- both kinds of marketing; after a STOP it takes back the STOP, which has revoked them.
WITH c AS (
	SELECT k.*, coalesce((SELECT bool_and(s.state IN ('refused', 'revoked')) AND count(*) = 2 FROM consents s
			WHERE s.brand_id = k.brand_id AND s.customer_id = k.id AND s.purpose <> 'transactional'), false) AS refused,
		coalesce((SELECT bool_and(s.state = 'granted') AND count(*) = 2 FROM consents s
			WHERE s.brand_id = k.brand_id AND s.customer_id = k.id AND s.purpose <> 'transactional'), false) AS granted
	FROM customers k WHERE k.brand_id = $1::uuid AND k.id = $2::uuid
), line AS (
	SELECT c.*, CASE $4::text
		WHEN 'none' THEN CASE WHEN opted_out_at IS NULL THEN ARRAY['revoke', 'all'] END
		WHEN 'transactional_only' THEN CASE WHEN opted_out_at IS NOT NULL THEN ARRAY['grant', 'transactional']
			WHEN NOT refused THEN ARRAY['refuse', 'marketing'] END
		ELSE CASE WHEN opted_out_at IS NOT NULL THEN ARRAY['grant', 'all'] WHEN NOT granted THEN ARRAY['grant', 'marketing'] END
		END AS what
	FROM c
)
INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, purpose, source, shown, shown_version, wording, ip, user_agent,
	actor, reference)
SELECT brand_id, $3::uuid, id, phone, $5::timestamptz, what[1], what[2], $6::text, $7::text, $8::text, $9::text, $10::text, $11::text,
	$12::text, $13::text
FROM line WHERE what IS NOT NULL AND erased_at IS NULL
ON CONFLICT (brand_id, evidence) WHERE evidence IS NOT NULL DO NOTHING
RETURNING 1
