//! Calls of the project's own `macro_rules!` to the tokens they stand for. Macros by example only: no code runs. What
//! does not match, or grows beyond all measure, stays a call.

mod matching;
mod rules;
mod writing;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use proc_macro2::{Span, TokenStream};

use super::{Features, depth};
use rules::Arm;
use writing::Place;

/// Tokens that one expansion may give; more is taken for an attempt to exhaust memory.
const MAX_TOKENS: usize = 20_000;

/// Macros of the language that a definition of the project does not replace here: their meaning is known.
const KNOWN: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "dbg",
    "debug",
    "error",
    "format",
    "info",
    "join",
    "matches",
    "panic",
    "print",
    "println",
    "select",
    "todo",
    "trace",
    "try_join",
    "unreachable",
    "vec",
    "warn",
    "write",
    "writeln",
];

/// The macros that the files of a project define, by name.
#[derive(Clone, Debug, Default)]
pub struct Macros {
    by_name: BTreeMap<String, Vec<Definition>>,
}

/// One `macro_rules!`: its text between the braces.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Definition {
    file: Arc<str>,
    krate: Arc<str>,
    text: Arc<str>,
}

impl Macros {
    /// The macros that a file of a crate defines, at any depth.
    #[must_use]
    pub fn of(file: &str, krate: &str, text: &str) -> Self {
        let mut macros = Self::default();
        for (name, text) in rules::definitions(text) {
            if !KNOWN.contains(&name) {
                let definition = Definition { file: file.into(), krate: krate.into(), text: text.into() };
                macros.by_name.entry(name.to_owned()).or_default().push(definition);
            }
        }
        macros
    }

    /// With those of another file, after its own.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for (name, definitions) in other.by_name {
            self.by_name.entry(name).or_default().extend(definitions);
        }
        self
    }

    /// The macros as one text: what a lowered file depends on besides its own.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut out = String::new();
        for (name, definitions) in &self.by_name {
            for definition in definitions {
                out.push_str(&format!("{name}\u{0}{}\u{0}{}\u{0}", definition.file, definition.text));
            }
        }
        out
    }

    /// The definition that a call means: the file's own, else the only one there is.
    fn find(&self, file: &str, path: &[String]) -> Option<&Definition> {
        let (name, before) = path.split_last()?;
        let all = self.by_name.get(name)?;
        if before.is_empty()
            && let Some(own) = all.iter().find(|definition| &*definition.file == file)
        {
            return Some(own);
        }
        let [only] = all.as_slice() else { return None };
        let of_crate = |krate: &String| matches!(krate.as_str(), "crate" | "self" | "super") || **krate == *only.krate;
        before.first().is_none_or(of_crate).then_some(only)
    }
}

/// The macros of a project, as one file sees them.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'m> {
    /// The macros.
    pub macros: &'m Macros,
    /// The file.
    pub file: &'m str,
    /// Its crate, as paths name it.
    pub krate: &'m str,
    /// The features that its package is built with.
    pub features: &'m Features,
}

/// What a call stands for and how many bytes that is, or nothing when no macro of the project takes it.
pub(super) fn expand(
    scope: Scope<'_>,
    path: &[String],
    tokens: &TokenStream,
    at: Span,
) -> Option<(TokenStream, usize)> {
    let definition = scope.macros.find(scope.file, path)?;
    let arms = rules::arms(TokenStream::from_str(&definition.text).ok()?);
    let input: Vec<_> = tokens.clone().into_iter().collect();
    for Arm { matcher, body } in &arms {
        if let Some(bindings) = matching::whole(matcher, &input) {
            let krate = if *scope.krate == *definition.krate { "crate" } else { &definition.krate };
            let out = writing::write(body, &bindings, &Place { at, krate }, MAX_TOKENS)?;
            // Recursive macros nest what they are given: the same bound as for what people write.
            let text = out.to_string();
            return depth::excess(&text).is_none().then_some((out, text.len().max(1)));
        }
    }
    None
}
