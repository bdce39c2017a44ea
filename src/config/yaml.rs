//! Typed YAML files (rules, `loadpath.yaml`): text into serde types, each value with its place where asked for.
//!
//! The only module that names the YAML library, which has one maintainer. Knows no particular file.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_yaml::{Error, Location, Options, Spanned};

use crate::config::{Problem, suggest};
use crate::span::Span;

/// The largest typed file, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// A value and where it stands in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its line, from 1; 0 where it was not read from a file.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
}

impl<T> At<T> {
    /// A value that no file states.
    pub const fn nowhere(value: T) -> Self {
        Self { value, line: 0, column: 0 }
    }

    /// Its span in the file of that path; empty, because the end is not kept.
    #[must_use]
    pub fn span(&self, file: &str) -> Span {
        let (line, column) = (self.line.max(1), self.column.max(1));
        Span::new(file, (line, column), (line, column))
    }
}

impl<T> std::ops::Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(deserializer)?;
        let (line, column) = place(spanned.referenced);
        Ok(Self { value: spanned.value, line, column })
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Reads one typed document. A text without any content gives the default.
///
/// # Errors
///
/// The first thing that does not fit, with its place and the nearest name that would.
pub fn read<T: DeserializeOwned + Default>(file: &str, text: &str) -> Result<T, Problem> {
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes, expected at most {MAX_BYTES}", text.len());
        return Err(Problem::new(Span::line(file, 1), message, "split it"));
    }
    let empty = text.lines().all(|line| {
        let line = line.trim();
        line.is_empty() || line.starts_with('#') || line == "---"
    });
    if empty {
        return Ok(T::default());
    }
    serde_yaml::from_str_with_options(text, options()).map_err(|error| problem(file, error.without_snippet()))
}

fn options() -> Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! { max_documents: 1, max_depth: 32, max_nodes: 50_000, max_aliases: 100 },
        // As in YAML 1.2, and as editors see it: `off` is a severity and `no` a country.
        strict_booleans: true,
        with_snippet: false,
    }
}

fn problem(file: &str, error: &Error) -> Problem {
    let (line, column) = error.location().map_or((1, 1), place);
    let at = Span::new(file, (line.max(1), column.max(1)), (line.max(1), column.max(1)));
    match error {
        Error::SerdeUnknownField { field, expected, .. } => {
            Problem::new(at, format!("unknown key `{field}`"), suggest::advice(field, expected.iter().copied()))
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            Problem::new(at, format!("unknown value `{variant}`"), suggest::advice(variant, expected.iter().copied()))
        }
        Error::SerdeMissingField { field, .. } => Problem::new(at, format!("key `{field}` is missing"), "add it"),
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            Problem::new(at, format!("key `{key}` stands twice"), "keep one of the two")
        }
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            Problem::new(at, format!("met {unexpected}, expected {expected}"), "")
        }
        other => Problem::new(at, plain(&other.to_string()), ""),
    }
}

/// The library ends some messages with the place, which the span says already.
fn plain(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default();
    let cut = first.rfind(" at line ").map_or(first, |end| &first[..end]);
    cut.strip_prefix("error: ").unwrap_or(cut).to_owned()
}

fn place(location: Location) -> (u32, u32) {
    let number = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    (number(location.line()), number(location.column()))
}
