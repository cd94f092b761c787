-- Workers that are long gone.
DELETE FROM leases WHERE name LIKE 'worker:%' AND expires_at < now() - interval '1 hour'
