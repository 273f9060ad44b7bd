//! Counters, gauges and histograms, and their text in the Prometheus exposition format 0.0.4.
//!
//! Names carry the prefix `counterfoil_`, base units and the suffix `_total` for counters. Every
//! series carries the party's name. Values are atomics: counting takes no lock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Content type of [`Registry::text`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Series that one name may have; further label values are counted in a series `other`.
pub const SERIES_PER_NAME_MAX: usize = 256;
/// Upper bounds of the buckets for durations, in microseconds.
const DURATION_BOUNDS_MICROS: [u64; 14] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 5_000_000,
];

/// A value that only rises.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn increment(&self) {
        self.add(1);
    }

    /// Adds `amount`.
    pub fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// Raises the value to `value`, where something else does the counting.
    pub fn raise_to(&self, value: u64) {
        self.0.fetch_max(value, Ordering::Relaxed);
    }

    /// The value.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A value that rises and falls.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// Sets the value.
    pub fn set(&self, value: i64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// Adds, or with a negative number takes away.
    pub fn add(&self, amount: i64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    /// The value.
    pub fn value(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How durations are distributed.
#[derive(Debug, Default)]
pub struct Histogram {
    buckets: [AtomicU64; DURATION_BOUNDS_MICROS.len() + 1],
    sum_micros: AtomicU64,
}

impl Histogram {
    /// Counts one duration.
    pub fn observe(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = DURATION_BOUNDS_MICROS.partition_point(|bound| *bound < micros);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_micros.fetch_add(micros, Ordering::Relaxed);
    }

    fn write(&self, text: &mut String, name: &str, labels: &str) {
        let mut count = 0;
        for (bucket, counted) in self.buckets.iter().enumerate() {
            count += counted.load(Ordering::Relaxed);
            let bound = DURATION_BOUNDS_MICROS
                .get(bucket)
                .map_or_else(|| "+Inf".to_owned(), |micros| seconds(*micros));
            line(text, &format!("{name}_bucket"), &with_label(labels, "le", &bound), &count);
        }
        line(
            text,
            &format!("{name}_sum"),
            labels,
            &seconds(self.sum_micros.load(Ordering::Relaxed)),
        );
        line(text, &format!("{name}_count"), labels, &count);
    }
}

/// One series.
#[derive(Debug, Clone)]
enum Series {
    Counter(Arc<Counter>),
    /// Counts microseconds and is written as seconds.
    Seconds(Arc<Counter>),
    Gauge(Arc<Gauge>),
    Histogram(Arc<Histogram>),
}

#[derive(Debug)]
struct Family {
    help: &'static str,
    kind: &'static str,
    series: BTreeMap<String, Series>,
}

/// All series of a process.
#[derive(Debug, Default)]
pub struct Registry {
    labels: String,
    families: Mutex<BTreeMap<&'static str, Family>>,
}

impl Registry {
    /// An empty registry whose series all carry the label `party`.
    pub fn new(party: &str) -> Self {
        Self { labels: with_label("", "party", party), families: Mutex::default() }
    }

    /// The counter of this name (`counterfoil_..._total`) and these labels, new or known.
    pub fn counter(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&str, &str)],
    ) -> Arc<Counter> {
        match self.series(name, help, labels, "counter", || Series::Counter(Arc::default())) {
            Series::Counter(counter) => counter,
            _ => Arc::default(),
        }
    }

    /// The counter of time of this name (`counterfoil_..._seconds_total`): counts microseconds.
    pub fn seconds(&self, name: &'static str, help: &'static str) -> Arc<Counter> {
        match self.series(name, help, &[], "counter", || Series::Seconds(Arc::default())) {
            Series::Seconds(counter) => counter,
            _ => Arc::default(),
        }
    }

    /// The gauge of this name and these labels, new or known.
    pub fn gauge(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&str, &str)],
    ) -> Arc<Gauge> {
        match self.series(name, help, labels, "gauge", || Series::Gauge(Arc::default())) {
            Series::Gauge(gauge) => gauge,
            _ => Arc::default(),
        }
    }

    /// The histogram of durations of this name (`counterfoil_..._seconds`) and these labels.
    pub fn histogram(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&str, &str)],
    ) -> Arc<Histogram> {
        match self.series(name, help, labels, "histogram", || Series::Histogram(Arc::default())) {
            Series::Histogram(histogram) => histogram,
            _ => Arc::default(),
        }
    }

    /// Every series as text, in order of name and labels.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, family) in self.lock().iter() {
            text.push_str(&format!("# HELP {name} {}\n", escape(family.help, false)));
            text.push_str(&format!("# TYPE {name} {}\n", family.kind));
            for (labels, series) in &family.series {
                match series {
                    Series::Counter(counter) => line(&mut text, name, labels, &counter.value()),
                    Series::Seconds(micros) => {
                        line(&mut text, name, labels, &seconds(micros.value()));
                    }
                    Series::Gauge(gauge) => line(&mut text, name, labels, &gauge.value()),
                    Series::Histogram(histogram) => histogram.write(&mut text, name, labels),
                }
            }
        }
        text
    }

    fn series(
        &self,
        name: &'static str,
        help: &'static str,
        labels: &[(&str, &str)],
        kind: &'static str,
        new: impl FnOnce() -> Series,
    ) -> Series {
        let mut families = self.lock();
        let family =
            families.entry(name).or_insert_with(|| Family { help, kind, series: BTreeMap::new() });
        let label_text = |value_of: &dyn Fn(&str) -> String| {
            labels.iter().fold(self.labels.clone(), |text, (label, value)| {
                with_label(&text, label, &value_of(value))
            })
        };
        let mut key = label_text(&str::to_owned);
        if !family.series.contains_key(&key) && family.series.len() >= SERIES_PER_NAME_MAX {
            key = label_text(&|_| "other".to_owned());
        }
        family.series.entry(key).or_insert_with(new).clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Family>> {
        // A thread that died while it held the lock left whole entries: go on.
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line(text: &mut String, name: &str, labels: &str, value: &dyn std::fmt::Display) {
    if labels.is_empty() {
        text.push_str(&format!("{name} {value}\n"));
    } else {
        text.push_str(&format!("{name}{{{labels}}} {value}\n"));
    }
}

fn with_label(labels: &str, name: &str, value: &str) -> String {
    let comma = if labels.is_empty() { "" } else { "," };
    format!("{labels}{comma}{name}=\"{}\"", escape(value, true))
}

fn escape(text: &str, quotes: bool) -> String {
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    if quotes { text.replace('"', "\\\"") } else { text }
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_follows_the_exposition_format() {
        let registry = Registry::new("gateway");
        registry.counter("counterfoil_a_total", "Things.", &[("kind", "x")]).add(3);
        registry.gauge("counterfoil_b", "A\nB \\ C.", &[]).set(-2);
        let expect = "# HELP counterfoil_a_total Things.\n\
            # TYPE counterfoil_a_total counter\n\
            counterfoil_a_total{party=\"gateway\",kind=\"x\"} 3\n\
            # HELP counterfoil_b A\\nB \\\\ C.\n\
            # TYPE counterfoil_b gauge\n\
            counterfoil_b{party=\"gateway\"} -2\n";
        assert_eq!(registry.text(), expect);
    }

    #[test]
    fn label_values_are_escaped() {
        let registry = Registry::new("a\"b\\c\nd");
        registry.gauge("counterfoil_g", "G.", &[]).set(1);
        assert!(registry.text().contains("{party=\"a\\\"b\\\\c\\nd\"} 1"), "{}", registry.text());
    }

    #[test]
    fn histogram_buckets_are_cumulative() {
        let registry = Registry::new("p");
        let histogram = registry.histogram("counterfoil_t_seconds", "T.", &[]);
        for micros in [50, 100, 101, 2_000_000, 9_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        let text = registry.text();
        for line in [
            "counterfoil_t_seconds_bucket{party=\"p\",le=\"0.0001\"} 2",
            "counterfoil_t_seconds_bucket{party=\"p\",le=\"0.00025\"} 3",
            "counterfoil_t_seconds_bucket{party=\"p\",le=\"1\"} 3",
            "counterfoil_t_seconds_bucket{party=\"p\",le=\"5\"} 4",
            "counterfoil_t_seconds_bucket{party=\"p\",le=\"+Inf\"} 5",
            "counterfoil_t_seconds_sum{party=\"p\"} 11.000251",
            "counterfoil_t_seconds_count{party=\"p\"} 5",
        ] {
            assert!(text.lines().any(|have| have == line), "{line} not in\n{text}");
        }
    }

    #[test]
    fn same_labels_are_the_same_series() {
        let registry = Registry::new("p");
        registry.counter("counterfoil_c_total", "C.", &[("l", "1")]).increment();
        registry.counter("counterfoil_c_total", "C.", &[("l", "1")]).increment();
        assert_eq!(registry.counter("counterfoil_c_total", "C.", &[("l", "1")]).value(), 2);
    }

    #[test]
    fn series_are_bounded() {
        let registry = Registry::new("p");
        for n in 0..SERIES_PER_NAME_MAX + 50 {
            registry.counter("counterfoil_c_total", "C.", &[("l", &n.to_string())]).increment();
        }
        let text = registry.text();
        assert_eq!(text.lines().count(), 2 + SERIES_PER_NAME_MAX + 1);
        assert!(text.contains("{party=\"p\",l=\"other\"} 50"), "{text}");
    }
}
