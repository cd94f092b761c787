-- OO-3: no more texts about these orders. What is queued about them and not claimed goes, but for answers to what the customer asks.
WITH o AS MATERIALIZED (
	SELECT o.brand_id, o.id, o.customer_id, u.at
	FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) u(brand_id, id, at) JOIN orders o USING (brand_id, id)
	ORDER BY o.id FOR NO KEY UPDATE OF o
), muted AS (
	UPDATE orders SET muted_at = coalesce(orders.muted_at, o.at), updated_at = now()
	FROM o WHERE orders.brand_id = o.brand_id AND orders.id = o.id
), gone AS (
	DELETE FROM outbox x USING o, messages m
	WHERE x.customer_id = o.customer_id AND x.class >= 2 AND x.claimed_at IS NULL
		AND m.brand_id = x.brand_id AND m.id = x.message_id AND m.order_id = o.id
	RETURNING x.brand_id, x.message_id
)
UPDATE messages m SET state = 44, error = 'order_muted', final_at = now()
FROM gone WHERE m.brand_id = gone.brand_id AND m.id = gone.message_id AND m.state < 40
