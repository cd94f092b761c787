-- Texts of the robot, queued and due, one a customer; :n of them.
TRUNCATE outbox;
CREATE TEMP TABLE texts AS
	SELECT v.brand_id, v.sender_id, v.customer_id, v.id AS conversation_id, v.last_seq + 1 AS seq,
		overlay(gen_random_uuid()::text PLACING left(uuid_v7_floor(now())::text, 13) FROM 1 FOR 13)::uuid AS id
	FROM conversations v LIMIT :n;
UPDATE conversations v SET last_seq = t.seq FROM texts t WHERE v.brand_id = t.brand_id AND v.id = t.conversation_id;
INSERT INTO messages (brand_id, id, conversation_id, customer_id, seq, inbound, state, class, at, body, segments, template, author)
	SELECT brand_id, id, conversation_id, customer_id, seq, false, 10, 1, now(),
		'Order 5001 (UPS) is on its way and expected on Friday. Track it: https://ups.example/1Z', 1, 'order_status', 'robot' FROM texts;
INSERT INTO outbox (brand_id, sender_id, customer_id, message_id, conversation_id, class, due_at, queued_at)
	SELECT brand_id, sender_id, customer_id, id, conversation_id, 1, now(), now() FROM texts;
VACUUM ANALYZE;
CHECKPOINT;
