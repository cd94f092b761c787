-- Where the number itself is kept beside the customer: parts of long texts, and the built-in carrier's phones.
WITH c AS (SELECT phone FROM customers WHERE brand_id = $1::uuid AND id = $2::uuid), parts AS (
	DELETE FROM inbound_parts p USING c WHERE p.brand_id = $1::uuid AND p.phone = c.phone
)
DELETE FROM sim_texts t USING c, channels h WHERE h.brand_id = $1::uuid AND t.channel_id = h.id AND t.phone = c.phone
