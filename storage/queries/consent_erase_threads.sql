-- What the router remembers.
UPDATE conversations SET open_ticket_id = NULL, order_id = NULL, menu = NULL, question = 0, question_expires_at = NULL, last_in_hash = 0
WHERE brand_id = $1::uuid AND customer_id = $2::uuid
