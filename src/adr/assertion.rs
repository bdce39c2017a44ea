//! What a decision asserts about the graph: blocks of code with the word `loadpath`, each a list in YAML, into rules that
//! judge like any other. A decision binds once it is accepted; what it asserts before or afterwards judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::folder::records;
use super::pattern::{self, Pattern};
use super::stated::lines;
use super::{Document, Record, Stage};
use crate::config::yaml::{self, At};
use crate::config::{Param, Problem, Profile, Severity, suggest};
use crate::graph::schema::{Kind, Schema};
use crate::rules::condition::{Condition, Fault, Known, Terms, places};
use crate::rules::message::Message;
use crate::rules::{Level, Precision, Rule, Stated};
use crate::span::Span;

/// What the fence of a block says.
const WORD: &str = "loadpath";

/// One assertion as it is written: one of `never`, `exists` and `every`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Written {
    /// A dependency that must not be there: `cart -> postgres/orders`.
    never: Option<At<String>>,
    /// A dependency that must be there.
    exists: Option<At<String>>,
    /// The kind of such a dependency.
    kind: Option<At<String>>,
    /// The kind of entity that a condition is about.
    every: Option<At<String>>,
    /// Which of them.
    #[serde(rename = "where")]
    filter: Option<At<String>>,
    /// What must hold for each.
    holds: Option<At<String>>,
    /// What is said where it does not hold.
    message: Option<At<String>>,
    /// Why.
    because: Option<String>,
    /// How bad a breach is: an error where it is not stated.
    severity: Option<Severity>,
    /// What its id ends in, so that it stays the same when others are added before it.
    name: Option<At<String>>,
}

/// An assertion of one record.
struct Asserted<'a> {
    record: &'a Record,
    /// The text of its block, moved down to the lines that it has in the record.
    text: &'a str,
    written: &'a Written,
    /// Its number among those of the record.
    place: usize,
    at: Span,
}

/// What a rule is made from.
struct Parts {
    select: Kind,
    filter: Option<Condition>,
    violated: Condition,
    message: Message,
    params: BTreeMap<String, Param>,
}

/// The rules that the accepted decisions among files of a folder state.
///
/// # Errors
/// Everything that is wrong in their assertions, with its line.
pub fn asserted(documents: &[Document], schema: &dyn Schema) -> Result<Vec<Rule>, Vec<Problem>> {
    let (mut rules, mut problems) = (Vec::new(), Vec::new());
    let mut ids = BTreeSet::new();
    for record in records(documents).iter().filter(|record| record.stage() == Stage::Accepted) {
        let text = documents.iter().find(|of| of.path == record.file).map_or("", |of| &of.text);
        let mut place = 0;
        for block in blocks(text) {
            let written: Vec<At<Written>> = match yaml::read(&record.file, &block) {
                Ok(written) => written,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            for of in &written {
                place += 1;
                let at = whole_line(text, &of.span(&record.file));
                let asserted = Asserted { record, text: &block, written: &of.value, place, at };
                match asserted.rule(schema) {
                    Ok(rule) if ids.insert(rule.id.clone()) => rules.push(rule),
                    Ok(rule) => {
                        let message = format!("the id `{}` is taken by another assertion", rule.id);
                        problems.push(Problem::new(asserted.at, message, "give it a `name`"));
                    }
                    Err(more) => problems.extend(more),
                }
            }
        }
    }
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    problems.sort();
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

/// How many blocks of assertions a record has, whether they bind or not.
#[must_use]
pub fn asserts(document: &Document) -> bool {
    !blocks(&document.text).is_empty()
}

/// The blocks of a text, each with as many empty lines before it as make its lines those of the text.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut ours = false;
    for line in lines(text) {
        if let Some(info) = line.begins {
            ours = info.split_whitespace().next() == Some(WORD);
            if ours {
                blocks.push("\n".repeat(line.number as usize));
            }
        } else if let Some(block) = blocks.last_mut().filter(|_| ours && line.inner) {
            block.push_str(line.text);
            block.push('\n');
        }
    }
    blocks
}

/// The line that a span begins on, without white space around it.
fn whole_line(text: &str, at: &Span) -> Span {
    let line = text.lines().nth((at.line as usize).saturating_sub(1)).unwrap_or_default();
    let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX - 1) + 1;
    let indent = &line[..line.len() - line.trim_start().len()];
    Span::new(at.file.clone(), (at.line, count(indent)), (at.line, count(line.trim_end())))
}

