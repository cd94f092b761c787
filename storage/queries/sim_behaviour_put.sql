INSERT INTO sim_behaviour (channel_id, delay_ms, lost, reorder, repeat, reject_code) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (channel_id) DO UPDATE SET delay_ms = EXCLUDED.delay_ms, lost = EXCLUDED.lost, reorder = EXCLUDED.reorder,
	repeat = EXCLUDED.repeat, reject_code = EXCLUDED.reject_code
