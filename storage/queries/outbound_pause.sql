-- A provider says that the sender is not registered or is suspended: nothing leaves until an operator clears this.
UPDATE senders s SET paused_reason = t.reason FROM unnest($1::uuid[], $2::uuid[], $3::text[]) t(brand_id, id, reason)
WHERE s.brand_id = t.brand_id AND s.id = t.id AND s.paused_reason IS NULL
