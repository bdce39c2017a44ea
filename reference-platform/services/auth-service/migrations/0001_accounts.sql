CREATE TABLE accounts (
    account_id     uuid        PRIMARY KEY,
    handle         text        NOT NULL CONSTRAINT accounts_handle_key UNIQUE CHECK (handle ~ '^[a-z0-9_]{3,30}$'),
    -- In lower case: two addresses that differ in case alone are one.
    email          text        NOT NULL CONSTRAINT accounts_email_key UNIQUE CHECK (char_length(email) <= 254 AND email = lower(email)),
    password_hash  text        NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
    -- The number of the last event of this account.
    event_sequence bigint      NOT NULL DEFAULT 0 CHECK (event_sequence >= 0),
    create_time    timestamptz NOT NULL DEFAULT now()
);

-- Answers of calls that carry a request_id, for 24 hours.
CREATE TABLE stored_answers (
    account_id   uuid        NOT NULL,
    method       text        NOT NULL,
    request_id   uuid        NOT NULL,
    request_hash bytea       NOT NULL,
    answer       bytea       NOT NULL,
    create_time  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, method, request_id)
);
CREATE INDEX stored_answers_create_time ON stored_answers (create_time);
