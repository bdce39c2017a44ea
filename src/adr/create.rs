//! A decision into a new file: the next number, a name made from the title.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use super::template::{Template, fill};
use super::{Decision, Error, Folder, folder, record};

/// The longest name made from a title, in letters.
const MAX_SLUG: usize = 72;

/// What the names of new files begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ids {
    /// Numbers or dates; what the folder has where it is not stated.
    pub style: Option<Style>,
    /// Names of files elsewhere, such as on the branch that this one will be merged into: their numbers are taken too.
    pub taken: Vec<String>,
}

/// What the name of a file begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// The next number.
    Number,
    /// The day of the decision.
    Date,
}

/// Writes a decision into the folder, which is made where it does not exist. Gives the path of the new file, relative
/// to the root of the project.
///
/// # Errors
/// When the title is empty, the template cannot be filled, or the file exists or cannot be written.
pub fn create(folder: &Folder, decision: &Decision, template: &Template, ids: &Ids) -> Result<String, Error> {
    let name = name(folder, decision, ids)?;
    let text = text(decision, template)?;
    let full = folder.full();
    let fail = |path: PathBuf, why: std::io::Error| Error::Write { path, why: why.to_string() };
    std::fs::create_dir_all(&full).map_err(|why| fail(full.clone(), why))?;
    let path = full.join(&name);
    let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(Error::Exists { path }),
        Err(error) => return Err(fail(path, error)),
        Ok(file) => file,
    };
    file.write_all(text.as_bytes()).map_err(|why| fail(path, why))?;
    Ok(format!("{}/{name}", folder.path))
}

/// The name of the file that a new decision gets: a number or a day, and its title.
pub(super) fn name(folder: &Folder, decision: &Decision, ids: &Ids) -> Result<String, Error> {
    let here = folder::names(folder)?;
    let slug = slug(&decision.title.replace("&lt;", " "));
    let numbers: Vec<(u32, usize)> = here.iter().chain(&ids.taken).filter_map(|name| record::number(name)).collect();
    let days: Vec<&str> = here.iter().filter_map(|name| record::day(name)).collect();
    let style = ids.style.unwrap_or(if numbers.is_empty() && !days.is_empty() { Style::Date } else { Style::Number });
    Ok(match style {
        Style::Number => {
            let next = numbers.iter().map(|(number, _)| number).max().map_or(1, |last| last.saturating_add(1));
            let width = numbers.iter().max().map_or(4, |(_, digits)| *digits);
            format!("{next:0width$}-{slug}.md")
        }
        Style::Date => {
            // As the last one is written.
            let plain = days.last().is_some_and(|day| !day.contains('-'));
            let day = if plain { decision.date.replace('-', "") } else { decision.date.clone() };
            format!("{day}-{slug}.md")
        }
    })
}

/// The text of a decision.
///
/// # Errors
/// When the title is empty, or the template cannot be filled.
pub fn text(decision: &Decision, template: &Template) -> Result<String, Error> {
    if decision.title.trim().is_empty() {
        return Err(Error::NoTitle);
    }
    fill(template, decision)
}

/// Small letters, digits and hyphens.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for letter in title.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') && letter != '\'' {
            slug.push('-');
        }
    }
    if slug.len() > MAX_SLUG {
        slug.truncate(MAX_SLUG);
        // Not in the middle of a word, where there is more than one.
        if let Some(end) = slug.rfind('-') {
            slug.truncate(end);
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "decision".to_owned() } else { slug.to_owned() }
}
