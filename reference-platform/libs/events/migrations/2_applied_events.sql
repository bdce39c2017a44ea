CREATE TABLE applied_events (
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    apply_time timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX applied_events_apply_time ON applied_events (apply_time);
