-- Claims without an answer whose grace is over, of the senders this worker holds: of its own and of dead workers.
SELECT o.brand_id, o.customer_id, o.message_id, o.class, o.queued_at, o.confirms_opt_out, o.claimed_at, m.error = 'answer_lost'
FROM (
	SELECT t.* FROM unnest($1::uuid[], $2::bigint[]) s(sender_id, fence)
	CROSS JOIN LATERAL (
		SELECT * FROM outbox o WHERE o.sender_id = s.sender_id AND o.claimed_at IS NOT NULL AND o.claimed_at < $4::timestamptz
		ORDER BY o.claimed_at LIMIT 500 FOR UPDATE SKIP LOCKED
	) t
	WHERE (SELECT l.fence = s.fence AND l.holder = $3::uuid AND l.expires_at > now() FROM leases l WHERE l.name = 'sender:' || s.sender_id)
	LIMIT 500
) o
LEFT JOIN LATERAL (SELECT error FROM messages WHERE brand_id = o.brand_id AND id = o.message_id LIMIT 1) m ON true
