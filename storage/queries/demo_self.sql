-- The demo channel's carrier is this very program: it follows the address. Returns the demo brand, if this database has it.
UPDATE channels SET base_url = $1::text WHERE key = 'demo' AND provider = 'simulator' AND brand_id = '01900000-de00-7000-8000-000000000001'
RETURNING brand_id
