-- The language and time zone that a customer states; null: as it was, '': stated no longer.
UPDATE customers SET locale = CASE WHEN $3::text = '' THEN NULL ELSE coalesce($3::text, locale) END,
	zone = CASE WHEN $4::text = '' THEN NULL ELSE coalesce($4::text, zone) END, updated_at = now()
WHERE brand_id = $1::uuid AND id = $2::uuid AND erased_at IS NULL AND ($3::text IS NOT NULL OR $4::text IS NOT NULL)
