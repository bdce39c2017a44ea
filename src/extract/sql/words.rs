//! From the words of a statement to its verb, its flags and its tables, without a grammar: for what the parser refuses.
//! Knows which words a table follows, and which of them only look so.

use std::collections::BTreeSet;

use super::tokens::{HOLE, Kind, Token, tokens};
use crate::facts::sql::TableUse;

/// Verb of a statement by its first words.
pub fn verb(tokens: &[Token<'_>]) -> &'static str {
    let framed = tokens.iter().take_while(|token| token.is_any(&["explain", "analyze", "verbose"])).count();
    let tokens = if tokens.first().is_some_and(|first| first.is("explain")) { &tokens[framed..] } else { tokens };
    let mut words = tokens.iter().filter(|token| token.kind == Kind::Word);
    let Some(first) = words.next() else {
        return "other";
    };
    let lower = first.text.to_ascii_lowercase();
    match lower.as_str() {
        "select" | "values" | "table" => "select",
        "with" => main_verb(tokens),
        "insert" | "replace" => "insert",
        "update" => "update",
        "delete" => "delete",
        "merge" => "merge",
        "truncate" => "truncate",
        "listen" | "unlisten" => "listen",
        "notify" => "notify",
        "set" | "reset" | "pragma" => "set",
        "begin" | "commit" | "rollback" | "start" | "savepoint" | "release" | "end" | "abort" => "transaction",
        "rename" => "alter_table",
        "create" | "alter" | "drop" => {
            // Only words before the name count: a column may be called `table` or `index`.
            let object = words.take(6).find(|word| {
                word.is_any(&["table", "index", "view", "trigger", "function", "type", "policy", "procedure", "role"])
            });
            match (lower.as_str(), object.map(|word| word.text.to_ascii_lowercase()).as_deref()) {
                ("create", Some("table")) => "create_table",
                ("alter", Some("table")) => "alter_table",
                ("drop", Some("table")) => "drop_table",
                ("create", Some("index")) => "create_index",
                ("drop", Some("index")) => "drop_index",
                _ => "other",
            }
        }
        _ => "other",
    }
}

/// The verb behind the common table expressions: the first one outside brackets.
fn main_verb(tokens: &[Token<'_>]) -> &'static str {
    let mut depth = 0usize;
    for token in tokens {
        if token.is_sign('(') {
            depth += 1;
        } else if token.is_sign(')') {
            depth = depth.saturating_sub(1);
        } else if depth == 0 {
            for verb in ["select", "insert", "update", "delete", "merge"] {
                if token.is(verb) {
                    return verb;
                }
            }
        }
    }
    "other"
}

/// Whether these words stand one behind the other somewhere.
pub fn has(tokens: &[Token<'_>], sequence: &[&str]) -> bool {
    tokens.windows(sequence.len()).any(|window| window.iter().zip(sequence).all(|(token, word)| token.is(word)))
}

/// Whether rows are locked.
pub fn locks_rows(tokens: &[Token<'_>]) -> bool {
    [
        &["for", "update"][..],
        &["for", "share"],
        &["for", "no", "key", "update"],
        &["for", "key", "share"],
        &["in", "share", "mode"],
    ]
    .iter()
    .any(|sequence| has(tokens, sequence))
}

/// Whether a LIMIT or FETCH FIRST stands outside brackets.
pub fn limited(tokens: &[Token<'_>]) -> bool {
    let mut depth = 0usize;
    tokens.iter().enumerate().any(|(index, token)| {
        if token.is_sign('(') {
            depth += 1;
        } else if token.is_sign(')') {
            depth = depth.saturating_sub(1);
        }
        let next = tokens.get(index + 1);
        depth == 0
            && (token.is("limit") && !next.is_some_and(|next| next.is_any(&["all", "null"]))
                || token.is("fetch") && next.is_some_and(|next| next.is_any(&["first", "next"])))
    })
}

/// Tables by the words in front of them.
pub fn tables(tokens: &[Token<'_>]) -> Vec<TableUse> {
    let mut found = Vec::new();
    scan(tokens, &mut found);
    if tokens.first().is_some_and(|token| token.is("do")) {
        // The body of an anonymous block runs with the migration, unlike the body of a function.
        for token in tokens.iter().filter(|token| token.kind == Kind::Text) {
            let body = token.text.trim_matches(|c| c != '$').trim_start_matches('$');
            let inner: Vec<Token<'_>> =
                self::tokens(body, "postgres").into_iter().filter(|token| token.kind != Kind::Comment).collect();
            scan(&inner, &mut found);
        }
    }
    found
}

/// Adds a table, or notes that it is written too.
pub fn add(found: &mut Vec<TableUse>, table: String, writes: bool) {
    if table.is_empty() {
        return;
    }
    match found.iter_mut().find(|known| known.table == table) {
        Some(known) => known.writes |= writes,
        None => found.push(TableUse { table, writes }),
    }
}

fn scan(tokens: &[Token<'_>], found: &mut Vec<TableUse>) {
    let tokens = &tokens[..tokens.len().min(MAX_TOKENS)];
    let named = common_names(tokens);
    // One entry per open bracket: whether a query stands in it. `FROM` in `extract(year FROM x)` names no table.
    let mut queries = vec![true];
    for (index, token) in tokens.iter().enumerate() {
        if token.is_sign('(') {
            let first = tokens.get(index + 1);
            queries.push(first.is_some_and(|first| {
                first.is_any(&["select", "with", "insert", "update", "delete", "merge", "values"]) || first.is_sign('(')
            }));
            continue;
        }
        if token.is_sign(')') {
            if queries.len() > 1 {
                queries.pop();
            }
            continue;
        }
        if token.kind != Kind::Word {
            continue;
        }
        let before = |back: usize| index.checked_sub(back).and_then(|at| tokens.get(at));
        let previous_is = |words: &[&str]| before(1).is_some_and(|token| token.is_any(words));
        let in_query = queries.last().copied().unwrap_or(true);
        let (follows, writes, many) = if token.is("from") {
            (in_query && !previous_is(&["distinct"]), previous_is(&["delete"]), true)
        } else if token.is_any(&["join", "using"]) {
            (tokens.get(index + 1).is_some_and(|next| !next.is_sign('(') && !next.is_any(HASH_KINDS)), false, true)
        } else if token.is("into") {
            (
                (1..=4).any(|back| before(back).is_some_and(|token| token.is_any(&["insert", "replace", "merge"]))),
                true,
                false,
            )
        } else if token.is("update") {
            (!previous_is(&["for", "do", "key", "on", "then", "or", "before", "after", "of"]), true, false)
        } else if token.is("table") {
            (previous_is(DEFINES), !previous_is(&["lock"]), true)
        } else if token.is("on") {
            let indexes = tokens.first().is_some_and(|first| first.is("create"))
                && tokens[..index].iter().take(8).any(|token| token.is_any(&["index", "trigger", "policy"]));
            (indexes && queries.len() == 1, true, false)
        } else {
            (false, false, false)
        };
        if follows {
            names(tokens, index + 1, many, &mut |name, is_function| {
                let is_common = named.contains(&name);
                if !is_common && (!is_function || writes) {
                    add(found, name, writes);
                }
            });
        }
    }
}

/// What may stand behind USING that is no table: kinds of indexes.
const HASH_KINDS: &[&str] = &["btree", "hash", "gin", "gist", "brin", "spgist", "hnsw", "ivfflat"];

/// Words in front of TABLE in statements about a table.
const DEFINES: &[&str] = &[
    "create",
    "alter",
    "drop",
    "truncate",
    "lock",
    "temp",
    "temporary",
    "unlogged",
    "exists",
    "replace",
    "foreign",
    "rename",
    "external",
    "virtual",
    "optimize",
    "overwrite",
];

/// Words between a keyword and the table behind it.
const BETWEEN: &[&str] =
    &["only", "lateral", "if", "not", "exists", "table", "outer", "low_priority", "ignore", "concurrently", "into"];

/// Words that end a table and are no alias of it.
const ENDS: &[&str] = &[
    "where",
    "set",
    "join",
    "inner",
    "left",
    "right",
    "full",
    "cross",
    "natural",
    "on",
    "using",
    "group",
    "order",
    "limit",
    "union",
    "except",
    "intersect",
    "returning",
    "for",
    "having",
    "values",
    "select",
    "offset",
    "fetch",
    "window",
    "when",
    "default",
    "add",
    "drop",
    "alter",
    "rename",
    "final",
    "prewhere",
    "from",
    "into",
    "update",
    "table",
];

/// The most tokens that are looked at for one table, and in all: bounds for text that is no SQL.
const MAX_STEPS: usize = 300;
const MAX_TOKENS: usize = 50_000;

/// Reads a name, or a list of them with their aliases, and hands on each, and whether arguments follow it.
fn names(tokens: &[Token<'_>], from: usize, many: bool, found: &mut dyn FnMut(String, bool)) {
    let tokens = tokens.get(from..).unwrap_or_default();
    let tokens = &tokens[..tokens.len().min(MAX_STEPS)];
    let mut at = 0;
    loop {
        at += tokens[at..].iter().take(8).take_while(|token| token.is_any(BETWEEN)).count();
        let mut parts = Vec::new();
        while let Some(token) = tokens.get(at).filter(|_| parts.len() < 4) {
            match token.kind {
                Kind::Word if !token.is_any(ENDS) => parts.push(plain(token.text)),
                Kind::Quoted => parts.push(plain(token.text)),
                _ => break,
            }
            at += 1;
            if !tokens.get(at).is_some_and(|token| token.is_sign('.')) {
                break;
            }
            at += 1;
        }
        let opens = tokens.get(at).is_some_and(|token| token.is_sign('('));
        if !parts.is_empty() {
            found(parts.join("."), opens);
        } else if !opens {
            return;
        }
        if !many {
            return;
        }
        if opens {
            at += bracket(&tokens[at..]);
        }
        // An alias, and then perhaps the next of the list.
        at += tokens[at..]
            .iter()
            .take(4)
            .take_while(|token| matches!(token.kind, Kind::Word | Kind::Quoted) && !token.is_any(ENDS))
            .count();
        if !tokens.get(at).is_some_and(|token| token.is_sign(',')) {
            return;
        }
        at += 1;
    }
}

/// How many tokens a bracket holds, itself included.
fn bracket(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.is_sign('(') {
            depth += 1;
        } else if token.is_sign(')') {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return index + 1;
            }
        }
    }
    tokens.len()
}

/// A name without quotes, in lower case; whole `{…}` become one hole.
pub fn plain(text: &str) -> String {
    let inner = text.trim_matches(['"', '`', '[', ']']).to_lowercase();
    let mut name = String::with_capacity(inner.len());
    let mut rest = inner.as_str();
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else {
            break;
        };
        name.push_str(&rest[..open]);
        name.push(HOLE);
        rest = &rest[open + close + 1..];
    }
    name.push_str(rest);
    name
}

/// Names of common table expressions: `name AS (SELECT …`.
fn common_names(tokens: &[Token<'_>]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if !tokens.iter().any(|token| token.is("with")) {
        return found;
    }
    for (index, token) in tokens.iter().enumerate() {
        if !token.is("as") {
            continue;
        }
        let mut next = index + 1;
        while tokens.get(next).is_some_and(|token| token.is_any(&["not", "materialized"])) {
            next += 1;
        }
        let opens = tokens.get(next).is_some_and(|token| token.is_sign('('))
            && tokens.get(next + 1).is_some_and(|token| {
                token.is_any(&["select", "with", "insert", "update", "delete", "values"]) || token.is_sign('(')
            });
        if !opens {
            continue;
        }
        // Step over `(a, b)` to the name in front of it.
        let mut back = index;
        if index > 0 && tokens[index - 1].is_sign(')') {
            let near = index.saturating_sub(MAX_STEPS);
            back = tokens[near..index].iter().rposition(|token| token.is_sign('(')).map_or(index, |at| near + at);
        }
        if let Some(name) = back.checked_sub(1).and_then(|at| tokens.get(at)) {
            found.insert(plain(name.text));
        }
    }
    found
}
