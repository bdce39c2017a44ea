-- Conversations, what is said in them, and what each user is told of it. Ids are UUIDs of version 7: in order of time.
-- Whoever changes a conversation locks its row first, then inboxes in the order of their users.

CREATE TABLE conversations (
    conversation_id uuid        PRIMARY KEY,
    creator_id      uuid        NOT NULL,
    -- Begun by two, and nobody can be added.
    direct          boolean     NOT NULL,
    -- The two, sorted, as long as both are members.
    first_user_id   uuid,
    second_user_id  uuid,
    title           text        NOT NULL CHECK (char_length(title) <= 100),
    -- Number of the last message.
    last_sequence   bigint      NOT NULL DEFAULT 0 CHECK (last_sequence >= 0),
    -- Number of the last event, whatever it tells.
    event_sequence  bigint      NOT NULL DEFAULT 0 CHECK (event_sequence >= 0),
    create_time     timestamptz NOT NULL,
    -- Set: nobody is a member any more, and what was said is being removed in batches.
    abandon_time    timestamptz,
    CONSTRAINT conversations_pair_key UNIQUE (first_user_id, second_user_id),
    CHECK ((first_user_id IS NULL) = (second_user_id IS NULL)),
    CHECK (first_user_id < second_user_id),
    CHECK (direct OR first_user_id IS NULL),
    CHECK (title = '' OR NOT direct)
) WITH (fillfactor = 70); -- Room for new versions of a row on its page: each message and event counts.

CREATE INDEX conversations_abandoned ON conversations (abandon_time) WHERE abandon_time IS NOT NULL;

CREATE TABLE members (
    conversation_id    uuid   NOT NULL REFERENCES conversations,
    user_id            uuid   NOT NULL,
    -- Messages up to this one were said before, and are not for this member.
    joined_after       bigint NOT NULL CHECK (joined_after >= 0),
    delivered_sequence bigint NOT NULL DEFAULT 0,
    read_sequence      bigint NOT NULL DEFAULT 0 CHECK (read_sequence >= 0),
    -- Where in the inbox of the member the latest message is, or the beginning of the membership. Orders their conversations.
    latest_position    bigint NOT NULL,
    PRIMARY KEY (conversation_id, user_id),
    CHECK (read_sequence <= delivered_sequence)
);

CREATE UNIQUE INDEX members_of_user ON members (user_id, latest_position DESC);

CREATE TABLE messages (
    conversation_id uuid        NOT NULL REFERENCES conversations,
    sequence        bigint      NOT NULL CHECK (sequence >= 1),
    message_id      uuid        NOT NULL UNIQUE,
    sender_id       uuid        NOT NULL,
    text            text        NOT NULL CHECK (char_length(text) <= 4000),
    media_ids       uuid[]      NOT NULL CHECK (cardinality(media_ids) <= 10),
    send_time       timestamptz NOT NULL,
    delete_time     timestamptz,
    PRIMARY KEY (conversation_id, sequence),
    CHECK ((delete_time IS NOT NULL) = (text = '' AND cardinality(media_ids) = 0))
);

-- One row for each user who was ever a member. Its lock makes positions of a user visible in their order, without gaps.
CREATE TABLE inboxes (
    user_id       uuid   PRIMARY KEY,
    last_position bigint NOT NULL DEFAULT 0 CHECK (last_position >= 0)
) WITH (fillfactor = 70);

-- What a user is told, in the order in which devices hear it. It holds numbers only: what was said is read from where it is.
CREATE TABLE inbox_entries (
    user_id         uuid     NOT NULL,
    position        bigint   NOT NULL,
    conversation_id uuid     NOT NULL,
    -- 1 message, 2 received, 3 read
    kind            smallint NOT NULL CHECK (kind BETWEEN 1 AND 3),
    -- Of the message, or how far the member is.
    sequence        bigint   NOT NULL,
    -- Whose receipt it is.
    member_id       uuid,
    PRIMARY KEY (user_id, position),
    CHECK ((kind = 1) = (member_id IS NULL))
);

-- A receipt takes the place of the one before it.
CREATE UNIQUE INDEX inbox_entries_receipt ON inbox_entries (user_id, conversation_id, member_id, kind) WHERE kind > 1;

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

CREATE TABLE outbox (
    id          bigserial   PRIMARY KEY,
    event_id    uuid        NOT NULL UNIQUE,
    topic       text        NOT NULL,
    key         bytea       NOT NULL,
    payload     bytea       NOT NULL,
    headers     jsonb       NOT NULL,
    create_time timestamptz NOT NULL DEFAULT now()
);
