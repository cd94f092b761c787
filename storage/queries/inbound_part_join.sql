-- Takes out the groups that are whole. A group that began too long ago is another text with the same reference.
WITH g AS (
	SELECT DISTINCT channel_id, phone, ref, total
	FROM unnest($1::uuid[], $2::text[], $3::int[], $4::smallint[]) g(channel_id, phone, ref, total)
), whole AS (
	SELECT g.* FROM g JOIN inbound_parts p USING (channel_id, phone, ref, total)
	GROUP BY g.channel_id, g.phone, g.ref, g.total HAVING count(*) = g.total
), gone AS (
	DELETE FROM inbound_parts p USING whole w
	WHERE p.channel_id = w.channel_id AND p.phone = w.phone AND p.ref = w.ref AND p.total = w.total
	RETURNING p.*
)
SELECT channel_id, phone, ref, total, string_agg(body, '' ORDER BY seq) FROM gone GROUP BY channel_id, phone, ref, total
