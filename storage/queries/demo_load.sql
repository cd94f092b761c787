-- The demo shop, into a database without brands. Returns whether it was loaded.
WITH brand AS (
	INSERT INTO brands (id, entity, name, support_contact)
	SELECT '01900000-de00-7000-8000-000000000001', 'northwind', 'Northwind', 'help@northwind.example'
	WHERE NOT EXISTS (SELECT 1 FROM brands)
	RETURNING id
), channel AS (
	INSERT INTO channels (brand_id, id, key, provider, secret, base_url)
	SELECT id, '01900000-de00-7000-8000-000000000002', 'demo', 'simulator', $1::text, $2::text FROM brand RETURNING brand_id, id
), sender AS (
	INSERT INTO senders (brand_id, id, channel_id, number)
	SELECT brand_id, '01900000-de00-7000-8000-000000000003', id, '+14155550100' FROM channel
), token AS (
	INSERT INTO api_tokens (brand_id, id, name, hash, scopes)
	SELECT id, '01900000-de00-7000-8000-000000000004', 'demo', $3::bytea, 511 FROM brand
), people(phone, name, locale, country) AS (VALUES
	('+14155550123', 'Ada Byron', 'en', 'US'), ('+14155550124', 'Ben Carter', 'en', 'US'), ('+14155550125', 'Carmen Ruiz', 'es', 'US'),
	('+14155550126', 'Denis Petit', 'fr', 'US'), ('+14155550127', 'Erika Busch', 'de', 'US'), ('+14155550128', 'Fay Nolan', 'en', 'US')
), customer AS (
	INSERT INTO customers (brand_id, id, phone, name, locale, country)
	SELECT b.id, gen_random_uuid(), p.phone, p.name, p.locale, p.country FROM brand b CROSS JOIN people p RETURNING brand_id, id, phone
), placed(phone, number, state, age, due, title) AS (VALUES
	('+14155550123', '1001', 2, 2, 2, 'Rain jacket'), ('+14155550124', '1002', 3, 4, 0, 'Trail shoes'),
	('+14155550124', '1003', 1, 1, 5, 'Head lamp'), ('+14155550125', '1004', 4, 6, -1, 'Tent'), ('+14155550126', '1005', 5, 7, 3, 'Stove'),
	('+14155550127', '1006', 6, 8, 1, 'Sleeping bag')
), ordered AS (
	INSERT INTO orders (brand_id, id, source, external_id, number, customer_id, state, state_at, placed_at, expected_at, carrier,
		tracking_number, tracking_url, title, currency, total)
	SELECT c.brand_id, gen_random_uuid(), 'demo', o.number, o.number, c.id, o.state, now() - interval '1 hour',
		now() - o.age * interval '1 day', now() + o.due * interval '1 day', CASE WHEN o.state > 1 THEN 'UPS' END,
		CASE WHEN o.state > 1 THEN '1Z' || o.number END, CASE WHEN o.state > 1 THEN 'https://ups.example/1Z' || o.number END,
		o.title, 'USD', 79.00
	FROM customer c JOIN placed o USING (phone) RETURNING brand_id, id, title
), items AS (
	INSERT INTO order_items (brand_id, order_id, position, title, quantity, price) SELECT brand_id, id, 1, title, 1, 79.00 FROM ordered
)
SELECT EXISTS (SELECT 1 FROM brand)
