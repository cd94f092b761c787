-- A link to a customer's preferences; no row: there is no such customer any more.
INSERT INTO preference_tokens (hash, brand_id, customer_id, created_at, expires_at)
SELECT $3::bytea, brand_id, id, $4::timestamptz, $5::timestamptz FROM customers
WHERE brand_id = $1::uuid AND id = $2::uuid AND erased_at IS NULL
RETURNING 1
