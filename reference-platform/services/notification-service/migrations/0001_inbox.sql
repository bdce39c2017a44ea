-- What is known of a user, for words and hours. A user without a row has what the columns say here.
CREATE TABLE recipients (
    user_id      uuid     PRIMARY KEY,
    locale       text     NOT NULL DEFAULT 'en',
    time_zone    text     NOT NULL DEFAULT 'UTC',
    quiet_begin  smallint CHECK (quiet_begin BETWEEN 0 AND 1439),
    quiet_end    smallint CHECK (quiet_end BETWEEN 0 AND 1439),
    CHECK ((quiet_begin IS NULL) = (quiet_end IS NULL))
);

-- On which ways a user is told of a kind. Without a row: on all.
CREATE TABLE preferences (
    user_id uuid     NOT NULL,
    kind    smallint NOT NULL CHECK (kind BETWEEN 1 AND 6),
    in_app  boolean  NOT NULL,
    push    boolean  NOT NULL,
    PRIMARY KEY (user_id, kind)
);

-- The records of the log that notifications come from, for dead letters of their pushes.
CREATE TABLE sources (
    source_id   uuid        PRIMARY KEY,
    topic       text        NOT NULL,
    partition   integer     NOT NULL,
    position    bigint      NOT NULL,
    key         bytea       NOT NULL,
    value       bytea       NOT NULL,
    create_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sources_create_time ON sources (create_time);

CREATE TABLE notifications (
    notification_id uuid        PRIMARY KEY,
    recipient_id    uuid        NOT NULL,
    kind            smallint    NOT NULL CHECK (kind BETWEEN 1 AND 6),
    title           text        NOT NULL CHECK (char_length(title) <= 200),
    body            text        NOT NULL CHECK (char_length(body) <= 1000),
    actor_id        uuid,
    subject_id      uuid,
    source_id       uuid        NOT NULL,
    -- Whether it is shown in the application; else it is only pushed.
    in_app          boolean     NOT NULL,
    read_time       timestamptz,
    create_time     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX notifications_recipient ON notifications (recipient_id, notification_id);
CREATE INDEX notifications_unread ON notifications (recipient_id, notification_id) WHERE in_app AND read_time IS NULL;
CREATE INDEX notifications_actor ON notifications (actor_id);
CREATE INDEX notifications_create_time ON notifications (create_time);

-- Who was told what: until it expires, the same is not told again.
CREATE TABLE told (
    recipient_id uuid        NOT NULL,
    dedupe_key   text        NOT NULL,
    expire_time  timestamptz NOT NULL,
    PRIMARY KEY (recipient_id, dedupe_key)
);
CREATE INDEX told_expire_time ON told (expire_time);

-- Accounts that are gone. Nothing is told to them or of them, and what is left of them is swept in small steps.
CREATE TABLE erased (
    user_id    uuid        PRIMARY KEY,
    erase_time timestamptz NOT NULL DEFAULT now(),
    -- When the next look is due. Null when nothing can be left.
    sweep_time timestamptz DEFAULT now()
);
CREATE INDEX erased_sweep_time ON erased (sweep_time);
CREATE INDEX erased_erase_time ON erased (erase_time) WHERE sweep_time IS NULL;
