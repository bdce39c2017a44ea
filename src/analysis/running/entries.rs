//! RPCs and routes that were called, against those that are written.

use std::collections::{BTreeMap, BTreeSet};

use super::fits::{is_plumbing, is_probed, is_route};
use super::written::Written;
use super::{EntryRow, Sight, Standing};
use crate::facts::running::{Running, Served};
use crate::graph::model::EntryId;

/// The rows of all entry points that are called from outside of a service. Services that were not seen are left out.
pub(super) fn compare(written: &Written<'_>, running: &Running) -> Vec<EntryRow> {
    let mut rows = Vec::new();
    for service in &running.services {
        let Some(id) = written.service(&service.name) else { continue };
        let entries = written.graph.entries.iter().enumerate().filter(|(_, entry)| entry.service == id);
        let entries: Vec<(EntryId, &str)> = entries
            .filter(|(_, entry)| matches!(entry.kind.as_str(), "rpc" | "endpoint"))
            .map(|(id, entry)| (id, entry.name.as_str()))
            .collect();
        let mut called: BTreeMap<EntryId, Sight> = BTreeMap::new();
        for seen in &service.served {
            match called_at(&entries, &seen.what) {
                Some(entry) => called.entry(entry).or_default().add(&seen.tally),
                None if is_no_entry(&seen.what) => {}
                None => {
                    let mut sight = Sight::default();
                    sight.add(&seen.tally);
                    rows.push(EntryRow {
                        service: service.name.clone(),
                        name: name(&seen.what),
                        entry: None,
                        standing: Standing::NotWritten,
                        sight,
                    });
                }
            }
        }
        let mut names = BTreeSet::new();
        for (id, name) in entries {
            let sight = called.remove(&id);
            // Of two functions behind one name the first is told.
            if !names.insert(name) && sight.is_none() {
                continue;
            }
            let standing = if sight.is_some() { Standing::Same } else { Standing::NotSeen };
            rows.push(EntryRow {
                service: service.name.clone(),
                name: name.to_owned(),
                entry: Some(id),
                standing,
                sight: sight.unwrap_or_default(),
            });
        }
    }
    rows.sort_by(|a, b| (&a.service, &a.name).cmp(&(&b.service, &b.name)));
    rows
}

/// The entry point that was called: the one of that very name, else the first whose parameters let it be.
fn called_at(entries: &[(EntryId, &str)], served: &Served) -> Option<EntryId> {
    let name = name(served);
    if let Some((id, _)) = entries.iter().find(|(_, written)| *written == name) {
        return Some(*id);
    }
    let Served::Route { verb, path } = served else { return None };
    entries.iter().find(|(_, written)| is_route(written, verb, path)).map(|(id, _)| *id)
}

fn is_no_entry(served: &Served) -> bool {
    match served {
        Served::Rpc { contract, .. } => is_plumbing(contract),
        Served::Route { path, .. } => is_probed(path),
    }
}

fn name(served: &Served) -> String {
    match served {
        Served::Rpc { contract, method } => format!("{contract}/{method}"),
        Served::Route { verb, path } => format!("{verb} {path}"),
    }
}
