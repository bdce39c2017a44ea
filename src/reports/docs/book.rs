//! Pages as an mdBook: the same Markdown with diagrams as pictures, its table of contents, and settings that are written once.

use super::document::{Block, Page, Site};
use super::folder::File;
use super::markdown::{Style, file};
use super::own::Comment;
use crate::reports::svg;
use crate::reports::templates::{TemplateError, markdown};
use crate::reports::view::View;

/// All files of the book. `there` gives the text of a file that is there, by its path in the folder.
///
/// # Errors
/// None today; a page may fail as it does in other formats.
pub fn files(site: &Site, there: &dyn Fn(&str) -> Option<String>) -> Result<Vec<File>, TemplateError> {
    let diagram = |page: &Page, number: usize, view: &View| {
        let up = "../".repeat(page.path.matches('/').count());
        Ok(format!("![{}]({up}{})\n", markdown(&view.title), picture(page, number)))
    };
    // A book is read apart from the files of the project: no links lead there.
    let style = Style { depth: None, diagram: &diagram };
    let mut files = Vec::new();
    for page in &site.pages {
        files.push(file(page, format!("src/{}.md", page.path), &style, there)?);
        let views = page.blocks.iter().filter_map(|block| match block {
            Block::Diagram { view, .. } => Some(view),
            _ => None,
        });
        for (number, view) in views.enumerate() {
            let path = format!("src/{}", picture(page, number));
            files.push(File::new(path, Comment::Markup, &svg::document(view.clone())));
        }
    }
    files.push(File::new("src/SUMMARY.md", Comment::Markup, &summary(site)));
    let settings = format!("[book]\ntitle = {}\nsrc = \"src\"\n", serde_json::json!(title(site)));
    files.push(File { once: true, ..File::new("book.toml", Comment::Hash, &settings) });
    Ok(files)
}

fn title(site: &Site) -> String {
    format!("Architecture of {}", site.title)
}

/// The path of a picture of a page: its name and, where there are several, its number.
fn picture(page: &Page, number: usize) -> String {
    let views = page.blocks.iter().filter_map(|block| match block {
        Block::Diagram { name, .. } => Some(*name),
        _ => None,
    });
    let name = views.clone().nth(number).unwrap_or_default();
    let before = views.take(number).filter(|other| *other == name).count();
    let behind = if before > 0 { format!("-{}", before + 1) } else { String::new() };
    format!("diagrams/{}-{name}{behind}.svg", page.path.replace('/', "-"))
}

fn summary(site: &Site) -> String {
    let mut out = "# Summary\n\n".to_owned();
    let mut in_services = false;
    for page in &site.pages {
        let is_service = page.path.starts_with("services/");
        if is_service != in_services && page.path != "README" {
            out.push_str(if is_service { "\n# Services\n\n" } else { "\n# The whole\n\n" });
        }
        in_services = is_service;
        out.push_str(&format!("- [{}]({}.md)\n", markdown(&page.title), page.path));
    }
    out
}
