-- Takes a batch of events in, each once (invariant 2): of an event known already, or twice in the batch, no row comes back.
INSERT INTO order_events (brand_id, id, source, event_id, type, occurred_at, body)
SELECT brand_id, id, source, event_id, type, occurred_at, body::jsonb
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
	WITH ORDINALITY n(brand_id, id, source, event_id, type, occurred_at, body, ord)
ORDER BY brand_id, source, event_id, ord
ON CONFLICT (brand_id, source, event_id) DO NOTHING
RETURNING id
