-- Why a customer's data cannot be erased; read once the customer is locked. RE-3: a legal hold comes first (GDPR 17(3)(e)).
WITH c AS (SELECT * FROM customers WHERE brand_id = $1::uuid AND id = $2::uuid)
SELECT CASE WHEN NOT EXISTS (SELECT FROM c) THEN refuse('no_customer')
	WHEN (SELECT erased_at FROM c) IS NOT NULL THEN refuse('erased')
	WHEN (SELECT legal_hold_at FROM c) IS NOT NULL THEN refuse('legal_hold') END
