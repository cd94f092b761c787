-- The shop's own names of customers, sorted so that two batches wait for each other in one order.
INSERT INTO customer_refs AS r (brand_id, source, external_id, customer_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) n(brand_id, source, external_id, customer_id)
ORDER BY brand_id, source, external_id
ON CONFLICT (brand_id, source, external_id) DO UPDATE SET customer_id = EXCLUDED.customer_id
	WHERE r.customer_id <> EXCLUDED.customer_id
