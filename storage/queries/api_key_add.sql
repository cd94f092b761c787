-- First statement of a write with an Idempotency-Key: a repeat fails here, and with it the whole unit.
INSERT INTO idempotency_keys (brand_id, token_id, key, request_hash, resource_id)
VALUES ($1::uuid, $2::uuid, $3::text, $4::bytea, $5::uuid)
