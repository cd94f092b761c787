-- Takes or renews one lease for $3 seconds; no row: somebody else holds it.
INSERT INTO leases AS l (name, holder, fence, expires_at) VALUES ($1, $2::uuid, 1, now() + make_interval(secs => $3::int))
ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at,
	fence = l.fence + CASE WHEN l.holder = EXCLUDED.holder THEN 0 ELSE 1 END
WHERE l.holder = EXCLUDED.holder OR l.expires_at <= now()
RETURNING l.fence
