//! Which fields a template asks for: every path is looked up in the schema.
//!
//! Of the template language a message may use printing, filters, `if` and `for`. What is left out would let a path
//! escape this look-up, or let a rule file run without an end.

use super::context::Wanted;
use super::token::{Code, Token, TokenKind, fault, tokenize};
use crate::config::suggest;
use crate::graph::schema::Type;
use crate::rules::condition::{Fault, Terms};

const WORDS: [&str; 12] = ["and", "or", "not", "in", "is", "if", "else", "true", "false", "True", "False", "none"];

/// The deepest nesting of `if` and `for`, and of brackets.
const MAX_NESTING: usize = 8;

pub(super) fn scan(text: &str, terms: Terms<'_>) -> Result<Wanted, Vec<Fault>> {
    let code = tokenize(text).map_err(|fault| vec![fault])?;
    let mut scanner = Scanner { terms, wanted: Wanted::default(), loops: Vec::new(), depth: 0, faults: Vec::new() };
    for code in &code {
        scanner.code(code);
    }
    if scanner.faults.is_empty() { Ok(scanner.wanted) } else { Err(scanner.faults) }
}

struct Scanner<'a> {
    terms: Terms<'a>,
    wanted: Wanted,
    loops: Vec<Loop>,
    depth: usize,
    faults: Vec<Fault>,
}

/// A variable of `for`: its name, the way of fields to its list, and the type of the elements.
struct Loop {
    name: String,
    way: Vec<&'static str>,
    of: Type,
}

