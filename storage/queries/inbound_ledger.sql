-- The consent ledger: one line for what each text changed.
INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, source, message_id, tier, phrase, wording, rule_version)
SELECT brand_id, id, customer_id, phone, at, action, 'text', message_id, tier, phrase, wording, rule_version
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[], $7::uuid[], $8::text[], $9::text[], $10::text[],
	$11::int[])
	e(brand_id, id, customer_id, phone, at, action, message_id, tier, phrase, wording, rule_version)
