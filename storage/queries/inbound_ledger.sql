-- The consent ledger: one line for what each text changed; with it go the customer's state and what is queued (0006_consent). A YES is kept
-- beside the question it answered.
INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, source, message_id, tier, phrase, wording, rule_version, order_id,
	shown, shown_version)
SELECT e.brand_id, e.id, e.customer_id, e.phone, e.at, e.action, 'text', e.message_id, e.tier, e.phrase, e.wording, e.rule_version,
	e.order_id, q.body, q.template
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::text[],
	$11::int[], $12::uuid[])
	e(brand_id, id, customer_id, phone, at, action, message_id, tier, phrase, wording, rule_version, order_id)
LEFT JOIN LATERAL (
	SELECT m.body, m.template FROM conversations v
	CROSS JOIN LATERAL (SELECT * FROM messages m WHERE m.conversation_id = v.id AND NOT m.inbound AND m.template IN ('opt_in_question', 'opt_in_double')
		ORDER BY m.seq DESC LIMIT 1) m
	WHERE e.action = 'grant_all' AND v.brand_id = e.brand_id AND v.customer_id = e.customer_id ORDER BY m.at DESC LIMIT 1
) q ON true
