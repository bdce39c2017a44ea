-- no-transaction
-- Second step: posts from the time before the trigger, a thousand at a time, each batch in a transaction of its own and in the
-- order of the key, so that nobody waits long for a row. It can be broken off and run again.
DO $$
DECLARE
    last  uuid := '00000000-0000-0000-0000-000000000000';
    batch uuid[];
BEGIN
    LOOP
        batch := ARRAY(SELECT post_id FROM posts WHERE post_id > last ORDER BY post_id LIMIT 1000);
        EXIT WHEN cardinality(batch) = 0;
        UPDATE posts SET media_ids = ARRAY[image_media_id]
            WHERE post_id = ANY (batch) AND image_media_id IS NOT NULL AND media_ids = '{}';
        last := batch[cardinality(batch)];
        COMMIT;
    END LOOP;
END
$$;
