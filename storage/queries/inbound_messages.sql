-- The texts of a batch, both ways.
INSERT INTO messages (brand_id, id, conversation_id, customer_id, seq, inbound, state, class, at, order_id, ticket_id, body, media,
	segments, template, author, decision, tier, phrase, rule_version, in_reply_to, provider_id)
SELECT brand_id, id, conversation_id, customer_id, seq, inbound, state, class, at, order_id, ticket_id, body, media::jsonb,
	segments, template, author, decision, tier, phrase, rule_version, in_reply_to, provider_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::boolean[], $7::smallint[], $8::smallint[], $9::timestamptz[],
	$10::uuid[], $11::uuid[], $12::text[], $13::text[], $14::smallint[], $15::text[], $16::text[], $17::smallint[], $18::text[],
	$19::text[], $20::smallint[], $21::uuid[], $22::text[])
	m(brand_id, id, conversation_id, customer_id, seq, inbound, state, class, at, order_id, ticket_id, body, media, segments,
	template, author, decision, tier, phrase, rule_version, in_reply_to, provider_id)
