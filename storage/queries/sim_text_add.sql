-- A text that reached a virtual phone, or left it ($3), and how the carrier behaves now. One for the phone may be refused, or lost
-- ($6 is the dice, 0 to 1): then there is no id.
WITH b AS MATERIALIZED (
	SELECT delay_ms, lost, reorder, repeat, reject_code FROM sim_behaviour WHERE channel_id = $1::uuid
), added AS (
	INSERT INTO sim_texts (channel_id, phone, from_phone, peer, body) SELECT $1, $2, $3::boolean, $4, $5
	WHERE $3 OR NOT EXISTS (SELECT 1 FROM b WHERE reject_code IS NOT NULL OR lost > $6::float8)
	RETURNING id
)
SELECT (SELECT id FROM added), b.delay_ms, b.lost, b.reorder, b.repeat, b.reject_code FROM (VALUES (1)) one LEFT JOIN b ON true
