-- Due texts waiting (counted to 10,000 a sender and class) and the due time of the oldest.
SELECT coalesce(sum(d.n), 0)::bigint, min(d.oldest) FROM senders s CROSS JOIN generate_series(0, 4) k(class)
CROSS JOIN LATERAL (
	SELECT count(*) AS n, min(due_at) AS oldest FROM (
		SELECT due_at FROM outbox o WHERE o.sender_id = s.id AND o.class = k.class::smallint AND o.claimed_at IS NULL AND o.due_at <= now()
		ORDER BY due_at LIMIT 10000) o
) d
