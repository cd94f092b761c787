-- Links to the preference page that ran out long ago; until then they are told from links that never were.
DELETE FROM preference_tokens WHERE expires_at < now() - interval '90 days'
