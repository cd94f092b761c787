-- Says that this worker lives, renews the senders it holds and takes free ones, at most its fair share; what it holds above that
-- is not renewed and lapses to others. The fencing number rises at each change of holder.
WITH alive AS (
	INSERT INTO leases (name, holder, fence, expires_at) VALUES ('worker:' || $2::uuid, $2, 1, now() + interval '5 seconds')
	ON CONFLICT (name) DO UPDATE SET expires_at = EXCLUDED.expires_at
), others AS (
	SELECT count(*) AS n FROM leases WHERE name LIKE 'worker:%' AND holder <> $2 AND expires_at > now()
), open AS (
	SELECT s.id, row_number() OVER (ORDER BY (l.holder = $2 AND l.expires_at > now()) IS TRUE DESC, md5(s.id::text || $2::text)) AS place
	FROM unnest($1::uuid[]) s(id) LEFT JOIN leases l ON l.name = 'sender:' || s.id
	WHERE l.name IS NULL OR l.holder = $2 OR l.expires_at <= now()
)
INSERT INTO leases AS l (name, holder, fence, expires_at)
SELECT 'sender:' || open.id, $2, 1, now() + interval '5 seconds'
FROM open, others WHERE open.place <= ceil(cardinality($1)::numeric / (others.n + 1)) ORDER BY open.id
ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at,
	fence = l.fence + CASE WHEN l.holder = EXCLUDED.holder THEN 0 ELSE 1 END
WHERE l.holder = EXCLUDED.holder OR l.expires_at <= now()
RETURNING substr(l.name, 8)::uuid, l.fence
