-- Other names of the customer, and links to the preference page.
WITH tokens AS (DELETE FROM preference_tokens WHERE brand_id = $1::uuid AND customer_id = $2::uuid)
DELETE FROM customer_refs WHERE brand_id = $1::uuid AND customer_id = $2::uuid
