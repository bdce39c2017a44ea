CREATE TABLE prices (
    sku TEXT PRIMARY KEY,
    amount_cents BIGINT NOT NULL CHECK (amount_cents >= 0),
    currency_code TEXT NOT NULL
);
