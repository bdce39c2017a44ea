//! Pages that a browser shows without a network: style, script and pictures stand in the page itself.

use super::svg;
use super::view::View;
use super::xml::escaped;

/// Style of pages.
const VIEWER_STYLE: &str = include_str!("viewer.css");
/// Script of pages: pan, zoom, search, light and dark.
const VIEWER: &str = include_str!("viewer.js");

/// What boxes and arrows mean.
const LEGEND: &[(&str, &str)] = &[
    ("service", "service"),
    ("job", "job"),
    ("datastore", "datastore, table"),
    ("topic", "topic"),
    ("external", "not ours"),
    ("waits", "waits for an answer"),
    ("sends", "nobody waits"),
];

/// One diagram as a page of its own.
#[must_use]
pub fn diagram(view: View) -> String {
    let title = view.title.clone();
    let picture = svg::inline(view, &svg::Place { id: "graph", link: &|_| None });
    let body = format!(
        "<div class=\"alone\"><header><h1>{}</h1>\
         <input type=\"search\" data-do=\"find\" placeholder=\"Find\" aria-label=\"Find in the diagram\">\
         <button type=\"button\" data-do=\"theme\">Light or dark</button></header>\n{}\
         <div class=\"diagram\"><div class=\"stage\">\n{picture}</div></div></div>\n",
        escaped(&title),
        legend()
    );
    page(&title, &body, "", "")
}

/// What boxes and arrows mean, as a list.
pub(super) fn legend() -> String {
    let items: String =
        LEGEND.iter().map(|(class, says)| format!("<li><span class=\"{class}\"></span>{says}</li>")).collect();
    format!("<ul class=\"legend\">{items}</ul>\n")
}

/// A whole page around a body, with style and script beside those of all pages.
pub(super) fn page(title: &str, body: &str, more_style: &str, more_script: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{}{more_style}</style>\n</head>\n<body>\n\
         {body}<script>\n{VIEWER}{more_script}</script>\n</body>\n</html>\n",
        escaped(title),
        style()
    )
}

/// Style with the colours for light and dark: the reader's choice goes before what the system says, and paper is light.
fn style() -> String {
    let (light, dark) = (svg::LIGHT, svg::DARK);
    format!(
        ":root {{\n{light}}}\n\
         @media (prefers-color-scheme: dark) {{\n:root:not([data-theme=light]) {{\n{dark}}}\n}}\n\
         :root[data-theme=dark] {{\n{dark}}}\n{}{VIEWER_STYLE}@media print {{\n:root:root {{\n{light}}}\n}}\n",
        svg::STYLE
    )
}
