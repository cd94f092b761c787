-- Orders as they are now. An order that another worker made in between violates the unique name, and the batch is done again.
INSERT INTO orders (brand_id, id, source, external_id, number, customer_id, state, state_at, placed_at, expected_at, carrier,
	tracking_number, tracking_url, title, currency, total)
SELECT brand_id, id, source, external_id, number, customer_id, state, state_at, placed_at, expected_at, carrier, tracking_number,
	tracking_url, title, currency, total::numeric
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::smallint[], $8::timestamptz[],
	$9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
	n(brand_id, id, source, external_id, number, customer_id, state, state_at, placed_at, expected_at, carrier,
	tracking_number, tracking_url, title, currency, total)
ORDER BY id
ON CONFLICT (brand_id, id) DO UPDATE SET number = EXCLUDED.number, customer_id = EXCLUDED.customer_id, state = EXCLUDED.state,
	state_at = EXCLUDED.state_at, placed_at = EXCLUDED.placed_at, expected_at = EXCLUDED.expected_at,
	carrier = EXCLUDED.carrier, tracking_number = EXCLUDED.tracking_number, tracking_url = EXCLUDED.tracking_url,
	title = EXCLUDED.title, currency = EXCLUDED.currency, total = EXCLUDED.total, updated_at = now()
