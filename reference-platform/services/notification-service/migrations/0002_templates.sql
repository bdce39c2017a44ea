CREATE TABLE templates (
    kind   smallint NOT NULL CHECK (kind BETWEEN 1 AND 6),
    locale text     NOT NULL,
    title  text     NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    body   text     NOT NULL CHECK (char_length(body) BETWEEN 1 AND 1000),
    PRIMARY KEY (kind, locale)
);

-- What stands after the bar is said when the value is not there.
INSERT INTO templates (kind, locale, title, body) VALUES
    (1, 'en', 'New follower', '{{actor|Somebody}} follows you.'),
    (2, 'en', 'New comment', '{{actor|Somebody}} commented on your post.'),
    (3, 'en', 'New reaction', '{{actor|Somebody}} reacted to your post.'),
    (4, 'en', 'New message', '{{actor|Somebody}} wrote to you.'),
    (5, 'en', 'Your upload', '{{failure|It is ready.}}'),
    (6, 'en', '{{actor|Somebody you follow}} is live', '{{title|A live stream has begun.}}'),
    (1, 'de', 'Neuer Follower', '{{actor|Jemand}} folgt dir.'),
    (2, 'de', 'Neuer Kommentar', '{{actor|Jemand}} hat deinen Beitrag kommentiert.'),
    (3, 'de', 'Neue Reaktion', '{{actor|Jemand}} hat auf deinen Beitrag reagiert.'),
    (4, 'de', 'Neue Nachricht', '{{actor|Jemand}} hat dir geschrieben.'),
    (5, 'de', 'Dein Upload', '{{failure|Er ist fertig.}}'),
    (6, 'de', '{{actor|Jemand, dem du folgst,}} ist live', '{{title|Ein Livestream hat begonnen.}}');
