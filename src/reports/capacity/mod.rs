//! Demand against limit, in each of its formats: lines for a terminal, JSON, Markdown.
//!
//! Knows the model that the rows were found in, for names; decides nothing.

mod json;
mod markdown;
mod text;

pub use json::{Document, Limited, SCHEMA, document, limits};
pub use markdown::markdown;
pub use text::text;

use crate::analysis::Model;
use crate::analysis::capacity::{Row, Share, Stand};
use crate::analysis::figure::Figure;
use crate::reports::summary::counted;

/// `2 limits are exceeded, 1 is not known, 5 hold`
fn counts(rows: &[Row]) -> String {
    let of = |stand: Stand| rows.iter().filter(|row| row.stand() == stand).count();
    format!(
        "{}, {}, {}",
        counted(of(Stand::Exceeded), "limit is exceeded", "limits are exceeded"),
        counted(of(Stand::Unknown), "is not known", "are not known"),
        counted(of(Stand::Fits), "holds", "hold")
    )
}

/// Demand and limit with their unit: `65 of 97 connections, 32 left`.
pub(super) fn figures(row: &Row) -> String {
    let number = |figure: &Figure| figure.number.as_ref().map_or_else(|_| "?".to_owned(), ToString::to_string);
    let demand = match &row.demand.number {
        Ok(number) => number.to_string(),
        Err(_) => format!("at least {}", row.at_least),
    };
    let left = match row.headroom() {
        Some(left) if left < 0 => format!(", {} too many", -left),
        Some(left) => format!(", {left} left"),
        None => String::new(),
    };
    format!("{demand} of {} {}{left}", number(&row.limit), row.resource.unit())
}

/// What one more replica of a service does.
fn marginal(model: &Model<'_>, row: &Row, share: &Share) -> Option<String> {
    let each = *share.each.number.as_ref().ok().filter(|each| **each > 0)?;
    let name = &model.graph.services[share.service].name;
    let unit = row.resource.unit();
    let met = match (row.met_at(share), &share.replicas.number) {
        (Some(met), Ok(replicas)) if met >= *replicas => {
            format!("; the limit is met at {met} replicas (now {replicas})")
        }
        (Some(_), Ok(replicas)) => format!("; the limit is met already (now {replicas} replicas)"),
        _ => String::new(),
    };
    Some(format!("one more replica of {name} adds {each} {unit}{met}"))
}
