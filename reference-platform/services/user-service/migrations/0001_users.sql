-- Everybody who ever had an account. The row stays when the account is gone, without personal data, so that a late event does
-- not bring the profile back.
CREATE TABLE members (
    user_id        uuid        PRIMARY KEY,
    -- Number of the last event of this profile.
    event_sequence bigint      NOT NULL DEFAULT 0 CHECK (event_sequence >= 0),
    create_time    timestamptz NOT NULL DEFAULT now(),
    erase_time     timestamptz,
    -- Whether the edges of an erased member are gone too.
    swept          boolean     NOT NULL DEFAULT false CHECK (erase_time IS NOT NULL OR NOT swept)
);
CREATE INDEX members_to_sweep ON members (erase_time) WHERE erase_time IS NOT NULL AND NOT swept;

-- A handle is stored in small letters only, so that it is unique whatever the case.
CREATE TABLE profiles (
    user_id         uuid        PRIMARY KEY REFERENCES members,
    handle          text        NOT NULL CONSTRAINT profiles_handle_key UNIQUE CHECK (handle ~ '^[a-z0-9_]{3,30}$'),
    display_name    text        NOT NULL CHECK (char_length(display_name) <= 50),
    bio             text        NOT NULL DEFAULT '' CHECK (char_length(bio) <= 300),
    avatar_media_id uuid,
    version         bigint      NOT NULL DEFAULT 1 CHECK (version >= 1),
    create_time     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE settings (
    user_id        uuid     PRIMARY KEY REFERENCES profiles ON DELETE CASCADE,
    locale         text     NOT NULL DEFAULT 'en' CHECK (char_length(locale) BETWEEN 2 AND 35),
    time_zone      text     NOT NULL DEFAULT 'UTC' CHECK (char_length(time_zone) BETWEEN 1 AND 64),
    discoverable   boolean  NOT NULL DEFAULT true,
    -- The numbers of MessagePolicy in the contract.
    message_policy smallint NOT NULL DEFAULT 1 CHECK (message_policy BETWEEN 1 AND 3)
);

-- Beside the profile, because it changes far more often and for other reasons.
CREATE TABLE counters (
    user_id         uuid   PRIMARY KEY REFERENCES profiles ON DELETE CASCADE,
    follower_count  bigint NOT NULL DEFAULT 0 CHECK (follower_count >= 0),
    following_count bigint NOT NULL DEFAULT 0 CHECK (following_count >= 0)
);

CREATE TABLE follows (
    follower_id uuid        NOT NULL REFERENCES members,
    followee_id uuid        NOT NULL REFERENCES members,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (follower_id, followee_id),
    CHECK (follower_id <> followee_id)
);
CREATE INDEX follows_by_followee ON follows (followee_id, create_time DESC, follower_id DESC);
CREATE INDEX follows_by_follower ON follows (follower_id, create_time DESC, followee_id DESC);

CREATE TABLE blocks (
    blocker_id  uuid        NOT NULL REFERENCES members,
    blocked_id  uuid        NOT NULL REFERENCES members,
    create_time timestamptz NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
);
CREATE INDEX blocks_by_blocker ON blocks (blocker_id, create_time DESC, blocked_id DESC);
CREATE INDEX blocks_by_blocked ON blocks (blocked_id);

-- Events that wait to be published, see social_events::outbox.
CREATE TABLE outbox (
    id          bigserial   PRIMARY KEY,
    event_id    uuid        NOT NULL UNIQUE,
    topic       text        NOT NULL,
    key         bytea       NOT NULL,
    payload     bytea       NOT NULL,
    headers     jsonb       NOT NULL,
    create_time timestamptz NOT NULL DEFAULT now()
);

-- Events that were applied, see social_events::applied.
CREATE TABLE applied_events (
    consumer   text        NOT NULL,
    event_id   uuid        NOT NULL,
    apply_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX applied_events_apply_time ON applied_events (apply_time);
