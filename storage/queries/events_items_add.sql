INSERT INTO order_items (brand_id, order_id, position, sku, title, quantity, price)
SELECT brand_id, order_id, position, sku, title, quantity, price::numeric
FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::text[], $6::int[], $7::text[])
	n(brand_id, order_id, position, sku, title, quantity, price)
