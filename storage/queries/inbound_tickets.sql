-- Tickets that the batch opens.
INSERT INTO tickets (brand_id, id, conversation_id, customer_id, order_id, priority, intent, subject, opened_at, updated_at)
SELECT brand_id, id, conversation_id, customer_id, order_id, priority, intent, subject, at, at
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::timestamptz[])
	t(brand_id, id, conversation_id, customer_id, order_id, priority, intent, subject, at)
