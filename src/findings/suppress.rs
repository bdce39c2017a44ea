//! Suppressions: which findings they accept, and what is wrong with them.
//!
//! An inline one covers its own line, or, standing alone, the lines down to the next line of code. One of
//! `loadpath.yaml` covers a rule and a glob of entities, perhaps in one environment only. Both need a reason, and end
//! after their last day.

use std::ops::RangeInclusive;

use globset::{Glob, GlobMatcher};

use super::finding::{Finding, Notice, NoticeKind};
use super::settle::Inputs;
use crate::config::{self, Date, suggest};
use crate::facts;
use crate::rules::{Rule, find};
use crate::span::Span;

/// A suppression that applies today.
pub(super) struct Active<'a> {
    pub rule: &'a Rule,
    pub at: Span,
    pub reason: String,
    pub until: Option<String>,
    pub owner: Option<String>,
    scope: Scope,
    /// Whether it has matched a finding, or something that is not decided.
    pub used: bool,
}

enum Scope {
    Lines { file: String, lines: RangeInclusive<u32> },
    Entities(GlobMatcher),
}

impl Active<'_> {
    /// Whether it is about this entity of its rule, seen at these places.
    pub fn covers<'s>(&self, entity: &str, mut spans: impl Iterator<Item = &'s Span>) -> bool {
        match &self.scope {
            Scope::Lines { file, lines } => spans.any(|span| *span.file == **file && lines.contains(&span.line)),
            Scope::Entities(glob) => glob.is_match(entity),
        }
    }

    pub fn accepts(&self, finding: &Finding) -> bool {
        let spans = finding.span.iter().chain(finding.related.iter().map(|related| &related.span));
        *self.rule.id == *finding.rule && self.covers(&finding.entity, spans)
    }

    pub fn stale(&self) -> Notice {
        Notice {
            at: self.at.clone(),
            kind: NoticeKind::Stale,
            message: format!("the suppression of `{}` matches no finding", self.rule.id),
            help: "remove it".to_owned(),
        }
    }
}

/// All suppressions: those that apply, and notices about those that do not.
pub(super) fn collect<'a>(inputs: &Inputs<'a>) -> (Vec<Active<'a>>, Vec<Notice>) {
    let (mut active, mut notices) = (Vec::new(), Vec::new());
    for suppression in inputs.inline {
        match inline(suppression, inputs) {
            Ok(suppression) => active.push(suppression),
            Err(notice) => notices.push(notice),
        }
    }
    for suppression in &inputs.config.suppressions {
        let elsewhere = suppression.environment.as_deref().is_some_and(|only| inputs.environment != Some(only));
        if elsewhere {
            continue;
        }
        match stated(suppression, inputs) {
            Ok(suppression) => active.push(suppression),
            Err(notice) => notices.push(notice),
        }
    }
    (active, notices)
}

fn inline<'a>(suppression: &facts::Suppression, inputs: &Inputs<'a>) -> Result<Active<'a>, Notice> {
    let at = &suppression.at;
    let rule = named(&suppression.rule, at, inputs)?;
    let reason = suppression.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
    let reason = reason.ok_or_else(|| Notice {
        at: at.clone(),
        kind: NoticeKind::NoReason,
        message: format!("the suppression of `{}` has no reason, so it does not apply", suppression.rule),
        help: format!("say why: loadpath: allow({}) because …", suppression.rule),
    })?;
    in_force(&suppression.rule, suppression.until.as_deref(), at, inputs.today)?;
    let lines = covered(at, (inputs.text)(&at.file).as_deref());
    Ok(Active {
        rule,
        at: at.clone(),
        reason: reason.to_owned(),
        until: suppression.until.clone(),
        owner: None,
        scope: Scope::Lines { file: at.file.to_string(), lines },
        used: false,
    })
}

fn stated<'a>(suppression: &config::Suppression, inputs: &Inputs<'a>) -> Result<Active<'a>, Notice> {
    let at = suppression.rule.span(inputs.config_file);
    let rule = named(&suppression.rule, &at, inputs)?;
    let until = suppression.until.as_ref().map(|until| until.value.clone());
    in_force(&suppression.rule, until.as_deref(), &at, inputs.today)?;
    let pattern = suppression.entity.as_ref().map_or("*", |entity| &entity.value);
    // Loading the settings has refused what is no glob.
    let glob = Glob::new(pattern).map_err(|error| Notice {
        at: at.clone(),
        kind: NoticeKind::Stale,
        message: format!("`{pattern}` is no glob: {}", error.kind()),
        help: "correct it".to_owned(),
    })?;
    Ok(Active {
        rule,
        at,
        reason: suppression.reason.value.clone(),
        until,
        owner: suppression.owner.clone(),
        scope: Scope::Entities(glob.compile_matcher()),
        used: false,
    })
}

fn named<'a>(name: &str, at: &Span, inputs: &Inputs<'a>) -> Result<&'a Rule, Notice> {
    find(inputs.rules, name).ok_or_else(|| Notice {
        at: at.clone(),
        kind: NoticeKind::UnknownRule,
        message: format!("the suppression names `{name}`, which is no rule"),
        help: suggest::advice(name, inputs.rules.iter().map(|rule| &*rule.id)),
    })
}

fn in_force(rule: &str, until: Option<&str>, at: &Span, today: Date) -> Result<(), Notice> {
    let Some(until) = until else { return Ok(()) };
    let message = match until.parse::<Date>() {
        Ok(last) if today <= last => return Ok(()),
        Ok(last) => format!("the suppression of `{rule}` ended after {last}"),
        Err(why) => format!("the suppression of `{rule}` does not apply: {why}"),
    };
    let help = "mend what it accepts, or set a new day".to_owned();
    Err(Notice { at: at.clone(), kind: NoticeKind::Expired, message, help })
}

/// The lines that an inline suppression covers. Behind code it covers that line; alone it covers the lines down to
/// the next one with code, attributes and other comments between them included.
fn covered(at: &Span, text: Option<&str>) -> RangeInclusive<u32> {
    let first = at.line;
    let Some(text) = text else { return first..=at.end_line.saturating_add(1) };
    let own = text.lines().nth(first.saturating_sub(1) as usize).unwrap_or_default();
    let before: String = own.chars().take(at.column.saturating_sub(1) as usize).collect();
    if !before.trim().is_empty() {
        return first..=first;
    }
    let comments = comment_marks(&at.file);
    let below = text.lines().enumerate().skip(at.end_line as usize);
    let code = below
        .filter(|(_, line)| {
            let line = line.trim_start();
            !line.is_empty() && !comments.iter().any(|mark| line.starts_with(mark))
        })
        .map(|(index, _)| u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1))
        .next();
    first..=code.unwrap_or(at.end_line)
}

/// What a line begins with that is no code yet.
fn comment_marks(file: &str) -> &'static [&'static str] {
    match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("rs") => &["//", "/*", "*", "#[", "#!["],
        Some("proto") => &["//", "/*", "*"],
        Some("sql") => &["--", "/*"],
        _ => &["#"],
    }
}
