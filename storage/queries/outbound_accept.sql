-- Texts the provider accepted. The message first, then its outbox row, by rising id: the order in which receipts lock them.
WITH done AS (
	UPDATE messages m SET state = greatest(m.state, 30::smallint), provider_id = coalesce(t.provider_id, m.provider_id),
		sent_at = coalesce(m.sent_at, t.at), error = CASE WHEN m.state < 30 THEN NULL ELSE m.error END
	FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) t(brand_id, message_id, provider_id, at)
	WHERE m.brand_id = t.brand_id AND m.id = t.message_id
	RETURNING m.customer_id, m.id
)
DELETE FROM outbox o USING done WHERE o.customer_id = done.customer_id AND o.message_id = done.id
