-- Numbers that belong to somebody else (RN-2). What a text does to consent follows from the ledger by itself.
UPDATE customers c SET number_bad = coalesce(u.number_bad, c.number_bad), updated_at = now()
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) u(brand_id, id, number_bad)
WHERE c.brand_id = u.brand_id AND c.id = u.id
