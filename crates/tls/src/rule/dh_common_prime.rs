//! A prime of 1,024 bits or fewer that many servers share.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::dh_prime::{primes, whose};

use super::{Rule, Seen};

/// The prime of Diffie-Hellman is a known one of 1,024 bits or fewer (Logjam).
static KIND: Kind = Kind {
    id: "dh-common-prime",
    group: "key-exchange",
    severity: Severity::Error,
    title: "The prime of Diffie-Hellman is a known one of 1,024 bits or fewer (Logjam).",
    page: "The costly part of breaking Diffie-Hellman is done once for each prime. For one that \
        a tenth of all servers have used, it pays to do it.\n\n\
        Make a prime of your own with 2,048 bits or more, or offer ECDHE only.",
    reference: "CVE-2015-4000 (Logjam); weakdh.org",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (bits, prime, suites) in primes(seen.facts).into_iter().filter(|(bits, ..)| *bits <= 1024) {
        if let Some(whose) = whose(&prime) {
            let what =
                format!("the prime of Diffie-Hellman has {bits} bits and is that of {whose}");
            let remark = KIND.of(seen.subject, what).with("prime_bits", bits.to_string());
            remarks.push(remark.with("suites", suites.join(" ")));
        }
    }
    remarks
}
