-- Orders as new events tell of them, one event an order. A later occurred-at wins; an event that came late fills in what is missing.
WITH put AS (
	INSERT INTO orders (brand_id, id, source, external_id, number, customer_id, state, state_at, placed_at, expected_at, carrier,
		tracking_number, tracking_url, title, currency, total)
	SELECT n.brand_id, n.new_id, n.source, n.external_id, n.number, c.id, n.state, n.at, coalesce(n.placed_at, n.at), n.expected_at,
		n.carrier, n.tracking_number, n.tracking_url, n.title, n.currency, n.total::numeric
	FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[], $9::timestamptz[],
		$10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::double precision[])
		n(brand_id, event_id, new_id, source, external_id, number, phone, state, at, placed_at, expected_at, carrier,
		tracking_number, tracking_url, title, currency, total)
	JOIN order_events e ON e.brand_id = n.brand_id AND e.id = n.event_id
	JOIN customers c ON c.brand_id = n.brand_id AND c.phone = n.phone
	ORDER BY n.brand_id, n.source, n.external_id
	ON CONFLICT (brand_id, source, external_id) DO UPDATE SET
		state = CASE WHEN excluded.state_at >= orders.state_at THEN excluded.state ELSE orders.state END,
		state_at = greatest(excluded.state_at, orders.state_at),
		placed_at = least(excluded.placed_at, orders.placed_at),
		customer_id = CASE WHEN excluded.state_at >= orders.state_at THEN excluded.customer_id ELSE orders.customer_id END,
		expected_at = CASE WHEN excluded.state_at >= orders.state_at THEN coalesce(excluded.expected_at, orders.expected_at)
			ELSE coalesce(orders.expected_at, excluded.expected_at) END,
		carrier = CASE WHEN excluded.state_at >= orders.state_at THEN coalesce(excluded.carrier, orders.carrier)
			ELSE coalesce(orders.carrier, excluded.carrier) END,
		tracking_number = CASE WHEN excluded.state_at >= orders.state_at THEN coalesce(excluded.tracking_number, orders.tracking_number)
			ELSE coalesce(orders.tracking_number, excluded.tracking_number) END,
		tracking_url = CASE WHEN excluded.state_at >= orders.state_at THEN coalesce(excluded.tracking_url, orders.tracking_url)
			ELSE coalesce(orders.tracking_url, excluded.tracking_url) END,
		title = coalesce(orders.title, excluded.title),
		currency = coalesce(orders.currency, excluded.currency),
		total = coalesce(excluded.total, orders.total),
		updated_at = now()
	RETURNING brand_id, id, source, external_id, state_at
)
UPDATE order_events e SET order_id = put.id, changed_state = put.state_at = e.occurred_at
FROM unnest($1::uuid[], $2::uuid[], $4::text[], $5::text[]) n(brand_id, event_id, source, external_id), put
WHERE e.brand_id = n.brand_id AND e.id = n.event_id AND put.brand_id = n.brand_id AND put.source = n.source AND put.external_id = n.external_id
