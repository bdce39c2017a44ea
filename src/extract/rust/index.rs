//! A Rust file to what it mentions, without a parser: which functions it has, which identifiers each of them holds, which
//! files it declares as modules. It tells what is worth lowering, several times faster than lowering. It may name too
//! much and must not name too little; it knows no meaning of any name.

use std::ops::Range;

use super::lexer::{Kind, Token, tokens};
use super::modules::{Declaration, Inline, Target};
use super::outline::{Step, walk};

/// What a file mentions; tests are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Its functions in order, those of impls and inline modules included; a function inside of a function is part of it.
    pub functions: Vec<FunctionIndex>,
    /// Keys of the identifiers outside of function bodies, sorted.
    pub identifiers: Box<[u64]>,
    /// Modules in other files and included files, in order.
    pub declarations: Vec<Declaration>,
}

/// What a function mentions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionIndex {
    /// Its name.
    pub name: String,
    /// Its body, in bytes, with its braces. A block in the signature, as in `-> A<{ N }>`, is taken for the body; what
    /// follows then counts as outside.
    pub body: Range<usize>,
    /// Keys of the identifiers in its body, sorted.
    pub identifiers: Box<[u64]>,
}

impl Index {
    /// Whether an identifier with this [`key`] is anywhere in the file.
    #[must_use]
    pub fn mentions(&self, key: u64) -> bool {
        self.identifiers.binary_search(&key).is_ok() || self.functions.iter().any(|function| function.mentions(key))
    }
}

impl FunctionIndex {
    /// Whether an identifier with this [`key`] is in the body.
    #[must_use]
    pub fn mentions(&self, key: u64) -> bool {
        self.identifiers.binary_search(&key).is_ok()
    }
}

/// The key of an identifier (`r#` left out): the same in every run. Two identifiers may share a key, which costs a
/// needless look at a file and nothing else.
#[must_use]
pub fn key(identifier: &str) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut key = identifier.len() as u64;
    let mut chunks = identifier.as_bytes().chunks_exact(8);
    for chunk in chunks.by_ref() {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        key = (key.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(FACTOR);
    }
    let mut last = 0;
    for byte in chunks.remainder() {
        last = last << 8 | u64::from(*byte);
    }
    key = (key.rotate_left(5) ^ last).wrapping_mul(FACTOR);
    key ^ key >> 32
}

/// Indexes a file.
#[must_use]
pub fn index(text: &str) -> Index {
    let mut reader = Reader::new(text);
    for step in walk(text) {
        match step {
            Step::Token(token) => reader.token(&token),
            Step::Attribute(range) => reader.attribute(range),
            Step::Test(_) => {
                reader.previous = None;
                reader.path = None;
            }
        }
    }
    reader.finish(text.len())
}

/// Keys met so far. Most repetitions are dropped at once, by a table that a later key may overwrite; sorting drops the
/// rest.
struct Keys {
    recent: Vec<(u64, u32)>,
    round: u32,
    keys: Vec<u64>,
}

const RECENT_BITS: u32 = 10;

impl Keys {
    fn new() -> Self {
        Self { recent: vec![(0, 0); 1 << RECENT_BITS], round: 1, keys: Vec::new() }
    }

    fn add(&mut self, key: u64) {
        if let Some(slot) = self.recent.get_mut((key >> (u64::BITS - RECENT_BITS)) as usize)
            && *slot != (key, self.round)
        {
            *slot = (key, self.round);
            self.keys.push(key);
        }
    }

    fn take(&mut self) -> Box<[u64]> {
        self.round += 1;
        self.keys.sort_unstable();
        self.keys.dedup();
        let out = self.keys.as_slice().into();
        self.keys.clear();
        out
    }
}

/// Where the reader is with regard to functions.
enum State {
    Outside,
    /// Behind `fn name`, with the depth of brackets at which its body starts.
    Signature(String, usize),
    /// In a body, with the depth at which it ends and where it started.
    Body(String, usize, usize),
}

