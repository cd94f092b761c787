-- Locks the due texts of the senders this worker holds: by class, then by age, at most a sender's room and $6 in all. One statement,
-- so that locks and permission are read in one snapshot: an opt-out deletes the unclaimed rows in its own transaction, hence a row
-- locked here was still permitted (invariant 3). One index range a sender and class: later texts are never walked over.
SELECT o.brand_id, o.sender_id, o.customer_id, o.message_id, o.class, o.queued_at, o.expires_at, o.confirms_opt_out, o.attempts,
	m.state, m.body, m.segments,
	c.phone, c.opted_out_at IS NOT NULL, c.marketing_out_at IS NOT NULL, c.hold_at IS NOT NULL, c.number_bad IS NOT NULL,
	v.last_in_at, r.muted_at IS NOT NULL
FROM (
	SELECT t.* FROM unnest($1::uuid[], $2::int[], $3::bigint[]) s(sender_id, room, fence)
	CROSS JOIN LATERAL (
		SELECT d.* FROM generate_series(0, 4) k(class)
		CROSS JOIN LATERAL (
			SELECT o.brand_id, o.sender_id, o.customer_id, o.message_id, o.conversation_id, o.class, o.queued_at, o.expires_at,
				o.confirms_opt_out, o.attempts
			FROM outbox o
			WHERE o.sender_id = s.sender_id AND o.class = k.class::smallint AND o.claimed_at IS NULL AND o.due_at <= $5::timestamptz
			ORDER BY o.due_at LIMIT s.room FOR UPDATE SKIP LOCKED
		) d LIMIT s.room
	) t
	WHERE (SELECT l.fence = s.fence AND l.holder = $4::uuid AND l.expires_at > now() FROM leases l WHERE l.name = 'sender:' || s.sender_id)
	LIMIT $6::int
) o
LEFT JOIN LATERAL (SELECT state, body, segments, order_id FROM messages WHERE brand_id = o.brand_id AND id = o.message_id LIMIT 1) m ON true
LEFT JOIN LATERAL (SELECT phone, opted_out_at, marketing_out_at, hold_at, number_bad FROM customers
	WHERE brand_id = o.brand_id AND id = o.customer_id LIMIT 1) c ON true
LEFT JOIN LATERAL (SELECT last_in_at FROM conversations WHERE brand_id = o.brand_id AND id = o.conversation_id LIMIT 1) v ON true
LEFT JOIN LATERAL (SELECT muted_at FROM orders WHERE brand_id = o.brand_id AND id = m.order_id LIMIT 1) r ON true
