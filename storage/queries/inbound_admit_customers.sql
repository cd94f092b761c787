-- First text of an unknown number.
INSERT INTO customers (brand_id, id, phone, country)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) n(brand_id, id, phone, country)
ORDER BY brand_id, phone
ON CONFLICT (brand_id, phone) DO NOTHING
