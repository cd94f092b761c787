-- Tickets and notes: closed and without words.
WITH t AS (
	UPDATE tickets SET subject = '(erased)', order_id = NULL, status = 'closed', updated_at = now()
	WHERE brand_id = $1::uuid AND customer_id = $2::uuid
	RETURNING id
)
UPDATE ticket_events e SET body = NULL FROM t WHERE e.brand_id = $1::uuid AND e.ticket_id = t.id
