-- Locks the customers of a batch, in one order. What is read of them must be read by a later statement: its snapshot is
-- taken when the locks are held (invariants 3 and 4).
SELECT 1 FROM customers c JOIN unnest($1::uuid[], $2::text[]) p(brand_id, phone) USING (brand_id, phone)
ORDER BY c.id FOR NO KEY UPDATE OF c
