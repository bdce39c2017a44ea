//! Architecture pages: what a system is, service by service, and what was found about it, as pages of plain data (`document`),
//! which `markdown`, `book` and `site` write in their formats, and `folder` holds against what is there.
//!
//! `Subject -> Site -> files`. Pages name no lines, no dates and no versions of Loadpath: they are the same until the
//! architecture changes. Knows neither where files lie nor who asks.

pub mod book;
mod data;
mod deployment;
mod document;
mod events;
pub mod folder;
pub mod markdown;
mod overview;
mod own;
mod risks;
mod service;
pub mod site;
mod subject;

pub use document::{Block, Page, Piece, Site};
pub use own::Own;
pub use subject::{Decision, Subject};

use subject::Scope;

/// All pages of a system.
#[must_use]
pub fn pages(subject: &Subject<'_>) -> Site {
    let scope = Scope::new(subject);
    let mut pages = vec![overview::page(&scope)];
    pages.extend(scope.homes.iter().map(|home| service::page(&scope, home)));
    let general = [data::page(&scope), events::page(&scope), deployment::page(&scope), risks::page(&scope)];
    pages.extend(general.into_iter().flatten());
    pages.extend(risks::decisions(&scope));
    Site { title: subject.model.graph.system.clone(), pages }
}
