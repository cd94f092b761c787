-- A text.
SELECT message_json(m), NULL::bigint FROM messages m WHERE m.brand_id = $1::uuid AND m.id = $2::uuid
