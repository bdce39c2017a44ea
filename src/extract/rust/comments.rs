//! Comments of Rust files into inline suppressions. Only files that hold the word are looked into.

use crate::extract::suppression;
use crate::facts::Suppression;
use crate::span::Span;

use super::lexer;

/// What a comment that suppresses begins with.
const MARK: &str = "loadpath:";

/// The suppressions of a file.
pub fn suppressions(path: &str, text: &str) -> Vec<Suppression> {
    if !text.contains(MARK) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut from = 0;
    // Comments are what stands between tokens.
    for (start, end) in lexer::tokens(text).map(|token| (token.start, token.end)).chain([(text.len(), text.len())]) {
        let between = text.get(from..start).unwrap_or_default();
        if between.contains(MARK) {
            let line = text.get(..from).unwrap_or_default().matches('\n').count();
            for (offset, comment) in between.lines().enumerate() {
                let comment = comment.trim_start().trim_start_matches(['/', '*', '!']);
                let line = u32::try_from(line + offset + 1).unwrap_or(u32::MAX);
                found.extend(suppression::suppressions(comment, &Span::line(path, line)));
            }
        }
        from = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_suppress_and_texts_do_not() {
        let text = "fn f() {\n    // loadpath: allow(a/b) meant so until=2027-01-01\n    g(\"// loadpath: allow(c/d) no\"); // loadpath: allow(e/f, g/h) both\n}\n";
        let found = suppressions("src/a.rs", text);
        let shown: Vec<String> = found
            .iter()
            .map(|of| format!("{} {} {:?} {:?}", of.at.line, of.rule, of.reason.as_deref(), of.until.as_deref()))
            .collect();
        assert_eq!(
            shown,
            ["2 a/b Some(\"meant so\") Some(\"2027-01-01\")", "3 e/f Some(\"both\") None", "3 g/h Some(\"both\") None",]
        );
    }
}
