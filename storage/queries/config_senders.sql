-- Every sender of an active channel, oldest first: the first of a channel takes texts for numbers nobody entered.
SELECT s.id, s.brand_id, s.channel_id, s.number, s.mps, s.paused_reason IS NOT NULL
FROM senders s JOIN channels c ON c.brand_id = s.brand_id AND c.id = s.channel_id
WHERE c.active ORDER BY s.id
