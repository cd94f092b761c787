-- A shop of 100,000 customers with an order each.
INSERT INTO brands (id, entity, name, support_contact) VALUES ('01900000-0000-7000-8000-000000000001', 'bench', 'Bench', 'help@bench.example');
INSERT INTO channels (brand_id, id, key, provider, account, secret, base_url) VALUES
	('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000002', 'bench', 'twilio', 'AC00000000000000000000000000000001', 'benchtoken', :'stub');
INSERT INTO senders (brand_id, id, channel_id, number) VALUES
	('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000003', '01900000-0000-7000-8000-000000000002', '+14155550100');
INSERT INTO customers (brand_id, id, phone, country)
	SELECT '01900000-0000-7000-8000-000000000001', gen_random_uuid(), '+1415' || (2000000 + n), 'US' FROM generate_series(0, 99999) n;
INSERT INTO conversations (brand_id, id, sender_id, customer_id)
	SELECT brand_id, gen_random_uuid(), '01900000-0000-7000-8000-000000000003', id FROM customers;
INSERT INTO orders (brand_id, id, source, external_id, number, customer_id, state, state_at, placed_at, carrier, tracking_url, expected_at)
	SELECT brand_id, gen_random_uuid(), 'bench', phone, right(phone, 6), id, 2, now(), now() - interval '1 day', 'UPS', 'https://ups.example/1Z', now() + interval '2 days'
	FROM customers;
VACUUM ANALYZE;
CHECKPOINT;
