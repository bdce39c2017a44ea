-- What clients told. Times are microseconds since 1970, UTC. `time_us` is the earlier one of the client's clock and of the
-- service's; `occur_us` is what the client said. A user of '' is somebody who was not logged in. Rows that are equal in the
-- order are the same event; copies live until a merge, so queries count distinct ids.
CREATE TABLE IF NOT EXISTS client_events (
    event_id UUID,
    name String,
    schema_version UInt32,
    user_id String,
    time_us Int64,
    occur_us Int64,
    property_names Array(String),
    property_values Array(String)
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(time_us, 1000000)))
ORDER BY (name, time_us, event_id);

-- What happened in the services, without what it was about: kind, subject (the key of the topic) and the user who did it
-- ('' where nobody did).
CREATE TABLE IF NOT EXISTS domain_events (
    event_id UUID,
    kind String,
    subject_id String,
    user_id String,
    time_us Int64
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(toDateTime(intDiv(time_us, 1000000)))
ORDER BY (kind, time_us, event_id);
