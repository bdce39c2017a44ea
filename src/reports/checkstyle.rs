//! A review in the XML of Checkstyle, which reviewdog and most servers of continuous integration read.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::xml::escaped;
use crate::findings::{Finding, Settled};

/// The findings by file. One that no file shows stands at the settings.
#[must_use]
pub fn report(settled: &Settled, settings_file: &str) -> String {
    let mut files: BTreeMap<&str, Vec<(u32, u32, &Finding)>> = BTreeMap::new();
    for finding in &settled.findings {
        let place = finding.span.as_ref().or_else(|| finding.related.first().map(|related| &related.span));
        let (file, line, column) =
            place.map_or((settings_file, 1, 1), |span| (&*span.file, span.line.max(1), span.column.max(1)));
        files.entry(file).or_default().push((line, column, finding));
    }
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n");
    // Writing to a string does not fail; so for all below.
    for (file, mut findings) in files {
        findings.sort_by(|a, b| (a.0, a.1, &a.2.rule, &a.2.entity).cmp(&(b.0, b.1, &b.2.rule, &b.2.entity)));
        let _ = writeln!(text, "  <file name=\"{}\">", escaped(file));
        for (line, column, finding) in findings {
            let _ = writeln!(
                text,
                "    <error line=\"{line}\" column=\"{column}\" severity=\"{}\" message=\"{}\" source=\"loadpath.{}\"/>",
                finding.severity.name(),
                escaped(&format!("{}. Fix: {}", finding.message.trim_end_matches('.'), finding.fix)),
                escaped(&finding.rule),
            );
        }
        text.push_str("  </file>\n");
    }
    text.push_str("</checkstyle>\n");
    text
}
