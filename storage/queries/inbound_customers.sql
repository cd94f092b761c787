-- What follows from the ledger for each customer that the batch changed.
UPDATE customers c SET
	opted_out_at = CASE WHEN u.opted_out THEN coalesce(c.opted_out_at, u.at) END,
	marketing_out_at = CASE WHEN u.marketing_out THEN coalesce(c.marketing_out_at, u.at) END,
	hold_at = CASE WHEN u.on_hold THEN coalesce(c.hold_at, u.at) END,
	number_bad = coalesce(u.number_bad, c.number_bad),
	updated_at = now()
FROM unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::boolean[], $5::boolean[], $6::text[], $7::timestamptz[])
	u(brand_id, id, opted_out, marketing_out, on_hold, number_bad, at)
WHERE c.brand_id = u.brand_id AND c.id = u.id
