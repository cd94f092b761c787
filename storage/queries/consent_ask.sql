-- The double opt-in question of the lines that wait for an answer (ST-2): once a customer, into the latest thread, in the customer's language.
-- The router reads the answer: question 4 is ASK_OPT_IN. Nobody is asked after a STOP or where texts do not arrive.
WITH words AS (
	SELECT * FROM unnest($4::text[], $5::text[], $6::smallint[]) w(language, body, segments)
), wanted AS (
	SELECT DISTINCT ON (e.customer_id) e.brand_id, e.customer_id, n.message_id,
		coalesce((SELECT language FROM words WHERE language = lower(split_part(c.locale, '-', 1))),
			(SELECT language FROM words WHERE language = lower(split_part(b.locale, '-', 1))), 'en') AS language
	FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) n(brand_id, event_id, message_id)
	JOIN consent_events e ON e.brand_id = n.brand_id AND e.id = n.event_id AND e.action = 'ask'
	JOIN customers c ON c.brand_id = e.brand_id AND c.id = e.customer_id
	JOIN brands b ON b.id = e.brand_id
	WHERE c.opted_out_at IS NULL AND c.number_bad IS NULL AND EXISTS (SELECT FROM consents s WHERE s.brand_id = e.brand_id
		AND s.customer_id = e.customer_id AND s.state = 'pending' AND s.event_id = e.id)
), v AS (
	UPDATE conversations u SET last_seq = last_seq + 1, last_at = $7::timestamptz, question = 4,
		question_expires_at = $7::timestamptz + interval '24 hours'
	FROM wanted w CROSS JOIN words
	WHERE words.language = w.language AND u.brand_id = w.brand_id AND u.id = (SELECT x.id FROM conversations x WHERE x.brand_id = w.brand_id
		AND x.customer_id = w.customer_id ORDER BY x.last_in_at DESC NULLS LAST, x.last_at DESC, x.id DESC LIMIT 1)
	RETURNING u.*, w.message_id, words.body, words.segments
), m AS (
	INSERT INTO messages (brand_id, id, conversation_id, customer_id, seq, inbound, state, class, at, body, segments, template, author)
	SELECT brand_id, message_id, id, customer_id, last_seq, false, 10, 0, $7::timestamptz, body, segments, 'opt_in_double', 'robot' FROM v
)
INSERT INTO outbox (brand_id, sender_id, customer_id, message_id, conversation_id, class, due_at, queued_at)
SELECT brand_id, sender_id, customer_id, message_id, id, 0, $7::timestamptz, $7::timestamptz FROM v
