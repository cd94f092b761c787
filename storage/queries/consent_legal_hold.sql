-- RE-3: the flag that stops an erasure, with its reason; without one it is taken off.
UPDATE customers SET legal_hold_at = CASE WHEN $3::text IS NOT NULL THEN coalesce(legal_hold_at, $4::timestamptz) END, legal_hold_reason = $3::text,
	updated_at = $4::timestamptz
WHERE brand_id = $1::uuid AND id = $2::uuid
