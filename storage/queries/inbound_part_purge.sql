-- Parts that were taken in as they were, a day ago.
DELETE FROM inbound_parts WHERE at < now() - interval '1 day'
