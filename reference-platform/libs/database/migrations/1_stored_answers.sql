-- The table as each service has it; here for the descriptions of the queries and for the tests of this library.
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
