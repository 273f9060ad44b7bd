//! At which hours of the day something happens, and on how many days.

/// Seconds of a day.
const DAY_S: u32 = 86_400;
/// Seconds of an hour.
const HOUR_S: u32 = 3_600;

/// Counts by hour of the day (UTC).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours {
    counts: [u32; 24],
    days: [u16; 24],
    last_days: [u16; 24],
    /// Days with any.
    pub active_days: u16,
    last_day: u16,
}

/// The same for somebody who may never be seen in a second hour: the present hour is counted in
/// place, and only those before it take memory.
#[derive(Debug, Clone, Default)]
pub struct Hourly {
    hour: u32,
    count: u32,
    past: Option<Box<Hours>>,
}

impl Hourly {
    /// Takes one that happened at `time_s` seconds since 1970.
    pub fn add(&mut self, time_s: u32) {
        let hour = time_s / HOUR_S;
        if hour != self.hour && self.count > 0 {
            self.past.get_or_insert_default().add(self.hour * HOUR_S, self.count);
            self.count = 0;
        }
        self.hour = hour;
        self.count = self.count.saturating_add(1);
    }

    /// All hours; `None` when nothing was taken.
    pub fn all(&self) -> Option<Hours> {
        (self.count > 0).then(|| {
            let mut hours = self.past.as_deref().cloned().unwrap_or_default();
            hours.add(self.hour * HOUR_S, self.count);
            hours
        })
    }
}

/// Something that happened at an hour at which nothing did on other days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unusual {
    /// The hour, UTC.
    pub hour: usize,
    /// How often it happened in that hour.
    pub count: u32,
    /// The day, counted since 1970.
    pub day: u16,
}

impl Hours {
    /// Takes `count` that happened at `time_s` seconds since 1970, or soon after in that hour.
    pub fn add(&mut self, time_s: u32, count: u32) {
        let day = (time_s / DAY_S) as u16 + 1;
        let hour = (time_s % DAY_S / HOUR_S) as usize;
        self.counts[hour] = self.counts[hour].saturating_add(count);
        if self.last_days[hour] != day {
            self.last_days[hour] = day;
            self.days[hour] += 1;
        }
        if self.last_day != day {
            self.last_day = day;
            self.active_days += 1;
        }
    }

    /// Hours that were busy on one day alone, their neighbours too, though there were at least
    /// `days_min` days; with at least `count_min` in that hour.
    pub fn unusual(&self, days_min: u16, count_min: u32) -> Option<Unusual> {
        if self.active_days < days_min {
            return None;
        }
        let is_once = |hour: usize| self.days[hour % 24] <= 1;
        let busiest = (0..24)
            .filter(|hour| self.days[*hour] == 1 && is_once(hour + 1) && is_once(hour + 23))
            .max_by_key(|hour| self.counts[*hour])?;
        let (count, day) = (self.counts[busiest], self.last_days[busiest] - 1);
        (count >= count_min).then_some(Unusual { hour: busiest, count, day })
    }

    /// The first and last hour with anything on more than one day, for people.
    pub fn usual(&self) -> String {
        let usual: Vec<String> =
            (0..24).filter(|hour| self.days[*hour] > 1).map(|hour| format!("{hour:02}")).collect();
        match (usual.first(), usual.last()) {
            (Some(first), Some(last)) => format!("hours {first} to {last} UTC"),
            _ => "no hour on two days".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office_days(days: u32) -> Hours {
        let mut hours = Hours::default();
        for day in 0..days {
            (9..17).for_each(|hour| hours.add(day * DAY_S + hour * 3_600, 1));
        }
        hours
    }

    #[test]
    fn a_night_among_office_hours_is_unusual() {
        let mut hours = office_days(6);
        (0..12).for_each(|minute| hours.add(5 * DAY_S + 3 * 3_600 + minute * 60, 1));
        assert_eq!(hours.unusual(5, 10), Some(Unusual { hour: 3, count: 12, day: 5 }));
        assert_eq!(hours.usual(), "hours 09 to 16 UTC");
    }

    #[test]
    fn office_hours_and_few_days_are_not() {
        assert_eq!(office_days(6).unusual(5, 1), None);
        assert_eq!(office_days(1).unusual(5, 1), None);
    }

    #[test]
    fn hours_that_are_counted_in_place_are_the_same() {
        let (mut hours, mut hourly) = (Hours::default(), Hourly::default());
        assert!(hourly.all().is_none());
        for time_s in [0, 1, 3_599, 3_600, 50, 90_000, 90_001, 7_200, u32::MAX, u32::MAX] {
            hours.add(time_s, 1);
            hourly.add(time_s);
            assert_eq!(hourly.all(), Some(hours.clone()), "{time_s}");
        }
    }
}
