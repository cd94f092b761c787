-- Texts accepted 72 hours ago without a final receipt: unknown, not failed; a late receipt may still settle them. $1, $2: when they were made.
WITH old AS (
	SELECT m.brand_id, m.id FROM brands b JOIN messages m ON m.brand_id = b.id
	WHERE m.id >= uuid_v7_floor($1::timestamptz) AND m.id < uuid_v7_floor($2::timestamptz)
		AND m.state = 30 AND NOT m.inbound AND m.sent_at < now() - interval '72 hours'
	LIMIT 5000 FOR UPDATE OF m SKIP LOCKED
)
UPDATE messages m SET state = 35 FROM old WHERE m.brand_id = old.brand_id AND m.id = old.id
