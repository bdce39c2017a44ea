//! Findings to those who answer for them: by their file, else by the service that they are about.

use super::Settled;
use crate::config::CodeOwners;

/// A service with those who answer for it: name, folder, owners.
pub type OfService = (String, String, Vec<String>);

/// Writes the owners of each finding into it.
pub fn own(settled: &mut Settled, files: &CodeOwners, services: &[OfService]) {
    let suppressed = settled.suppressed.iter_mut().map(|of| &mut of.finding);
    for finding in settled.findings.iter_mut().chain(suppressed) {
        let file = finding.span.as_ref().map(|span| &*span.file);
        finding.owners = file.map(|file| files.of(file)).unwrap_or_default();
        if finding.owners.is_empty() {
            let about = names(&finding.entity).find_map(|name| services.iter().find(|(service, ..)| service == name));
            let holds = |path: &str| {
                !path.is_empty()
                    && file.is_some_and(|file| file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
            };
            let within = || services.iter().filter(|(_, path, _)| holds(path)).max_by_key(|(_, path, _)| path.len());
            finding.owners = about.or_else(within).map(|(_, _, owners)| owners.clone()).unwrap_or_default();
        }
    }
}

/// Keeps the findings that one of these answers for.
pub fn only(settled: &mut Settled, owners: &[String]) {
    let plain = |name: &str| name.trim_start_matches('@').to_lowercase();
    let asked: Vec<String> = owners.iter().map(|name| plain(name)).collect();
    let is_theirs = |of: &[String]| of.iter().any(|owner| asked.contains(&plain(owner)));
    settled.findings.retain(|finding| is_theirs(&finding.owners));
    settled.suppressed.retain(|of| is_theirs(&of.finding.owners));
}

/// The names in an entity's id, in order: `cart` and `price` of `edge:cart->price`.
fn names(entity: &str) -> impl Iterator<Item = &str> {
    let inner = entity.split_once(':').map_or("", |(_, inner)| inner);
    inner.split("->").flat_map(|part| part.split(['/', ' ']))
}
