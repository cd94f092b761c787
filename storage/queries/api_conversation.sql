-- A thread.
SELECT conversation_json(v), NULL::bigint FROM conversations v WHERE v.brand_id = $1::uuid AND v.id = $2::uuid
