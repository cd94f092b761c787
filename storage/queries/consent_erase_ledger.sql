-- The evidence stays, under the number's HMAC. Of the customer's words a bare keyword or a YES stays: it is the act itself.
UPDATE consent_events SET phone = 'hmac:' || encode($3::bytea, 'hex'), name = NULL, ip = NULL, user_agent = NULL, reference = NULL,
	wording = CASE WHEN source = 'text' AND tier IN ('T1', 'keyword', 'question', 'provider') THEN wording END
WHERE brand_id = $1::uuid AND customer_id = $2::uuid
