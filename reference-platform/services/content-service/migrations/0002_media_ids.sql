-- Posts had one image; now they have up to ten media. First of four steps (0002 to 0005): the new column beside the old one.
-- While both kinds of versions run, a trigger writes what one of them has written into the column of the other. So the new
-- version never names the old column, and runs before 0005 as well as after it.

ALTER TABLE posts
    ADD COLUMN media_ids uuid[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT posts_media_ids CHECK (cardinality(media_ids) <= 10) NOT VALID,
    ADD CONSTRAINT posts_text_or_media CHECK (text <> '' OR cardinality(media_ids) > 0) NOT VALID;

CREATE FUNCTION posts_sync_image() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.media_ids = '{}' AND NEW.image_media_id IS NOT NULL THEN
            NEW.media_ids := ARRAY[NEW.image_media_id]; -- an old version has written
        ELSE
            NEW.image_media_id := NEW.media_ids[1];
        END IF;
    ELSIF NEW.media_ids IS DISTINCT FROM OLD.media_ids THEN
        NEW.image_media_id := NEW.media_ids[1];
    ELSIF NEW.image_media_id IS DISTINCT FROM OLD.image_media_id THEN
        NEW.media_ids := array_remove(ARRAY[NEW.image_media_id], NULL); -- an old version has written
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER posts_sync_image
    BEFORE INSERT OR UPDATE OF image_media_id, media_ids ON posts
    FOR EACH ROW EXECUTE FUNCTION posts_sync_image();
