//! Tokens to regions: which parts of a file are tests, and where its top-level items begin and end. Works on text that
//! does not parse. It knows the outer shape of items, no more.

use std::borrow::Cow;
use std::ops::Range;

use super::lexer::{Kind, Lexer, Token, tokens};

/// Attributes that make a function a test, by the last segment of their path.
const TESTS: [&str; 5] = ["bench", "quickcheck", "rstest", "test", "test_case"];

/// Finds the last token of one item.
#[derive(Debug, Default)]
pub struct ItemEnd {
    depth: usize,
    shape: Shape,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Shape {
    /// Only visibility and modifiers were seen.
    #[default]
    Undecided,
    /// `const`: of a function, or the item itself.
    Const,
    /// The item ends with its first block, or with a semicolon.
    Block,
    /// The item ends with a semicolon.
    Semicolon,
}

impl ItemEnd {
    /// Whether the item ends with this token. To be given all tokens of the item in order.
    pub fn ends(&mut self, text: &str, token: &Token) -> bool {
        if self.depth == 0 {
            self.decide(text, token);
        }
        match token.kind {
            Kind::Open => self.depth += 1,
            Kind::Close => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0 && token.first == b'}' && self.shape != Shape::Semicolon;
            }
            Kind::Punct => return self.depth == 0 && token.first == b';',
            _ => {}
        }
        false
    }

    fn decide(&mut self, text: &str, token: &Token) {
        let word = token.ident(text);
        match self.shape {
            Shape::Undecided => {
                self.shape = match word {
                    "" | "pub" | "async" | "unsafe" | "extern" | "default" | "safe" => Shape::Undecided,
                    "const" => Shape::Const,
                    "static" | "use" | "type" | "let" => Shape::Semicolon,
                    _ => Shape::Block,
                };
            }
            Shape::Const => {
                self.shape =
                    if matches!(word, "fn" | "async" | "unsafe" | "extern") { Shape::Block } else { Shape::Semicolon };
            }
            Shape::Block | Shape::Semicolon => {}
        }
    }
}

/// What a walk over the tokens of a file meets: tests come as one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A token outside of attributes and tests.
    Token(Token),
    /// The tokens of an attribute, between its brackets.
    Attribute(Range<usize>),
    /// An item that exists in tests only, with its attributes and doc comments.
    Test(Range<usize>),
}

/// A walk over the tokens of a file that tells tests from the rest.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// Where the attributes and doc comments start that stand before the next token.
    attributes: Option<usize>,
    /// Whether one of them is `#[cfg(test)]`, or one of a test function.
    test: bool,
}

/// Walks over a file.
#[must_use]
pub fn walk(text: &str) -> Walk<'_> {
    Walk { text, lexer: tokens(text), attributes: None, test: false }
}

impl Walk<'_> {
    /// The range between the brackets of an attribute whose `#` was just read; `None` if it is none.
    fn attribute(&mut self) -> Option<(Range<usize>, bool)> {
        let mut ahead = self.lexer.clone();
        let mut open = ahead.next()?;
        let inner = open.is(b'!');
        if inner {
            open = ahead.next()?;
        }
        if !open.is(b'[') {
            return None;
        }
        let mut depth = 1usize;
        for token in ahead.by_ref() {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth -= 1,
                _ => continue,
            }
            if depth == 0 {
                self.lexer = ahead;
                return Some((open.end..token.start, inner));
            }
        }
        None
    }

    /// Reads on to the end of the item that starts with `token`; `None` if no item starts here.
    fn item(&mut self, token: &Token) -> Option<usize> {
        let mut ahead = self.lexer.clone();
        let mut word = token.ident(self.text);
        if word == "pub" {
            let mut next = ahead.next()?;
            if next.is(b'(') {
                while !ahead.next()?.is(b')') {}
                next = ahead.next()?;
            }
            word = next.ident(self.text);
        }
        let starts = matches!(
            word,
            "async"
                | "const"
                | "enum"
                | "extern"
                | "fn"
                | "impl"
                | "let"
                | "mod"
                | "static"
                | "struct"
                | "trait"
                | "type"
                | "unsafe"
                | "use"
        );
        if !starts {
            return None;
        }
        let mut end = ItemEnd::default();
        end.ends(self.text, token);
        loop {
            let before = self.lexer.clone();
            let Some(next) = self.lexer.next() else { return Some(self.text.len()) };
            if end.depth == 0 && next.kind == Kind::Close {
                // The bracket of what the item stands in: the item is cut off.
                self.lexer = before;
                return Some(next.start);
            }
            if end.ends(self.text, &next) {
                return Some(next.end);
            }
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        loop {
            let token = self.lexer.next()?;
            if token.kind == Kind::Doc {
                self.attributes.get_or_insert(token.start);
                continue;
            }
            if token.is(b'#')
                && let Some((range, inner)) = self.attribute()
            {
                if !inner {
                    self.attributes.get_or_insert(token.start);
                    self.test |= is_test(self.text.get(range.clone()).unwrap_or_default());
                }
                return Some(Step::Attribute(range));
            }
            let (start, test) = (self.attributes.take(), std::mem::take(&mut self.test));
            if test && let Some(end) = self.item(&token) {
                return Some(Step::Test(start.unwrap_or(token.start)..end));
            }
            return Some(Step::Token(token));
        }
    }
}

