-- What a virtual phone shows after $3.
SELECT id, from_phone, peer, body, at FROM sim_texts WHERE channel_id = $1 AND phone = $2 AND id > $3 ORDER BY id LIMIT 200
