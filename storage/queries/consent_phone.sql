-- A customer's number; no row for one that is erased.
SELECT phone FROM customers WHERE brand_id = $1::uuid AND id = $2::uuid AND erased_at IS NULL
