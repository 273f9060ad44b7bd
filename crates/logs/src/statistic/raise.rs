//! The stretch of time in which a rate was raised: a scan statistic with the likelihood ratio.
//!
//! Of all stretches, that one is taken in which the share of hits differs most from the rest, by
//! the logarithm of the likelihood ratio of one rate against two (Kulldorff 1997, in time alone).
//! Real traffic varies more than coins do, so the ratio is divided by how much the rest varies.

use super::tail::divergence;
use super::timeline::Timeline;

/// Stretches are found among this many bins, then their ends are moved cell by cell.
const BINS_MAX: usize = 128;
/// Fewest hits of a stretch.
const HITS_MIN: u64 = 5;
/// What the score must be for one timeline, before what the number of stretches asks for.
const SCORE_MIN: f64 = 10.0;

/// All and hits of one stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// When it begins, in seconds since 1970.
    pub start_s: u64,
    /// All.
    pub total: u64,
    /// Those that are looked for.
    pub hits: u64,
}

/// A stretch in which the rate of hits was raised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Raise {
    /// When it begins, in seconds since 1970.
    pub from_s: u64,
    /// When it ends; the end of the last cell.
    pub to_s: u64,
    /// How exactly both are known.
    pub width_s: u64,
    /// Whether it ends before the data do.
    pub is_over: bool,
    /// Hits in it.
    pub seen: u64,
    /// All in it.
    pub total: u64,
    /// Hits that the rate of the rest would give.
    pub expected: f64,
    /// Rate in it.
    pub rate: f64,
    /// Rate of the rest.
    pub usual_rate: f64,
    /// How clear it is: the logarithm of the likelihood ratio over the dispersion.
    pub score: f64,
}

impl Raise {
    /// How many times the usual rate.
    pub fn ratio(&self) -> f64 {
        self.rate / self.usual_rate.max(1e-9)
    }
}

/// Counts of a timeline: its failures among all.
pub fn failures(timeline: &Timeline) -> Vec<Count> {
    let count = |cell: &super::timeline::Cell| Count {
        start_s: timeline.start_s(cell.index),
        total: u64::from(cell.total),
        hits: u64::from(cell.failed),
    };
    timeline.cells().iter().map(count).collect()
}

/// The stretch with the clearest raise, when it is clear enough; `subjects` is how many
/// timelines are looked at, since among many some look raised by chance.
pub fn find(counts: &[Count], width_s: u64, subjects: usize) -> Option<Raise> {
    let whole = sum(counts);
    if whole.hits < HITS_MIN || counts.len() < 4 {
        return None;
    }
    let group = counts.len().div_ceil(BINS_MAX);
    let bins: Vec<Count> = counts.chunks(group).map(sum).collect();
    let (from, to) = best(&bins, whole)?;
    let (from, to) = refined(counts, whole, from * group, (to * group).min(counts.len()), group);
    let inside = sum(&counts[from..to]);
    let outside = without(whole, inside);
    let usual_rate = outside.hits as f64 / outside.total.max(1) as f64;
    let rate = inside.hits as f64 / inside.total.max(1) as f64;
    let spread = dispersion(&counts[..from], &counts[to..], usual_rate, group);
    let score = ratio_ln(inside, whole) / spread;
    let windows = (bins.len() * bins.len() / 2).max(1) as f64;
    let needed = SCORE_MIN + windows.ln() + (subjects.max(1) as f64).ln();
    (score >= needed && inside.hits >= HITS_MIN && outside.total > 0).then(|| Raise {
        from_s: counts[from].start_s,
        to_s: counts[to - 1].start_s + width_s,
        width_s,
        is_over: to < counts.len(),
        seen: inside.hits,
        total: inside.total,
        expected: usual_rate * inside.total as f64,
        rate,
        usual_rate,
        score,
    })
}

/// The stretch of bins with the greatest likelihood ratio.
fn best(bins: &[Count], whole: Count) -> Option<(usize, usize)> {
    let mut best = (0.0, None);
    for from in 0..bins.len() {
        let mut inside = Count::default();
        for to in from + 1..=bins.len() {
            inside.total += bins[to - 1].total;
            inside.hits += bins[to - 1].hits;
            if inside.hits < HITS_MIN || (from == 0 && to == bins.len()) {
                continue;
            }
            let score = ratio_ln(inside, whole);
            if score > best.0 {
                best = (score, Some((from, to)));
            }
        }
    }
    best.1
}

