use super::*;

/// Tables of a query: those that are written carry a `!`.
fn tables(text: &str) -> String {
    shown(&statement(text, "postgres"))
}

fn shown(statement: &Statement) -> String {
    let names: Vec<String> =
        statement.tables.iter().map(|used| format!("{}{}", used.table, if used.writes { "!" } else { "" })).collect();
    names.join(" ")
}

fn parsed(text: &str, dialect: &str) -> Statement {
    let statement = statement(text, dialect);
    assert!(statement.parsed, "not parsed: {text}");
    statement
}

fn changes(text: &str) -> Vec<String> {
    statement(text, "postgres")
        .columns
        .iter()
        .map(|change| {
            let mut line = format!("{} {}", change.change, change.table);
            for part in [change.column.as_str(), change.type_name.as_str()] {
                if !part.is_empty() {
                    line = format!("{line} {part}");
                }
            }
            if change.default {
                line += " default";
            }
            if !change.nullable {
                line += " not-null";
            }
            if !change.columns.is_empty() {
                line = format!("{line} [{}]", change.columns.join(" "));
            }
            line
        })
        .collect()
}

#[test]
fn tables_are_what_is_read_and_written() {
    for (text, expected) in [
        ("SELECT * FROM orders", "orders"),
        ("SELECT o.id FROM shop.orders AS o JOIN \"Items\" i ON i.order_id = o.id", "shop.orders items"),
        ("SELECT * FROM orders, items WHERE a = b", "orders items"),
        ("INSERT INTO orders (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET n = excluded.n", "orders!"),
        ("INSERT INTO archive SELECT * FROM orders WHERE old", "archive! orders"),
        ("UPDATE orders o SET n = i.n FROM items i WHERE i.id = o.id", "orders! items"),
        ("UPDATE orders SET n = (SELECT max(n) FROM items)", "orders! items"),
        ("DELETE FROM orders USING items WHERE items.id = orders.id", "orders! items"),
        ("MERGE INTO stock s USING deltas d ON s.id = d.id WHEN MATCHED THEN UPDATE SET n = d.n", "stock! deltas"),
        ("TRUNCATE TABLE a, b", "a! b!"),
        ("SELECT * FROM generate_series(1, 3) g, unnest($1::text[]) AS u", ""),
        ("SELECT extract(year FROM created) FROM orders WHERE a IS DISTINCT FROM b", "orders"),
        (
            "SELECT * FROM orders WHERE id IN (SELECT order_id FROM items) AND EXISTS (SELECT 1 FROM refunds)",
            "orders items refunds",
        ),
        ("SELECT CASE WHEN (SELECT true FROM flags) THEN 1 END FROM orders", "flags orders"),
        ("SELECT * FROM a UNION ALL SELECT * FROM b", "a b"),
        ("SELECT * FROM orders FOR UPDATE OF orders SKIP LOCKED", "orders"),
        ("COPY orders FROM STDIN", "orders!"),
        ("EXPLAIN SELECT * FROM orders", "orders"),
        ("LISTEN orders", ""),
        ("DELETE FROM sessions", "sessions!"),
        ("CREATE VIEW open_orders AS SELECT * FROM orders", "open_orders! orders"),
        ("SELECT * FROM orders o LEFT JOIN LATERAL (SELECT * FROM items WHERE o.id = x) i ON true", "orders items"),
    ] {
        assert_eq!(tables(text), expected, "{text}");
        assert!(statement(text, "postgres").parsed, "{text}");
    }
}

#[test]
fn a_common_table_expression_is_no_table() {
    for (text, expected) in [
        ("WITH recent AS (SELECT * FROM orders) SELECT * FROM recent JOIN items ON true", "orders items"),
        ("WITH moved AS (DELETE FROM outbox RETURNING *) INSERT INTO sent SELECT * FROM moved", "outbox! sent!"),
        ("WITH RECURSIVE tree AS (SELECT 1 UNION SELECT * FROM tree JOIN nodes ON true) SELECT * FROM tree", "nodes"),
        // It does not see itself: inside it, the name is a table.
        ("WITH users AS (SELECT * FROM users WHERE active) SELECT * FROM users", "users"),
        ("WITH x AS (SELECT 1) UPDATE orders SET n = 1 FROM x", "orders!"),
        ("SELECT * FROM (WITH x AS (SELECT * FROM a) SELECT * FROM x) y, x", "a x"),
    ] {
        assert_eq!(tables(text), expected, "{text}");
        assert!(statement(text, "postgres").parsed, "{text}");
    }
}

