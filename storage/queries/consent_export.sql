-- Everything that is kept of one customer (RE-2).
SELECT (customer_json(c)::jsonb || jsonb_build_object(
	'legal_hold_reason', c.legal_hold_reason,
	'references', coalesce((SELECT json_agg(json_build_object('source', r.source, 'id', r.external_id) ORDER BY r.source, r.external_id)
		FROM customer_refs r WHERE r.brand_id = c.brand_id AND r.customer_id = c.id), '[]'),
	'consents', consents_json(c)::jsonb - 'customer',
	'orders', coalesce((SELECT json_agg(order_json(o)::jsonb || jsonb_build_object(
		'items', coalesce((SELECT json_agg(json_build_object('sku', i.sku, 'title', i.title, 'quantity', i.quantity, 'price', i.price::text)
			ORDER BY i.position) FROM order_items i WHERE i.brand_id = o.brand_id AND i.order_id = o.id), '[]'),
		'shipments', coalesce((SELECT json_agg(json_build_object('reference', s.reference, 'carrier', s.carrier,
			'tracking_number', s.tracking_number, 'tracking_url', s.tracking_url, 'expected_at', utc_text(s.expected_at),
			'state', order_state_name(s.state), 'state_at', utc_text(s.state_at)) ORDER BY s.reference)
			FROM shipments s WHERE s.brand_id = o.brand_id AND s.order_id = o.id), '[]'),
		'events', coalesce((SELECT json_agg(json_build_object('source', e.source, 'event_id', e.event_id, 'type', e.type,
			'occurred_at', utc_text(e.occurred_at), 'body', e.body) ORDER BY e.occurred_at)
			FROM order_events e WHERE e.brand_id = o.brand_id AND e.order_id = o.id), '[]')) ORDER BY o.placed_at)
		FROM orders o WHERE o.brand_id = c.brand_id AND o.customer_id = c.id), '[]'),
	'thread', coalesce((SELECT json_agg(message_json(m) ORDER BY m.at, m.seq)
		FROM conversations v JOIN messages m ON m.conversation_id = v.id WHERE v.brand_id = c.brand_id AND v.customer_id = c.id), '[]'),
	'ratings', coalesce((SELECT json_agg(json_build_object('message', m.id, 'at', utc_text(m.at), 'kind', m.tier, 'text', m.body)
		ORDER BY m.at) FROM conversations v JOIN messages m ON m.conversation_id = v.id
		WHERE v.brand_id = c.brand_id AND v.customer_id = c.id AND m.inbound AND m.decision = 7), '[]'),
	'tickets', coalesce((SELECT json_agg(ticket_json(t)::jsonb || jsonb_build_object('events', coalesce((SELECT json_agg(ticket_event_json(e)
		ORDER BY e.id) FROM ticket_events e WHERE e.brand_id = t.brand_id AND e.ticket_id = t.id), '[]')) ORDER BY t.opened_at)
		FROM tickets t WHERE t.brand_id = c.brand_id AND t.customer_id = c.id), '[]')
	))::json, NULL::bigint
FROM customers c WHERE c.brand_id = $1::uuid AND c.id = $2::uuid
