-- A page of a thread, the last text first.
SELECT message_json(m), m.seq FROM messages m
WHERE m.conversation_id = $2::uuid AND m.brand_id = $1::uuid AND m.seq < $3::bigint
ORDER BY m.seq DESC LIMIT $4::int