struct Reader<'a> {
    text: &'a str,
    outside: Keys,
    inside: Keys,
    state: State,
    depth: usize,
    previous: Option<Token>,
    /// Inline modules that are open, each with the depth of brackets around it.
    inline: Vec<(Inline, usize)>,
    /// Depth of brackets around the macro that is being defined: what it would declare is not declared here.
    definition: Option<usize>,
    /// Behind `mod`: its name.
    module: Option<String>,
    /// Behind `include!(`: what is included.
    include: Option<String>,
    /// `#[path = "…"]` of the next item.
    path: Option<String>,
    lines: (usize, u32),
    out: Index,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            outside: Keys::new(),
            inside: Keys::new(),
            state: State::Outside,
            depth: 0,
            previous: None,
            inline: Vec::new(),
            definition: None,
            module: None,
            include: None,
            path: None,
            lines: (0, 1),
            out: Index::default(),
        }
    }

    fn token(&mut self, token: &Token) {
        // Only a string alone between the brackets names a file.
        let included = self.include.take();
        match token.kind {
            Kind::Ident => self.ident(token),
            Kind::Open => {
                self.open(token);
                self.depth += 1;
            }
            Kind::Close => {
                self.depth = self.depth.saturating_sub(1);
                self.close(token, included);
            }
            Kind::Punct if token.first == b';' => self.semicolon(token),
            Kind::Text if included.as_deref() == Some("") => {
                self.include = string(token.text(self.text)).map(str::to_owned);
            }
            _ => {}
        }
        self.previous = Some(*token);
    }

    fn ident(&mut self, token: &Token) {
        let word = token.text(self.text);
        match self.state {
            State::Body(..) => self.inside.add(key(word)),
            _ => self.outside.add(key(word)),
        }
        if matches!(self.state, State::Body(..)) {
            return;
        }
        match self.previous.filter(|previous| previous.kind == Kind::Ident).map(|previous| previous.text(self.text)) {
            Some("fn") => self.state = State::Signature(word.to_owned(), self.depth),
            Some("mod") => self.module = Some(word.to_owned()),
            _ if word == "macro_rules" && self.definition.is_none() => self.definition = Some(self.depth),
            _ => {}
        }
    }

    fn open(&mut self, token: &Token) {
        match &mut self.state {
            State::Signature(name, depth) if *depth == self.depth && token.first == b'{' => {
                let name = std::mem::take(name);
                self.state = State::Body(name, self.depth, token.start);
            }
            State::Outside => {
                if token.first == b'{' {
                    let path = self.path.take();
                    if let Some(name) = self.module.take() {
                        self.inline.push((Inline { name, path }, self.depth));
                    }
                } else if self.previous.is_some_and(|previous| previous.is(b'!') && self.is_include(&previous)) {
                    self.include = Some(String::new());
                }
            }
            _ => {}
        }
    }

    /// Whether `include` stands before this `!`.
    fn is_include(&self, bang: &Token) -> bool {
        self.text.get(..bang.start).is_some_and(|before| {
            let before = before.trim_end();
            before
                .strip_suffix("include")
                .is_some_and(|rest| !rest.ends_with(|c: char| c == '_' || c.is_alphanumeric()))
        })
    }

    fn close(&mut self, token: &Token, included: Option<String>) {
        if let State::Body(name, depth, start) = &mut self.state {
            if *depth >= self.depth {
                let name = std::mem::take(name);
                let body = *start..token.end;
                self.out.functions.push(FunctionIndex { name, body, identifiers: self.inside.take() });
                self.state = State::Outside;
            }
            return;
        }
        if let Some(path) = included.filter(|path| !path.is_empty()) {
            self.declare(token.start, Target::Include(path));
        }
        if self.inline.last().is_some_and(|(_, depth)| *depth >= self.depth) {
            self.inline.pop();
        }
        if token.first == b'}' {
            self.path = None;
        }
        if self.definition.is_some_and(|depth| depth >= self.depth) {
            self.definition = None;
        }
    }

    fn semicolon(&mut self, token: &Token) {
        match &self.state {
            State::Signature(_, depth) if *depth == self.depth => self.state = State::Outside,
            State::Outside => {
                let path = self.path.take();
                if let Some(name) = self.module.take() {
                    self.declare(token.start, Target::Module { name, path });
                }
            }
            _ => {}
        }
    }

    fn attribute(&mut self, range: Range<usize>) {
        let text = self.text.get(range).unwrap_or_default();
        let in_body = matches!(self.state, State::Body(..));
        let keys = if in_body { &mut self.inside } else { &mut self.outside };
        for token in tokens(text).filter(|token| token.kind == Kind::Ident) {
            keys.add(key(token.text(text)));
        }
        if !in_body && let Some(value) = text.trim_start().strip_prefix("path") {
            let value = value.trim_start().strip_prefix('=').map(str::trim);
            self.path = value.and_then(string).map(str::to_owned);
        }
        self.previous = None;
    }

    fn declare(&mut self, at: usize, target: Target) {
        if self.definition.is_some() {
            return;
        }
        let between = self.text.get(self.lines.0..at).unwrap_or_default();
        let line = self.lines.1.saturating_add(between.bytes().filter(|byte| *byte == b'\n').count() as u32);
        self.lines = (at, line);
        let inside = self.inline.iter().map(|(inline, _)| inline.clone()).collect();
        self.out.declarations.push(Declaration { inside, target, line });
    }

    fn finish(mut self, end: usize) -> Index {
        if let State::Body(name, _, start) = &mut self.state {
            let name = std::mem::take(name);
            self.out.functions.push(FunctionIndex { name, body: *start..end, identifiers: self.inside.take() });
        }
        self.out.identifiers = self.outside.take();
        self.out
    }
}

