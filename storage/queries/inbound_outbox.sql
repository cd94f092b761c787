-- The replies of a batch, queued.
INSERT INTO outbox (brand_id, sender_id, customer_id, message_id, conversation_id, class, due_at, queued_at, expires_at, confirms_opt_out)
SELECT brand_id, sender_id, customer_id, message_id, conversation_id, class, at, at, expires_at, confirms
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::smallint[], $7::timestamptz[], $8::timestamptz[], $9::boolean[])
	o(brand_id, sender_id, customer_id, message_id, conversation_id, class, at, expires_at, confirms)
