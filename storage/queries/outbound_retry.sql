-- Claims given back, to be tried again later. Only the claim that is meant: its time names it.
UPDATE outbox o SET claimed_at = NULL, fence = NULL, due_at = t.due_at, attempts = greatest(o.attempts - t.free, 0)::smallint
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::smallint[]) t(customer_id, message_id, claimed_at, due_at, free)
WHERE o.customer_id = t.customer_id AND o.message_id = t.message_id AND o.claimed_at = t.claimed_at
