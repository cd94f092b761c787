-- An order's items are told whole: the old list goes.
DELETE FROM order_items i USING unnest($1::uuid[], $2::uuid[]) o(brand_id, order_id)
WHERE i.brand_id = o.brand_id AND i.order_id = o.order_id
