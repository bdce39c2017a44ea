-- Keys that sign access tokens. Their private halves are sealed with SIGNING_KEY_ENCRYPTION_KEY.
CREATE TABLE signing_keys (
    kid          text        PRIMARY KEY CHECK (char_length(kid) BETWEEN 1 AND 64),
    state        text        NOT NULL CHECK (state IN ('next', 'current', 'retired')),
    -- Coordinates of the public key on P-256, base64url without padding.
    x            text        NOT NULL CHECK (char_length(x) = 43),
    y            text        NOT NULL CHECK (char_length(y) = 43),
    -- Nonce (12 bytes), cipher text, tag (16 bytes) of AES-256-GCM; the kid is authenticated with it. Gone when it signs no more.
    sealed_key   bytea,
    -- Since when it has its state.
    state_time   timestamptz NOT NULL DEFAULT now(),
    CHECK ((sealed_key IS NULL) = (state = 'retired'))
);
-- One signs and one is next: two replicas that rotate at once cannot make more.
CREATE UNIQUE INDEX signing_keys_one_each ON signing_keys (state) WHERE state <> 'retired';
CREATE INDEX signing_keys_retired ON signing_keys (state_time) WHERE state = 'retired';
