-- A line of the ledger, with what holds for its customer now.
SELECT (consent_event_json(e)::jsonb || jsonb_build_object('customer', c.id, 'receives', customer_receives(c), 'may_text', may_text_json(c)))::json,
	NULL::bigint
FROM consent_events e JOIN customers c ON c.brand_id = e.brand_id AND c.id = e.customer_id
WHERE e.brand_id = $1::uuid AND e.id = $2::uuid
