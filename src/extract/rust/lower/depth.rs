//! Tokens to a verdict: would a parser of nested text run out of stack, or out of time, on this? It counts what deepens
//! recursion and never too little; it knows no grammar beyond that.

use crate::extract::rust::lexer::{Kind, Token, tokens};

/// Brackets in brackets.
const MAX_BRACKETS: usize = 256;
/// Operators, keywords and calls that may hang on each other, over all open brackets.
const MAX_CHAIN: usize = 1024;
/// Segments of a path: `use` trees nest by segment.
const MAX_PATH: usize = 256;
/// Bytes of a number: numbers are converted digit by digit, each time over all digits so far.
const MAX_NUMBER: usize = 512;

/// What is too much in a text, and where it was met, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Excess {
    pub(super) at: usize,
    pub(super) what: &'static str,
}

/// What has been met inside one pair of brackets since the last thing that ends an expression.
#[derive(Clone, Copy, Default)]
struct Level {
    chain: usize,
    /// Open `<`, as far as they can be told from comparisons: a comma does not end what they nest.
    angles: usize,
    /// Between the bars of a closure: a comma separates its parameters.
    in_closure: bool,
    /// A closing brace was met: the next token tells whether it ended a statement.
    after_brace: bool,
}

/// The first place of a text that is nested too deeply.
pub(super) fn excess(text: &str) -> Option<Excess> {
    let mut levels = vec![Level::default()];
    // Sum of the chains of all levels but the last.
    let mut below = 0usize;
    let mut path = 0usize;
    let mut previous: Option<Token> = None;
    for token in tokens(text) {
        if token.kind == Kind::Doc {
            continue;
        }
        if token.kind == Kind::Number && token.end - token.start > MAX_NUMBER {
            return Some(Excess { at: token.start, what: "a number is too long" });
        }
        path = match token.kind {
            Kind::Ident => path,
            Kind::Punct if token.first == b':' => path + 1,
            _ => 0,
        };
        // Two colons per segment.
        if path > 2 * MAX_PATH {
            return Some(Excess { at: token.start, what: "a path is too long" });
        }
        match token.kind {
            Kind::Open => {
                let level = levels.last_mut()?;
                level.continue_after_brace(text, &token);
                if previous.is_some_and(|previous| ends_operand(&previous)) {
                    level.chain += 1;
                }
                below += level.chain;
                if levels.len() > MAX_BRACKETS {
                    return Some(Excess { at: token.start, what: "brackets are nested too deeply" });
                }
                levels.push(Level::default());
            }
            Kind::Close => {
                if levels.len() > 1 {
                    levels.pop();
                    let level = levels.last_mut()?;
                    below -= level.chain;
                    level.after_brace = token.first == b'}';
                }
            }
            _ => {
                let level = levels.last_mut()?;
                level.continue_after_brace(text, &token);
                level.add(text, &token, previous.as_ref());
                if below + level.chain + levels.len() > MAX_CHAIN {
                    return Some(Excess { at: token.start, what: "operators are nested too deeply" });
                }
            }
        }
        previous = Some(token);
    }
    None
}

impl Level {
    /// After `}`: these tokens go on with the same expression, others start a new one.
    fn continue_after_brace(&mut self, text: &str, token: &Token) {
        if !std::mem::take(&mut self.after_brace) {
            return;
        }
        let goes_on = match token.kind {
            Kind::Ident => matches!(token.text(text), "else" | "as" | "in"),
            Kind::Punct => token.first != b'#',
            Kind::Open => true,
            _ => false,
        };
        if !goes_on {
            *self = Self::default();
        }
    }

    fn add(&mut self, text: &str, token: &Token, previous: Option<&Token>) {
        let adjacent = previous.filter(|previous| previous.end == token.start);
        match token.kind {
            Kind::Punct => match token.first {
                b';' => *self = Self::default(),
                b',' if !self.in_closure => self.chain = self.angles,
                b',' | b':' | b'#' | b'$' => {}
                b'>' if adjacent.is_some_and(|previous| previous.is(b'=')) => *self = Self::default(),
                b'>' if adjacent.is_some_and(|previous| previous.is(b'-')) => self.chain += 1,
                b'>' => {
                    self.chain += 1;
                    self.angles = self.angles.saturating_sub(1);
                }
                b'<' => {
                    self.chain += 1;
                    self.angles += 1;
                }
                b'|' => {
                    self.chain += 1;
                    self.in_closure =
                        !self.in_closure && !previous.is_some_and(|previous| starts_no_closure(text, previous));
                }
                _ => self.chain += 1,
            },
            Kind::Ident if is_keyword(token.text(text)) => self.chain += 1,
            _ => {}
        }
    }
}

/// Whether a bracket behind this token calls or indexes what stands before it. Behind a name it may as well, but then
/// the dot or the operator before the name has been counted.
fn ends_operand(token: &Token) -> bool {
    matches!(token.kind, Kind::Close | Kind::Text | Kind::Number | Kind::Char) || token.is(b'?') || token.is(b'>')
}

/// Whether a bar behind this token is an operator and not the start of a closure.
fn starts_no_closure(text: &str, token: &Token) -> bool {
    match token.kind {
        Kind::Ident => !is_keyword(token.text(text)),
        Kind::Close | Kind::Text | Kind::Number | Kind::Char => true,
        _ => false,
    }
}

fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "as" | "async"
            | "await"
            | "become"
            | "box"
            | "break"
            | "const"
            | "do"
            | "dyn"
            | "else"
            | "fn"
            | "for"
            | "if"
            | "impl"
            | "in"
            | "let"
            | "loop"
            | "match"
            | "move"
            | "mut"
            | "ref"
            | "return"
            | "static"
            | "try"
            | "unsafe"
            | "where"
            | "while"
            | "yield"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(text: &str) -> bool {
        excess(text).is_some()
    }

    #[test]
    fn chains_of_every_kind_are_refused() {
        for unit in [
            "!",
            "-",
            "&",
            "*",
            "return ",
            "|a, b| ",
            "x + ",
            "x.f().",
            "x = ",
            "(",
            "[",
            "{",
            "Vec<",
            "A<B, ",
            "if a {} else ",
            "match ",
            "x?.",
            "fn() -> ",
            "&mut ",
            "x::y::",
            "async move |S {}, x| ",
            "x as ",
            "for S {} in ",
            "if if ",
        ] {
            assert!(is_refused(&format!("fn f() {{ {} x }}", unit.repeat(1100))), "{unit}");
        }
        assert!(is_refused(&format!("const X: u8 = x{};", "(1)".repeat(1100))));
        assert!(is_refused(&format!("const X: u8 = 0x{};", "f".repeat(1100))));
    }

    #[test]
    fn long_lists_are_fine() {
        for unit in [
            "x + 1, ",
            "a(|b, c| d), ",
            "f(x); ",
            "if a { b } ",
            "A => { x } ",
            "(a, b) => {} ",
            "fn f<A, B>() {} ",
            "a: HashMap<A, B>, ",
            "X::Y, ",
            "&x, ",
            "use a::b::{c, d}; ",
            "#[a(b)] x, ",
            "if a {} else {} ",
        ] {
            assert_eq!(excess(&format!("{{ {} }}", unit.repeat(5000))), None, "{unit}");
        }
        assert_eq!(excess(&format!("fn f() {{ x{}; }}", ".route(\"/\", get(x))".repeat(900))), None);
    }
}
