//! Rule files into checked rules. Every problem has its file, line and column, and what was expected.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue;
use super::condition::{Condition, Fault, Known, Terms, places};
use super::file::RuleFile;
use super::message::Message;
use super::rule::{Level, Rule, find};
use crate::config::yaml::{self, At};
use crate::config::{Problem, suggest};
use crate::graph::schema::{Kind, Schema};
use crate::span::Span;

/// The embedded rules, and those of a team's own folder: (path, text) pairs, of which the path ends in
/// `category/name.yaml`. The result is sorted by id.
///
/// # Errors
///
/// Everything that is wrong in any of the files, and between them.
pub fn load_all(own: &[(String, String)], schema: &dyn Schema) -> Result<Vec<Rule>, Vec<Problem>> {
    let embedded = catalogue::embedded();
    let files: Vec<(&str, &str)> = embedded.iter().chain(own).map(|(path, text)| (&**path, &**text)).collect();
    load_files(&files, schema)
}

/// Rules of these files alone: (path, text) pairs.
///
/// # Errors
///
/// Everything that is wrong in any of the files, and between them.
pub fn load_files(files: &[(&str, &str)], schema: &dyn Schema) -> Result<Vec<Rule>, Vec<Problem>> {
    let (mut rules, mut problems) = (Vec::new(), Vec::new());
    for (path, text) in files {
        match load(path, text, schema) {
            Ok(rule) => rules.push(rule),
            Err(more) => problems.extend(more),
        }
    }
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    problems.extend(between(&rules));
    if problems.is_empty() {
        return Ok(rules);
    }
    problems.sort();
    Err(problems)
}

/// One rule file.
///
/// # Errors
///
/// The first thing that does not fit the format, or everything that does not fit the schema.
pub fn load(path: &str, text: &str, schema: &dyn Schema) -> Result<Rule, Vec<Problem>> {
    let file: RuleFile = yaml::read(path, text).map_err(|problem| vec![problem])?;
    let mut loader = Loader { path, text, problems: Vec::new() };
    loader.identity(&file);
    let Some(select) = loader.select(&file.select) else { return Err(loader.problems) };
    let params = file.params.clone();
    let terms = Terms { schema, select, params: &params };
    let (filter, known) = match &file.filter {
        Some(text) => loader.condition(text, terms, &Known::default()).unzip(),
        None => (None, None),
    };
    let levels = loader.levels(&file, terms, &known.unwrap_or_default());
    let at = file.at.as_ref().and_then(|text| loader.relation(text, terms));
    let related = file.related.iter().filter_map(|text| loader.relation(text, terms)).collect();
    let message = loader.message(&file.message, terms);
    let precision = loader.present("precision", file.precision);
    match (message, precision) {
        (Some(message), Some(precision)) if loader.problems.is_empty() => Ok(Rule {
            id: file.id.value.as_str().into(),
            file: path.into(),
            title: file.title,
            precision,
            profiles: file.profiles.into_iter().collect(),
            since: file.since,
            aliases: file.aliases,
            select,
            filter,
            levels,
            yields_to: file.yields_to,
            at,
            related,
            message,
            why: file.why.trim().to_owned(),
            fix: file.fix.trim().to_owned(),
            alternatives: file.alternatives,
            knowledge: file.knowledge,
            params,
            always_decided: file.always_decided.map(|why| why.trim().to_owned()),
            examples: file.examples,
            stated: None,
        }),
        _ => Err(loader.problems),
    }
}

/// The JSON Schema of a rule file, for editors.
#[must_use]
pub fn file_schema() -> schemars::Schema {
    schemars::schema_for!(RuleFile)
}

struct Loader<'a> {
    path: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

