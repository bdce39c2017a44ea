//! How well a text fits what was typed: its letters in order, better where they begin words and stand together.

/// A score, the higher the better; nothing where a letter is missing. Words of the pattern may stand in any order.
pub fn score(pattern: &str, text: &str) -> Option<i64> {
    let lower = text.to_lowercase();
    let mut total = 0;
    for word in pattern.to_lowercase().split_whitespace() {
        total += word_score(word, &lower)?;
    }
    // Of two that fit alike, the shorter one was meant.
    Some(total * 100 - i64::try_from(text.chars().count().min(99)).unwrap_or(99))
}

fn word_score(word: &str, text: &str) -> Option<i64> {
    let length = i64::try_from(word.chars().count()).unwrap_or(i64::MAX / 1_000);
    if let Some(at) = text.find(word) {
        let begins = text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        let ends = text[at + word.len()..].chars().next().is_none_or(|after| !after.is_alphanumeric());
        return Some(length * 4 + if begins { 6 } else { 0 } + if ends { 3 } else { 0 });
    }
    let mut wanted = word.chars().peekable();
    let (mut points, mut before, mut together) = (0, ' ', false);
    for c in text.chars() {
        if wanted.peek() == Some(&c) {
            wanted.next();
            points += 1;
            points += i64::from(together);
            points += if before.is_alphanumeric() { 0 } else { 2 };
            together = true;
        } else {
            together = false;
        }
        before = c;
    }
    wanted.peek().is_none().then_some(points)
}

/// Whether a text passes a filter: all words are in it; `!` in front turns that round, `~` takes letters in order.
pub fn passes(filter: &str, text: &str) -> bool {
    if let Some(rest) = filter.strip_prefix('!') {
        return rest.trim().is_empty() || !passes(rest, text);
    }
    if let Some(rest) = filter.strip_prefix('~') {
        return score(rest, text).is_some();
    }
    let text = text.to_lowercase();
    filter.to_lowercase().split_whitespace().all(|word| text.contains(word))
}
