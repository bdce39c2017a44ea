//! Which objects a patch is for.

use regex::{Regex, RegexBuilder};

use super::Object;
use crate::extract::kubernetes::object::texts;
use crate::extract::yaml::Node;

/// The selector of a patch: what it says must hold; what it leaves out may be anything.
#[derive(Default)]
pub struct Target {
    group: Option<Pattern>,
    version: Option<Pattern>,
    kind: Option<Pattern>,
    name: Option<Pattern>,
    namespace: Option<Pattern>,
    labels: Vec<Term>,
    annotations: Vec<Term>,
}

impl Target {
    /// From the `target` of a patch; `None` if one of its patterns cannot be read.
    pub fn of(node: &Node) -> Option<Self> {
        let pattern = |key: &str| match node.str_at(&[key]) {
            None | Some("") => Some(None),
            Some(text) => Pattern::of(text).map(Some),
        };
        Some(Self {
            group: pattern("group")?,
            version: pattern("version")?,
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: terms(node.str_at(&["labelSelector"]).unwrap_or_default()),
            annotations: terms(node.str_at(&["annotationSelector"]).unwrap_or_default()),
        })
    }

    /// From a patch in the shape of its object; `None` if it names none.
    pub fn named_by(patch: &Node) -> Option<Self> {
        let text = |keys: &[&str]| patch.str_at(keys).map(|text| Pattern::Text(text.to_owned()));
        Some(Self {
            kind: Some(text(&["kind"])?),
            name: Some(text(&["metadata", "name"])?),
            namespace: text(&["metadata", "namespace"]),
            ..Self::default()
        })
    }

    /// Whether it selects an object, under a name that it has or had.
    pub fn selects(&self, object: &Object) -> bool {
        let api = object.node.str_at(&["apiVersion"]).unwrap_or_default();
        let (group, version) = api.split_once('/').unwrap_or(("", api));
        let holds = |pattern: &Option<Pattern>, text: &str| pattern.as_ref().is_none_or(|of| of.holds(text));
        holds(&self.group, group)
            && holds(&self.version, version)
            && holds(&self.kind, object.kind())
            && self
                .name
                .as_ref()
                .is_none_or(|name| name.holds(object.name()) || object.before.iter().any(|before| name.holds(before)))
            && holds(&self.namespace, object.node.str_at(&["metadata", "namespace"]).unwrap_or("default"))
            && all(&self.labels, object, "labels")
            && all(&self.annotations, object, "annotations")
    }
}

fn all(terms: &[Term], object: &Object, key: &str) -> bool {
    if terms.is_empty() {
        return true;
    }
    let found = texts(object.node.at(&["metadata", key]));
    terms.iter().all(|term| {
        let value = found.get(&term.key);
        term.wanted == (value.is_some_and(|value| term.values.as_ref().is_none_or(|values| values.contains(value))))
    })
}

/// A text, or a pattern for the whole of it.
enum Pattern {
    Text(String),
    Regex(Regex),
}

impl Pattern {
    fn of(text: &str) -> Option<Self> {
        if text.chars().all(|of| of.is_ascii_alphanumeric() || matches!(of, '-' | '_' | '/')) {
            return Some(Self::Text(text.to_owned()));
        }
        let regex = RegexBuilder::new(&format!("^(?:{text})$")).size_limit(1 << 18).build().ok()?;
        Some(Self::Regex(regex))
    }

    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Text(expected) => expected == text,
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// One requirement of a label selector: the key has one of the values (any, if none are listed), or has not.
struct Term {
    key: String,
    values: Option<Vec<String>>,
    wanted: bool,
}

/// `a=b,c!=d,e in (f,g),h notin (i),j,!k`
fn terms(text: &str) -> Vec<Term> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut inside = false;
    for of in text.chars() {
        inside = (inside || of == '(') && of != ')';
        if of == ',' && !inside {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(of);
        }
    }
    parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).map(term).collect()
}

fn term(part: &str) -> Term {
    let list = |text: &str| text.trim().trim_matches(['(', ')']).split(',').map(|of| of.trim().to_owned()).collect();
    let made = |key: &str, values, wanted| Term { key: key.trim().to_owned(), values, wanted };
    if let Some((key, value)) = part.split_once("!=") {
        made(key, Some(vec![value.trim().to_owned()]), false)
    } else if let Some((key, value)) = part.split_once('=') {
        made(key, Some(vec![value.trim_start_matches('=').trim().to_owned()]), true)
    } else if let Some((key, values)) = part.split_once(" notin ") {
        made(key, Some(list(values)), false)
    } else if let Some((key, values)) = part.split_once(" in ") {
        made(key, Some(list(values)), true)
    } else if let Some(key) = part.strip_prefix('!') {
        made(key, None, false)
    } else {
        made(part, None, true)
    }
}
