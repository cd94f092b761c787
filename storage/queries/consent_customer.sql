-- All that a court would ask for of one customer, what follows from it, and what may be sent.
SELECT consents_json(c), NULL::bigint FROM customers c WHERE c.brand_id = $1::uuid AND c.id = $2::uuid
