//! Tests to the words in them: what the tests of a package speak of. Rules ask whether a dependency or a failure is
//! spoken of at all; what a test does is not followed.

use std::collections::BTreeSet;

use super::lexer::{self, Kind};
use super::outline;

/// Words that are kept of one package, at most.
const MAX_WORDS: usize = 20_000;

/// Adds the identifiers in the tests of a file: of all of it if it lies in a folder of tests, else of the items that
/// exist in tests only.
pub fn add(path_in_package: &str, text: &str, words: &mut BTreeSet<String>) {
    if path_in_package.starts_with("tests/") || path_in_package.starts_with("benches/") {
        return read(text, words);
    }
    if !text.contains("test") {
        return;
    }
    for region in outline::tests(text) {
        read(text.get(region).unwrap_or_default(), words);
    }
}

fn read(text: &str, words: &mut BTreeSet<String>) {
    for token in lexer::tokens(text).filter(|token| token.kind == Kind::Ident) {
        if words.len() >= MAX_WORDS {
            return;
        }
        let word = token.text(text);
        if word.len() > 3 && !words.contains(word) {
            words.insert(word.to_owned());
        }
    }
}
