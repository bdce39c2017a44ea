//! Tags in a text: `#` and the letters, digits and underscores after it.

/// Tags of one post.
const MAX_TAGS: usize = 30;
/// Characters of one tag; what is longer is no tag.
const MAX_TAG: usize = 50;

/// The tags of a text in lower case, without `#`, each once, in the order of their first appearance. `#` within a word (as in an
/// address with a fragment) begins no tag, and neither do digits alone ("we are #1").
pub fn tags(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut rest = text;
    while let Some(at) = rest.find('#') {
        let within_word = in_tag(rest[..at].chars().next_back().unwrap_or(before));
        rest = &rest[at + 1..];
        let end = rest.find(|character| !in_tag(character)).unwrap_or(rest.len());
        let tag = rest[..end].to_lowercase();
        if !within_word && is_tag(&tag) && !tags.contains(&tag) {
            tags.push(tag);
            if tags.len() == MAX_TAGS {
                break;
            }
        }
        before = rest[..end].chars().next_back().unwrap_or('#');
        rest = &rest[end..];
    }
    tags
}

fn in_tag(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn is_tag(tag: &str) -> bool {
    tag.chars().any(char::is_alphabetic) && tag.chars().count() <= MAX_TAG
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_are_found_once_and_in_lower_case() {
        assert_eq!(tags("#Rust and #rust, then #Größe_2!"), ["rust", "größe_2"]);
    }

    #[test]
    fn what_is_no_tag_is_passed_over() {
        let long = format!("#{}", "x".repeat(51));
        for text in ["", "#", "# a", "page#part", "a#b#c", "#1", "##", long.as_str()] {
            assert!(tags(text).is_empty(), "{text}");
        }
        assert_eq!(tags("##twice #"), ["twice"]);
    }

    #[test]
    fn there_are_thirty_at_most() {
        let text: String = (0..40).map(|number| format!("#t{number} ")).collect();
        assert_eq!(tags(&text).len(), 30);
    }

    proptest! {
        #[test]
        fn any_text_gives_tags_that_stand_in_it(text in "[#a-zßİ0 _.]{0,200}") {
            let found = tags(&text);
            prop_assert!(found.len() <= MAX_TAGS);
            for tag in found {
                prop_assert!(text.to_lowercase().contains(&format!("#{tag}")), "{tag}");
            }
        }
    }
}
