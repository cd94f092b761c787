-- What the router remembers of each thread of the batch.
UPDATE conversations v SET last_seq = u.last_seq, last_at = u.at, open_ticket_id = u.open_ticket_id, last_in_at = u.last_in_at,
	last_in_hash = u.last_in_hash, same_in_count = u.same_in_count, ack_at = u.ack_at, robot_at = u.robot_at,
	robot_count = u.robot_count, opt_out_confirmed_at = u.opt_out_confirmed_at, question = u.question,
	question_expires_at = u.question_expires_at, menu = u.menu, order_id = u.order_id
FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::uuid[], $6::timestamptz[], $7::bigint[], $8::int[], $9::timestamptz[],
	$10::timestamptz[], $11::int[], $12::timestamptz[], $13::smallint[], $14::timestamptz[], $15::bytea[], $16::uuid[])
	u(brand_id, id, last_seq, at, open_ticket_id, last_in_at, last_in_hash, same_in_count, ack_at, robot_at, robot_count,
	opt_out_confirmed_at, question, question_expires_at, menu, order_id)
WHERE v.brand_id = u.brand_id AND v.id = u.id
