-- Where pushes go. Two accounts can have the same installation, but only one has its token.
CREATE TABLE devices (
    user_id     uuid        NOT NULL,
    device_id   uuid        NOT NULL,
    -- 1 FCM, 2 APNs, 3 Web Push.
    provider    smallint    NOT NULL CHECK (provider BETWEEN 1 AND 3),
    token       text        NOT NULL CHECK (char_length(token) BETWEEN 1 AND 4096),
    -- SHA-256: tokens are too long for an index.
    token_hash  bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    update_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, device_id),
    UNIQUE (provider, token_hash)
);
CREATE INDEX devices_recent ON devices (user_id, update_time DESC, device_id DESC);

-- Pushes that are to be made. A worker takes one by moving `next_attempt_time` behind the end of its lease.
CREATE TABLE deliveries (
    delivery_id       uuid        PRIMARY KEY,
    notification_id   uuid        NOT NULL REFERENCES notifications ON DELETE CASCADE,
    recipient_id      uuid        NOT NULL,
    device_id         uuid        NOT NULL,
    provider          smallint    NOT NULL CHECK (provider BETWEEN 1 AND 3),
    attempt_count     integer     NOT NULL DEFAULT 0 CHECK (attempt_count >= 0),
    next_attempt_time timestamptz NOT NULL DEFAULT now(),
    -- Afterwards nobody wants to know it any more.
    expire_time       timestamptz NOT NULL,
    -- Of whoever has it in hand: another one has no say about its end.
    lease_id          uuid,
    UNIQUE (notification_id, device_id),
    FOREIGN KEY (recipient_id, device_id) REFERENCES devices ON DELETE CASCADE
);
CREATE INDEX deliveries_due ON deliveries (provider, next_attempt_time);
CREATE INDEX deliveries_device ON deliveries (recipient_id, device_id);

CREATE TABLE dead_letters (
    -- Of a push: that of its delivery.
    dead_letter_id   uuid        PRIMARY KEY,
    source_topic     text        NOT NULL,
    source_partition integer     NOT NULL,
    source_position  bigint      NOT NULL,
    key              bytea       NOT NULL,
    value            bytea       NOT NULL,
    attempt_count    integer     NOT NULL,
    cause            smallint    NOT NULL CHECK (cause BETWEEN 1 AND 3),
    reason           text        NOT NULL,
    fail_time        timestamptz NOT NULL DEFAULT now(),
    -- Of a push only.
    notification_id  uuid        REFERENCES notifications ON DELETE CASCADE,
    device_id        uuid,
    -- Until then somebody is trying it once more.
    lease_time       timestamptz,
    -- Done with: it is kept for a while, so that it is not delivered again.
    done_time        timestamptz,
    CHECK ((notification_id IS NULL) = (device_id IS NULL))
);
CREATE INDEX dead_letters_open ON dead_letters (fail_time, dead_letter_id) WHERE done_time IS NULL;
CREATE INDEX dead_letters_fail_time ON dead_letters (fail_time);
CREATE INDEX dead_letters_notification ON dead_letters (notification_id);
