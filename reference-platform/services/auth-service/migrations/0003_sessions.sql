-- A family of refresh tokens: one login on one device.
CREATE TABLE sessions (
    session_id     uuid        PRIMARY KEY,
    account_id     uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
    client_id      text        NOT NULL REFERENCES clients,
    scopes         text[]      NOT NULL CHECK (NOT scopes && ARRAY['internal', 'operator']),
    user_agent     text        NOT NULL CHECK (char_length(user_agent) <= 200),
    create_time    timestamptz NOT NULL DEFAULT now(),
    last_used_time timestamptz NOT NULL DEFAULT now(),
    -- When its refresh token expires; each refresh moves it.
    expire_time    timestamptz NOT NULL,
    -- Set once: a session that was ended never lives again.
    revoke_time    timestamptz
);
CREATE INDEX sessions_live ON sessions (account_id, last_used_time DESC, session_id DESC) WHERE revoke_time IS NULL;
-- For the deletion of an account, which takes ended sessions too.
CREATE INDEX sessions_account_id ON sessions (account_id);
CREATE INDEX sessions_client_id ON sessions (client_id);
CREATE INDEX sessions_expire_time ON sessions (expire_time);
CREATE INDEX sessions_revoke_time ON sessions (revoke_time) WHERE revoke_time IS NOT NULL;

-- Refresh tokens, as SHA-256 only: they are random enough that a slow hash would add nothing.
CREATE TABLE refresh_tokens (
    token_hash  bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    session_id  uuid        NOT NULL REFERENCES sessions ON DELETE CASCADE,
    expire_time timestamptz NOT NULL,
    -- A spent token is kept until it would have expired, so that its second use is noticed.
    spend_time  timestamptz
);
CREATE INDEX refresh_tokens_session_id ON refresh_tokens (session_id);
-- A family has one token that works.
CREATE UNIQUE INDEX refresh_tokens_one_unspent ON refresh_tokens (session_id) WHERE spend_time IS NULL;
CREATE INDEX refresh_tokens_expire_time ON refresh_tokens (expire_time);

-- Authorization codes, as SHA-256 only.
CREATE TABLE authorization_codes (
    code_hash      bytea       PRIMARY KEY CHECK (octet_length(code_hash) = 32),
    account_id     uuid        NOT NULL REFERENCES accounts ON DELETE CASCADE,
    client_id      text        NOT NULL REFERENCES clients,
    redirect_uri   text        NOT NULL,
    code_challenge text        NOT NULL CHECK (char_length(code_challenge) = 43),
    scopes         text[]      NOT NULL,
    expire_time    timestamptz NOT NULL,
    -- What the first use gave; the second use revokes it. Null: not used yet.
    session_id     uuid        REFERENCES sessions ON DELETE CASCADE
);
CREATE INDEX authorization_codes_account_id ON authorization_codes (account_id);
CREATE INDEX authorization_codes_client_id ON authorization_codes (client_id);
CREATE INDEX authorization_codes_session_id ON authorization_codes (session_id);
CREATE INDEX authorization_codes_expire_time ON authorization_codes (expire_time);
