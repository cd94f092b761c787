-- Words and pictures of every text; what is still to go does not go. When, which way, of what kind and how it ended stays (section 13).
WITH gone AS (
	DELETE FROM outbox WHERE customer_id = $2::uuid
	RETURNING message_id, claimed_at
)
UPDATE messages m SET body = '', media = NULL, phrase = NULL, order_id = NULL,
	state = CASE WHEN g.message_id IS NOT NULL AND m.state < 20 THEN 44 ELSE m.state END,
	error = CASE WHEN g.message_id IS NOT NULL AND m.state < 20 THEN 'erased' ELSE m.error END,
	final_at = CASE WHEN g.message_id IS NOT NULL AND m.state < 20 THEN now() ELSE m.final_at END
FROM conversations v, messages x LEFT JOIN gone g ON g.message_id = x.id
WHERE v.brand_id = $1::uuid AND v.customer_id = $2::uuid AND x.conversation_id = v.id AND m.brand_id = x.brand_id AND m.id = x.id
