-- Ends a token; a second time changes nothing.
UPDATE api_tokens SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1::uuid RETURNING id