/// The text of a string literal that has no escapes; paths of files have none.
fn string(literal: &str) -> Option<&str> {
    let inner = literal.trim_start_matches('r').trim_matches('#');
    inner.strip_prefix('"')?.strip_suffix('"').filter(|text| !text.contains('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "use a::Client;\n#[derive(Parser)] struct S<F: Fn(fn(u8) -> X)>(F);\nimpl S {\n  #[get(path)]\n  fn one(&self, c: [u8; 2]) -> Y { let z = Client::new(); fn nested() { w } r#type }\n  fn declared();\n}\n#[cfg(test)] mod t { fn gone() { hidden } }\nmod m { async fn two() { \"text\"; /* comment */ '{'; x } }\nstatic L: T = init(|| { late });";

    #[test]
    fn functions_hold_their_identifiers() {
        let index = index(TEXT);
        let names: Vec<&str> = index.functions.iter().map(|function| function.name.as_str()).collect();
        assert_eq!(names, ["one", "two"]);
        let one = &index.functions[0];
        assert_eq!(&TEXT[one.body.clone()], "{ let z = Client::new(); fn nested() { w } r#type }");
        for name in ["Client", "new", "nested", "w", "type"] {
            assert!(one.mentions(key(name)), "{name}");
        }
        assert!(!one.mentions(key("Y")));
        assert_eq!(&TEXT[index.functions[1].body.clone()], "{ \"text\"; /* comment */ '{'; x }");
        assert_eq!(index.functions[1].identifiers.len(), 1);
        for name in ["a", "Client", "Parser", "S", "X", "Y", "declared", "path", "late", "init"] {
            assert!(index.identifiers.binary_search(&key(name)).is_ok(), "{name}");
        }
        for name in ["hidden", "gone", "text", "comment"] {
            assert!(!index.mentions(key(name)), "{name}");
        }
    }

    #[test]
    fn keys_differ() {
        let names = ["a", "b", "ab", "ba", "aaaaaaaa", "aaaaaaaaa", "connect", "connected", ""];
        let mut keys: Vec<u64> = names.iter().map(|name| key(name)).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), names.len());
    }

    #[test]
    fn modules_are_those_of_the_lowered_file() {
        let text = "mod a;\n#[cfg(test)]\nmod b;\n#[path = \"x/y.rs\"]\npub(crate) mod c;\n#[path = \"p\"] mod d {\n  mod e;\n  \
                    mod f { #[doc = \"x\"] pub mod g; }\n}\ninclude!(\"z.rs\");\ninclude!(concat!(env!(\"O\"), \"/w.rs\"));\n\
                    mod r#type;\ncfg_if! { if #[cfg(unix)] { mod h; } else { mod i; } }\nfn f() { include!(\"no.rs\") }\n\
                    macro_rules! m { () => { mod no; fn g() {} mod no; } }\n#[path = \"t.rs\"]\n#[cfg(test)]\nmod t;\nmod last;\n";
        let index = index(text);
        assert_eq!(index.declarations, super::super::modules::declarations(&super::super::lower::lower(text).items));
        let lines: Vec<u32> = index.declarations.iter().map(|declaration| declaration.line).collect();
        assert_eq!(lines, [1, 5, 7, 8, 10, 12, 13, 13, 19]);
    }

    #[test]
    fn every_truncation_is_survived() {
        for (end, _) in TEXT.char_indices() {
            for function in index(&TEXT[..end]).functions {
                assert!(function.body.end <= end);
            }
        }
        assert_eq!(index("}}} fn } ) fn a( { x").functions, []);
        assert_eq!(index("fn a() { x").functions[0].identifiers[..], [key("x")]);
    }
}
