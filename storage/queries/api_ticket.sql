-- A ticket with the newest 500 of its events, and its version.
SELECT (ticket_json(t)::jsonb || jsonb_build_object(
	'events', coalesce((SELECT json_agg(ticket_event_json(e::ticket_events) ORDER BY e.id)
		FROM (SELECT * FROM ticket_events x WHERE x.brand_id = t.brand_id AND x.ticket_id = t.id ORDER BY x.id DESC LIMIT 500) e), '[]')
	))::json, version_of(t.updated_at)
FROM tickets t WHERE t.brand_id = $1::uuid AND t.id = $2::uuid
