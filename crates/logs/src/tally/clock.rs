//! Clocks of files: times that go backwards, or far ahead, and stay there.

use crate::limit::JUMPS_MAX;
use crate::sample::Place;

/// Seconds by which lines may be out of order: a line is often written when its request ends.
const DISORDER_US_MAX: i64 = 30 * 1_000_000;
/// Lines that must follow a step back before it is a jump and not a late line.
const LINES_MIN: u32 = 5;

/// A clock that was set back, or the point where it had been wrong until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    /// The last time before, in microseconds since 1970.
    pub from_us: i64,
    /// The first time after.
    pub to_us: i64,
    /// The first line after.
    pub place: Place,
}

/// The clock of one file.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// The first time.
    pub first_us: Option<i64>,
    /// The least time.
    pub least_us: Option<i64>,
    /// The greatest time.
    pub greatest_us: Option<i64>,
    /// Jumps back.
    pub jumps: Vec<Jump>,
    high_us: i64,
    last_us: i64,
    suspected: Option<(Jump, u32)>,
}

impl Clock {
    /// Takes the time of the next line, or none. Returns the time to be used for the line.
    pub fn tick(&mut self, time_us: Option<i64>, place: Place) -> Option<i64> {
        let Some(us) = time_us else { return self.first_us.map(|_| self.last_us) };
        if self.first_us.is_none() {
            (self.first_us, self.least_us, self.greatest_us) = (Some(us), Some(us), Some(us));
            (self.high_us, self.last_us) = (us, us);
            return Some(us);
        }
        if self.least_us.is_some_and(|least| us < least) {
            self.least_us = Some(us);
        }
        if self.greatest_us.is_some_and(|greatest| us > greatest) {
            self.greatest_us = Some(us);
        }
        self.judge(us, place);
        self.last_us = us;
        Some(us)
    }

    fn judge(&mut self, us: i64, place: Place) {
        if us >= self.high_us - DISORDER_US_MAX {
            self.high_us = self.high_us.max(us);
            self.suspected = None;
            return;
        }
        let first = Jump { from_us: self.last_us, to_us: us, place };
        let (jump, lines) = self.suspected.get_or_insert((first, 0));
        *lines += 1;
        if *lines >= LINES_MIN {
            let jump = *jump;
            if self.jumps.len() < JUMPS_MAX {
                self.jumps.push(jump);
            }
            self.suspected = None;
            self.high_us = us;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jumps(times_s: impl IntoIterator<Item = i64>) -> Vec<(i64, i64)> {
        let mut clock = Clock::default();
        for (line, time_s) in (1..).zip(times_s) {
            clock.tick(Some(time_s * 1_000_000), Place { file: 0, line });
        }
        clock.jumps.iter().map(|jump| (jump.from_us / 1_000_000, jump.to_us / 1_000_000)).collect()
    }

    #[test]
    fn a_step_back_that_lasts_is_a_jump() {
        assert_eq!(jumps((1_000..1_100).chain(500..600)), [(1_099, 500)]);
    }

    #[test]
    fn late_lines_are_none() {
        assert_eq!(jumps((0..100).flat_map(|s| [s + 100, s + 90])), []);
        assert_eq!(jumps((1_000..1_100).chain([1, 2]).chain(1_100..1_200)), []);
    }

    #[test]
    fn a_line_without_time_has_that_of_the_line_before() {
        let mut clock = Clock::default();
        assert_eq!(clock.tick(None, Place::default()), None);
        assert_eq!(clock.tick(Some(5), Place::default()), Some(5));
        assert_eq!(clock.tick(None, Place::default()), Some(5));
    }
}
