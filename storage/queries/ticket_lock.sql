-- The lock under which everything about a ticket's person is decided.
SELECT 1 FROM customers
WHERE brand_id = $1::uuid AND id = (SELECT customer_id FROM tickets WHERE brand_id = $1::uuid AND id = $2::uuid)
FOR NO KEY UPDATE
