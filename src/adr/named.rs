//! What a person calls a decision by, to the one that is meant: `7`, `0007`, `ADR-7`, a date, a file or its beginning.

use super::{Error, Record};

/// The one decision that goes by a name.
///
/// # Errors
/// When there is none, or there are several.
pub fn named<'a>(records: &'a [Record], name: &str) -> Result<&'a Record, Error> {
    let found = all(records, name);
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(Error::NoRecord { name: name.to_owned() }),
        several => {
            let files: Vec<&str> = several.iter().map(|record| &*record.file).collect();
            Err(Error::Several { name: name.to_owned(), files: files.join(", ") })
        }
    }
}

/// All that go by it: those of that number, else of that file, else those whose file begins so.
fn all<'a>(records: &'a [Record], name: &str) -> Vec<&'a Record> {
    let name = name.trim();
    let fits = |is: &dyn Fn(&Record) -> bool| records.iter().filter(|record| is(record)).collect::<Vec<_>>();
    if let Some(number) = number(name) {
        let found = fits(&|record| record.number == Some(number));
        if !found.is_empty() {
            return found;
        }
    }
    let path = name.trim_start_matches("./");
    let exact = fits(&|record| [&*record.file, record.name(), record.stem()].contains(&path));
    if !exact.is_empty() || path.is_empty() {
        return exact;
    }
    fits(&|record| record.stem().starts_with(path))
}

/// `7` of `7`, `0007`, `ADR-0007`, `#7`.
pub(super) fn number(name: &str) -> Option<u32> {
    let rest = name.get(..3).filter(|start| start.eq_ignore_ascii_case("adr")).map_or(name, |_| &name[3..]);
    let digits = rest.trim_start_matches(['-', ' ', '#']);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
}
