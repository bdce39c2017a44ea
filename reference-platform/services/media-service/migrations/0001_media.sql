-- Files, the forms that they have, and the work that is left to do about them. Ids are UUIDs of version 7: in order of time.
-- The bytes are in the object store: `uploads/<media_id>` until a file is processed, then `media/<media_id>/<variant>`.

CREATE TABLE media (
    media_id        uuid        PRIMARY KEY,
    owner_id        uuid        NOT NULL,
    -- 1 image, 2 video
    kind            smallint    NOT NULL CHECK (kind BETWEEN 1 AND 2),
    -- 1 processing, 2 ready, 3 failed
    state           smallint    NOT NULL CHECK (state BETWEEN 1 AND 3),
    content_type    text        NOT NULL,
    size_bytes      bigint      NOT NULL CHECK (size_bytes > 0),
    -- 0 until it is known, and for streams that do not tell.
    width_pixels    integer     NOT NULL DEFAULT 0 CHECK (width_pixels >= 0),
    height_pixels   integer     NOT NULL DEFAULT 0 CHECK (height_pixels >= 0),
    duration_millis bigint      CHECK (duration_millis >= 0),
    failure         text        NOT NULL DEFAULT '',
    -- Number of the last event about the file.
    sequence        bigint      NOT NULL DEFAULT 1 CHECK (sequence >= 1),
    create_time     timestamptz NOT NULL,
    -- Set: the file is gone for everybody, and its bytes are being removed.
    delete_time     timestamptz,
    CONSTRAINT media_duration_of_videos CHECK (duration_millis IS NULL OR kind = 2),
    CONSTRAINT media_failure_if_failed CHECK ((failure <> '') = (state = 3))
);

CREATE INDEX media_of_owner ON media (owner_id, media_id DESC) WHERE delete_time IS NULL;

CREATE TABLE variants (
    media_id      uuid    NOT NULL REFERENCES media ON DELETE CASCADE,
    name          text    NOT NULL CHECK (name IN ('original', 'large', 'small', 'thumbnail', 'poster', 'playlist')),
    content_type  text    NOT NULL,
    width_pixels  integer NOT NULL CHECK (width_pixels >= 0),
    height_pixels integer NOT NULL CHECK (height_pixels >= 0),
    size_bytes    bigint  NOT NULL CHECK (size_bytes > 0),
    PRIMARY KEY (media_id, name)
);

-- At most one piece of work for a file. Whoever takes it owns it until `run_time`, under a lease that is new each time.
CREATE TABLE jobs (
    media_id uuid        PRIMARY KEY REFERENCES media ON DELETE CASCADE,
    -- 1 make the variants, 2 remove what was uploaded, 3 remove everything
    task     smallint    NOT NULL CHECK (task BETWEEN 1 AND 3),
    -- How often it was taken and neither done nor given back: what kills its workers is given up soon.
    attempts integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- How often it was put off because something else was not there.
    put_off  integer     NOT NULL DEFAULT 0 CHECK (put_off >= 0),
    -- Not before: when it may be taken, or taken from one who is silent.
    run_time timestamptz NOT NULL DEFAULT now(),
    lease_id uuid
);

CREATE INDEX jobs_due ON jobs (run_time);

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
