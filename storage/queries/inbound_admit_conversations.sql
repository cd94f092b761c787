-- First text between a customer and a sender. The customer's lock is held.
INSERT INTO conversations (brand_id, id, sender_id, customer_id)
SELECT n.brand_id, n.id, n.sender_id, c.id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) n(brand_id, id, sender_id, phone)
JOIN customers c ON c.brand_id = n.brand_id AND c.phone = n.phone
ON CONFLICT (brand_id, customer_id, sender_id) DO NOTHING
