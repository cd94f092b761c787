-- Why a customer's consent cannot be recorded so; read once the customer is locked. $3: it would lift a STOP, and is not the customer's own
-- word (OO-12). $4: it may have to be asked for by text.
WITH c AS (SELECT * FROM customers WHERE brand_id = $1::uuid AND id = $2::uuid)
SELECT CASE WHEN NOT EXISTS (SELECT FROM c) THEN refuse('no_customer')
	WHEN (SELECT erased_at FROM c) IS NOT NULL THEN refuse('erased')
	WHEN $3::boolean AND (SELECT opted_out_at FROM c) IS NOT NULL THEN refuse('stopped')
	WHEN $4::boolean AND (SELECT number_bad FROM c) IS NOT NULL THEN refuse('number_bad')
	WHEN $4::boolean AND NOT EXISTS (SELECT FROM senders s WHERE s.brand_id = $1::uuid) THEN refuse('no_sender') END
