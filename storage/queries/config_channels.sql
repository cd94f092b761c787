-- Every active channel with its secrets, for the workers' memory.
SELECT c.id, c.brand_id, c.key, c.provider, c.account, c.secret, c.hook_secret, c.base_url, c.public_url, b.country,
	c.replies_to_keywords
FROM channels c JOIN brands b ON b.id = c.brand_id
WHERE c.active ORDER BY c.id
