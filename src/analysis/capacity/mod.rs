//! What is there only so often: connections, partitions, requests at once, memory. Each with what is asked of it, what it
//! gives, who asks for most, and what one more replica adds.
//!
//! One kind of thing per file; each figure carries its origin. What is not known keeps the known part as a lower bound:
//! enough to prove that something does not fit, never that it does.

mod concurrency;
mod connections;
mod memory;
mod partitions;
#[cfg(test)]
mod tests;

use super::Model;
use super::figure::Figure;
use crate::graph::model::ServiceId;

/// Kinds of what is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// Connections to the server of a datastore.
    Connections,
    /// Partitions of a topic, and consumers of one group.
    Partitions,
    /// Connections of a pool that requests hold at once.
    Concurrency,
    /// Memory of a cluster or namespace.
    Memory,
}

impl Resource {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Partitions => "partitions",
            Self::Concurrency => "concurrency",
            Self::Memory => "memory",
        }
    }

    /// What its figures count.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Partitions => "consumers",
            Self::Concurrency => "at once",
            Self::Memory => "MiB",
        }
    }
}

/// What is asked of one limited thing, and what it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Of which kind.
    pub resource: Resource,
    /// The thing: `postgres/cart at db:5432`, a topic with its group, a pool.
    pub of: String,
    /// All that is asked of it.
    pub demand: Figure,
    /// The known part of that.
    pub at_least: i64,
    /// What it gives.
    pub limit: Figure,
    /// Who asks for it, those that ask for most first.
    pub shares: Vec<Share>,
}

/// The part of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The service.
    pub service: ServiceId,
    /// What it asks for.
    pub demand: Figure,
    /// What each replica asks for.
    pub each: Figure,
    /// Its replicas when nothing is rolled out.
    pub replicas: Figure,
}

/// How demand and limit stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// More is asked for than there is.
    Exceeded,
    /// A figure is missing.
    Unknown,
    /// It fits.
    Fits,
}

impl Stand {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exceeded => "exceeded",
            Self::Unknown => "unknown",
            Self::Fits => "fits",
        }
    }
}

impl Row {
    /// What is left; negative where more is asked for than there is; none where a figure is missing.
    #[must_use]
    pub fn headroom(&self) -> Option<i64> {
        match (&self.limit.number, &self.demand.number) {
            (Ok(limit), Ok(demand)) => Some(limit.saturating_sub(*demand)),
            _ => None,
        }
    }

    /// How demand and limit stand to each other: the known part of a demand can exceed by itself.
    #[must_use]
    pub fn stand(&self) -> Stand {
        match (&self.limit.number, &self.demand.number) {
            (Ok(limit), _) if self.at_least > *limit => Stand::Exceeded,
            (Ok(_), Ok(_)) => Stand::Fits,
            _ => Stand::Unknown,
        }
    }

    /// With how many replicas of a service the limit is met, if nothing else changes; none where a figure is missing, or
    /// more replicas ask for nothing.
    #[must_use]
    pub fn met_at(&self, share: &Share) -> Option<i64> {
        let headroom = self.headroom()?;
        let (Ok(each), Ok(replicas)) = (&share.each.number, &share.replicas.number) else { return None };
        (*each > 0).then(|| replicas.saturating_add(headroom.div_euclid(*each)).max(0))
    }

    /// What is missing, and how to supply it.
    #[must_use]
    pub fn missing(&self) -> Vec<&crate::graph::schema::Missing> {
        let mut all: Vec<&crate::graph::schema::Missing> = Vec::new();
        let figures = [&self.demand, &self.limit].into_iter().chain(self.shares.iter().map(|share| &share.demand));
        for missing in figures.filter_map(|figure| figure.number.as_ref().err()) {
            if !all.contains(&missing) {
                all.push(missing);
            }
        }
        all
    }
}

/// All rows: those that do not fit first, then those that are nearest to their limit.
#[must_use]
pub fn rows(model: &Model<'_>) -> Vec<Row> {
    let mut all = connections::rows(model);
    all.extend(partitions::rows(model));
    all.extend(concurrency::rows(model));
    all.extend(memory::rows(model));
    all.sort_by(|a, b| (a.stand(), a.resource, nearness(a), &a.of).cmp(&(b.stand(), b.resource, nearness(b), &b.of)));
    all
}

/// What is left, in parts per thousand of the limit.
fn nearness(row: &Row) -> i64 {
    match (row.headroom(), &row.limit.number) {
        (Some(left), Ok(limit)) => left.saturating_mul(1_000) / (*limit).max(1),
        _ => i64::MAX,
    }
}

/// A row of what services ask for, with the sum and its parts.
fn row(model: &Model<'_>, resource: Resource, of: String, limit: Figure, mut shares: Vec<Share>) -> Row {
    let known = |share: &Share| *share.demand.number.as_ref().unwrap_or(&0);
    shares.sort_by(|a, b| {
        let name = |share: &Share| &model.graph.services[share.service].name;
        (std::cmp::Reverse(known(a)), name(a)).cmp(&(std::cmp::Reverse(known(b)), name(b)))
    });
    let at_least = shares.iter().map(known).fold(0, i64::saturating_add);
    let parts: Vec<String> = shares
        .iter()
        .map(|share| format!("{}: {}", model.graph.services[share.service].name, share.demand.origin))
        .collect();
    let number = shares.iter().try_fold(0_i64, |sum, share| match &share.demand.number {
        Ok(number) => Ok(sum.saturating_add(*number)),
        Err(missing) => Err(missing.clone()),
    });
    let total = number.as_ref().map_or_else(|_| "?".to_owned(), ToString::to_string);
    let origin = format!("{} = {total}", if parts.is_empty() { "nobody".to_owned() } else { parts.join(" + ") });
    Row { resource, of, demand: Figure { number, origin }, at_least, limit, shares }
}

/// The product of figures, with each and its origin.
fn product(parts: &[&Figure]) -> Figure {
    let origin = parts.iter().map(|part| part.written()).collect::<Vec<_>>().join(" × ");
    let number = parts.iter().try_fold(1_i64, |product, part| match &part.number {
        Ok(number) => Ok(product.saturating_mul(*number)),
        Err(missing) => Err(missing.clone()),
    });
    Figure { number, origin }
}