#[test]
fn words_name_the_tables_of_what_the_parser_refuses() {
    for (text, expected) in [
        ("SELECT ??? FROM orders o JOIN shop.items i ON <<< WHERE x", "orders shop.items"),
        ("WITH r AS (SELECT <<< >>> FROM orders) SELECT * FROM r, items", "orders items"),
        ("INSERT INTO orders VALUES (((", "orders!"),
        ("UPDATE ONLY orders SET SET SET", "orders!"),
        ("DELETE FROM orders WHERE = ,", "orders!"),
        ("ALTER TABLE IF EXISTS orders FROBNICATE", "orders!"),
        ("CREATE INDEX CONCURRENTLY ON orders USING FROB ((((x) WHERE", "orders!"),
        ("SELECT extract(year FROM x) !! FROM json_each(a) j, orders FOR UPDATE", "orders"),
        ("DO $$ BEGIN UPDATE orders SET n = 1; SELECT 1 INTO n FROM items; END $$", "orders! items"),
    ] {
        let read = statement(text, "postgres");
        assert!(!read.parsed, "{text}");
        assert_eq!(shown(&read), expected, "{text}");
    }
}

#[test]
fn the_verb_is_that_of_the_statement_behind_its_frame() {
    for (text, verb) in [
        ("select 1", "select"),
        ("WITH a AS (INSERT INTO x VALUES (1) RETURNING id) SELECT * FROM a", "select"),
        ("WITH a AS (SELECT 1) DELETE FROM x USING a", "delete"),
        ("BEGIN; UPDATE x SET a = 1; COMMIT", "update"),
        ("BEGIN", "transaction"),
        ("SET statement_timeout = 5", "set"),
        ("CREATE UNIQUE INDEX i ON x (a)", "create_index"),
        ("CREATE TABLE IF NOT EXISTS x (a int)", "create_table"),
        ("ALTER TABLE x ADD a int", "alter_table"),
        ("DROP TABLE x", "drop_table"),
        ("DROP INDEX CONCURRENTLY i", "drop_index"),
        ("CREATE VIEW v AS SELECT 1", "other"),
        ("SELECT pg_notify('a', $1)", "notify"),
        ("NOTIFY a, 'b'", "notify"),
        ("LISTEN a", "listen"),
        ("", "other"),
        ("-- nothing", "other"),
    ] {
        assert_eq!(statement(text, "postgres").verb, verb, "{text}");
    }
}

