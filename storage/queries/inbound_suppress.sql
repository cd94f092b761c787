-- What an opt-out stops: the customer's texts that nobody has claimed yet (OO-1). Answers to STOP, HELP, START (class 0) stay.
WITH gone AS (
	DELETE FROM outbox o USING unnest($1::uuid[], $2::smallint[]) s(customer_id, from_class)
	WHERE o.customer_id = s.customer_id AND o.class >= s.from_class AND o.claimed_at IS NULL
	RETURNING o.brand_id, o.message_id
)
UPDATE messages m SET state = 44, error = 'opted_out', final_at = now()
FROM gone WHERE m.brand_id = gone.brand_id AND m.id = gone.message_id AND m.state < 40
