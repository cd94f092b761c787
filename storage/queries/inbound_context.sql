-- All that the router must know of a thread but orders and recent texts. A thread or customer that is not there yet has no row.
SELECT i.ord, c.id, c.locale, c.country, c.opted_out_at IS NOT NULL, c.marketing_out_at IS NOT NULL, c.hold_at IS NOT NULL,
	c.marketing_granted_at IS NOT NULL AND c.number_bad IS NULL, v.id, v.robot_off, v.open_ticket_id, t.assignee IS NOT NULL, v.last_seq, v.last_in_at,
	v.last_in_hash, v.same_in_count, v.ack_at, v.robot_at, v.robot_count, v.opt_out_confirmed_at, v.question,
	v.question_expires_at, v.menu, v.order_id
FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[]) i(ord, brand_id, sender_id, phone)
JOIN customers c ON c.brand_id = i.brand_id AND c.phone = i.phone
JOIN conversations v ON v.brand_id = i.brand_id AND v.customer_id = c.id AND v.sender_id = i.sender_id
LEFT JOIN tickets t ON t.brand_id = i.brand_id AND t.id = v.open_ticket_id
