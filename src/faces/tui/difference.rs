//! Two texts that differ in one place, as the lines that go and come there: what a change of settings looks like.

use super::text::{Line, Role};

/// Lines around what differs.
const AROUND: usize = 3;

/// The lines that go and come, with some around them; none where the texts are the same.
pub fn lines(before: &str, after: &str) -> Vec<Line> {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    if old == new {
        return Vec::new();
    }
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_rest, new_rest) = (&old[same..], &new[same..]);
    let behind = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let first = same.saturating_sub(AROUND);
    let mut lines = vec![Line::new(Role::Dim, format!("@@ line {} @@", first + 1))];
    let row = |role, sign: &str, line: &&str| Line::new(role, format!("{sign} {line}")).indented(4);
    lines.extend(old[first..same].iter().map(|line| row(Role::Dim, " ", line)));
    lines.extend(old_rest[..old_rest.len() - behind].iter().map(|line| row(Role::Removed, "-", line)));
    lines.extend(new_rest[..new_rest.len() - behind].iter().map(|line| row(Role::Added, "+", line)));
    let end = new.len() - behind;
    lines.extend(new[end..(end + AROUND).min(new.len())].iter().map(|line| row(Role::Dim, " ", line)));
    lines
}