#[test]
fn the_shape_says_how_many_rows_can_come() {
    let shape = |text: &str| {
        let read = parsed(text, "postgres");
        let mut words = Vec::new();
        for (is, word) in [(read.limited, "limited"), (read.aggregate, "aggregate"), (read.locks_rows, "locks")] {
            if is {
                words.push(word.to_owned());
            }
        }
        words.extend(read.equals);
        words.join(" ")
    };
    for (text, expected) in [
        ("SELECT * FROM t", ""),
        ("SELECT * FROM t LIMIT 10", "limited"),
        ("SELECT * FROM t LIMIT ALL", ""),
        ("SELECT * FROM t FETCH FIRST 5 ROWS ONLY", "limited"),
        ("SELECT * FROM t JOIN (SELECT * FROM u LIMIT 1) v ON true", ""),
        ("SELECT * FROM (SELECT * FROM u LIMIT 1) v", "limited"),
        ("WITH v AS (SELECT * FROM u WHERE k = $1 LIMIT 1) SELECT * FROM v", "limited k"),
        // Rows that the statement is given, and those that it wrote itself, are few; what is joined with them by a column is
        // chosen by it.
        ("SELECT * FROM unnest($1::text[]) AS r", "limited"),
        ("WITH w AS (SELECT r FROM unnest($1::uuid[]) AS r) SELECT t.* FROM w JOIN t ON t.id = w.r", "id"),
        ("WITH w AS (INSERT INTO u (a) VALUES ($1) RETURNING *) SELECT * FROM w", "limited"),
        (
            "WITH w AS (INSERT INTO u SELECT * FROM unnest($1) RETURNING *) SELECT * FROM w LEFT JOIN t ON t.id = w.t",
            "id",
        ),
        ("WITH w AS (INSERT INTO u SELECT * FROM s RETURNING *) SELECT * FROM w", ""),
        ("WITH w AS (SELECT * FROM u WHERE k = $1) SELECT * FROM w JOIN t ON t.id = w.t", "k"),
        ("SELECT * FROM t WHERE id IN (SELECT t FROM u WHERE k = $1)", "k"),
        ("SELECT * FROM t WHERE a = ANY(SELECT r FROM unnest($1) AS r)", "a"),
        ("SELECT * FROM t WHERE a = ANY(SELECT r FROM u)", ""),
        ("SELECT * FROM t LEFT JOIN unnest($1) AS r(id) ON t.id = r.id", ""),
        ("SELECT * FROM t WHERE id NOT IN (SELECT t FROM u WHERE k = $1)", ""),
        ("SELECT count(*) FROM t", "aggregate"),
        ("SELECT coalesce(sum(n), 0)::bigint FROM t", "aggregate"),
        ("SELECT a, count(*) FROM t GROUP BY a", ""),
        ("SELECT count(*) OVER () FROM t", ""),
        ("SELECT EXISTS(SELECT 1 FROM t)", "aggregate"),
        ("SELECT * FROM t WHERE id = $1 AND (tenant = $2) AND n > 3", "id tenant"),
        ("SELECT * FROM t WHERE id = $1 OR tenant = $2", ""),
        ("SELECT * FROM t, u WHERE t.id = u.id AND t.Owner = 'me'", "owner"),
        ("SELECT * FROM t WHERE (a, b) = ($1, $2)", "a b"),
        ("SELECT * FROM t WHERE id = ANY($1) AND s IN ('x', 'y')", "id s"),
        ("SELECT * FROM t WHERE id::text = $1", "id"),
        ("SELECT a FROM t WHERE a = 1 AND b = 2 UNION SELECT a FROM u WHERE a = 1", "a"),
        ("SELECT * FROM t WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED", "locks id"),
        ("SELECT * FROM t FOR SHARE", "locks"),
        ("UPDATE t SET n = 1 WHERE id IN (SELECT id FROM q FOR UPDATE SKIP LOCKED LIMIT 1)", "locks"),
        ("DELETE FROM t WHERE id = $1", "id"),
    ] {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn placeholders_and_holes_are_read_in_every_dialect() {
    for (dialect, text, expected) in [
        ("postgres", "SELECT * FROM orders WHERE id = $1 AND data ? 'key'", "orders"),
        ("mysql", "SELECT * FROM `orders` WHERE id = ? FOR UPDATE", "orders"),
        ("sqlite", "INSERT OR IGNORE INTO orders VALUES (?1, :name)", "orders!"),
        ("", "SELECT * FROM orders WHERE id = :id AND d = '2024'::date", "orders"),
        ("clickhouse", "SELECT ?fields FROM events WHERE id = ? AND day = {day:Date}", "events"),
        ("clickhouse", "INSERT INTO events FORMAT JSONEachRow", "events!"),
        ("postgres", "SELECT \u{FFFC} FROM orders WHERE a = '\u{FFFC}' LIMIT \u{FFFC}", "orders"),
        ("postgres", "SELECT * FROM \u{FFFC} WHERE a = 1", "\u{FFFC}"),
        ("postgres", "SELECT * FROM orders_\u{FFFC} WHERE a IN (\u{FFFC})", "orders_\u{FFFC}"),
        ("postgres", "SELECT * FROM {schema}.orders WHERE a = 1 {filter} ORDER BY {} {}", "\u{FFFC}.orders"),
        ("postgres", "INSERT INTO orders (a) VALUES {}", "orders!"),
        ("mysql", "SELECT * FROM {} WHERE {} {} LIMIT ?, ?", "\u{FFFC}"),
        ("", "DELETE FROM \"{}\" WHERE x = '{}'", "\u{FFFC}!"),
    ] {
        assert_eq!(shown(&parsed(text, dialect)), expected, "{text}");
    }
}

#[test]
fn ddl_says_what_happens_to_columns_and_keys() {
    assert_eq!(
        changes(
            "CREATE TABLE Orders (id bigserial PRIMARY KEY, owner uuid NOT NULL REFERENCES users(id), n int DEFAULT 1, \
             email text UNIQUE, FOREIGN KEY (a, b) REFERENCES shop.items (x, y), CHECK (n > 0), UNIQUE (n, email))"
        ),
        [
            "add orders id bigserial default not-null",
            "add_key orders [id]",
            "add orders owner uuid not-null",
            "add_foreign_key orders [owner users(id)]",
            "add orders n int default",
            "add orders email text",
            "add_unique orders [email]",
            "add_foreign_key orders [a b shop.items(x,y)]",
            "add_check orders",
            "add_unique orders [n email]",
        ]
    );
    assert_eq!(changes("CREATE TABLE t (a int, b int, PRIMARY KEY (a))")[0], "add t a int not-null");
    assert_eq!(
        changes(
            "ALTER TABLE t ADD COLUMN a int NOT NULL, DROP COLUMN b, ALTER COLUMN c TYPE bigint USING c::bigint, \
             ALTER COLUMN d SET NOT NULL, ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES u (id) NOT VALID"
        ),
        [
            "add t a int not-null",
            "drop t b",
            "retype t c bigint",
            "set_not_null t d not-null",
            "add_foreign_key t [a u(id)]"
        ]
    );
    assert_eq!(changes("ALTER TABLE t RENAME COLUMN a TO b"), ["rename t a [b]"]);
    assert_eq!(changes("ALTER TABLE t RENAME TO u"), ["rename_table t [u]"]);
    assert_eq!(changes("DROP TABLE a, b"), ["drop_table a", "drop_table b"]);
    assert_eq!(changes("CREATE INDEX CONCURRENTLY i ON t USING btree (a, lower(b))"), ["add_index t [a lower(b)]"]);
    assert_eq!(changes("CREATE UNIQUE INDEX i ON t (a)"), ["add_unique t [a]"]);
    assert_eq!(changes("CREATE UNIQUE INDEX i ON t (a) WHERE live"), ["add_index t [a]"]);
    assert_eq!(changes("CREATE INDEX i ON t (a COLLATE \"C\", b DESC)"), ["add_index t [a b]"]);
    // What the parser refuses is at least known to build an index.
    assert_eq!(changes("CREATE INDEX i ON t USING gist (a gist_trgm_ops(siglen=256))"), ["add_index t"]);
    let mysql = statement("ALTER TABLE t MODIFY COLUMN a bigint NOT NULL, CHANGE b c text", "mysql");
    let kinds: Vec<_> = mysql.columns.iter().map(|change| change.change.as_str()).collect();
    assert_eq!(kinds, ["retype", "set_not_null", "rename", "retype"]);
}

#[test]
fn what_does_not_block_is_online() {
    assert!(statement("CREATE INDEX CONCURRENTLY i ON t (a)", "postgres").online);
    assert!(parsed("DROP INDEX CONCURRENTLY IF EXISTS i", "postgres").online);
    assert!(statement("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID", "postgres").online);
    assert!(!statement("CREATE INDEX i ON t (concurrently_made)", "postgres").online);
    assert!(statement("INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = 2", "mysql").on_conflict);
    assert!(statement("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "postgres").on_conflict);
    assert!(!statement("INSERT INTO t VALUES ('on conflict')", "postgres").on_conflict);
}

fn migrations(files: &[(&str, &str)]) -> Vec<Migration> {
    extract(&Sources::from_texts(files.iter().copied())).0
}

#[test]
fn statements_of_a_migration_stand_at_their_lines() {
    let text = "-- makes; orders\nCREATE TABLE a (x text DEFAULT ';');\n\n/* ; */ INSERT INTO a\nVALUES ('it''s;');\r\n  DROP TABLE b";
    let found = migrations(&[("svc/migrations/0001_a.sql", text)]);
    let places: Vec<_> = found[0]
        .statements
        .iter()
        .filter_map(|statement| statement.at.as_ref().map(|at| (at.line, at.column, at.end_line, at.end_column)))
        .collect();
    assert_eq!(places, [(2, 1, 2, 36), (4, 9, 5, 18), (6, 3, 6, 15)]);
    assert_eq!(found[0].statements[1].text, "INSERT INTO a VALUES ('it''s;')");
    assert_eq!(found[0].set, "svc/migrations");
}

#[test]
fn bodies_of_functions_and_triggers_are_not_cut() {
    let count = |text: &str| migrations(&[("migrations/1.sql", text)])[0].statements.len();
    assert_eq!(
        count("CREATE FUNCTION f() RETURNS int AS $x$ BEGIN; RETURN 1; END; $x$ LANGUAGE plpgsql; SELECT 1;"),
        2
    );
    assert_eq!(
        count(
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END; SELECT 1;"
        ),
        2
    );
    assert_eq!(
        count("DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END//\nDELIMITER ;\nSELECT 3; SELECT 4;"),
        3
    );
    assert_eq!(count("COPY a FROM stdin;\n1;2\n3;4\n\\.\nSELECT 1;"), 2);
    assert_eq!(count("\\connect db\nSELECT 1;"), 1);
    assert_eq!(count("BEGIN; SELECT 1; COMMIT;"), 3);
}

#[test]
fn a_file_may_carry_its_own_undoing() {
    let text = "-- +goose Up\nCREATE TABLE a (x int);\n-- +goose Down\nDROP TABLE a;\n";
    let found = migrations(&[("db/migrations/1_a.sql", text)]);
    let shown: Vec<_> = found.iter().map(|part| (part.down, part.at.line, part.statements[0].verb.as_str())).collect();
    assert_eq!(shown, [(false, 1, "create_table"), (true, 3, "drop_table")]);
}

#[test]
fn paths_tell_migrations_from_queries() {
    let ddl = "CREATE TABLE a (x int)";
    for (path, text, expected) in [
        ("svc/migrations/2024_a.sql", "UPDATE a SET x = 1", Some(("svc/migrations", false))),
        ("migrations/2024-01-01-000000_a/up.sql", ddl, Some(("migrations", false))),
        ("migrations/2024-01-01-000000_a/down.sql", "DROP TABLE a", Some(("migrations", true))),
        ("a/sql/V12__a.sql", "UPDATE a SET x = 1", Some(("a/sql", false))),
        ("a/0001_a.down.sql", "UPDATE a SET x = 1", Some(("a", true))),
        ("sqlite_migrations/1.sql", "UPDATE a SET x = 1", Some(("sqlite_migrations", false))),
        ("db/schema.sql", ddl, Some(("db", false))),
        ("queries/find.sql", "SELECT * FROM a", None),
        ("queries/vendors__all.sql", "SELECT * FROM a", None),
        ("crates/x/tests/queries/a.sql", ddl, None),
        ("benchmarks/q1.sql", ddl, None),
    ] {
        let found = migrations(&[(path, text)]);
        let shown = found.first().map(|migration| (migration.set.as_str(), migration.down));
        assert_eq!(shown, expected, "{path}");
    }
}

const SAMPLE: &str = "-- +goose Up\nWITH RECURSIVE x AS (SELECT a, count(*) FILTER (WHERE b) FROM \"T\" t WHERE t.id = $1 AND \
    n IN (1, 2) OR e'\\'' = 'é' LIMIT 5) INSERT INTO s.u SELECT * FROM x ON CONFLICT (id) DO UPDATE SET a = CASE WHEN {} \
    THEN 1 END; DO $q$ BEGIN UPDATE v SET a[1:2] = ARRAY[:p]; END $q$; CREATE TRIGGER g BEGIN SELECT 1; END; \
    /* c */ ALTER TABLE w ALTER COLUMN c TYPE numeric(3, 4)[];";

#[test]
fn a_truncated_file_is_no_accident() {
    for end in 0..=SAMPLE.len() {
        let text = String::from_utf8_lossy(&SAMPLE.as_bytes()[..end]).into_owned();
        for dialect in ["postgres", "mysql"] {
            let _ = statements(&text, dialect);
        }
        let _ = migrations(&[("migrations/1.sql", &text)]);
    }
}

#[test]
fn nesting_and_length_of_any_size_are_bounded() {
    let many = 20_000;
    let repeated = |open: &str, middle: &str, close: &str, count: usize| {
        format!("SELECT {}{middle}{} FROM t", open.repeat(count), close.repeat(count))
    };
    let mut texts = Vec::new();
    for count in [36, 550, many] {
        texts.extend([
            repeated("(", "1", ")", count),
            repeated("[", "1", "]", count),
            repeated("f(", "1", ")", count),
            repeated("", "1", " + 1", count),
            repeated("", "1", " OR a = 1", count),
            repeated("", "a", "::int", count),
            repeated("", "a", "[1]", count),
            repeated("", "a", ".b", count),
            repeated("", "a", " IS NULL", count),
            repeated("NOT ", "a", "", count),
            repeated("- ", "a", "", count),
            repeated("CASE WHEN ", "a", " THEN 1 END", count),
            repeated("(SELECT ", "1", ")", count),
            repeated("", "1", " UNION SELECT 1, 2", count),
            repeated("EXPLAIN ", "1", "", count),
            format!("SELECT * FROM t {}", "JOIN t ".repeat(count)),
            format!("SELECT * FROM t {}", "JOIN t ON a, ".repeat(count)),
            format!("SELECT * FROM {}t{}", "(t JOIN ".repeat(count), ")".repeat(count)),
            format!("{}SELECT 1", "EXPLAIN ".repeat(count)),
            format!("{}SELECT 1", "PREPARE a AS ".repeat(count)),
            format!("{}SELECT 1{}", "WITH a AS (".repeat(count), ")".repeat(count)),
            format!("CREATE TABLE t (a int{})", "[]".repeat(count)),
            format!("CREATE TABLE t (a {}int{})", "ARRAY<".repeat(count), ">".repeat(count)),
            format!("CREATE TABLE t (a {}int{})", "Nullable(".repeat(count), ")".repeat(count)),
            format!("INSERT INTO t VALUES {}(1)", "(1),".repeat(count)),
            "IF a THEN ".repeat(count),
            "BEGIN ".repeat(count),
            "/*".repeat(count),
            "{".repeat(count),
            "$a".repeat(count),
            "'".repeat(count),
            format!("SELECT * FROM {}", "\u{FFFC} ".repeat(count)),
        ]);
    }
    for text in &texts {
        for dialect in ["postgres", "mysql", ""] {
            let _ = statements(text, dialect);
        }
    }
}

#[test]
fn any_bytes_are_read_without_a_panic() {
    let pieces = [
        "SELECT",
        "FROM",
        "(",
        ")",
        "'",
        "\"",
        "$$",
        "$1",
        ";",
        "--",
        "\n",
        "/*",
        "*/",
        "{",
        "}",
        "é",
        "\u{FFFC}",
        "WITH",
        "AS",
        "INSERT INTO",
        "t",
        ",",
        "\\",
        "CREATE TRIGGER",
        "BEGIN",
        "END",
        "DELIMITER",
        ":",
        "?",
        "[",
        "]",
        "e'",
        "@",
        "DO",
        "1",
        ".",
        "COPY a FROM stdin",
        "UPDATE",
        "SET",
        "=",
        "TABLE",
        "ALTER",
        " ",
    ];
    let mut state = 7u64;
    for _ in 0..700 {
        let mut text = String::new();
        for _ in 0..20 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            if state & (1 << 40) != 0 {
                text.push(' ');
            }
        }
        let _ = statements(&text, "mysql");
        let _ = migrations(&[("migrations/1.sql", &text)]);
    }
}
