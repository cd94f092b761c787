-- The customer of a number, made if there is none.
INSERT INTO customers (brand_id, id, phone) SELECT $1::uuid, $2::uuid, $3::text WHERE $3::text IS NOT NULL
ON CONFLICT (brand_id, phone) DO NOTHING
