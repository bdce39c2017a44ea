//! Checks of what comes in. All violations are told at once, up to a bound.

use std::ops::RangeInclusive;

use uuid::Uuid;

use crate::error::{Error, Result, Violation};

/// More violations are not told: an answer has to fit into headers.
const MAX_VIOLATIONS: usize = 20;

/// Collects what is wrong with a request.
///
/// ```
/// # use social_runtime::validate::{HANDLE, Validation};
/// let mut request = Validation::new();
/// let user_id = request.uuid("user_id", "not a UUID");
/// request.text("handle", "ada lovelace", 3..=30);
/// request.characters("handle", "ada lovelace", HANDLE);
/// let page_size = request.page_size("page_size", 0, 20, 100);
/// let error = request.finish().unwrap_err();
/// assert_eq!(error.field_violations().len(), 2);
/// assert_eq!(page_size, 20);
/// ```
#[derive(Debug, Default)]
pub struct Validation {
    violations: Vec<Violation>,
}

/// A set of characters with the words that describe it.
#[derive(Clone, Copy, Debug)]
pub struct Characters {
    allowed: fn(char) -> bool,
    description: &'static str,
}

/// Lower case letters, digits and `_`.
pub const HANDLE: Characters = Characters {
    allowed: |character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_',
    description: "may hold lower case letters, digits and _ only",
};

/// Letters, digits, `-`, `_` and `.`: identifiers that clients choose.
pub const IDENTIFIER: Characters = Characters {
    allowed: |character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'),
    description: "may hold letters, digits, -, _ and . only",
};

/// Whatever a person writes in one line: no control characters.
pub const ONE_LINE: Characters =
    Characters { allowed: |character| !character.is_control(), description: "may hold no control characters" };

/// Whatever a person writes: line breaks and tabs, but no other control characters.
pub const TEXT: Characters = Characters {
    allowed: |character| !character.is_control() || matches!(character, '\n' | '\t'),
    description: "may hold no control characters but line breaks and tabs",
};

