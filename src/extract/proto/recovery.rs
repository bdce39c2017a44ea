//! Going on after an error: where the next declaration begins, and where a block ends whose `}` is missing. Knows what
//! a declaration is bounded by, but no declaration.

use super::cursor::{Cursor, Fault};
use super::lexer::Kind;

impl Cursor<'_> {
    /// Goes to the next declaration after a fault in the one that began at `from`: behind its `;` or its block, in
    /// front of the `}` of the enclosing block, or to the next line that begins with a word.
    pub(super) fn recover(&mut self, from: usize) {
        let (mut braces, mut brackets) = (0usize, 0usize);
        while let Some(token) = self.token(0) {
            match token.kind {
                Kind::Symbol(b';') if braces == 0 => {
                    self.bump();
                    return;
                }
                Kind::Symbol(b'}') if braces == 0 => break,
                Kind::Symbol(b'}') => {
                    braces -= 1;
                    if braces == 0 {
                        self.bump();
                        return;
                    }
                }
                Kind::Symbol(b'{') => {
                    braces += 1;
                    brackets = 0;
                }
                Kind::Symbol(b'[' | b'(') => brackets += 1,
                Kind::Symbol(b']' | b')') => brackets = brackets.saturating_sub(1),
                Kind::Word if braces + brackets == 0 && self.at > from && self.starts_line() => {
                    return;
                }
                _ => {}
            }
            self.bump();
        }
    }

    /// Steps over the block that opens here, however deep it is.
    pub(super) fn skip_block(&mut self) {
        let mut depth = 0usize;
        while let Some(token) = self.token(0) {
            self.bump();
            match token.kind {
                Kind::Symbol(b'{') => depth += 1,
                Kind::Symbol(b'}') if depth <= 1 => return,
                Kind::Symbol(b'}') => depth -= 1,
                _ => {}
            }
        }
    }

    /// Goes back to the first token of this line when that is a word behind `opening`: inside a value that has no end,
    /// the declaration behind it begins there.
    pub(super) fn return_to_line_start(&mut self, opening: usize) {
        let here = self.at;
        while self.at > opening + 1 && !self.starts_line() {
            self.at -= 1;
        }
        if self.at > opening + 1 && self.word(0).is_some() {
            self.unclosed = self.unclosed.saturating_sub(1);
        } else {
            self.at = here;
        }
    }
}

/// Reads what stands between `{` (already read) and `}`, one member at a time.
pub(super) fn block<'a, P: AsMut<Cursor<'a>>>(
    parser: &mut P,
    expected: &'static str,
    mut member: impl FnMut(&mut P) -> Result<(), Fault>,
) {
    let mut indented = false;
    loop {
        let cursor = parser.as_mut();
        if cursor.eat(b'}') {
            return;
        }
        if cursor.eat(b';') {
            continue;
        }
        if cursor.ended() {
            cursor.report(&Fault { expected: expected.into(), help: "close the block with `}`" });
            return;
        }
        if indented && outdented(cursor) {
            cursor.unclosed = cursor.unclosed.saturating_sub(1);
            cursor.report(&Fault { expected: "`}`".into(), help: "close the block above with `}`" });
            return;
        }
        indented |= cursor.token(0).is_some_and(|token| token.column > 1) && cursor.starts_line();
        let from = cursor.at;
        if let Err(fault) = member(parser) {
            let cursor = parser.as_mut();
            cursor.report(&fault);
            cursor.recover(from);
        }
        let cursor = parser.as_mut();
        // A member that read nothing would be read again for ever.
        if cursor.at == from {
            cursor.bump();
        }
    }
}

/// Whether a `}` is missing in front of this place: the file closes fewer blocks than it opens, and a definition
/// begins in the first column although the members before it are indented.
fn outdented(cursor: &Cursor<'_>) -> bool {
    cursor.unclosed > 0
        && cursor.token(0).is_some_and(|token| token.column == 1)
        && matches!(cursor.word(0), Some("message" | "enum" | "service"))
        && cursor.word(1).is_some()
        && cursor.is_symbol(2, b'{')
}
