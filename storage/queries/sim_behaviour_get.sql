SELECT delay_ms, lost, reorder, repeat, reject_code FROM sim_behaviour WHERE channel_id = $1
