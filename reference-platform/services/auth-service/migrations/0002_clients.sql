-- Programs that may ask for tokens. All are public (RFC 6749, 2.1): none has a secret, PKCE protects their codes.
CREATE TABLE clients (
    client_id text   PRIMARY KEY CHECK (char_length(client_id) BETWEEN 1 AND 64),
    name      text   NOT NULL,
    -- All that it can be granted. What services and operators hold is never granted to a person.
    scopes    text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 10 AND NOT scopes && ARRAY['internal', 'operator'])
);

CREATE TABLE client_redirect_uris (
    client_id    text NOT NULL REFERENCES clients ON DELETE CASCADE,
    redirect_uri text NOT NULL CHECK (char_length(redirect_uri) <= 2000),
    PRIMARY KEY (client_id, redirect_uri)
);

-- The platform's own application: native, so it listens on the loopback interface (RFC 8252, 7.3).
INSERT INTO clients (client_id, name, scopes) VALUES ('social-app', 'Social', ARRAY['social:read', 'social:write']);
INSERT INTO client_redirect_uris (client_id, redirect_uri) VALUES
    ('social-app', 'http://127.0.0.1:7878/callback'),
    ('social-app', 'http://[::1]:7878/callback');
