//! What a word is: the same for the index, for queries and for highlights. Letters and digits in a row, in lower case.

/// A longer word is found by its beginning.
const LONGEST: usize = 64;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// In lower case.
    pub text: String,
    /// Its place in the text, in bytes.
    pub begin: usize,
    /// Behind it.
    pub end: usize,
}

/// The words of a text, in order.
pub fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut begin = None;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        match (begin, character.is_alphanumeric()) {
            (None, true) => begin = Some(at),
            (Some(from), false) => {
                words.push(word(text, from, at));
                begin = None;
            }
            _ => {}
        }
    }
    words
}

fn word(text: &str, begin: usize, end: usize) -> Word {
    let whole = &text[begin..end];
    let kept = whole.char_indices().nth(LONGEST).map_or(whole, |(at, _)| &whole[..at]);
    Word { text: kept.to_lowercase(), begin, end: begin + kept.len() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_letters_and_digits_in_lower_case() {
        let found: Vec<String> = words("Ada_Lovelace's 1st #Größe, 東京!").into_iter().map(|word| word.text).collect();
        assert_eq!(found, ["ada", "lovelace", "s", "1st", "größe", "東京"]);
        assert_eq!(words(&"x".repeat(100))[0].text.len(), LONGEST);
    }

    proptest! {
        #[test]
        fn each_word_is_where_it_says(text in any::<String>()) {
            let mut last = 0;
            for word in words(&text) {
                prop_assert!(word.begin >= last && word.end > word.begin);
                prop_assert_eq!(text[word.begin..word.end].to_lowercase(), word.text);
                last = word.end;
            }
        }
    }
}
