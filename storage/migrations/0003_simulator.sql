-- The built-in carrier: virtual phones and how the carrier behaves towards them. Used by channels of the provider "simulator" only.
CREATE TABLE sim_texts (
	channel_id uuid NOT NULL,
	phone text NOT NULL,
	id bigint GENERATED ALWAYS AS IDENTITY,
	from_phone boolean NOT NULL,                -- true: the phone's owner wrote it
	peer text NOT NULL,                         -- the other side's number
	body text NOT NULL,
	at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (channel_id, phone, id)
);

CREATE TABLE sim_behaviour (
	channel_id uuid PRIMARY KEY,
	delay_ms integer NOT NULL CHECK (delay_ms BETWEEN 0 AND 600000), -- before each receipt
	lost double precision NOT NULL CHECK (lost BETWEEN 0 AND 1),     -- share of texts accepted, then never heard of
	reorder boolean NOT NULL,                   -- the final receipt comes before the first
	repeat boolean NOT NULL,                    -- each webhook comes twice
	reject_code text                            -- set: every text is refused with it
);
