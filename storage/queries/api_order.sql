-- An order with its items, its shipments and the newest 200 of its events.
SELECT (order_json(o)::jsonb || jsonb_build_object(
	'items', coalesce((SELECT json_agg(json_build_object('position', i.position, 'sku', i.sku, 'title', i.title, 'quantity', i.quantity,
		'price', i.price::text) ORDER BY i.position)
		FROM order_items i WHERE i.brand_id = o.brand_id AND i.order_id = o.id), '[]'),
	'shipments', coalesce((SELECT json_agg(json_build_object('reference', s.reference, 'carrier', s.carrier,
		'tracking_number', s.tracking_number, 'tracking_url', s.tracking_url, 'expected_at', utc_text(s.expected_at),
		'state', order_state_name(s.state), 'state_at', utc_text(s.state_at)) ORDER BY s.reference)
		FROM shipments s WHERE s.brand_id = o.brand_id AND s.order_id = o.id), '[]'),
	'events', coalesce((SELECT json_agg(json_build_object('id', e.id, 'source', e.source, 'event_id', e.event_id, 'type', e.type,
		'occurred_at', utc_text(e.occurred_at), 'received_at', utc_text(e.received_at), 'changed_state', e.changed_state)
		ORDER BY e.occurred_at, e.id)
		FROM (SELECT * FROM order_events x WHERE x.brand_id = o.brand_id AND x.order_id = o.id
			ORDER BY x.occurred_at DESC LIMIT 200) e), '[]')
	))::json, NULL::bigint
FROM orders o WHERE o.brand_id = $1::uuid AND o.id = $2::uuid
