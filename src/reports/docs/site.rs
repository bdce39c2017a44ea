//! Pages as one file of HTML that asks nobody for anything: all pages one after the other, with pictures; a script shows one at
//! a time, searches, and turns light into dark. On paper, and without the script, all of them are there.

use std::fmt::Write;

use pulldown_cmark::{Event, Options, Parser};

use super::document::{Block, Page, Piece, Site};
use super::folder::File;
use super::own::{Comment, Own};
use crate::reports::html::{legend, page as whole};
use crate::reports::svg;
use crate::reports::xml::escaped;

/// Style beside that of all pages.
const STYLE: &str = include_str!("site.css");
/// Script beside that of all pages.
const SCRIPT: &str = include_str!("site.js");

/// The site as a file. `there` gives the text of a page of Markdown that is there: what people wrote in it is shown.
#[must_use]
pub fn file(site: &Site, there: &dyn Fn(&str) -> Option<String>) -> File {
    let mut out = String::new();
    let title = format!("Architecture of {}", site.title);
    // Writing to a string does not fail.
    let _ = write!(
        out,
        "<div class=\"site\"><nav aria-label=\"Pages\"><div class=\"top\"><a class=\"home\" href=\"#README\">{}</a>\
         <button type=\"button\" data-do=\"theme\" title=\"Light or dark\" aria-label=\"Light or dark\">◐</button></div>\
         <input type=\"search\" id=\"search\" placeholder=\"Search\" aria-label=\"Search in all pages\" autocomplete=\"off\">\
         <ol id=\"hits\" aria-live=\"polite\"></ol>{}</nav>\n<main>\n",
        escaped(&site.title),
        contents(site)
    );
    let mut number = 0;
    for page in &site.pages {
        let mut own = Own::read(&there(&format!("{}.md", page.path)).unwrap_or_default()).unwrap_or_default();
        let _ = writeln!(out, "<article id=\"{}\">\n<h1>{}</h1>", escaped(&page.path), escaped(&page.title));
        for block in &page.blocks {
            match block {
                Block::Heading(text) => drop(writeln!(out, "<h2>{}</h2>", escaped(text))),
                Block::Text(text) => drop(writeln!(out, "<p>{}</p>", pieces(text))),
                Block::List(items) => {
                    let items: String = items.iter().map(|item| format!("<li>{}</li>", pieces(item))).collect();
                    let _ = writeln!(out, "<ul>{items}</ul>");
                }
                Block::Table { head, rows } => table(&mut out, head, rows),
                Block::Diagram { view, .. } => {
                    number += 1;
                    let place = svg::Place { id: &format!("picture-{number}"), link: &|key| link(site, page, key) };
                    let picture = svg::inline(view.clone(), &place);
                    let _ = writeln!(out, "<div class=\"diagram\"><div class=\"stage\">\n{picture}</div></div>");
                    if page.path == "README" {
                        out.push_str(&legend());
                    }
                }
                Block::Own(name) => written(&mut out, &own.take(name)),
            }
        }
        own.rest().for_each(|(_, part)| written(&mut out, &part));
        out.push_str("</article>\n");
    }
    out.push_str("</main></div>\n");
    File::new("index.html", Comment::Markup, &whole(&title, &out, STYLE, SCRIPT))
}

fn contents(site: &Site) -> String {
    let item = |page: &Page| {
        let title = if page.path == "README" { "Overview" } else { page.title.as_str() };
        format!("<li><a href=\"#{}\">{}</a></li>", escaped(&page.path), escaped(title))
    };
    let is_service = |page: &&Page| page.path.starts_with("services/");
    let services: String = site.pages.iter().filter(is_service).map(item).collect();
    let others: String = site.pages.iter().filter(|page| !is_service(page)).map(item).collect();
    format!("<ul class=\"pages\">{others}</ul><h2>Services</h2><ul class=\"pages\">{services}</ul>")
}

/// Where a box of a picture leads to.
fn link(site: &Site, page: &Page, key: &str) -> Option<String> {
    let (kind, name) = key.split_once(':')?;
    let to = match kind {
        "service" | "job" => {
            let found = site.pages.iter().find(|page| page.path.starts_with("services/") && page.title == name)?;
            found.path.as_str()
        }
        "datastore" | "table" => "data",
        "topic" => "events",
        _ => return None,
    };
    // A page does not lead to itself.
    (to != page.path && site.pages.iter().any(|page| page.path == to)).then(|| format!("#{to}"))
}

fn table(out: &mut String, head: &[&str], rows: &[Vec<Vec<Piece>>]) {
    out.push_str("<div class=\"wide\"><table>");
    if head.iter().any(|cell| !cell.is_empty()) {
        let cells: String = head.iter().map(|cell| format!("<th>{}</th>", escaped(cell))).collect();
        let _ = write!(out, "<thead><tr>{cells}</tr></thead>");
    }
    out.push_str("<tbody>");
    for row in rows {
        let cells: String = row.iter().map(|cell| format!("<td>{}</td>", pieces(cell))).collect();
        let _ = writeln!(out, "<tr>{cells}</tr>");
    }
    out.push_str("</tbody></table></div>\n");
}

fn pieces(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Words(text) => escaped(text),
            Piece::Strong(text) => format!("<strong>{}</strong>", escaped(text)),
            Piece::Code(text) if text.is_empty() => String::new(),
            Piece::Code(text) | Piece::File(text) => format!("<code>{}</code>", escaped(text)),
            Piece::Page(path, text) => format!("<a href=\"#{}\">{}</a>", escaped(path), escaped(text)),
        })
        .collect()
}

/// What people wrote, in Markdown. Tags stay letters: a page runs no script but its own, and asks nobody for anything.
fn written(out: &mut String, part: &str) {
    if part.trim().is_empty() {
        return;
    }
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let events = Parser::new_ext(part, options).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    });
    out.push_str("<div class=\"own\">\n");
    pulldown_cmark::html::push_html(out, events.filter(|event| !is_picture(event)));
    out.push_str("</div>\n");
}

/// Pictures lie elsewhere; what they are called stays.
fn is_picture(event: &Event<'_>) -> bool {
    matches!(event, Event::Start(pulldown_cmark::Tag::Image { .. }) | Event::End(pulldown_cmark::TagEnd::Image))
}
