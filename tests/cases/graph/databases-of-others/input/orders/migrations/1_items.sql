CREATE TABLE items (id bigint PRIMARY KEY, price bigint);
