/* What the workers keep in memory of brands, channels and senders: read from PostgreSQL, re-read when it changes
 * (polled every few seconds), kept in state_dir/config.json (mode 0600) so that a worker which starts while PostgreSQL
 * is away can still check signatures and take texts in. */
#ifndef AFTERWORD_CONFIG_H
#define AFTERWORD_CONFIG_H

#include "gateway/providers/provider.h"
#include "router/types.h"

struct sender {
	struct uuid id, brand;
	const struct channel *channel;
	const char *number;
	double mps; /* 0: not paced */
	bool paused;
};

struct config {
	size_t n_brands, n_channels, n_senders;
	struct router_brand *brands;
	struct channel *channels;
	struct sender *senders;
	uint64_t version; /* hash of the contents */
};

struct worker;
const struct router_brand *config_brand(const struct config *c, const struct uuid *id);
const struct channel *config_channel(const struct config *c, const char *provider, const char *key);
const struct channel *config_channel_by_id(const struct config *c, const struct uuid *id);
/* The sender of that number; where the channel does not know the number, its first sender (a text is never lost for
 * a number nobody entered); NULL only if the channel has none at all. */
const struct sender *config_sender(const struct config *c, const struct channel *ch, const char *number);
const struct sender *config_sender_by_id(const struct config *c, const struct uuid *id);

/* Starts reading; calls ready(w) once there is a configuration (from PostgreSQL or the file). */
void config_start(struct worker *w, void (*ready)(struct worker *w));

#endif
