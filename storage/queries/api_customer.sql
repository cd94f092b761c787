-- A customer with the shops' own names of it and the newest 100 lines of its consent ledger.
SELECT (customer_json(c)::jsonb || jsonb_build_object(
	'references', coalesce((SELECT json_agg(json_build_object('source', r.source, 'id', r.external_id) ORDER BY r.source, r.external_id)
		FROM customer_refs r WHERE r.brand_id = c.brand_id AND r.customer_id = c.id), '[]'),
	'consents', coalesce((SELECT json_agg(consent_event_json(e) ORDER BY e.seq)
		FROM (SELECT * FROM consent_events x WHERE x.brand_id = c.brand_id AND x.customer_id = c.id ORDER BY x.seq DESC LIMIT 100) e), '[]')
	))::json, NULL::bigint
FROM customers c WHERE c.brand_id = $1::uuid AND c.id = $2::uuid
