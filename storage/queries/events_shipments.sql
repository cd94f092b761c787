-- Shipments as new events tell of them, with the same rule as orders.
INSERT INTO shipments (brand_id, order_id, reference, carrier, tracking_number, tracking_url, expected_at, state, state_at)
SELECT n.brand_id, e.order_id, n.reference, n.carrier, n.tracking_number, n.tracking_url, n.expected_at, n.state, e.occurred_at
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::smallint[])
	n(brand_id, event_id, reference, carrier, tracking_number, tracking_url, expected_at, state)
JOIN order_events e ON e.brand_id = n.brand_id AND e.id = n.event_id
ORDER BY e.order_id, n.reference
ON CONFLICT (brand_id, order_id, reference) DO UPDATE SET
	carrier = coalesce(excluded.carrier, shipments.carrier),
	tracking_number = coalesce(excluded.tracking_number, shipments.tracking_number),
	tracking_url = coalesce(excluded.tracking_url, shipments.tracking_url),
	expected_at = CASE WHEN excluded.state_at >= shipments.state_at THEN coalesce(excluded.expected_at, shipments.expected_at)
		ELSE coalesce(shipments.expected_at, excluded.expected_at) END,
	state = CASE WHEN excluded.state_at >= shipments.state_at THEN excluded.state ELSE shipments.state END,
	state_at = greatest(excluded.state_at, shipments.state_at)
