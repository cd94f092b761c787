-- START: muted orders come back too (OO-3, ST-1).
UPDATE orders SET muted_at = NULL, updated_at = now()
FROM (SELECT o.brand_id, o.id FROM unnest($1::uuid[], $2::uuid[]) u(brand_id, customer_id) JOIN orders o USING (brand_id, customer_id)
	WHERE o.muted_at IS NOT NULL ORDER BY o.id FOR NO KEY UPDATE OF o) o
WHERE orders.brand_id = o.brand_id AND orders.id = o.id
