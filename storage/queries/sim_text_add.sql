-- A text that reached a virtual phone, or left it.
INSERT INTO sim_texts (channel_id, phone, from_phone, peer, body) VALUES ($1, $2, $3, $4, $5) RETURNING id
