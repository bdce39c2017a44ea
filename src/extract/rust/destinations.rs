//! The columns that an insert fills from its parameters, of those that say where a row is to be sent. Works on the text: it is
//! asked while code is followed, before any statement is parsed, and only of inserts with a list of columns and one row of
//! values. What a statement means is known to the extractor of SQL alone.

/// Names of columns that hold where a row is to be sent, as outboxes have them.
const DESTINATIONS: &[&str] =
    &["topic", "topic_name", "event_topic", "subject", "queue", "queue_name", "channel", "exchange", "destination"];

/// The destination columns that an insert fills from a parameter: the name of the column, and which parameter from 0.
#[must_use]
pub fn destinations(statement: &str) -> Vec<(String, usize)> {
    let lower = statement.to_ascii_lowercase();
    let Some(start) = lower.find("insert into ") else { return Vec::new() };
    let Some((columns, rest)) = list(&lower[start..]) else { return Vec::new() };
    let Some(values) = rest.trim_start().strip_prefix("values") else { return Vec::new() };
    let Some((values, _)) = list(values) else { return Vec::new() };
    let mut asked = 0;
    let mut found = Vec::new();
    for (column, value) in columns.iter().zip(&values) {
        let position = if let Some(number) = value.strip_prefix('$') {
            let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<usize>().ok().and_then(|number| number.checked_sub(1))
        } else if value.starts_with('?') {
            asked += 1;
            Some(asked - 1)
        } else {
            None
        };
        let column = column.trim_matches(['"', '`']);
        if let Some(position) = position
            && DESTINATIONS.contains(&column)
        {
            found.push((column.to_owned(), position));
        }
    }
    found
}

/// The parts of the first list in parentheses, and what comes after it.
fn list(text: &str) -> Option<(Vec<String>, &str)> {
    let open = text.find('(')?;
    let mut depth = 0_usize;
    let mut parts = vec![String::new()];
    for (index, c) in text[open..].char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => {
                let parts = parts.iter().map(|part| part.trim().to_owned()).collect();
                return Some((parts, &text[open + index + 1..]));
            }
            ')' => depth -= 1,
            ',' if depth == 1 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if depth > 1 || c != '(' {
            parts.last_mut()?.push(c);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::destinations;

    #[test]
    fn columns_are_those_of_the_parameters() {
        let of = |text: &str| {
            destinations(text).into_iter().map(|(column, at)| format!("{column}={at}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("INSERT INTO outbox (id, topic, key) VALUES ($1, $2, $3)"), "topic=1");
        assert_eq!(of("with a as (insert into o (\"queue\", body) values (?, ?) returning id) select 1"), "queue=0");
        assert_eq!(of("INSERT INTO o (id, topic) VALUES (coalesce($1, now()), $2::text)"), "topic=1");
        assert_eq!(of("INSERT INTO o (id, topic) VALUES (gen(?, ?), 'orders')"), "");
        assert_eq!(of("INSERT INTO o (id, body) VALUES ($1, $2)"), "");
        assert_eq!(of("INSERT INTO o SELECT topic FROM p"), "");
        assert_eq!(of("INSERT INTO o (topic, b) VALUES ($0, ("), "");
    }
}
