-- All tokens, oldest first.
SELECT t.id, b.name, t.name, t.scopes, t.created_at, t.revoked_at FROM api_tokens t JOIN brands b ON b.id = t.brand_id ORDER BY t.id
