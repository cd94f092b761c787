-- The customers about whom a provider said something, locked in one order, before anything else of the transaction.
SELECT 1 FROM unnest($1::uuid[], $2::uuid[]) t(brand_id, message_id)
JOIN messages m ON m.brand_id = t.brand_id AND m.id = t.message_id
JOIN customers c ON c.brand_id = m.brand_id AND c.id = m.customer_id
ORDER BY c.id FOR NO KEY UPDATE OF c
