//! The prime of Diffie-Hellman is small.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::dh_prime::primes;

use super::{Rule, Seen};

/// The prime of Diffie-Hellman has fewer than 2,048 bits (Logjam below 1,024 and at known primes).
static KIND: Kind = Kind {
    id: "dh-small",
    group: "key-exchange",
    severity: Severity::Warning,
    title: "The prime of Diffie-Hellman has fewer than 2,048 bits (Logjam below 1,024 and at \
        known primes).",
    page: "At 512 bits the exchange is broken in minutes, at 768 by a university, at 1,024 by a \
        state: most of the work is done once for each prime.\n\n\
        Make a prime of your own with 2,048 bits or more (`openssl dhparam 2048`), or offer \
        ECDHE only.",
    reference: "RFC 9325 section 4.1; CVE-2015-4000 (Logjam)",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (bits, _, suites) in primes(seen.facts).into_iter().filter(|(bits, ..)| *bits < 2048) {
        let severity = if bits <= 1024 { Severity::Error } else { Severity::Warning };
        let what = format!("the prime of Diffie-Hellman has {bits} bits");
        let remark = KIND.of(seen.subject, what).as_severe_as(severity);
        remarks.push(remark.with("prime_bits", bits.to_string()).with("suites", suites.join(" ")));
    }
    remarks
}
