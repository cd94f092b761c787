-- What the API shows: each resource's JSON in one function, so that a list and a single reading never differ; and the indices of
-- its lists. messages has none beyond its own: it is the hottest table, and its lists find their way by thread or by id.

-- None of these can be mistaken, while there are no statistics yet, for a way to look up (brand_id, id): they do not lead with the brand,
-- or are partial.
CREATE INDEX orders_by_state ON orders (brand_id, state, id) WHERE state >= 0;
CREATE INDEX tickets_by_customer ON tickets (customer_id);
CREATE INDEX tickets_by_assignee ON tickets (brand_id, assignee, updated_at DESC, id DESC) WHERE assignee IS NOT NULL;
CREATE INDEX customer_refs_by_customer ON customer_refs (customer_id);

ALTER TABLE ticket_events DROP CONSTRAINT ticket_events_kind_check, ADD CONSTRAINT ticket_events_kind_check
	CHECK (kind IN ('opened', 'message', 'reply', 'note', 'status', 'assigned', 'priority', 'order', 'alert'));

CREATE FUNCTION utc_text(t timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
	SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- A resource's version: the ETag of what was last changed then.
CREATE FUNCTION version_of(t timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
	SELECT (extract(epoch FROM t) * 1000000)::bigint
$$;

-- Names of what is stored as a number: the same words as router/names.c.
CREATE FUNCTION order_state_name(state smallint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT (ARRAY['placed', 'paid', 'shipped', 'out_for_delivery', 'delivered', 'delayed', 'exception', 'returned', 'refunded',
		'cancelled'])[state + 1]
$$;
CREATE FUNCTION message_state_name(state smallint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE state WHEN 0 THEN 'received' WHEN 10 THEN 'queued' WHEN 20 THEN 'sending' WHEN 30 THEN 'sent' WHEN 40 THEN 'delivered'
		WHEN 41 THEN 'undelivered' WHEN 42 THEN 'failed' WHEN 43 THEN 'expired' WHEN 44 THEN 'suppressed' ELSE 'unknown' END
$$;
CREATE FUNCTION message_class_name(class smallint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT (ARRAY['compliance', 'conversational', 'transactional', 'relationship', 'promotional'])[class + 1]
$$;
CREATE FUNCTION decision_name(decision smallint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT (ARRAY['drop', 'opt_out', 'opt_out_marketing', 'hold', 'opt_in', 'help', 'menu', 'rating', 'answer', 'intent', 'append',
		'ticket'])[decision + 1]
$$;

CREATE FUNCTION order_json(o orders) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', o.id, 'number', o.number, 'source', o.source, 'external_id', o.external_id, 'customer', o.customer_id,
		'state', order_state_name(o.state), 'state_at', utc_text(o.state_at), 'placed_at', utc_text(o.placed_at),
		'expected_at', utc_text(o.expected_at), 'carrier', o.carrier, 'tracking_number', o.tracking_number,
		'tracking_url', o.tracking_url, 'title', o.title, 'currency', o.currency, 'total', o.total::text,
		'updated_at', utc_text(o.updated_at))
$$;
CREATE FUNCTION customer_json(c customers) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', c.id, 'phone', c.phone, 'name', c.name, 'email', c.email, 'locale', c.locale, 'country', c.country,
		'opted_out_at', utc_text(c.opted_out_at), 'marketing_out_at', utc_text(c.marketing_out_at), 'hold_at', utc_text(c.hold_at),
		'marketing_granted_at', utc_text(c.marketing_granted_at), 'number_bad', c.number_bad,
		'created_at', utc_text(c.created_at), 'updated_at', utc_text(c.updated_at))
$$;
CREATE FUNCTION conversation_json(v conversations) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', v.id, 'customer', v.customer_id, 'sender', v.sender_id,
		'phone', (SELECT c.phone FROM customers c WHERE c.brand_id = v.brand_id AND c.id = v.customer_id),
		'number', (SELECT s.number FROM senders s WHERE s.brand_id = v.brand_id AND s.id = v.sender_id),
		'robot', CASE WHEN v.robot_off THEN 'off' ELSE 'on' END, 'open_ticket', v.open_ticket_id, 'order', v.order_id,
		'last_seq', v.last_seq, 'last_at', utc_text(v.last_at), 'last_in_at', utc_text(v.last_in_at))
$$;
CREATE FUNCTION message_json(m messages) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', m.id, 'conversation', m.conversation_id, 'customer', m.customer_id, 'seq', m.seq,
		'direction', CASE WHEN m.inbound THEN 'inbound' ELSE 'outbound' END, 'state', message_state_name(m.state),
		'class', message_class_name(m.class), 'at', utc_text(m.at), 'order', m.order_id, 'ticket', m.ticket_id, 'text', m.body,
		'media', m.media, 'segments', m.segments, 'template', m.template, 'author', m.author,
		'decision', decision_name(m.decision), 'tier', m.tier, 'phrase', m.phrase, 'rule_version', m.rule_version,
		'in_reply_to', m.in_reply_to, 'provider_id', m.provider_id, 'error', m.error, 'sent_at', utc_text(m.sent_at),
		'final_at', utc_text(m.final_at))
$$;
CREATE FUNCTION ticket_json(t tickets) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', t.id, 'number', t.number, 'conversation', t.conversation_id, 'customer', t.customer_id,
		'order', t.order_id, 'status', t.status, 'priority', t.priority, 'intent', t.intent, 'subject', t.subject,
		'assignee', t.assignee, 'opened_at', utc_text(t.opened_at), 'updated_at', utc_text(t.updated_at),
		'solved_at', utc_text(t.solved_at))
$$;
CREATE FUNCTION ticket_event_json(e ticket_events) RETURNS json LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', e.id, 'ticket', e.ticket_id, 'at', utc_text(e.at), 'kind', e.kind, 'author', e.author,
		'body', e.body, 'message', e.message_id)
$$;
