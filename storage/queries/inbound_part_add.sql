-- Keeps the parts of long texts. The customer's lock is held, so the last part to come sees all the others.
INSERT INTO inbound_parts (brand_id, channel_id, sender_id, phone, ref, total, seq, body, message_id, at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::smallint[], $7::smallint[], $8::text[], $9::uuid[],
	$10::timestamptz[])
ON CONFLICT DO NOTHING
