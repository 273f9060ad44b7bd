//! Groups below 112 bits of strength.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::group;

use super::{Rule, Seen};

/// Groups with less than 112 bits of strength are accepted.
static KIND: Kind = Kind {
    id: "group-weak",
    group: "key-exchange",
    severity: Severity::Warning,
    title: "Groups with less than 112 bits of strength are accepted.",
    page: "Curves of 160 to 193 bits are below what is held safe for the next years.\n\n\
        Name the groups that are wanted: `ssl_ecdh_curve X25519:prime256v1:secp384r1;` in \
        nginx.",
    reference: "NIST SP 800-57 part 1 section 5.6.1; RFC 8422 section 5.1.1",
};

pub(super) static RULE: Rule = Rule { kind: &KIND, check };

fn check(seen: &Seen<'_>) -> Vec<Remark> {
    let all = seen.facts.curves.groups.iter().chain(&seen.facts.tls13_groups.groups);
    let known = all.filter_map(|code| group::find(*code));
    let mut weak: Vec<&str> =
        known.filter(|group| group.bits < 112).map(|group| group.name).collect();
    weak.dedup();
    if weak.is_empty() {
        return Vec::new();
    }
    vec![KIND.of(seen.subject, format!("accepts {}", weak.join(", ")))]
}
