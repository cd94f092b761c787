-- Our last texts of some threads, newest first: an inbound text may quote them (NM-1, NM-4).
SELECT p.ord, m.body
FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[]) p(ord, brand_id, sender_id, phone)
JOIN customers c ON c.brand_id = p.brand_id AND c.phone = p.phone
JOIN conversations v ON v.brand_id = p.brand_id AND v.customer_id = c.id AND v.sender_id = p.sender_id
CROSS JOIN LATERAL (SELECT seq, body FROM messages m WHERE m.conversation_id = v.id AND NOT inbound
	ORDER BY seq DESC LIMIT 8) m
ORDER BY p.ord, m.seq DESC