impl Loader<'_> {
    fn fail(&mut self, at: Span, message: impl Into<String>, help: impl Into<String>) {
        self.problems.push(Problem::new(at, message, help));
    }

    fn file(&self) -> Span {
        Span::line(self.path, 1)
    }

    fn present<T>(&mut self, key: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.fail(self.file(), format!("key `{key}` is missing"), "add it");
        }
        value
    }

    fn identity(&mut self, file: &RuleFile) {
        let stem = self.path.strip_suffix(".yaml").unwrap_or(self.path);
        let parts: Vec<&str> = stem.rsplit('/').take(2).collect();
        let expected = parts.into_iter().rev().collect::<Vec<_>>().join("/");
        if *file.id != expected {
            let help = "the id is the path of the file: category, slash, name";
            self.fail(file.id.span(self.path), format!("the id is `{}`, expected `{expected}`", file.id.value), help);
        } else if !expected.contains('/')
            || !expected.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-/".contains(c))
        {
            let help = "use lower-case letters, digits and `-`, as in `timeout/connect-missing`";
            self.fail(file.id.span(self.path), format!("`{expected}` is no id"), help);
        }
        for (key, value) in [("title", &file.title), ("since", &file.since), ("why", &file.why), ("fix", &file.fix)] {
            self.present(key, Some(()).filter(|()| !value.trim().is_empty()));
        }
        self.present("message", Some(()).filter(|()| !file.message.trim().is_empty()));
        self.present("profiles", Some(()).filter(|()| !file.profiles.is_empty()));
    }

    fn select(&mut self, name: &At<String>) -> Option<Kind> {
        let kind = Kind::from_name(name);
        if kind.is_none() {
            let help = suggest::advice(name, Kind::ALL.map(Kind::name));
            self.fail(name.span(self.path), format!("there is no entity kind `{}`", name.value), help);
        }
        kind
    }

    fn levels(&mut self, file: &RuleFile, terms: Terms<'_>, known: &Known) -> Vec<Level> {
        match (&file.severity, &file.violated, file.levels.as_slice()) {
            (Some(severity), Some(violated), []) => self
                .condition(violated, terms, known)
                .map(|(violated, _)| Level { severity: severity.value, violated })
                .into_iter()
                .collect(),
            (None, None, levels @ [_, ..]) => levels
                .iter()
                .filter_map(|level| {
                    let (violated, _) = self.condition(&level.violated, terms, known)?;
                    Some(Level { severity: level.severity, violated })
                })
                .collect(),
            _ => {
                self.fail(self.file(), "expected `severity` and `violated`, or `levels`", "state one of the two");
                Vec::new()
            }
        }
    }

    fn condition(&mut self, text: &At<String>, terms: Terms<'_>, known: &Known) -> Option<(Condition, Known)> {
        self.checked(text, |text| Condition::check(text, terms, known))
    }

    fn relation(&mut self, text: &At<String>, terms: Terms<'_>) -> Option<Condition> {
        self.checked(text, |text| Condition::relation(text, terms))
    }

    fn message(&mut self, text: &At<String>, terms: Terms<'_>) -> Option<Message> {
        if text.trim().is_empty() {
            return None;
        }
        // A folded message has no place for each of its characters: its faults stand where it begins.
        match Message::check(&text.value, terms) {
            Ok(message) => Some(message),
            Err(faults) => {
                self.faults(text, faults);
                None
            }
        }
    }

    fn checked<T>(&mut self, text: &At<String>, check: impl FnOnce(&str) -> Result<T, Vec<Fault>>) -> Option<T> {
        if places(self.text, text).is_none() {
            let message = "the condition is folded over several lines";
            self.fail(text.span(self.path), message, "put it on one line, or in a literal block (`|`)");
            return None;
        }
        match check(text.value.trim_end()) {
            Ok(checked) => Some(checked),
            Err(faults) => {
                self.faults(text, faults);
                None
            }
        }
    }

    fn faults(&mut self, text: &At<String>, faults: Vec<Fault>) {
        let scalar = places(self.text, text);
        for fault in faults {
            let start = scalar.as_ref().map_or((text.line, text.column), |scalar| scalar.place(fault.at));
            self.fail(Span::new(self.path, start, start), fault.message, fault.help);
        }
    }
}

/// What no file can tell by itself: names that are taken, rules that are not there, rules that silence each other.
fn between(rules: &[Rule]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut names: BTreeMap<&str, &Rule> = BTreeMap::new();
    for rule in rules {
        for name in rule.aliases.iter().map(String::as_str).chain([&*rule.id]) {
            if let Some(other) = names.insert(name, rule) {
                let message = format!("the id `{name}` is taken by {}", other.file);
                problems.push(Problem::new(Span::line(&*rule.file, 1), message, "ids are never used again"));
            }
        }
    }
    for rule in rules {
        for name in rule.yields_to.iter().filter(|name| !names.contains_key(name.value.as_str())) {
            let help = suggest::advice(name, names.keys().copied());
            problems.push(Problem::new(name.span(&rule.file), format!("there is no rule `{}`", name.value), help));
        }
        if yields_to_itself(rules, rule) {
            let message = format!("`{}` yields to itself, through the rules that it yields to", rule.id);
            problems.push(Problem::new(Span::line(&*rule.file, 1), message, "one of them has to speak"));
        }
    }
    problems
}

fn yields_to_itself(rules: &[Rule], start: &Rule) -> bool {
    let mut open: Vec<&Rule> = vec![start];
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    while let Some(rule) = open.pop() {
        for next in rule.yields_to.iter().filter_map(|name| find(rules, name)) {
            if next.id == start.id {
                return true;
            }
            if seen.insert(&next.id) {
                open.push(next);
            }
        }
    }
    false
}
