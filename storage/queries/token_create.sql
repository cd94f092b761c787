-- A new token of the named brand, or (no brand named) of the only one there is.
INSERT INTO api_tokens (brand_id, id, name, hash, scopes)
SELECT b.id, $2::uuid, $3::text, $4::bytea, $5::int FROM brands b
WHERE b.id = $1::uuid OR ($1::uuid IS NULL AND (SELECT count(*) FROM brands) = 1)
RETURNING brand_id
