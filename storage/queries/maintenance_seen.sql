-- Providers repeat a webhook for days at most. Keys are hashes, evenly spread: one slice of the key's range each time, all in a day.
DELETE FROM inbound_seen WHERE key >= $1::uuid AND key <= $2::uuid AND message_id < uuid_v7_floor(now() - interval '40 days')
