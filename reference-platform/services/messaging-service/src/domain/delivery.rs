//! In which order the devices of a user hear what happened. What is kept for a user has positions 1, 2, 3, …: a device that is at
//! one knows whether something that comes is the next, known already, or too early.

/// What is to be done with an event that comes to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is the next one, or not kept at all.
    Deliver,
    /// The device has it.
    Known,
    /// Something between is missing: it is to be read from the store.
    Behind,
}

/// For a session that has everything up to `cursor`. Position 0 has what is not kept.
pub fn step(cursor: i64, position: i64) -> Step {
    match position {
        0 => Step::Deliver,
        position if position <= cursor => Step::Known,
        position if position == cursor + 1 => Step::Deliver,
        _ => Step::Behind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_repetitions_are_seen() {
        assert_eq!(step(5, 6), Step::Deliver);
        assert_eq!(step(5, 0), Step::Deliver);
        assert_eq!(step(5, 5), Step::Known);
        assert_eq!(step(5, 1), Step::Known);
        assert_eq!(step(5, 7), Step::Behind);
    }
}
