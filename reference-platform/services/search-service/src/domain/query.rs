//! What somebody asks for: words, the beginning of one, phrases.

use super::words::words;

/// What must occur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// A word.
    Word(String),
    /// A word that begins so.
    Prefix(String),
    /// Words one after the other, two at least.
    Phrase(Vec<String>),
}

/// Reads a query: words, of which the last one may be a beginning, and phrases in quotation marks. One that is not closed ends with
/// the query.
pub fn parse(query: &str) -> Vec<Clause> {
    let mut clauses = Vec::new();
    for (at, part) in query.split('"').enumerate() {
        let found = words(part).into_iter().map(|word| word.text);
        if at % 2 == 0 {
            clauses.extend(found.map(Clause::Word));
            continue;
        }
        let mut phrase: Vec<String> = found.collect();
        match phrase.len() {
            0 => {}
            1 => clauses.extend(phrase.pop().map(Clause::Word)),
            _ => clauses.push(Clause::Phrase(phrase)),
        }
    }
    let open = query.chars().next_back().is_some_and(char::is_alphanumeric);
    if open && let Some(Clause::Word(word)) = clauses.pop_if(|last| matches!(last, Clause::Word(_))) {
        clauses.push(Clause::Prefix(word));
    }
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Clause {
        Clause::Word(text.to_owned())
    }

    #[test]
    fn the_last_word_may_be_a_beginning() {
        assert_eq!(parse("Big wor"), [word("big"), Clause::Prefix("wor".to_owned())]);
        assert_eq!(parse("big world "), [word("big"), word("world")]);
        assert_eq!(parse("…"), []);
    }

    #[test]
    fn what_is_quoted_is_a_phrase() {
        let phrase = Clause::Phrase(vec!["big".to_owned(), "world".to_owned()]);
        assert_eq!(parse("a \"big, World\""), [word("a"), phrase.clone()]);
        assert_eq!(parse("\"\" \"one\" b"), [word("one"), Clause::Prefix("b".to_owned())]);
        assert_eq!(parse("\"big world"), [phrase]);
    }
}