/// Whether an attribute, given without `#[` and `]`, marks something that exists in tests only: `cfg(test)`,
/// `cfg(all(test, …))`, `test`, `tokio::test(…)`, `bench`. What `cfg(any(test, feature = "x"))` marks exists elsewhere too.
#[must_use]
pub fn is_test(attribute: &str) -> bool {
    let mut lexer = tokens(attribute);
    let mut last = "";
    let mut segments = 0;
    for token in lexer.by_ref() {
        match token.kind {
            Kind::Ident => last = token.text(attribute),
            Kind::Punct if token.first == b':' => {}
            _ => break,
        }
        segments += 1;
    }
    if last != "cfg" || segments != 1 {
        return TESTS.contains(&last);
    }
    let tokens: Vec<Token> = lexer.collect();
    let bare = |index: usize| tokens.get(index + 1).is_none_or(|next| !next.is(b'=') && !next.is(b'('));
    let asks = tokens.iter().enumerate().any(|(index, token)| token.ident(attribute) == "test" && bare(index));
    asks && holds(attribute, &tokens, &mut 0, 0) == Some(false)
}

/// Predicates nested deeper than this are not known.
const MAX_NESTED: usize = 16;

/// Whether the predicate that begins here holds where nothing is compiled for tests; `None` where that is not known. `at` goes
/// behind it. A feature that is named after tests is on in tests only.
fn holds(text: &str, tokens: &[Token], at: &mut usize, depth: usize) -> Option<bool> {
    if depth > MAX_NESTED {
        *at = tokens.len();
        return None;
    }
    let name = tokens.get(*at)?.ident(text);
    *at += 1;
    match tokens.get(*at) {
        Some(next) if next.kind == Kind::Open => {
            *at += 1;
            let all = predicates(text, tokens, at, depth + 1);
            match name {
                "not" => all.first().copied().flatten().map(|holds| !holds),
                "all" if all.contains(&Some(false)) => Some(false),
                "all" => all.iter().all(Option::is_some).then_some(true),
                "any" if all.contains(&Some(true)) => Some(true),
                "any" => all.iter().all(Option::is_some).then_some(false),
                _ => None,
            }
        }
        Some(next) if next.is(b'=') => {
            let value = tokens.get(*at + 1).map_or("", |value| value.text(text));
            *at += 2;
            (name == "feature" && value.trim_matches('"').starts_with("test")).then_some(false)
        }
        _ => (name == "test").then_some(false),
    }
}

/// The predicates up to a closing bracket.
fn predicates(text: &str, tokens: &[Token], at: &mut usize, depth: usize) -> Vec<Option<bool>> {
    let mut all = Vec::new();
    while let Some(token) = tokens.get(*at) {
        match token.kind {
            Kind::Close => {
                *at += 1;
                break;
            }
            Kind::Ident => all.push(holds(text, tokens, at, depth)),
            _ => *at += 1,
        }
    }
    all
}

/// The items of a file that exist in tests only, in order.
#[must_use]
pub fn tests(text: &str) -> Vec<Range<usize>> {
    walk(text).filter_map(|step| if let Step::Test(range) = step { Some(range) } else { None }).collect()
}

