-- Groups whose missing parts will not come any more: what is there goes to the thread.
WITH old AS (
	SELECT channel_id, phone, ref, total FROM inbound_parts WHERE at < now() - interval '5 minutes' LIMIT 500
), gone AS (
	DELETE FROM inbound_parts p USING (SELECT DISTINCT * FROM old) o
	WHERE p.channel_id = o.channel_id AND p.phone = o.phone AND p.ref = o.ref AND p.total = o.total
	RETURNING p.*
)
SELECT channel_id, sender_id, phone, ref, total, string_agg(body, ' … ' ORDER BY seq), (array_agg(message_id ORDER BY seq))[1], min(at)
FROM gone GROUP BY channel_id, sender_id, phone, ref, total
