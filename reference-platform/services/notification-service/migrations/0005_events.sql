-- Used by social_events: events that wait to be published, and notes of which were applied.
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