/// The text with spaces in place of every character of the regions but line breaks, so that what is left keeps its
/// lines and columns. Regions are in order.
#[must_use]
pub fn blank<'a>(text: &'a str, regions: &[Range<usize>]) -> Cow<'a, str> {
    if regions.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for region in regions {
        let start = region.start.max(from);
        out.push_str(text.get(from..start).unwrap_or_default());
        let hidden = text.get(start..region.end).unwrap_or_default();
        out.extend(hidden.chars().map(|c| if c == '\n' || c == '\r' { c } else { ' ' }));
        from = region.end.max(from);
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

/// The items at the outermost level of a text, attributes included, as far as brackets and semicolons tell. Where
/// brackets do not match, an item keyword in the first column starts a new item: nobody indents the inside of a block
/// less than its beginning.
#[must_use]
pub fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut lexer = tokens(text).peekable();
    while let Some(first) = lexer.next() {
        if first.kind == Kind::Close || first.is(b';') {
            continue;
        }
        let mut end = ItemEnd::default();
        let mut last = first;
        let mut in_attributes = matches!(first.kind, Kind::Doc) || first.is(b'#');
        let inner = first.is(b'#') && lexer.peek().is_some_and(|next| next.is(b'!'));
        let mut done = end.ends(text, &first);
        while !done {
            let Some(next) = lexer.peek().copied() else { break };
            if end.depth == 0 && next.kind == Kind::Close {
                break;
            }
            if !in_attributes && starts_line(text, &next) && is_item_start(text, &next) {
                break;
            }
            lexer.next();
            done = end.ends(text, &next);
            last = next;
            if inner && end.depth == 0 && next.is(b']') {
                break;
            }
            if end.depth == 0 && !matches!(next.kind, Kind::Doc | Kind::Close) && !next.is(b'#') {
                in_attributes = false;
            }
        }
        if !inner {
            pieces.push(first.start..last.end);
        }
    }
    pieces
}

fn starts_line(text: &str, token: &Token) -> bool {
    token.start == 0 || text.as_bytes().get(token.start - 1) == Some(&b'\n')
}

fn is_item_start(text: &str, token: &Token) -> bool {
    matches!(
        token.ident(text),
        "async"
            | "const"
            | "enum"
            | "extern"
            | "fn"
            | "impl"
            | "mod"
            | "pub"
            | "static"
            | "struct"
            | "trait"
            | "type"
            | "unsafe"
            | "use"
    ) || token.is(b'#')
        || token.kind == Kind::Doc
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    fn kept(text: &str) -> String {
        blank(text, &tests(text)).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn tests_are_blanked() {
        let text = "fn a() {}\n/// Doc\n#[allow(x)]\n#[cfg(test)]\nmod tests { fn b() { \"}\" } }\nfn c() {}\n\
                    #[tokio::test(flavor = \"x\")]\npub(crate) async fn d() {}\n#[cfg(all(test, feature = \"x\"))]\n\
                    use x::{y, z};\n#[cfg(not(test))]\nfn e() {}\n#[cfg(feature = \"test\")] fn f() {}";
        assert_eq!(kept(text), "fn a() {} fn c() {} #[cfg(not(test))] fn e() {} #[cfg(feature = \"test\")] fn f() {}");
        assert_eq!(blank(text, &tests(text)).lines().count(), text.lines().count());
    }

    #[test]
    fn columns_of_characters_hold() {
        let text = "#[cfg(test)] fn ä() {} fn b() {}";
        assert_eq!(blank(text, &tests(text)).chars().count(), text.chars().count());
    }

    #[test]
    fn what_is_no_item_stays() {
        let text = "struct S { #[cfg(test)] pub a: M<A, B>, b: u8 } const X: [u8; 1] = [0];";
        assert_eq!(kept(text), text);
        assert_eq!(kept("impl A { #[cfg(test)] const X: S = S { a: 1 }; fn b() {} }"), "impl A { fn b() {} }");
        assert_eq!(kept("impl A { #[test] fn cut() } fn b() {}"), "impl A { } fn b() {}");
    }

    #[test]
    fn cfg_predicates() {
        assert!(!is_test("cfg(any(test, feature = \"x\"))"));
        assert!(is_test("cfg(any(test, feature = \"test-support\"))"));
        assert!(is_test("cfg(all(test, feature = \"x\"))"));
        assert!(is_test("cfg(all(unix, any(test)))"));
        assert!(!is_test("cfg(feature = \"test\")"));
        assert!(is_test("cfg(test)"));
        assert!(!is_test("cfg(not(any(test)))"));
        assert!(!is_test("cfg_attr(test, derive(X))"));
        assert!(!is_test("cfg(target = \"test\")"));
        assert!(!is_test("tested"));
    }

    #[test]
    fn splits_into_items() {
        let text = "#![allow(x)]\nuse a::{b};\n#[x]\npub fn f() -> [u8; 2] { 1; }\nconst A: S = S {};\nfn broken( {\npub fn g() {}\n}";
        let found: Vec<&str> = pieces(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(
            found,
            [
                "use a::{b};",
                "#[x]\npub fn f() -> [u8; 2] { 1; }",
                "const A: S = S {};",
                "fn broken( {",
                "pub fn g() {}"
            ]
        );
    }
}
