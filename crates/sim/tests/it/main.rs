//! Purchases in bad weather: every promise holds, and the same seed gives the same trace.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests fail loudly, and hand files to other programs"
)]

mod openssl;

use counterfoil_sim::deployment::Deployment;
use counterfoil_sim::engine::Injected;
use counterfoil_sim::world;

/// Seeds of a test run. More with `counterfoil sim --seeds N`.
const SEEDS: std::ops::Range<u64> = 1..257;
/// Seeds that are run twice.
const SEEDS_TWICE: std::ops::Range<u64> = 1..9;

#[test]
fn every_promise_holds_in_256_seeds_of_bad_weather() {
    let deployment = Deployment::found();
    let mut injected = Injected::default();
    let mut paid = 0;
    let mut voided = 0;
    let mut broken = Vec::new();
    for seed in SEEDS {
        let report = world::run(seed, &deployment);
        broken.extend(report.failure.map(|failure| format!("seed {seed}: {failure}")));
        injected.add(&report.injected);
        paid += report.paid;
        voided += report.voided;
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    // A simulation in which nothing goes wrong or nothing is bought proves nothing.
    assert!(paid > 100, "only {paid} purchases were paid");
    assert!(voided > 30, "only {voided} purchases were given back");
    for (count, what) in [
        (injected.requests_lost, "lost requests"),
        (injected.answers_lost, "lost answers"),
        (injected.duplicated, "doubled requests"),
        (injected.delayed, "delays"),
        (injected.crashes_before_commit, "stops before the commit"),
        (injected.crashes_after_commit, "stops after the commit"),
        (injected.refused_connections, "refused connections"),
    ] {
        assert!(count > 50, "only {count} {what} were injected");
    }
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_seed_another() {
    let first = Deployment::found();
    let second = Deployment::found();
    let mut digests = Vec::new();
    for seed in SEEDS_TWICE {
        let run = world::run(seed, &first);
        assert_eq!(run.digest, world::run(seed, &second).digest, "seed {seed}");
        digests.push(run.digest);
    }
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), SEEDS_TWICE.count());
}
