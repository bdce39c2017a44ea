//! The order of a feed. It depends on nothing but the entries and the moment for which it is asked, so that pages of one reading fit
//! together.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::{Entry, Micros};

const HOUR: f64 = 3_600_000_000.0;
/// After so many hours a post is worth half.
const FRESHNESS_HALF_LIFE: f64 = 12.0;
/// After so many hours something that the reader did with a post of an author counts half.
const AFFINITY_HALF_LIFE: f64 = 14.0 * 24.0;

/// How entries are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// By freshness and by how near the author is to the reader.
    Ranked,
    /// Newest first.
    Latest,
}

/// Where an entry stands; what is greater comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The bits of the score, which are ordered as scores are, because none is negative.
    pub score: u64,
    /// When it was published.
    pub time: Micros,
    /// The post.
    pub post_id: Uuid,
}

/// An entry that has its place.
#[derive(Clone, Copy, Debug)]
pub struct Ranked {
    /// What it is.
    pub entry: Entry,
    /// Where it stands.
    pub place: Place,
    /// Whether it is of a very followed account, added now.
    pub popular: bool,
}

/// How near authors are to a reader, from 0.
#[derive(Debug, Default)]
pub struct Affinity(HashMap<Uuid, f64>);

impl Affinity {
    /// From what the reader did until `at`.
    pub fn new(interactions: &[Entry], at: Micros) -> Self {
        let mut weights: HashMap<Uuid, f64> = HashMap::new();
        for interaction in interactions.iter().filter(|interaction| interaction.time <= at) {
            *weights.entry(interaction.author_id).or_default() +=
                decay(at.saturating_sub(interaction.time), AFFINITY_HALF_LIFE);
        }
        Affinity(weights)
    }

    /// Grows ever slower: who is liked a hundred times does not push all others out.
    fn of(&self, author_id: Uuid) -> f64 {
        self.0.get(&author_id).copied().unwrap_or_default().ln_1p()
    }
}

/// All entries that were published until `at`, each post once, the first one first.
pub fn rank(written: &[Entry], popular: &[Entry], affinity: &Affinity, order: Order, at: Micros) -> Vec<Ranked> {
    let mut seen = HashSet::new();
    let all = written.iter().map(|entry| (entry, false)).chain(popular.iter().map(|entry| (entry, true)));
    let mut ranked: Vec<Ranked> = all
        .filter(|(entry, _)| entry.time <= at && seen.insert(entry.post_id))
        .map(|(&entry, popular)| {
            let score = match order {
                Order::Ranked => {
                    decay(at.saturating_sub(entry.time), FRESHNESS_HALF_LIFE) * (1.0 + affinity.of(entry.author_id))
                }
                Order::Latest => 0.0,
            };
            Ranked { entry, place: Place { score: score.to_bits(), time: entry.time, post_id: entry.post_id }, popular }
        })
        .collect();
    ranked.sort_unstable_by_key(|ranked| Reverse(ranked.place));
    ranked
}

/// 1 now, and half as much after each half-life.
fn decay(age: Micros, half_life_hours: f64) -> f64 {
    (-(age as f64) / HOUR / half_life_hours).exp2()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Micros = 3_600_000_000;

    fn entry(post: u128, author: u128, time: Micros) -> Entry {
        Entry { post_id: Uuid::from_u128(post), author_id: Uuid::from_u128(author), time }
    }

    fn posts(ranked: &[Ranked]) -> Vec<u128> {
        ranked.iter().map(|ranked| ranked.entry.post_id.as_u128()).collect()
    }

    #[test]
    fn latest_is_by_time_and_each_post_comes_once() {
        let written = [entry(1, 9, 10), entry(2, 9, 30)];
        let popular = [entry(3, 8, 20), entry(1, 9, 10), entry(4, 8, 41)];
        let ranked = rank(&written, &popular, &Affinity::default(), Order::Latest, 40);
        assert_eq!(posts(&ranked), [2, 3, 1]);
        assert_eq!(ranked.iter().map(|ranked| ranked.popular).collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn a_near_author_comes_before_a_somewhat_newer_post() {
        let at = 100 * HOUR;
        let written = [entry(1, 7, at - 2 * HOUR), entry(2, 8, at - HOUR), entry(3, 7, at - 60 * HOUR)];
        let order =
            |interactions: &[Entry]| posts(&rank(&written, &[], &Affinity::new(interactions, at), Order::Ranked, at));
        assert_eq!(order(&[]), [2, 1, 3]);
        assert_eq!(order(&[entry(3, 7, at - HOUR)]), [1, 2, 3], "but freshness wins in the long run");
        assert_eq!(order(&[entry(3, 7, at + 1)]), [2, 1, 3], "what came after the moment moves nothing");
    }

    proptest! {
        /// Whatever comes meanwhile, the next page goes on where the last one ended.
        #[test]
        fn what_comes_meanwhile_moves_nothing(
            times in prop::collection::vec(0..1000 * HOUR, 1..40),
            late in prop::collection::vec(1..9 * HOUR, 0..10),
            cut in any::<prop::sample::Index>(),
        ) {
            let at = 1000 * HOUR;
            let old: Vec<Entry> = (0..).zip(&times).map(|(id, time)| entry(id, id % 3, *time)).collect();
            let new: Vec<Entry> = (1000..).zip(&late).map(|(id, late)| entry(id, id % 3, at + late)).collect();
            let affinity = Affinity::new(&old[..1], at);
            let first = rank(&old, &[], &affinity, Order::Ranked, at);
            let last = first[cut.index(first.len())].place;
            let both: Vec<Entry> = new.iter().chain(&old).copied().collect();
            let again = rank(&both, &[], &affinity, Order::Ranked, at);
            let rest = |ranked: &[Ranked]| {
                posts(&ranked.iter().filter(|ranked| ranked.place < last).copied().collect::<Vec<_>>())
            };
            prop_assert_eq!(rest(&first), rest(&again));
        }
    }
}
