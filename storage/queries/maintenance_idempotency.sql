-- Idempotency keys are honoured for seven days.
DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
	SELECT ctid FROM idempotency_keys WHERE at < now() - interval '7 days' ORDER BY at LIMIT 10000))
