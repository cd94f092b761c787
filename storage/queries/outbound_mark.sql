-- The locked texts that may go: claimed. The provider is called only once this has committed.
WITH t AS MATERIALIZED (
	SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[]) t(brand_id, customer_id, message_id, fence)
), claimed AS (
	UPDATE outbox o SET claimed_at = $5::timestamptz, fence = t.fence, attempts = o.attempts + 1
	FROM t WHERE o.customer_id = t.customer_id AND o.message_id = t.message_id
)
UPDATE messages m SET state = 20 FROM t WHERE m.brand_id = t.brand_id AND m.id = t.message_id AND m.state < 20
