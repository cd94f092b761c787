-- What was ordered. The events stay by their ids, empty, so that a shop that sends one again does not bring it all back.
WITH told AS (
	UPDATE order_events e SET body = '{}', order_id = NULL
	FROM orders o WHERE o.brand_id = $1::uuid AND o.customer_id = $2::uuid AND e.brand_id = o.brand_id AND e.order_id = o.id
)
DELETE FROM orders WHERE brand_id = $1::uuid AND customer_id = $2::uuid
