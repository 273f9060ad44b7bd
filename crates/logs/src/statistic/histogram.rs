//! Durations in bins of equal ratio: eight to each doubling, from a microsecond to a day.
//!
//! A quantile is right to 7 %. Two histograms are merged by adding, which quantile sketches that
//! choose their bins by the data cannot do without loss.

/// Bins.
const BINS: usize = 288;

/// Counts of durations.
#[derive(Debug, Clone)]
pub struct Histogram {
    bins: Box<[u32; BINS]>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { bins: Box::new([0; BINS]), total: 0 }
    }
}

impl Histogram {
    /// Takes a duration in microseconds.
    pub fn add(&mut self, us: u64) {
        self.bins[bin(us)] += 1;
        self.total += 1;
    }

    /// Takes all of another.
    pub fn merge(&mut self, other: &Self) {
        for (own, more) in self.bins.iter_mut().zip(other.bins.iter()) {
            *own = own.saturating_add(*more);
        }
        self.total += other.total;
    }

    /// How many were taken.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The duration below which the share `q` is, in microseconds; 0 when there are none.
    pub fn quantile(&self, q: f64) -> u64 {
        let rank = (q * self.total as f64).ceil().max(1.0) as u64;
        let mut below = 0;
        for (place, count) in self.bins.iter().enumerate() {
            below += u64::from(*count);
            if below >= rank {
                return middle(place);
            }
        }
        0
    }

    /// How many were in bins above that of `us`.
    pub fn above(&self, us: u64) -> u64 {
        self.bins[bin(us) + 1..].iter().map(|count| u64::from(*count)).sum()
    }
}

fn bin(us: u64) -> usize {
    if us < 8 {
        return us as usize;
    }
    let octave = us.ilog2();
    let place = (octave as usize - 2) * 8 + ((us >> (octave - 3)) & 7) as usize;
    place.min(BINS - 2)
}

/// The middle of a bin.
fn middle(place: usize) -> u64 {
    if place < 8 {
        return place as u64;
    }
    let (octave, part) = (place / 8 + 2, (place % 8) as u64);
    let width = 1_u64 << (octave - 3);
    (8 + part) * width + width / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_seven_percent() {
        let mut histogram = Histogram::default();
        (1..=10_000).for_each(|us| histogram.add(us));
        for (q, expect) in [(0.01, 100), (0.5, 5_000), (0.95, 9_500), (1.0, 10_000)] {
            let found = histogram.quantile(q);
            assert!(found.abs_diff(expect) * 100 <= expect * 7, "{q}: {found}");
        }
        assert_eq!((histogram.total(), Histogram::default().quantile(0.5)), (10_000, 0));
    }

    #[test]
    fn merging_adds() {
        let (mut a, mut b) = (Histogram::default(), Histogram::default());
        (0..50).for_each(|_| a.add(100));
        (0..50).for_each(|_| b.add(u64::MAX));
        a.merge(&b);
        assert_eq!((a.total(), a.above(100), a.quantile(0.25)), (100, 50, 100));
    }
}
