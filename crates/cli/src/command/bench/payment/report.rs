//! What `bench payment` prints.

use std::time::Duration;

use serde_json::{Value, json};

use super::bare::{Cost, OPERATIONS};
use super::load::Paid;
use crate::table::aligned;

/// Octets of a mebibyte.
const MIB: f64 = 1_048_576.0;

/// Everything that was measured.
pub struct Report {
    /// Suite of every key.
    pub suite: String,
    /// How many paid at once.
    pub at_once: u32,
    /// Duration of the run.
    pub seconds: f64,
    /// How long each payment took.
    pub paid: Paid,
    /// Processor time of the gateway during the run.
    pub gateway_cpu_seconds: f64,
    /// Resident memory of the gateway after the run, in octets.
    pub gateway_rss_bytes: f64,
    /// Inputs of the gateway that shared a commit, on average.
    pub gateway_inputs_per_commit: f64,
    /// Octets of the gateway's records on disk after the run.
    pub gateway_disk_bytes: u64,
    /// What the bare operations cost meanwhile.
    pub bare: Cost,
}

impl Report {
    /// Prints for people, or one JSON document.
    pub fn print(&self, as_json: bool) {
        if as_json {
            println!("{}", self.json());
        } else {
            self.lines().iter().for_each(|line| println!("{line}"));
        }
    }

    fn payments(&self) -> f64 {
        self.paid.captures.len() as f64
    }

    fn gateway_cpu_ms(&self) -> f64 {
        self.gateway_cpu_seconds * 1e3 / self.payments()
    }

    fn crypto_ms(&self) -> f64 {
        ms(self.bare.per_payment())
    }

    fn json(&self) -> Value {
        let quantile = |times: &[Duration], part| round(ms(quantile(times, part)), 3);
        json!({
            "suite": self.suite,
            "payments": self.paid.captures.len(),
            "at_once": self.at_once,
            "seconds": round(self.seconds, 3),
            "payments_per_second": round(self.payments() / self.seconds, 1),
            "p50_ms": quantile(&self.paid.purchases, 0.5),
            "p99_ms": quantile(&self.paid.purchases, 0.99),
            "capture_p50_ms": quantile(&self.paid.captures, 0.5),
            "capture_p99_ms": quantile(&self.paid.captures, 0.99),
            "gateway_cpu_ms_per_payment": round(self.gateway_cpu_ms(), 4),
            "crypto_ms_per_payment": round(self.crypto_ms(), 4),
            "crypto_share": round(self.crypto_ms() / self.gateway_cpu_ms(), 3),
            "gateway_rss_mib": round(self.gateway_rss_bytes / MIB, 1),
            "gateway_inputs_per_commit": round(self.gateway_inputs_per_commit, 2),
            "gateway_disk_bytes_per_payment":
                round(self.gateway_disk_bytes as f64 / self.payments(), 0),
            "operations": OPERATIONS.iter().zip(self.bare.0).map(|((name, times, what), cost)| {
                json!({"operation": name, "per_payment": times, "of": what,
                    "microseconds": round(ms(cost) * 1e3, 2)})
            }).collect::<Vec<_>>(),
        })
    }

    fn lines(&self) -> Vec<String> {
        let of = |times: &[Duration]| {
            let (median, high) = (ms(quantile(times, 0.5)), ms(quantile(times, 0.99)));
            format!("p50 {median:.1} ms, p99 {high:.1} ms")
        };
        let mut rows = vec![
            ["purchase, from yes to receipt".into(), of(&self.paid.purchases)],
            ["capture, asked and confirmed".into(), of(&self.paid.captures)],
            [
                "gateway's processor time".into(),
                format!("{:.3} ms a payment", self.gateway_cpu_ms()),
            ],
            ["bare cryptography of it".into(), format!("{:.3} ms a payment", self.crypto_ms())],
            [
                "cryptography / all of it".into(),
                format!("{:.2}", self.crypto_ms() / self.gateway_cpu_ms()),
            ],
            ["gateway's memory".into(), format!("{:.1} MiB", self.gateway_rss_bytes / MIB)],
            [
                "gateway's records".into(),
                format!(
                    "{:.0} octets a payment, {:.1} inputs a commit",
                    self.gateway_disk_bytes as f64 / self.payments(),
                    self.gateway_inputs_per_commit
                ),
            ],
        ];
        for ((name, times, what), cost) in OPERATIONS.iter().zip(self.bare.0) {
            let micros = ms(cost) * 1e3;
            rows.push([format!("  {name}"), format!("{times} x {micros:.1} \u{b5}s: {what}")]);
        }
        let mut lines = vec![format!(
            "{} payments, {} at once, suite {}: {:.1} a second with every party on this machine",
            self.paid.captures.len(),
            self.at_once,
            self.suite,
            self.payments() / self.seconds
        )];
        let cells = rows.into_iter().map(|[name, value]| vec![format!("  {name}"), value]);
        lines.extend(aligned(&cells.collect::<Vec<_>>()));
        lines
    }
}

/// The value below which this part of the times lies (nearest rank).
fn quantile(times: &[Duration], part: f64) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or_default()
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_nearest_ranks() {
        let times: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(quantile(&times, 0.5), Duration::from_millis(50));
        assert_eq!(quantile(&times, 0.99), Duration::from_millis(99));
        assert_eq!(quantile(&times[..1], 0.5), Duration::from_millis(100));
        assert_eq!(quantile(&[], 0.5), Duration::ZERO);
    }
}
