-- Long texts whose missing parts will not come any more, as far as they came, each until it has been taken in under its first part's id.
SELECT g.channel_id, g.sender_id, g.phone, g.body, g.first_id, g.at
FROM (
	SELECT brand_id, channel_id, sender_id, phone, string_agg(body, ' [...] ' ORDER BY seq) AS body,
		(array_agg(message_id ORDER BY seq))[1] AS first_id, min(at) AS at
	FROM inbound_parts WHERE at < now() - $1::float8 * interval '1 second'
	GROUP BY brand_id, channel_id, sender_id, phone, ref, total LIMIT 500
) g
WHERE NOT EXISTS (SELECT 1 FROM inbound_seen s WHERE s.key = g.first_id)
