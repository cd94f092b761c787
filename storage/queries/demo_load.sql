-- The demo shop, into a database without brands: customers of several languages, an order in each state, one customer with two
-- open ones, one with none.
WITH brand AS (
	INSERT INTO brands (id, entity, name, support_contact, locale, country)
	SELECT '01900000-de00-7000-8000-000000000001', 'northwind-outfitters', 'Northwind Outfitters', 'help@northwind.example', 'en', 'US'
	WHERE NOT EXISTS (SELECT 1 FROM brands)
	ON CONFLICT DO NOTHING
	RETURNING id
), channel AS (
	INSERT INTO channels (brand_id, id, key, provider, secret, base_url)
	SELECT id, '01900000-de00-7000-8000-000000000002', 'demo', 'simulator', $1::text, $2::text FROM brand RETURNING brand_id, id
), sender AS (
	INSERT INTO senders (brand_id, id, channel_id, number)
	SELECT brand_id, '01900000-de00-7000-8000-000000000003', id, '+14155550100' FROM channel
), people(phone, name, email, locale) AS (VALUES
	('+14155550123', 'Dana Whitfield', 'dana@mail.example', 'en'), ('+14155550124', 'Miguel Torres', 'miguel@mail.example', 'es'),
	('+14155550125', 'Anneke Brandt', 'anneke@mail.example', 'de'), ('+14155550126', 'Camille Laurent', 'camille@mail.example', 'fr'),
	('+14155550127', 'Giulia Ricci', 'giulia@mail.example', 'it'), ('+14155550128', 'Priya Shah', 'priya@mail.example', 'en')
), customer AS (
	INSERT INTO customers (brand_id, id, phone, name, email, locale, country)
	SELECT b.id, gen_random_uuid(), p.phone, p.name, p.email, p.locale, 'US' FROM brand b CROSS JOIN people p
	RETURNING brand_id, id, phone
), placed(phone, number, state, age, due, title, price) AS (VALUES
	('+14155550123', '1001', 2, 3, 2, 'Rain jacket', 129.00), ('+14155550123', '1002', 0, 0, 6, 'Head lamp', 39.50),
	('+14155550124', '1003', 3, 4, 0, 'Trail shoes', 89.00), ('+14155550124', '0990', 9, 30, NULL, 'Hiking poles', 54.00),
	('+14155550125', '1004', 5, 6, 3, 'Tent', 249.00), ('+14155550125', '0985', 8, 40, NULL, 'Camping stove', 64.90),
	('+14155550126', '1005', 4, 7, -1, 'Sleeping bag', 159.00), ('+14155550126', '1006', 1, 1, 5, 'Water bottle', 24.00),
	('+14155550126', '0978', 7, 45, NULL, 'Wool socks', 18.00),
	('+14155550127', '1007', 6, 8, 1, 'Backpack', 139.00)
), ordered AS (
	INSERT INTO orders (brand_id, id, source, external_id, number, customer_id, state, state_at, placed_at, expected_at, carrier,
		tracking_number, tracking_url, title, currency, total)
	SELECT c.brand_id, gen_random_uuid(), 'demo', o.number, o.number, c.id, o.state,
		now() - greatest(o.age - 2, 0) * interval '1 day' - interval '1 hour',
		now() - o.age * interval '1 day' - interval '2 hours', now() + o.due * interval '1 day',
		CASE WHEN o.state > 1 THEN 'UPS' END, CASE WHEN o.state > 1 THEN '1Z' || o.number END,
		CASE WHEN o.state > 1 THEN 'https://ups.example/1Z' || o.number END, o.title, 'USD', o.price
	FROM customer c JOIN placed o USING (phone) RETURNING brand_id, id, title, total
)
INSERT INTO order_items (brand_id, order_id, position, title, quantity, price) SELECT brand_id, id, 1, title, 1, total FROM ordered
