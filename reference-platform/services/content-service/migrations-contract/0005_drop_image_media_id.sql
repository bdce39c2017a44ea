-- Last step, when no version runs any more that reads or writes the old column: it goes, with its constraint and the trigger.
-- The field of the contract stays, deprecated: it is the first of `media_ids`.
DROP TRIGGER posts_sync_image ON posts;
DROP FUNCTION posts_sync_image();
ALTER TABLE posts DROP COLUMN image_media_id;