impl Scanner<'_> {
    fn code(&mut self, code: &Code<'_>) {
        if code.prints {
            return self.expression(&code.tokens, true);
        }
        let [Token { kind: TokenKind::Path(tag), .. }, rest @ ..] = code.tokens.as_slice() else {
            return self.faults.push(fault(code.at, "an empty tag"));
        };
        match *tag {
            "if" => {
                self.enter(code.at);
                self.expression(rest, false);
            }
            "elif" => self.expression(rest, false),
            "else" => {}
            "endif" => self.depth = self.depth.saturating_sub(1),
            "for" => {
                self.enter(code.at);
                self.begin_loop(code.at, rest);
            }
            "endfor" => {
                self.depth = self.depth.saturating_sub(1);
                self.loops.pop();
            }
            other => {
                let message = format!("the tag `{other}` is not for messages");
                self.faults.push(Fault { at: code.at, message, help: "use `if` and `for`".to_owned() });
            }
        }
    }

    fn enter(&mut self, at: usize) {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            self.faults.push(fault(at, format!("the message nests more than {MAX_NESTING} tags")));
        }
    }

    fn begin_loop(&mut self, at: usize, tokens: &[Token<'_>]) {
        let [name, word, list, rest @ ..] = tokens else {
            return self.faults.push(fault(at, "a `for` without a list"));
        };
        let (TokenKind::Path(name), TokenKind::Path("in"), TokenKind::Path(path)) = (name.kind, word.kind, list.kind)
        else {
            return self.faults.push(fault(at, "a `for` takes one variable and one list of the entity"));
        };
        let found = self.resolve(list.at, path);
        let (way, of) = match found {
            Some((way, Type::List(element))) => (way, *element),
            Some((_, other)) => {
                self.faults.push(fault(list.at, format!("`{path}` is {other}, expected a list")));
                return;
            }
            None => return,
        };
        self.wanted.want(&way);
        self.loops.push(Loop { name: name.to_owned(), way, of });
        self.expression(rest, false);
    }

    fn expression(&mut self, tokens: &[Token<'_>], prints: bool) {
        let mut nesting = 0_usize;
        for (index, token) in tokens.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|index| tokens.get(index)).map(|token| token.kind);
            let after = tokens.get(index + 1).map(|token| token.kind);
            let path = match token.kind {
                TokenKind::Sign('(') => {
                    nesting += 1;
                    if nesting > MAX_NESTING {
                        return self.faults.push(fault(token.at, "the message nests too many brackets"));
                    }
                    continue;
                }
                TokenKind::Sign(')') => {
                    nesting = nesting.saturating_sub(1);
                    continue;
                }
                TokenKind::Sign(sign @ ('[' | '{' | ':')) => {
                    self.faults.push(fault(token.at, format!("`{sign}` is not for messages")));
                    continue;
                }
                TokenKind::Path(path) => path,
                _ => continue,
            };
            let filter = before == Some(TokenKind::Sign('|'));
            let tested = matches!(before, Some(TokenKind::Path("is")))
                || (before == Some(TokenKind::Path("not"))
                    && index > 1
                    && tokens.get(index - 2).map(|token| token.kind) == Some(TokenKind::Path("is")));
            let named = after == Some(TokenKind::Sign('='))
                && tokens.get(index + 2).map(|token| token.kind) != Some(TokenKind::Sign('='));
            if filter || tested || named || WORDS.contains(&path) {
                continue;
            }
            if after == Some(TokenKind::Sign('(')) {
                self.faults.push(fault(token.at, format!("the function `{path}` is not for messages")));
                continue;
            }
            self.path(token.at, path, prints, after == Some(TokenKind::Sign('|')));
        }
    }

    fn path(&mut self, at: usize, path: &str, prints: bool, filtered: bool) {
        if path == "loop" || path.starts_with("loop.") {
            if self.loops.is_empty() {
                self.faults.push(fault(at, "`loop` outside of a `for`"));
            }
            return;
        }
        let Some((way, of)) = self.resolve(at, path) else { return };
        let help = match of {
            Type::Entity(_) if prints => "name one of its fields, such as its name",
            Type::List(_) if prints && !filtered => "use `| length`, `| join(sep=\", \")` or a `for`",
            _ => "",
        };
        if !help.is_empty() {
            let message = format!("`{path}` is {of}, which cannot be printed");
            self.faults.push(Fault { at, message, help: help.to_owned() });
        }
        self.wanted.want(&way);
    }

    /// The way of fields from the judged entity, and the type at its end. Params have an empty way.
    fn resolve(&mut self, at: usize, path: &str) -> Option<(Vec<&'static str>, Type)> {
        let mut parts: Vec<&str> = path.split('.').collect();
        let root = parts.remove(0);
        if root == "params" {
            let [name] = parts.as_slice() else {
                self.faults.push(fault(at, "name a param: `params.…`"));
                return None;
            };
            if !self.terms.params.contains_key(*name) {
                let help = suggest::advice(name, self.terms.params.keys().map(String::as_str));
                self.faults.push(Fault { at, message: format!("the rule has no param `{name}`"), help });
                return None;
            }
            // Params are all in the context, whatever their type.
            return Some((Vec::new(), Type::Text));
        }
        let (mut way, mut of) = match self.loops.iter().rev().find(|of| of.name == root) {
            Some(of) => (of.way.clone(), of.of),
            None if root == self.terms.select.name() => (Vec::new(), Type::Entity(self.terms.select)),
            None => {
                let names = self.loops.iter().map(|of| of.name.as_str()).chain([self.terms.select.name(), "params"]);
                let help = suggest::advice(root, names);
                self.faults.push(Fault { at, message: format!("there is no `{root}` here"), help });
                return None;
            }
        };
        let mut rest = parts.as_slice();
        while let [first, ..] = rest {
            let Type::Entity(kind) = of else {
                self.faults.push(fault(at, format!("{of} has no fields, so it has no `{first}`")));
                return None;
            };
            let found = (1..=rest.len()).find_map(|used| {
                self.terms.schema.field(kind, &rest[..used].join(".")).map(|field| (field.name, field.of, used))
            });
            let Some((name, field_type, used)) = found else {
                let names = || self.terms.schema.fields(kind).iter().map(|field| field.name);
                let help = suggest::nearest(&rest.join("."), names())
                    .map_or_else(|| suggest::advice(first, names()), |name| format!("did you mean `{name}`?"));
                self.faults.push(Fault { at, message: format!("`{kind}` has no field `{first}`"), help });
                return None;
            };
            way.push(name);
            of = field_type;
            rest = &rest[used..];
        }
        Some((way, of))
    }
}
