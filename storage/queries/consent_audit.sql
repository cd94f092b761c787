-- Who did what to whose data.
INSERT INTO audit_log (brand_id, id, at, actor, action, subject, detail)
VALUES ($1::uuid, $2::uuid, $3::timestamptz, $4::text, $5::text, $6::text, $7::text::jsonb)
