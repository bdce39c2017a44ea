//! "Did you mean": the nearest of the words that would have been right.

/// The candidate that a misspelt word most likely stands for, if one is near enough.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .filter_map(|candidate| Some((distance(word, candidate)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters of a misspelt word are wrong, if it can stand for the candidate at all.
#[must_use]
pub fn distance(word: &str, candidate: &str) -> Option<usize> {
    // A third of the letters wrong is the most that still reads as a slip and not as another word.
    let limit = word.chars().count().div_ceil(3).max(1);
    Some(strsim::damerau_levenshtein(word, candidate)).filter(|distance| *distance <= limit)
}

/// Advice for a misspelt word: the nearest candidate, or all of them.
#[must_use]
pub fn advice<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = candidates.into_iter().collect();
    match nearest(word, all.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None if all.is_empty() => String::new(),
        None if all.len() > 30 => format!("expected one of {} names, such as `{}`", all.len(), all[..5].join("`, `")),
        None => format!("expected one of `{}`", all.join("`, `")),
    }
}
