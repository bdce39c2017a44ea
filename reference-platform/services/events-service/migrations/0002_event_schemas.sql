-- Proposals of schema versions. `state` only grows: 0 proposed, 1 accepted, 2 withdrawn; only accepted ones are schemas. Types are
-- numbers of PropertyType.
CREATE TABLE IF NOT EXISTS event_schemas (
    name String,
    version UInt32,
    proposal UUID,
    state UInt8,
    propose_time DateTime,
    property_names Array(String),
    property_types Array(UInt8),
    property_required Array(UInt8)
) ENGINE = ReplacingMergeTree(state)
ORDER BY (name, version, proposal);

-- Those that the queries of this service know.
INSERT INTO event_schemas (name, version, proposal, state, propose_time, property_names, property_types, property_required) VALUES
    ('request_served', 1, '00000000-0000-4000-8000-000000000001', 1, '2026-01-01 00:00:00', ['code', 'duration_ms', 'method', 'service'], [1, 3, 1, 1], [1, 1, 1, 1]),
    ('stream_watched', 1, '00000000-0000-4000-8000-000000000002', 1, '2026-01-01 00:00:00', ['seconds', 'stream_id'], [3, 1], [1, 1]);
