//! From the tokens of one statement to a syntax tree of sqlparser, or nothing. Bounds what the recursive parser sees,
//! gives holes and placeholders a form that every dialect reads, and tries the dialects that may fit.

use sqlparser::ast::Statement;
use sqlparser::dialect::{ClickHouseDialect, Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::tokens::{HOLE, Kind, Token};

/// The name that stands for a hole while the parser looks at it: every dialect takes it for an identifier.
pub const HOLE_NAME: &str = "loadpath_hole";

/// The longest statement that is parsed, in bytes; longer ones are read by their words. A person's query is far below,
/// what is above is data.
const MAX_BYTES: usize = 64 * 1024;

/// The deepest nesting that is parsed, in brackets and in joins inside joins without brackets (`a JOIN b JOIN c ON …
/// ON …`). The parser has a limit of its own, but no join counts towards it.
const MAX_DEPTH: usize = 40;

/// The nesting up to which any stack has room for the parser. Above, it gets a stack of its own: in an unoptimised build
/// each level takes up to 100 KiB.
const SHALLOW: usize = 5;

/// Room for [`MAX_DEPTH`] levels several times over; only what is used of it is ever backed by memory.
const STACK: usize = 64 * 1024 * 1024;

/// The most tokens in one bracket without a comma: operators that follow each other make a tree as deep as they are
/// many, and dropping it takes that much stack.
const MAX_RUN: usize = 600;

/// Parses one statement; `None` when it is out of bounds or no dialect accepts it.
pub fn parse(tokens: &[Token<'_>], dialect: &str) -> Option<Statement> {
    let depth = depth(tokens)?;
    if depth <= SHALLOW {
        return parse_here(tokens, dialect);
    }
    std::thread::scope(|scope| {
        let parser = std::thread::Builder::new().stack_size(STACK);
        parser.spawn_scoped(scope, || parse_here(tokens, dialect)).ok()?.join().ok()?
    })
}

fn parse_here(tokens: &[Token<'_>], dialect: &str) -> Option<Statement> {
    let dialects: &[&dyn Dialect] = match dialect {
        "postgres" => &[&PostgreSqlDialect {}, &GenericDialect {}],
        "mysql" => &[&MySqlDialect {}, &GenericDialect {}],
        "sqlite" => &[&SQLiteDialect {}, &GenericDialect {}],
        "clickhouse" => &[&ClickHouseDialect {}, &GenericDialect {}],
        _ => &[&GenericDialect {}, &PostgreSqlDialect {}, &MySqlDialect {}, &SQLiteDialect {}, &ClickHouseDialect {}],
    };
    let text = render(tokens, Holes::Kept);
    let first = dialects.iter().find_map(|dialect| one(*dialect, &text));
    if first.is_some() || !tokens.iter().any(Token::is_hole) {
        return first;
    }
    // A hole may stand for a whole clause (`… {filter} ORDER BY id`), where no single name fits.
    let text = render(tokens, Holes::OnlyOperands);
    dialects.iter().find_map(|dialect| one(*dialect, &text))
}

fn one(dialect: &dyn Dialect, text: &str) -> Option<Statement> {
    let mut statements = Parser::new(dialect).try_with_sql(text).ok()?.parse_statements().ok()?;
    if statements.len() == 1 { statements.pop() } else { None }
}

/// How deep a statement nests; `None` when it is out of bounds.
fn depth(tokens: &[Token<'_>]) -> Option<usize> {
    let size = tokens.last()?.end() - tokens.first()?.start;
    if size > MAX_BYTES {
        return None;
    }
    /// What was seen in one bracket so far.
    #[derive(Default)]
    struct Level {
        run: usize,
        joining: bool,
    }
    let procedural = tokens.windows(2).any(|pair| {
        pair[0].is_any(&["begin", "while", "loop"])
            || pair[0].is("if") && !pair[1].is_any(&["not", "exists"]) && !pair[1].is_sign('(')
    });
    let mut levels = vec![Level::default()];
    let (mut deepest, mut joins, mut chained) = (1, 0usize, 0usize);
    for token in tokens {
        if token.kind == Kind::Sign {
            match token.text {
                "(" | "[" | "{" => levels.push(Level::default()),
                ")" | "]" | "}" if levels.len() > 1 => {
                    levels.pop();
                }
                _ => {}
            }
        }
        deepest = deepest.max(levels.len());
        let Some(level) = levels.last_mut() else { continue };
        if token.is("join") {
            joins += usize::from(level.joining);
            level.joining = true;
        } else if token.is_any(&["on", "using"]) {
            level.joining = false;
        }
        // A statement inside a statement, without any bracket.
        joins += usize::from(token.is_any(&["explain", "describe", "desc", "prepare", "begin", "while"]))
            + usize::from(procedural && token.is("then"));
        chained += usize::from(token.is_any(&["union", "except", "intersect", "minus", "join"]));
        // Rows and columns of a list stand side by side.
        level.run = if token.is_sign(',') { 0 } else { level.run + 1 };
        if deepest + joins > MAX_DEPTH || level.run > MAX_RUN || chained > MAX_RUN {
            return None;
        }
    }
    Some(deepest + joins)
}

/// Which holes the parser gets to see.
#[derive(Clone, Copy, PartialEq)]
enum Holes {
    Kept,
    OnlyOperands,
}

/// Words behind which an operand has to stand, so that a hole there is one.
const BEFORE_OPERAND: &[&str] = &[
    "from",
    "join",
    "into",
    "update",
    "table",
    "where",
    "and",
    "or",
    "not",
    "by",
    "limit",
    "offset",
    "in",
    "select",
    "set",
    "on",
    "values",
    "like",
    "ilike",
    "any",
    "all",
    "between",
    "as",
    "exists",
    "only",
    "when",
    "then",
    "else",
    "having",
    "index",
    "distinct",
    "returning",
    "interval",
    "is",
];

fn render(tokens: &[Token<'_>], holes: Holes) -> String {
    let mut text = String::new();
    let mut previous: Option<&Token<'_>> = None;
    let mut offset = tokens.first().map_or(0, |token| token.start);
    for token in tokens {
        let operand = previous
            .is_some_and(|before| before.is_any(BEFORE_OPERAND) || before.kind == Kind::Sign && !before.is_sign(')'));
        if token.is_hole() && holes == Holes::OnlyOperands && !operand {
            continue;
        }
        if token.start > offset {
            text.push(' ');
        }
        offset = token.end();
        match token.kind {
            Kind::Word if token.is_hole() && previous.is_some_and(|before| before.is("values")) => {
                text.push('(');
                text.push_str(HOLE_NAME);
                text.push(')');
            }
            Kind::Word | Kind::Quoted => push_holes(&mut text, token.text),
            Kind::Placeholder if token.text.starts_with(':') => text.push_str("$1"),
            // `?fields` of the ClickHouse crate: a list of columns.
            Kind::Placeholder if token.text.starts_with('?') && token.text[1..].starts_with(char::is_alphabetic) => {
                text.push_str(HOLE_NAME);
            }
            _ => text.push_str(token.text),
        }
        previous = Some(token);
    }
    text
}

/// Writes a name with [`HOLE_NAME`] for each hole in it.
fn push_holes(text: &mut String, name: &str) {
    let mut rest = name;
    while let Some(at) = rest.find([HOLE, '{']) {
        text.push_str(&rest[..at]);
        let length = match rest[at..].find('}') {
            _ if rest[at..].starts_with(HOLE) => HOLE.len_utf8(),
            Some(close) => close + 1,
            None => break,
        };
        text.push_str(HOLE_NAME);
        rest = &rest[at + length..];
    }
    text.push_str(rest);
}

/// A name as the facts carry it: lower case, [`HOLE`] where a hole is.
pub fn name(written: &str) -> String {
    written.to_lowercase().replace(HOLE_NAME, &HOLE.to_string())
}
