-- RE-1: the number's HMAC outlives the customer. The wider scope stays.
INSERT INTO suppressions AS s (brand_id, hmac, scope, at, source, key_id)
VALUES ($1::uuid, $2::bytea, $3::text, $4::timestamptz, $5::text, $6::bytea)
ON CONFLICT (brand_id, hmac) DO UPDATE SET scope = CASE WHEN s.scope = 'all' THEN 'all' ELSE EXCLUDED.scope END, at = EXCLUDED.at,
	source = EXCLUDED.source, key_id = EXCLUDED.key_id
