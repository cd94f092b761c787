-- A worker that leaves gives all it holds back at once.
UPDATE leases SET expires_at = now() WHERE holder = $1::uuid AND expires_at > now()