impl Asserted<'_> {
    fn rule(&self, schema: &dyn Schema) -> Result<Rule, Vec<Problem>> {
        let of = self.written;
        let parts = match (&of.never, &of.exists, &of.every) {
            (Some(edge), None, None) => self.never(edge, schema)?,
            (None, Some(edge), None) => self.exists(edge, schema)?,
            (None, None, Some(kind)) => self.every(kind, schema)?,
            _ => {
                let help =
                    "state one of them: `never: a -> b`, `exists: a -> b`, or `every: KIND` with `holds: CONDITION`";
                return Err(problem(&self.at, "expected one of `never`, `exists` and `every`".to_owned(), help));
            }
        };
        let id = self.record.id();
        Ok(Rule {
            id: self.id()?.into(),
            file: self.record.file.as_str().into(),
            title: format!("Decision {id}: {}", self.record.title),
            precision: Precision::High,
            profiles: [Profile::Recommended, Profile::Strict].into_iter().collect(),
            since: String::new(),
            aliases: Vec::new(),
            select: parts.select,
            filter: parts.filter,
            levels: vec![Level { severity: of.severity.unwrap_or(Severity::Error), violated: parts.violated }],
            yields_to: Vec::new(),
            at: None,
            related: Vec::new(),
            message: parts.message,
            why: of
                .because
                .clone()
                .unwrap_or_else(|| "The decision was weighed and accepted, and others rely on it.".to_owned()),
            fix: format!("Mend what breaks it, or decide anew: loadpath adr supersede {id} \"…\"."),
            alternatives: Vec::new(),
            knowledge: None,
            params: parts.params,
            always_decided: None,
            examples: crate::rules::examples::Examples::default(),
            stated: Some(Stated { at: self.at.clone(), help: format!("loadpath adr show {id}") }),
        })
    }

    /// `adr/0007-one-writer`, and behind it the name or the number of the assertion where it is not the only one.
    fn id(&self) -> Result<String, Vec<Problem>> {
        let stem = slug(self.record.stem());
        match &self.written.name {
            Some(name) if slug(name) == name.value && !name.is_empty() => Ok(format!("adr/{stem}/{}", name.value)),
            Some(name) => {
                let help = "use lower-case letters, digits and `-`";
                Err(problem(&name.span(&self.record.file), format!("`{}` is no name", name.value), help))
            }
            None if self.place == 1 => Ok(format!("adr/{stem}")),
            None => Ok(format!("adr/{stem}/{}", self.place)),
        }
    }

    fn never(&self, edge: &At<String>, schema: &dyn Schema) -> Result<Parts, Vec<Problem>> {
        self.only(&["kind"])?;
        let (from, to) = self.edge(edge)?;
        let violated = pattern::edge("edge", &from, &to, self.kind(schema)?);
        let message = format!(
            "{{{{ edge.from.name }}}} depends on {{{{ edge.to_name }}}} ({{{{ edge.kind }}}}), which {DECISION} rules out"
        );
        self.parts(Kind::Edge, None, &violated, &message, schema)
    }

    fn exists(&self, edge: &At<String>, schema: &dyn Schema) -> Result<Parts, Vec<Problem>> {
        self.only(&["kind"])?;
        let (from, to) = self.edge(edge)?;
        let fits = pattern::edge("e", &from, &to, self.kind(schema)?);
        let caller = pattern::service("s", &from);
        // Where a call of the one that depends leads to nothing known, the dependency may be there.
        let violated = format!("!system.edges.exists(e, {fits}) && system.services.all(s, !({caller}) || s.resolved)");
        let message = format!("no dependency is `{{{{ params.edge }}}}`, which {DECISION} demands");
        self.parts(Kind::System, None, &violated, &message, schema)
    }

    fn every(&self, kind: &At<String>, schema: &dyn Schema) -> Result<Parts, Vec<Problem>> {
        self.only(&["where", "holds", "message"])?;
        let Some(select) = Kind::from_name(kind) else {
            let help = suggest::advice(kind, Kind::ALL.map(Kind::name));
            return Err(problem(&self.place_of(kind), format!("there is no entity kind `{}`", kind.value), &help));
        };
        let Some(holds) = &self.written.holds else {
            return Err(problem(&self.place_of(kind), "key `holds` is missing".to_owned(), "add the condition"));
        };
        let params = self.params();
        let terms = Terms { schema, select, params: &params };
        let (filter, known) = match &self.written.filter {
            Some(text) => self.checked(text, 0, |text| Condition::check(text, terms, &Known::default())).map(Some)?,
            None => None,
        }
        .unzip();
        let (violated, _) = self.checked(holds, 2, |text| {
            Condition::check(&format!("!({text})"), terms, &known.clone().unwrap_or_default())
        })?;
        let said = match &self.written.message {
            Some(message) => format!("{}; {DECISION} decides otherwise", message.value.trim().trim_end_matches('.')),
            None => format!("{{{{ {select} }}}} is not as {DECISION} decides: `{{{{ params.holds }}}}` does not hold"),
        };
        let message = Message::check(&said, terms).map_err(|faults| {
            let at = self.written.message.as_ref().map_or_else(|| self.at.clone(), |of| self.place_of(of));
            faults.into_iter().map(|fault| Problem::new(at.clone(), fault.message, fault.help)).collect::<Vec<_>>()
        })?;
        Ok(Parts { select, filter, violated, message, params })
    }

    /// Conditions that are made from patterns: what is wrong with one would be our own fault, and is told all the same.
    fn parts(
        &self,
        select: Kind,
        filter: Option<Condition>,
        violated: &str,
        message: &str,
        schema: &dyn Schema,
    ) -> Result<Parts, Vec<Problem>> {
        let params = self.params();
        let terms = Terms { schema, select, params: &params };
        let told = |faults: Vec<Fault>| {
            faults.into_iter().map(|of| Problem::new(self.at.clone(), of.message, of.help)).collect::<Vec<_>>()
        };
        let (violated, _) = Condition::check(violated, terms, &Known::default()).map_err(told)?;
        let message = Message::check(message, terms).map_err(told)?;
        Ok(Parts { select, filter, violated, message, params })
    }

    /// What messages say that the user wrote: as values, for a title may hold what a template would read as its own.
    fn params(&self) -> BTreeMap<String, Param> {
        let of = self.written;
        let edge = of.never.as_ref().or(of.exists.as_ref());
        let text = |of: Option<&At<String>>| Param::Text(of.map_or_else(String::new, |of| of.value.trim().to_owned()));
        let decision = format!("{} ({})", self.record.id(), self.record.title);
        BTreeMap::from([
            ("decision".to_owned(), Param::Text(decision)),
            ("edge".to_owned(), text(edge)),
            ("holds".to_owned(), text(of.holds.as_ref())),
        ])
    }

    /// Refuses keys that mean nothing beside the others: what somebody wrote is never without effect and without a word.
    fn only(&self, meant: &[&str]) -> Result<(), Vec<Problem>> {
        let of = self.written;
        let keys = [("kind", &of.kind), ("where", &of.filter), ("holds", &of.holds), ("message", &of.message)];
        let lost =
            keys.into_iter().filter(|(key, _)| !meant.contains(key)).find_map(|(key, of)| Some((key, of.as_ref()?)));
        lost.map_or(Ok(()), |(key, of)| {
            let help = format!("it goes with {}", if key == "kind" { "`never` and `exists`" } else { "`every`" });
            Err(problem(&self.place_of(of), format!("key `{key}` means nothing here"), &help))
        })
    }

    fn edge(&self, text: &At<String>) -> Result<(Pattern, Pattern), Vec<Problem>> {
        pattern::read(text).map_err(|(message, help)| problem(&self.place_of(text), message, &help))
    }

    /// The kind of dependency, if one is stated.
    fn kind(&self, schema: &dyn Schema) -> Result<Option<&str>, Vec<Problem>> {
        let Some(kind) = &self.written.kind else { return Ok(None) };
        let known = schema.field(Kind::Edge, "kind").map_or(&[][..], |field| field.values);
        if !known.is_empty() && !known.contains(&kind.value.as_str()) {
            let help = suggest::advice(kind, known.iter().copied());
            return Err(problem(&self.place_of(kind), format!("no dependency is `{}`", kind.value), &help));
        }
        Ok(Some(&kind.value))
    }

    /// A condition, whose faults stand where they are in the record. So many characters were put before it.
    fn checked<T>(
        &self,
        text: &At<String>,
        before: usize,
        check: impl FnOnce(&str) -> Result<T, Vec<Fault>>,
    ) -> Result<T, Vec<Problem>> {
        let Some(scalar) = places(self.text, text) else {
            let help = "put it on one line, or in a literal block (`|`)";
            return Err(problem(&self.place_of(text), "the condition is folded over several lines".to_owned(), help));
        };
        check(text.value.trim_end()).map_err(|faults| {
            let problem = |fault: Fault| {
                let start = scalar.place(fault.at.saturating_sub(before));
                Problem::new(Span::new(self.record.file.as_str(), start, start), fault.message, fault.help)
            };
            faults.into_iter().map(problem).collect()
        })
    }

    fn place_of(&self, of: &At<String>) -> Span {
        of.span(&self.record.file)
    }
}

fn problem(at: &Span, message: String, help: &str) -> Vec<Problem> {
    vec![Problem::new(at.clone(), message, help)]
}

/// How messages name the decision.
const DECISION: &str = "decision {{ params.decision }}";

/// Small letters, digits and hyphens.
fn slug(text: &str) -> String {
    let small = text.chars().flat_map(char::to_lowercase);
    let letters: String = small.map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    letters.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}
