-- Shipments as they are now.
INSERT INTO shipments (brand_id, order_id, reference, carrier, tracking_number, tracking_url, expected_at, state, state_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::smallint[],
	$9::timestamptz[]) n
ON CONFLICT (brand_id, order_id, reference) DO UPDATE SET carrier = EXCLUDED.carrier, tracking_number = EXCLUDED.tracking_number,
	tracking_url = EXCLUDED.tracking_url, expected_at = EXCLUDED.expected_at, state = EXCLUDED.state, state_at = EXCLUDED.state_at
