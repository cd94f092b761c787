-- Lines for the ledger, other than texts; the customers are locked. ask: a grant of marketing waits for a YES to our question (double
-- opt-in); null: as the brand has it. The same evidence again adds nothing. What follows from a line: 0006_consent.
INSERT INTO consent_events (brand_id, id, customer_id, phone, at, action, purpose, source, kind, shown, shown_version, wording, ip, user_agent,
	actor, reference)
SELECT c.brand_id, e.id, c.id, c.phone, e.at,
	CASE WHEN e.action = 'grant' AND e.purpose <> 'transactional' AND coalesce(e.ask, b.double_opt_in)
		AND e.kind IS DISTINCT FROM 'double_opt_in' THEN 'ask' ELSE e.action END,
	e.purpose, e.source, e.kind, e.shown, e.shown_version, e.reply, e.ip, e.user_agent, e.actor, e.reference
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
	$11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::boolean[])
	WITH ORDINALITY e(brand_id, customer_id, id, at, action, purpose, source, kind, shown, shown_version, reply, ip, user_agent, actor,
	reference, ask, ord)
JOIN customers c ON c.brand_id = e.brand_id AND c.id = e.customer_id
JOIN brands b ON b.id = c.brand_id
WHERE c.erased_at IS NULL
ORDER BY e.ord
ON CONFLICT (brand_id, evidence) WHERE evidence IS NOT NULL DO NOTHING
