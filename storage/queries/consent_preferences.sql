-- What a customer receives, and where and how.
SELECT json_build_object('customer', c.id, 'receive', customer_receives(c), 'locale', c.locale, 'zone', c.zone,
	'may_text', may_text_json(c)), NULL::bigint
FROM customers c WHERE c.brand_id = $1::uuid AND c.id = $2::uuid
