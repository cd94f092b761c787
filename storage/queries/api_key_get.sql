-- What a request with this key has made.
SELECT request_hash = $4::bytea, resource_id FROM idempotency_keys WHERE brand_id = $1::uuid AND token_id = $2::uuid AND key = $3::text