/// Moves both ends cell by cell, at most one bin either way.
fn refined(counts: &[Count], whole: Count, from: usize, to: usize, group: usize) -> (usize, usize) {
    let score = |from: usize, to: usize| ratio_ln(sum(&counts[from..to]), whole);
    let starts = from.saturating_sub(group)..(from + group).min(to.saturating_sub(1)).max(from + 1);
    let from = starts.max_by(|a, b| score(*a, to).total_cmp(&score(*b, to))).unwrap_or(from);
    let ends = to.saturating_sub(group).max(from + 1)..(to + group).min(counts.len()) + 1;
    let to = ends.max_by(|a, b| score(from, *a).total_cmp(&score(from, *b))).unwrap_or(to);
    (from, to)
}

/// Logarithm of the likelihood ratio; 0 when the rate inside is not greater.
fn ratio_ln(inside: Count, whole: Count) -> f64 {
    let outside = without(whole, inside);
    if inside.total == 0 || outside.total == 0 || whole.hits == 0 {
        return 0.0;
    }
    let rate = |count: Count| count.hits as f64 / count.total as f64;
    let (inner, outer, both) = (rate(inside), rate(outside), rate(whole));
    if inner <= outer {
        return 0.0;
    }
    inside.total as f64 * divergence(inner, both) + outside.total as f64 * divergence(outer, both)
}

/// How much the rest varies more than coins of its rate would (Pearson's statistic per bin), at
/// least 1.
fn dispersion(before: &[Count], after: &[Count], rate: f64, group: usize) -> f64 {
    let bins = before.chunks(group).chain(after.chunks(group)).map(sum);
    let (mut statistic, mut bins_counted) = (0.0, 0.0);
    for bin in bins.filter(|bin| bin.total > 0) {
        let variance = bin.total as f64 * rate * (1.0 - rate);
        if variance > 0.0 {
            statistic += (bin.hits as f64 - bin.total as f64 * rate).powi(2) / variance;
            bins_counted += 1.0;
        }
    }
    if bins_counted < 3.0 { 1.0 } else { f64::max(1.0, statistic / (bins_counted - 1.0)) }
}

fn sum(counts: &[Count]) -> Count {
    let start_s = counts.first().map_or(0, |count| count.start_s);
    counts.iter().fold(Count { start_s, ..Count::default() }, |sum, count| Count {
        total: sum.total + count.total,
        hits: sum.hits + count.hits,
        ..sum
    })
}

fn without(whole: Count, part: Count) -> Count {
    Count { total: whole.total - part.total, hits: whole.hits - part.hits, ..whole }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_core::{Rng, SeedableRng};

    /// Counts of `len` seconds, 50 in each, failing with the given chance in 1,000.
    fn counts(seed: u64, len: u64, chance: impl Fn(u64) -> u64) -> Vec<Count> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..len)
            .map(|start_s| {
                let hits = (0..50).filter(|_| rng.next_u64() % 1_000 < chance(start_s)).count();
                Count { start_s, total: 50, hits: hits as u64 }
            })
            .collect()
    }

    #[test]
    fn the_beginning_and_end_of_a_raise_are_found() {
        let raised = counts(1, 1_000, |s| if (400..600).contains(&s) { 200 } else { 20 });
        let raise = find(&raised, 1, 1).unwrap();
        assert!(raise.from_s.abs_diff(400) <= 1 && raise.to_s.abs_diff(600) <= 1, "{raise:?}");
        assert!(raise.is_over && (raise.usual_rate - 0.02).abs() < 0.005, "{raise:?}");
    }

    #[test]
    fn steady_rates_are_not_raised() {
        for seed in 0..60 {
            assert_eq!(find(&counts(seed, 300, |_| 30), 1, 1), None, "seed {seed}");
        }
    }

    #[test]
    fn rates_that_vary_by_themselves_are_not_raised() {
        for seed in 0..50 {
            let wave = counts(seed, 300, |s| 20 + (s * 7_919 % 13) * 5);
            assert_eq!(find(&wave, 1, 1), None, "seed {seed}");
        }
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        assert_eq!(find(&[], 1, 1), None);
        assert_eq!(find(&counts(1, 10, |_| 0), 1, 1), None);
        assert_eq!(find(&counts(1, 10, |_| 1_000), 1, 1), None);
    }
}
