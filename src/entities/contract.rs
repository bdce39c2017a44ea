//! Contracts: proto services as both sides agreed on them, with what changed since the base revision.

use super::reading::{column, texts};
use super::{Table, text, unknown};
use crate::analysis::Model;
use crate::analysis::delta;
use crate::analysis::protos::{ContractSite, is_vendored};
use crate::graph::schema::{Field, Kind, Reading, Type};
use crate::span::Span;

/// The table of contracts.
pub static TABLE: Table = Table {
    kind: Kind::Contract,
    count: |model| model.protos.contracts.len(),
    id: |model, index| format!("contract:{}", site(model, index).name()),
    spans: |model, index| {
        let of = site(model, index);
        let mut spans = vec![(place(model, of), format!("{} is here", of.service.name))];
        let using = model.graph.edges.iter().filter(|edge| edge.contract.as_deref() == Some(of.name()));
        spans.extend(using.filter_map(|edge| {
            let from = &model.graph.services[edge.from].name;
            edge.evidence.first().map(|at| (at.clone(), format!("{from} calls it")))
        }));
        spans
    },
    formula: |_, _, _| None,
    columns: &[&[
        column(Field::new("name", Type::Text, "Package and service."), |model, index| text(site(model, index).name())),
        column(Field::new("package", Type::Text, "The package."), |model, index| {
            text(&site(model, index).file.package)
        }),
        column(
            Field::new(
                "vendored",
                Type::Bool,
                "Whether it is of somebody else, such as `google.*`, or there to test or show something.",
            ),
            |model, index| Reading::Bool(is_vendored(site(model, index).file)),
        ),
        column(
            Field::new("versioned", Type::Bool, "Whether the last part of its package is a major version."),
            |model, index| Reading::Bool(site(model, index).file.package.rsplit('.').next().is_some_and(is_version)),
        ),
        column(
            Field::new(
                "first_of_package",
                Type::Bool,
                "Whether it is the first of its package: what holds for a package is told once.",
            ),
            |model, index| {
                let package = &site(model, index).file.package;
                let first = model.protos.contracts.iter().position(|of| of.file.package == *package);
                Reading::Bool(first == Some(index))
            },
        ),
        column(
            Field::new("unstable", Type::Bool, "Whether its package says that it can still change: `v1alpha1`."),
            |model, index| Reading::Bool(site(model, index).file.package.contains("alpha")),
        ),
        column(Field::new("clients", Type::List(&Type::Text), "Services that call it."), |model, index| {
            let name = site(model, index).name();
            let using = model.graph.edges.iter().filter(|edge| edge.contract.as_deref() == Some(name));
            texts(using.map(|edge| model.graph.services[edge.from].name.clone()))
        }),
        column(
            Field::new(
                "broken",
                Type::List(&Type::Text),
                "Changes since the base that old and new pods do not both understand; empty without a base.",
            )
            .or_unknown(),
            |model, index| match delta::unread_below(&model.protos, site(model, index)) {
                Some(path) => not_read(path),
                None => texts(delta::broken(&model.protos, site(model, index))),
            },
        ),
    ]],
};

/// What cannot be compared with the base, because a file is broken in one of the two revisions.
pub(super) fn not_read(path: &str) -> Reading {
    unknown(&format!("all of {path}, at the base and now"), "a file without errors of syntax")
}

fn site<'m, 'a>(model: &'m Model<'a>, index: usize) -> &'m ContractSite<'a> {
    &model.protos.contracts[index]
}

/// Where it is; for one that is gone the package of the file that it was in, if that is still there.
fn place(model: &Model<'_>, of: &ContractSite<'_>) -> Span {
    let kept = model.facts.proto.iter().find(|file| of.removed && file.path == of.file.path);
    kept.map_or_else(|| of.service.at.clone(), |file| file.package_at.clone())
}

/// `v1`, `v1beta2`
fn is_version(part: &str) -> bool {
    let Some(rest) = part.strip_prefix('v') else { return false };
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let stage = digits.strip_prefix("alpha").or_else(|| digits.strip_prefix("beta")).unwrap_or(digits);
    digits.len() < rest.len()
        && stage.chars().all(|c| c.is_ascii_digit())
        && (digits.is_empty() || stage.len() < digits.len())
}
