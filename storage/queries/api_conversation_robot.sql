-- The robot of one thread, on or off.
UPDATE conversations SET robot_off = $3::boolean WHERE brand_id = $1::uuid AND id = $2::uuid
