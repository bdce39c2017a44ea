//! The template of a decision: the embedded one, or a team's own in its place.

use std::path::{Path, PathBuf};

use tera::{Context, Tera};

use super::{Decision, Error, folder};

/// Where the template lies below a folder of templates.
const FILE: &str = "adr/madr.md.tera";

const EMBEDDED: &str = include_str!("../../reports/templates/adr/madr.md.tera");

/// A template, and where it is from.
#[derive(Clone, Debug)]
pub struct Template {
    path: PathBuf,
    text: String,
}

/// The template of a team's folder of templates, where it has one, else the embedded one.
///
/// # Errors
/// When the team's template cannot be read.
pub fn template(own: Option<&Path>) -> Result<Template, Error> {
    if let Some(path) = own.map(|own| own.join(FILE)).filter(|path| path.exists()) {
        return match folder::read(&path) {
            Ok(text) => Ok(Template { path, text }),
            Err(why) => Err(Error::Read { path, why }),
        };
    }
    Ok(Template { path: FILE.into(), text: EMBEDDED.to_owned() })
}

/// The text of a decision.
pub(super) fn fill(template: &Template, decision: &Decision) -> Result<String, Error> {
    let render = || -> tera::TeraResult<String> {
        let mut tera = Tera::new();
        // Without a suffix nothing is escaped as HTML.
        tera.add_raw_template("madr", &template.text)?;
        tera.render("madr", &Context::from_serialize(decision)?)
    };
    let text = render().map_err(|error| Error::Template { path: template.path.clone(), why: error.to_string() })?;
    Ok(text.trim_end().to_owned() + "\n")
}
