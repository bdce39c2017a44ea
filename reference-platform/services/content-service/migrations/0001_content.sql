-- Posts, what hangs on them, and what the service needs to tell others. Ids are UUIDs of version 7: in order of time.

CREATE TABLE posts (
    post_id        uuid        PRIMARY KEY,
    author_id      uuid        NOT NULL,
    text           text        NOT NULL CHECK (char_length(text) <= 5000),
    image_media_id uuid,
    -- 1 public, 2 followers, 3 private
    visibility     smallint    NOT NULL CHECK (visibility BETWEEN 1 AND 3),
    tags           text[]      NOT NULL CHECK (cardinality(tags) <= 30),
    -- Counts changes of the post; the etag.
    version        bigint      NOT NULL DEFAULT 1 CHECK (version >= 1),
    -- Number of the last event about the post, whatever it was about.
    sequence       bigint      NOT NULL DEFAULT 0 CHECK (sequence >= 0),
    create_time    timestamptz NOT NULL,
    edit_time      timestamptz,
    -- Set: the post is gone for everybody, and what hangs on it is being removed in batches.
    delete_time    timestamptz,
    CONSTRAINT posts_text_or_image CHECK (text <> '' OR image_media_id IS NOT NULL)
) WITH (fillfactor = 80); -- Room for new versions of a row on its page: each event counts in `sequence`.

CREATE INDEX posts_of_author ON posts (author_id, post_id DESC) WHERE delete_time IS NULL;
CREATE INDEX posts_deleted ON posts (delete_time) WHERE delete_time IS NOT NULL;

CREATE TABLE comments (
    comment_id  uuid        PRIMARY KEY,
    post_id     uuid        NOT NULL REFERENCES posts,
    -- No reference: answers stay when the comment that they answer is deleted.
    parent_id   uuid,
    author_id   uuid        NOT NULL,
    text        text        NOT NULL CHECK (char_length(text) BETWEEN 1 AND 1000),
    create_time timestamptz NOT NULL,
    CHECK (parent_id <> comment_id)
);

CREATE INDEX comments_of_post ON comments (post_id, parent_id, comment_id);

CREATE TABLE reactions (
    post_id     uuid        NOT NULL REFERENCES posts,
    user_id     uuid        NOT NULL,
    -- 1 like, 2 love, 3 laugh, 4 sad, 5 angry
    kind        smallint    NOT NULL CHECK (kind BETWEEN 1 AND 5),
    create_time timestamptz NOT NULL,
    PRIMARY KEY (post_id, user_id)
);

CREATE INDEX reactions_of_post ON reactions (post_id, create_time DESC, user_id DESC);
CREATE INDEX reactions_of_kind ON reactions (post_id, kind, create_time DESC, user_id DESC);

-- One row for each post and what is counted, not more: whoever comments or reacts holds the lock of the post already, because the
-- events of a post are numbered without gaps. So the counters of a post never have two writers, and shards would only make
-- reading dearer. They have rows of their own so that posts, which are wide, are not written anew for each reaction.
CREATE TABLE post_counters (
    post_id uuid     NOT NULL REFERENCES posts,
    -- 0 comments, otherwise a kind of reaction
    kind    smallint NOT NULL CHECK (kind BETWEEN 0 AND 5),
    count   bigint   NOT NULL CHECK (count >= 0),
    PRIMARY KEY (post_id, kind)
) WITH (fillfactor = 70);

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
