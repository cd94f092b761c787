-- Of the customer a row without a person is left. No text goes there any more.
UPDATE customers SET phone = 'erased:' || id, name = NULL, email = NULL, locale = NULL, country = NULL, zone = NULL, number_bad = 'erased',
	erased_at = $3::timestamptz, updated_at = $3::timestamptz
WHERE brand_id = $1::uuid AND id = $2::uuid
