-- The locked texts that may not go yet.
UPDATE outbox o SET due_at = t.due_at
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) t(customer_id, message_id, due_at)
WHERE o.customer_id = t.customer_id AND o.message_id = t.message_id
