//! Where a query occurs in a text.

use super::query::Clause;
use super::words::{Word, words};

/// Characters of a fragment at most.
const FRAGMENT: usize = 200;
/// Characters before the first match, so that one sees what it is about.
const BEFORE: usize = 60;
const MATCHES: usize = 20;

/// A part of a text in which a query occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Highlight {
    /// Name of the field.
    pub field: &'static str,
    /// The part.
    pub fragment: String,
    /// From and behind, in characters of the fragment; in order, not overlapping.
    pub matches: Vec<(usize, usize)>,
}

/// `None` where nothing of the query occurs.
pub fn highlight(field: &'static str, text: &str, clauses: &[Clause]) -> Option<Highlight> {
    let words = words(text);
    let found = matches(&words, clauses);
    let first = found.first()?.0;
    let (begin, end) = window(text, &words, first);
    let characters = |at: usize| text[begin..at].chars().count();
    let matches = found
        .into_iter()
        .filter(|(from, _)| *from < end)
        .map(|(from, to)| (characters(from), characters(to.min(end))))
        .take(MATCHES)
        .collect();
    Some(Highlight { field, fragment: text[begin..end].to_owned(), matches })
}

/// Places in bytes.
fn matches(words: &[Word], clauses: &[Clause]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for at in 0..words.len() {
        let longest = clauses.iter().filter_map(|clause| length(&words[at..], clause)).max();
        let Some(length) = longest else { continue };
        let (begin, end) = (words[at].begin, words[at + length - 1].end);
        match found.last_mut() {
            // Within the one before, or longer than it.
            Some((_, last)) if begin < *last => *last = end.max(*last),
            _ => found.push((begin, end)),
        }
    }
    found
}

/// How many words at the beginning match a clause.
fn length(words: &[Word], clause: &Clause) -> Option<usize> {
    let first = words.first()?;
    match clause {
        Clause::Word(word) => (first.text == *word).then_some(1),
        Clause::Prefix(prefix) => first.text.starts_with(prefix.as_str()).then_some(1),
        Clause::Phrase(phrase) => {
            let here = words.len() >= phrase.len() && phrase.iter().zip(words).all(|(one, word)| *one == word.text);
            here.then_some(phrase.len())
        }
    }
}

/// The part of the text to show, in bytes: it begins with a word not far before the first match.
fn window(text: &str, words: &[Word], first: usize) -> (usize, usize) {
    let fits = text.char_indices().nth(FRAGMENT).is_none();
    if fits {
        return (0, text.len());
    }
    let earliest = text[..first].char_indices().rev().nth(BEFORE - 1).map_or(0, |(at, _)| at);
    let begin = if earliest == 0 {
        0
    } else {
        words.iter().map(|word| word.begin).find(|begin| *begin >= earliest).unwrap_or(first)
    };
    let end = text[begin..].char_indices().nth(FRAGMENT).map_or(text.len(), |(at, _)| begin + at);
    (begin, end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::query::parse;
    use super::*;

    fn shown(text: &str, query: &str) -> Vec<String> {
        let Some(highlight) = highlight("text", text, &parse(query)) else { return Vec::new() };
        let characters: Vec<char> = highlight.fragment.chars().collect();
        highlight.matches.iter().map(|(from, to)| characters[*from..*to].iter().collect()).collect()
    }

    #[test]
    fn matches_are_counted_in_characters() {
        assert_eq!(shown("Größe 東京 ist groß", "東京 gro"), ["東京", "groß"]);
        assert_eq!(shown("Größe 東京 ist groß", "grö"), ["Größe"]);
        assert_eq!(shown("nothing", "some"), Vec::<String>::new());
    }

    #[test]
    fn phrases_match_as_a_whole() {
        assert_eq!(shown("big cat, big world: big", "\"big world\""), ["big world"]);
        assert_eq!(shown("big big world", "\"big big\" \"big world\""), ["big big world"]);
    }

    #[test]
    fn a_long_text_is_cut_around_the_first_match() {
        let text = format!("{}needle {}", "hay ".repeat(200), "hay needle ".repeat(50));
        let highlight = highlight("text", &text, &parse("needle")).unwrap();
        assert_eq!(highlight.fragment.chars().count(), FRAGMENT);
        assert_eq!(highlight.matches[0], (BEFORE, BEFORE + 6));
        assert!(highlight.fragment.starts_with("hay "));
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_within_the_fragment(text in "[a-cäß 東]{0,400}", query in "[a-c\" ]{0,9}") {
            let Some(highlight) = highlight("text", &text, &parse(&query)) else { return Ok(()) };
            prop_assert!(text.contains(&highlight.fragment));
            prop_assert!((1..=MATCHES).contains(&highlight.matches.len()));
            let mut last = 0;
            for (from, to) in highlight.matches {
                prop_assert!(last <= from && from < to);
                last = to;
            }
            prop_assert!(last <= highlight.fragment.chars().count());
        }
    }
}
