-- Takes texts in once (invariant 2). Sorted by key, so that two batches wait for each other in one order. A text of a
-- transaction that is still open elsewhere is waited for. Returns the keys that are new.
INSERT INTO inbound_seen (key, message_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[])
ON CONFLICT DO NOTHING
RETURNING key
