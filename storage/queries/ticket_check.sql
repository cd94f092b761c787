-- Why a ticket may not be changed ($3: nor replied to); read once its customer is locked.
SELECT CASE
	WHEN t.id IS NULL THEN refuse('ticket_unknown')
	WHEN t.status = 'closed' THEN refuse('ticket_closed')
	WHEN $3::boolean AND c.opted_out_at IS NOT NULL THEN refuse('opted_out')
	WHEN $3::boolean AND c.number_bad IS NOT NULL THEN refuse('number_bad')
	ELSE true END
FROM (SELECT 1) x
LEFT JOIN tickets t ON t.brand_id = $1::uuid AND t.id = $2::uuid
LEFT JOIN customers c ON c.brand_id = t.brand_id AND c.id = t.customer_id
