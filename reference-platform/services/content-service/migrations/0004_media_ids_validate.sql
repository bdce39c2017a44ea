-- Third step: with all posts moved, the new constraints hold for the old rows too. Reads the table, blocks no writer.
ALTER TABLE posts VALIDATE CONSTRAINT posts_media_ids;
ALTER TABLE posts VALIDATE CONSTRAINT posts_text_or_media;
