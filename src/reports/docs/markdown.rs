//! Pages as Markdown that hosts of repositories show: tables, links between pages and to the files of the project, diagrams
//! as Mermaid.

use super::document::{Block, Page, Piece, Site};
use super::folder::File;
use super::own::{Comment, Own, marked, sealed};
use crate::reports::mermaid;
use crate::reports::templates::{TemplateError, Templates, code_span, markdown};
use crate::reports::view::View;

/// How a page of Markdown is written.
pub(super) struct Style<'a> {
    /// How many folders the pages lie below the root of the project; none where they lie elsewhere.
    pub depth: Option<usize>,
    /// A diagram of a page, by its number among those of the page.
    pub diagram: &'a dyn Fn(&Page, usize, &View) -> Result<String, TemplateError>,
}

/// All pages. `there` gives the text of a file that is there, by its path in the folder.
///
/// # Errors
/// When a team's template of diagrams cannot be filled.
pub fn files(
    site: &Site,
    depth: Option<usize>,
    templates: &Templates,
    there: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<File>, TemplateError> {
    let diagram = |_: &Page, _: usize, view: &View| {
        Ok(format!("```mermaid\n{}\n```\n", mermaid::paint(view.clone(), templates)?.trim_end()))
    };
    let style = Style { depth, diagram: &diagram };
    site.pages.iter().map(|page| file(page, format!("{}.md", page.path), &style, there)).collect()
}

/// A page as a file, with what people wrote in the one that is there.
pub(super) fn file(
    page: &Page,
    path: String,
    style: &Style<'_>,
    there: &dyn Fn(&str) -> Option<String>,
) -> Result<File, TemplateError> {
    let own = Own::read(&there(&path).unwrap_or_default());
    let broken = own.as_ref().err().cloned();
    let body = body(page, style, own.unwrap_or_default())?;
    Ok(File { path, text: sealed(Comment::Markup, &body), broken, once: false })
}

fn body(page: &Page, style: &Style<'_>, mut own: Own) -> Result<String, TemplateError> {
    let pieces = |pieces: &[Piece]| -> String { pieces.iter().map(|piece| self::piece(piece, page, style)).collect() };
    let mut out = format!("# {}\n", markdown(&page.title));
    let mut diagrams = 0;
    for block in &page.blocks {
        out.push('\n');
        match block {
            Block::Heading(text) => out.push_str(&format!("## {}\n", markdown(text))),
            Block::Text(text) => out.push_str(&format!("{}\n", paragraph(&pieces(text)))),
            Block::List(items) => {
                items.iter().for_each(|item| out.push_str(&format!("- {}\n", pieces(item))));
            }
            Block::Table { head, rows } => {
                out.push_str(&format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len())));
                for row in rows {
                    let cells: Vec<String> = row.iter().map(|cell| pieces(cell)).collect();
                    out.push_str(&format!("| {} |\n", cells.join(" | ")));
                }
            }
            Block::Diagram { view, .. } => {
                out.push_str(&(style.diagram)(page, diagrams, view)?);
                diagrams += 1;
            }
            Block::Own(name) => out.push_str(&marked(name, &own.take(name))),
        }
    }
    // Nothing that people wrote is lost, even if the page has no place for it any more.
    for (name, part) in own.rest() {
        out.push('\n');
        out.push_str(&marked(&name, &part));
    }
    Ok(out)
}

/// A paragraph that is none of a list, even if it begins like one.
fn paragraph(text: &str) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    match text.as_bytes().get(digits) {
        Some(b'.' | b')') if digits > 0 => format!("{}\\{}", &text[..digits], &text[digits..]),
        Some(b'-' | b'+' | b'=') if digits == 0 => format!("\\{text}"),
        _ => text.to_owned(),
    }
}

fn piece(piece: &Piece, from: &Page, style: &Style<'_>) -> String {
    let up = from.path.matches('/').count();
    match piece {
        Piece::Words(text) => markdown(text),
        Piece::Strong(text) => format!("**{}**", markdown(text)),
        Piece::Code(text) if text.is_empty() => String::new(),
        Piece::Code(text) => code_span(text),
        Piece::Page(path, text) => format!("[{}]({})", markdown(text), to_page(from, path)),
        Piece::File(path) => match style.depth {
            Some(depth) => format!("[{}]({}{})", code_span(path), "../".repeat(up + depth), address(path)),
            None => code_span(path),
        },
    }
}

/// The way from one page to another.
fn to_page(from: &Page, path: &str) -> String {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
    match path.strip_prefix(folder(&from.path).as_str()) {
        Some(near) => format!("{}.md", address(near)),
        None => format!("{}{}.md", "../".repeat(from.path.matches('/').count()), address(path)),
    }
}

/// A path as the target of a link.
fn address(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' | b'+' | b'@' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
