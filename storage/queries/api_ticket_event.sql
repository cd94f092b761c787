-- One thing that happened on a ticket.
SELECT ticket_event_json(e), NULL::bigint FROM ticket_events e WHERE e.brand_id = $1::uuid AND e.id = $2::uuid
