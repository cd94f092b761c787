-- Whose token this is, unless it was revoked.
SELECT brand_id, id, name, scopes FROM api_tokens WHERE hash = $1::bytea AND revoked_at IS NULL
