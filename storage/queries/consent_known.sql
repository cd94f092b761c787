-- A line that the ledger has already was not added.
SELECT refuse('evidence_known') WHERE NOT EXISTS (SELECT FROM consent_events WHERE brand_id = $1::uuid AND id = $2::uuid)
