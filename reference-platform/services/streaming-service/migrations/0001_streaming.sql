-- The log of streams, what is derived from it, and the video and chat that hang on streams. Ids are UUIDs of version 7.

-- What happened to streams: the truth about them. `payload` is an encoded social.streaming.v1.StreamEvent.
-- Whoever appends takes turns (an advisory lock until the commit), so `position` grows in the order of the commits and a reader that
-- follows it passes nothing over. That is no bottleneck: a stream has a handful of events, and the outbox's NOTIFY takes turns anyway.
CREATE TABLE stream_events (
    stream_id  uuid        NOT NULL,
    sequence   bigint      NOT NULL CHECK (sequence >= 1),
    position   bigint      GENERATED ALWAYS AS IDENTITY,
    owner_id   uuid        NOT NULL,
    kind       text        NOT NULL
        CHECK (kind IN ('created', 'went_live', 'interrupted', 'resumed', 'ended', 'key_rotated')),
    payload    bytea       NOT NULL,
    occur_time timestamptz NOT NULL,
    -- Two writers that began with the same state cannot both go on.
    CONSTRAINT stream_events_pkey PRIMARY KEY (stream_id, sequence)
);
CREATE UNIQUE INDEX stream_events_position ON stream_events (position);
CREATE INDEX stream_events_of_owner ON stream_events (owner_id, stream_id) WHERE kind = 'created';

-- Append-only. The one exception is the payload: the title is blanked out when the account is deleted.
CREATE FUNCTION stream_events_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'stream_events is append-only';
END $$;
CREATE TRIGGER stream_events_append_only
    BEFORE DELETE OR UPDATE OF stream_id, sequence, owner_id, kind, occur_time ON stream_events
    FOR EACH ROW EXECUTE FUNCTION stream_events_refuse();

-- What the events up to `sequence` make of a stream, an encoded social.streaming.v1.Stream. Only saves time; may be deleted.
CREATE TABLE stream_snapshots (
    stream_id uuid   PRIMARY KEY,
    sequence  bigint NOT NULL CHECK (sequence >= 1),
    state     bytea  NOT NULL
);

-- The read model: derived from the log, and can be made anew from it.
CREATE TABLE streams (
    stream_id         uuid        PRIMARY KEY,
    owner_id          uuid        NOT NULL,
    -- Empty when it was erased.
    title             text        NOT NULL CHECK (char_length(title) <= 140),
    -- 1 created, 2 live, 3 interrupted, 4 ended
    state             smallint    NOT NULL CHECK (state BETWEEN 1 AND 4),
    create_time       timestamptz NOT NULL,
    live_time         timestamptz,
    end_time          timestamptz,
    peak_viewer_count bigint      NOT NULL CHECK (peak_viewer_count >= 0),
    -- Of the last event that is in here.
    sequence          bigint      NOT NULL CHECK (sequence >= 1),
    CHECK ((state = 4) = (end_time IS NOT NULL))
);
CREATE INDEX streams_of_owner ON streams (owner_id, stream_id DESC);

-- How far each read model has come.
CREATE TABLE projections (
    name     text   PRIMARY KEY,
    position bigint NOT NULL
);
INSERT INTO projections (name, position) VALUES ('streams', 0);

-- What the ingest of a stream needs to know until the stream ends. Whoever changes anything about a stream locks its row.
CREATE TABLE open_streams (
    stream_id       uuid        PRIMARY KEY,
    owner_id        uuid        NOT NULL,
    -- SHA-256
    key_hash        bytea       NOT NULL CHECK (octet_length(key_hash) = 32),
    -- The one encoder that may send now. Absent: none, or its key was rotated.
    ingest_id       uuid,
    last_segment    bigint      NOT NULL DEFAULT 0 CHECK (last_segment >= 0),
    longest_ms      integer     NOT NULL DEFAULT 0,
    -- How often an encoder began anew after the first segment.
    discontinuities integer     NOT NULL DEFAULT 0,
    seen_time       timestamptz NOT NULL DEFAULT now(),
    -- Since when the encoder is away; absent before the stream is live, and while it is.
    lost_time       timestamptz
);
CREATE INDEX open_streams_of_owner ON open_streams (owner_id);
CREATE INDEX open_streams_silent ON open_streams (seen_time) WHERE lost_time IS NULL AND last_segment > 0;
CREATE INDEX open_streams_lost ON open_streams (lost_time) WHERE lost_time IS NOT NULL;

CREATE TABLE segments (
    stream_id       uuid     NOT NULL,
    sequence        bigint   NOT NULL CHECK (sequence >= 1),
    duration_ms     integer  NOT NULL CHECK (duration_ms BETWEEN 1000 AND 10000),
    -- As they were when this segment came: so the last six rows tell all that a live playlist needs.
    longest_ms      integer  NOT NULL,
    discontinuities integer  NOT NULL,
    content         bytea    NOT NULL CHECK (octet_length(content) BETWEEN 188 AND 3145728),
    PRIMARY KEY (stream_id, sequence)
);
-- Video is compressed already.
ALTER TABLE segments ALTER COLUMN content SET STORAGE EXTERNAL;

-- Who watches live streams: counted in Redis, noted here every few seconds.
CREATE TABLE audiences (
    stream_id         uuid        PRIMARY KEY,
    viewer_count      bigint      NOT NULL DEFAULT 0 CHECK (viewer_count >= 0),
    peak_viewer_count bigint      NOT NULL DEFAULT 0 CHECK (peak_viewer_count >= viewer_count),
    count_time        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX audiences_most_watched ON audiences (viewer_count DESC, stream_id DESC);
CREATE INDEX audiences_count_time ON audiences (count_time);

CREATE TABLE chats (
    stream_id   uuid    PRIMARY KEY,
    -- False when the stream has ended.
    is_open     boolean NOT NULL DEFAULT true,
    last_number bigint  NOT NULL DEFAULT 0 CHECK (last_number >= 0)
);

CREATE TABLE chat_messages (
    stream_id  uuid        NOT NULL,
    -- Counts the messages of a stream, without gaps but for what was deleted.
    number     bigint      NOT NULL CHECK (number >= 1),
    message_id uuid        NOT NULL UNIQUE,
    sender_id  uuid        NOT NULL,
    text       text        NOT NULL CHECK (char_length(text) BETWEEN 1 AND 500),
    send_time  timestamptz NOT NULL,
    PRIMARY KEY (stream_id, number)
);
CREATE INDEX chat_messages_of_sender ON chat_messages (sender_id);

-- Ended streams whose segments and chat are still stored, and until when.
CREATE TABLE recordings (
    stream_id  uuid        PRIMARY KEY,
    purge_time timestamptz NOT NULL
);
CREATE INDEX recordings_purge_time ON recordings (purge_time);

-- Their streams are shown to nobody, and they make no new ones.
CREATE TABLE deleted_accounts (
    account_id  uuid        PRIMARY KEY,
    delete_time timestamptz NOT NULL DEFAULT now()
);

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

CREATE TABLE applied_events (
    consumer   text        NOT NULL,
    event_id   uuid        NOT NULL,
    apply_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX applied_events_apply_time ON applied_events (apply_time);
