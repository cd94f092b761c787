-- What each event came to.
UPDATE order_events e SET order_id = n.order_id, changed_state = n.changed_state
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[]) n(brand_id, id, order_id, changed_state)
WHERE e.brand_id = n.brand_id AND e.id = n.id
