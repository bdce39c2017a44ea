-- Who follows whom, as far as the events of the graph have come. The last change of an edge counts, in whatever order they come;
-- so an edge that has ended stays for a while.
CREATE TABLE followers (
    followee_id uuid        NOT NULL,
    follower_id uuid        NOT NULL,
    follows     boolean     NOT NULL,
    change_time timestamptz NOT NULL,
    PRIMARY KEY (followee_id, follower_id)
);
CREATE INDEX followers_follower ON followers (follower_id);
CREATE INDEX followers_ended ON followers (change_time) WHERE NOT follows;

-- Who does not want to hear of whom.
CREATE TABLE blocks (
    blocker_id  uuid        NOT NULL,
    blocked_id  uuid        NOT NULL,
    blocks      boolean     NOT NULL,
    change_time timestamptz NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id)
);
CREATE INDEX blocks_blocked ON blocks (blocked_id);
CREATE INDEX blocks_ended ON blocks (change_time) WHERE NOT blocks;

-- What is being told to all followers of somebody, in steps.
CREATE TABLE fanouts (
    source_id     uuid        PRIMARY KEY,
    owner_id      uuid        NOT NULL,
    owner_name    text,
    kind          smallint    NOT NULL CHECK (kind BETWEEN 1 AND 6),
    subject_id    uuid,
    dedupe_key    text        NOT NULL,
    subject_title text,
    -- The last follower who was told.
    told_until    uuid        NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    create_time   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX fanouts_create_time ON fanouts (create_time);
CREATE INDEX fanouts_owner ON fanouts (owner_id);
