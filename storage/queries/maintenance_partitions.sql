-- Partitions of messages for this month and the next three (UTC).
SELECT make_message_partition((date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month')::date) FROM generate_series(0, 3) n
