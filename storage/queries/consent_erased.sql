-- What is left of an erased customer.
SELECT json_build_object('customer', id, 'erased_at', utc_text(erased_at)), NULL::bigint FROM customers
WHERE brand_id = $1::uuid AND id = $2::uuid AND erased_at IS NOT NULL