impl Validation {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Something is wrong with a field.
    pub fn violation(&mut self, field: impl Into<String>, description: impl Into<String>) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation { field: field.into(), description: description.into() });
        }
    }

    /// A rule of the caller's own: `holds`, or the field is wrong.
    pub fn check(&mut self, field: &str, holds: bool, description: &str) {
        if !holds {
            self.violation(field, description);
        }
    }

    /// Text that must be there, whatever it is.
    pub fn required(&mut self, field: &str, value: &str) {
        self.check(field, !value.is_empty(), "is required");
    }

    /// A message or another optional value that must be there.
    pub fn present<'a, T>(&mut self, field: &str, value: Option<&'a T>) -> Option<&'a T> {
        self.check(field, value.is_some(), "is required");
        value
    }

    /// The length of a text in characters. Where the shortest is 0, empty is right.
    pub fn text(&mut self, field: &str, value: &str, length: RangeInclusive<usize>) {
        let (shortest, longest) = (*length.start(), *length.end());
        // Counting stops where it is too long: texts come from outside.
        let characters = value.chars().take(longest.saturating_add(1)).count();
        if value.is_empty() && shortest > 0 {
            self.violation(field, "is required");
        } else if !length.contains(&characters) {
            self.violation(field, format!("must have {shortest} to {longest} characters"));
        }
    }

    /// The characters of a text. Empty is right.
    pub fn characters(&mut self, field: &str, value: &str, set: Characters) {
        self.check(field, value.chars().all(set.allowed), set.description);
    }

    /// A UUID that must be there. The nil UUID where it is wrong: use it after [`Validation::finish`] only.
    pub fn uuid(&mut self, field: &str, value: &str) -> Uuid {
        match Uuid::try_parse(value) {
            Ok(id) => id,
            Err(_) if value.is_empty() => {
                self.violation(field, "is required");
                Uuid::nil()
            }
            Err(_) => {
                self.violation(field, "must be a UUID");
                Uuid::nil()
            }
        }
    }

    /// A UUID that may be absent, which is the empty text.
    pub fn optional_uuid(&mut self, field: &str, value: &str) -> Option<Uuid> {
        if value.is_empty() { None } else { Some(self.uuid(field, value)) }
    }

    /// A list of UUIDs, of which none comes twice in the answer.
    pub fn uuids(&mut self, field: &str, values: &[String], size: RangeInclusive<usize>) -> Vec<Uuid> {
        if !self.list(field, values, size) {
            return Vec::new();
        }
        let mut ids = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let id = self.uuid(&format!("{field}[{index}]"), value);
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// The size of a list, told before its items are looked at.
    pub fn list<T>(&mut self, field: &str, values: &[T], size: RangeInclusive<usize>) -> bool {
        let right = size.contains(&values.len());
        if !right {
            self.violation(field, format!("must have {} to {} items", size.start(), size.end()));
        }
        right
    }

    /// A number.
    pub fn range<T: PartialOrd + std::fmt::Display>(&mut self, field: &str, value: T, range: RangeInclusive<T>) {
        if !range.contains(&value) {
            self.violation(field, format!("must be {} to {}", range.start(), range.end()));
        }
    }

    /// The size of bytes.
    pub fn bytes(&mut self, field: &str, value: &[u8], size: RangeInclusive<usize>) {
        if !size.contains(&value.len()) {
            self.violation(field, format!("must have {} to {} bytes", size.start(), size.end()));
        }
    }

    /// A value of an enum of the contract, which must be known and not the unspecified one. `None` where it is wrong.
    pub fn enumeration<T: TryFrom<i32>>(&mut self, field: &str, value: i32) -> Option<T> {
        if value == 0 {
            self.violation(field, "is required");
            return None;
        }
        let known = T::try_from(value).ok();
        self.check(field, known.is_some(), "is not known");
        known
    }

    /// How many entries a page has at most: 0 means `default`; more than `most`, or fewer than none, is wrong.
    pub fn page_size(&mut self, field: &str, value: i32, default: u32, most: u32) -> u32 {
        match u32::try_from(value) {
            Ok(0) => default,
            Ok(size) if size <= most => size,
            _ => {
                self.violation(field, format!("must be 0 to {most}"));
                default
            }
        }
    }

    /// The end of the checks.
    ///
    /// # Errors
    ///
    /// INVALID_ARGUMENT with all violations, if there are any.
    pub fn finish(self) -> Result<()> {
        if self.violations.is_empty() { Ok(()) } else { Err(Error::violations(self.violations)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(request: Validation) -> Vec<(String, String)> {
        let error = request.finish().unwrap_err();
        error.field_violations().iter().map(|one| (one.field.clone(), one.description.clone())).collect()
    }

    fn told(field: &str, description: &str) -> (String, String) {
        (field.to_owned(), description.to_owned())
    }

    #[test]
    fn what_is_right_passes() {
        let mut request = Validation::new();
        request.text("text", "äöü", 3..=3);
        request.text("bio", "", 0..=9);
        request.characters("text", "two\nlines", TEXT);
        request.range("rank", 5, 1..=5);
        request.bytes("digest", &[0; 32], 32..=32);
        assert_eq!(request.optional_uuid("reply_to", ""), None);
        assert_eq!(request.page_size("page_size", 100, 20, 100), 100);
        let id = Uuid::from_u128(7);
        assert_eq!(request.uuid("id", &id.to_string()), id);
        assert_eq!(request.uuids("ids", &[id.to_string(), id.to_string()], 1..=2), [id]);
        request.finish().unwrap();
    }

    #[test]
    fn all_violations_are_told_in_order() {
        let mut request = Validation::new();
        request.text("name", "", 1..=3);
        request.text("name", "äöüß", 1..=3);
        request.characters("line", "a\nb", ONE_LINE);
        request.uuids("ids", &[String::new(), "x".to_owned()], 1..=9);
        request.uuids("none", &[], 1..=9);
        request.range("rank", 6, 1..=5);
        request.page_size("page_size", -1, 20, 100);
        request.page_size("page_size", 101, 20, 100);
        request.present::<u8>("message", None);
        assert_eq!(
            fields(request),
            [
                told("name", "is required"),
                told("name", "must have 1 to 3 characters"),
                told("line", "may hold no control characters"),
                told("ids[0]", "is required"),
                told("ids[1]", "must be a UUID"),
                told("none", "must have 1 to 9 items"),
                told("rank", "must be 1 to 5"),
                told("page_size", "must be 0 to 100"),
                told("page_size", "must be 0 to 100"),
                told("message", "is required"),
            ]
        );
    }

    #[test]
    fn a_long_list_of_nonsense_gets_a_short_answer() {
        let mut request = Validation::new();
        request.uuids("ids", &vec!["x".to_owned(); 500], 1..=500);
        assert_eq!(fields(request).len(), MAX_VIOLATIONS);
    }

    #[test]
    fn unknown_and_unspecified_values_of_an_enum_are_refused() {
        #[derive(Debug, PartialEq)]
        struct Kind;
        impl TryFrom<i32> for Kind {
            type Error = ();
            fn try_from(value: i32) -> std::result::Result<Self, ()> {
                if value == 1 { Ok(Self) } else { Err(()) }
            }
        }
        let mut request = Validation::new();
        assert_eq!(request.enumeration("kind", 1), Some(Kind));
        assert_eq!(request.enumeration::<Kind>("kind", 0), None);
        assert_eq!(request.enumeration::<Kind>("kind", 2), None);
        assert_eq!(fields(request), [told("kind", "is required"), told("kind", "is not known")]);
    }
}
